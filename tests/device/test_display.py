"""A screen that falls silent: the terminal works on, and says so; and what a start shows."""

import json

import pytest

from bornetools.emulator.clock import VirtualTime
from bornetools.emulator.machine.terminal import TAP_TIMEOUT

RED, AMBER, DIM = (255, 0, 0), (255, 120, 0), (40, 40, 40)
BLIND = [220, 0, 220, 0, 220, 0]


@pytest.fixture
def own(new_terminal, flash):
    """A terminal, which starts anew for each test."""
    with new_terminal(flash) as terminal:
        yield terminal


def faults(flash):
    """The faults in the journal, of a terminal that is off."""
    text = b"".join(path.read_bytes() for path in sorted((flash / "journal").iterdir()))
    entries = map(json.loads, text.splitlines())
    return [entry["fault"] for entry in entries if "fault" in entry]


def test_a_screen_that_falls_silent_and_comes_back(own, flash, person):
    own.panel.silent = True
    fault = own.wait_event("fault")
    assert (fault["code"], fault["detail"]) == ("DISPLAY", "the display does not answer")
    own.panel.wait_for(lambda panel: list(panel.tones)[-6:] == BLIND, TAP_TIMEOUT)
    assert own.panel.led == RED
    for case, code, severity, led in (
        ("valid", "VALID", "accept", AMBER),
        ("no entitlement", "NO_ENTITLEMENT", "warn", AMBER),
        ("revoked", "REVOKED", "refuse", RED),
    ):
        tap = own.tap(person(case).phone)
        assert (tap.code, tap.severity, tap.led) == (code, severity, led)
    revoked = len(own.panel.frames)
    own.panel.silent = False
    own.wait_event("ready")
    own.panel.settle()
    assert len(own.panel.frames) > revoked
    own.panel.wait_for(lambda panel: panel.led == DIM, TAP_TIMEOUT)
    assert own.tap(person("valid").phone).code == "VALID"
    own.power_off()
    assert faults(flash) == ["DISPLAY"]


def test_a_screen_that_lost_its_power_shows_its_picture_within_seconds(own):
    """It answers before anybody has seen that it was away."""
    picture = own.panel.frame
    began = own.clock.now()
    own.panel.frames.append(bytes(1024))
    own.panel.wait_for(lambda panel: panel.frame == picture, TAP_TIMEOUT)
    if isinstance(own.clock, VirtualTime):
        assert own.clock.now() - began < 3


def test_a_start_without_a_screen(own, flash, person):
    own.power_off()
    own.panel.silent = True
    own.power_on()
    assert own.wait_event("fault")["code"] == "DISPLAY"
    assert own.panel.led == RED
    assert own.tap(person("valid").phone).code == "VALID"
    own.power_off()
    assert faults(flash) == ["DISPLAY"]


def test_a_terminal_that_has_to_stop_does_so_without_a_screen(own, flash):
    own.power_off()
    (flash / "settings.cbor").write_bytes(b"\xff")
    own.panel.silent = True
    own.panel.leds.clear()
    own.panel.leds.append((0, 0, 0))
    own.power_on(ready=False)
    own.panel.wait_for(lambda panel: panel.led == RED, TAP_TIMEOUT)
    own.panel.settle()
    assert own._process.poll() is None
