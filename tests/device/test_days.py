"""Days on the emulated terminal: they begin at the counter's midnight, whoever says where the counter is."""

import re
import shutil

import pytest
from program import answer

from borne.provisioned.settings import FILE, Settings
from bornetools import times
from bornetools.emulator.machine.terminal import TAP_TIMEOUT
from bornetools.emulator.phones.mdoc_wallet import Wallet
from bornetools.emulator.phones.phone import Phone
from bornetools.link import courier
from bornetools.link.client import Client, Refused
from bornetools.link.source import Source
from bornetools.simulator import screen_text
from bornetools.world.people import World

EVENING = times.parse("2026-12-31T20:00:00Z")
NEW_YEAR = {
    None: "2026-12-31T23:00:00Z",  # Paris, by the world's policy
    "<-03>3": "2027-01-01T03:00:00Z",  # Cayenne
    "<+03>-3": "2026-12-31T21:00:00Z",  # Mayotte
}
BEFORE, AFTER = -600, 5  # seconds from midnight at which a terminal starts


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World.create(tmp_path_factory.mktemp("evening") / "world", EVENING)


@pytest.fixture(scope="module")
def phones(world):
    """Those that another verdict awaits in the new year: each with that before and after."""
    cast = world.cast
    held = {"years": (0, 0)}, {"years": (1, 1)}, {"age": 15}
    last = ("Lefèvre", "Élodie", "2026-12-31")
    delegated = cast.cover("Lefèvre", "Zoé", age=17, rank=1, delegate=last)
    ended, begun, sixteen = (Phone(*cast.issue(cast.cover("Roy", "Léa", **one))) for one in held)
    return (
        (ended, "VALID", "NO_ENTITLEMENT"),
        (begun, "NO_ENTITLEMENT", "VALID"),
        (sixteen, "NOT_ELIGIBLE", "VALID"),
        (Phone(*cast.issue(delegated)), "VALID", "NO_ENTITLEMENT"),
    )


def provisioned(world, tmp_path, own, language="fr"):
    """A flash with the world's release, of a terminal with that time zone of its own, or None."""
    flash = shutil.copytree(world.flash, tmp_path / "flash")
    (flash / FILE).write_bytes(Settings("COUNTER-3", language, own).encode())
    return flash


def shows(panel, beginning):
    """Whether a line of the screen is that and one character more: no UTC stands behind it."""
    return any(line[:-1] == beginning for line in screen_text.lines(panel.frame))


@pytest.mark.parametrize("own", NEW_YEAR)
def test_a_year_begins_at_the_counters_midnight(new_terminal, world, phones, tmp_path, own):
    midnight = times.parse(NEW_YEAR[own])
    flash = provisioned(world, tmp_path, own)
    for off, day in ((BEFORE, "31/12/2026 23:5"), (AFTER, "01/01/2027 00:0")):
        with new_terminal(flash, ahead=midnight + off - times.now()) as terminal:
            terminal.panel.wait_for(lambda panel: shows(panel, day), TAP_TIMEOUT)  # noqa: B023
            for phone, before, after in phones:
                tap = terminal.tap(phone)
                assert tap.code == (before if off < 0 else after), (day, tap.detail)


def test_a_wallets_card_ends_at_the_counters_midnight(new_terminal, world, tmp_path):
    card = world.cast.mdocs.card("Lindgren", "Ada", years=(0, 0))
    flash = provisioned(world, tmp_path, "<-03>3")
    midnight = times.parse(NEW_YEAR["<-03>3"])
    for off, wanted in ((BEFORE, "VALID"), (AFTER, "NO_ENTITLEMENT")):
        with new_terminal(flash, ahead=midnight + off - times.now()) as terminal:
            assert terminal.tap(Wallet([card])).code == wanted


@pytest.mark.parametrize(
    ("language", "day"), [("fr", "15/07/2027 10:00"), ("en", "2027-07-15 10:00")]
)
def test_the_question_for_the_clock_is_in_the_counters_time(
    new_terminal, world, tmp_path, language, day
):
    flash = provisioned(world, tmp_path, None, language)
    with new_terminal(flash, ahead=None) as terminal:
        with Client(terminal.port) as client, pytest.raises(Refused, match="STEP_TOO_LARGE"):
            client.request("time", time=times.parse("2027-07-15T08:00:00Z"))
        terminal.panel.wait_for(lambda panel: shows(panel, day[:-1]), TAP_TIMEOUT)


def test_a_setting_that_is_no_time_zone_stops_it(new_terminal, world, tmp_path):
    flash = provisioned(world, tmp_path, "<-03>3")
    with new_terminal(flash, ahead=EVENING - times.now()) as terminal:
        terminal.power_off()
        data = (flash / FILE).read_bytes()
        (flash / FILE).write_bytes(data.replace(b"<-03>3", b"<-03>X"))
        terminal.panel.leds.clear()
        terminal.power_on(ready=False)
        terminal.panel.wait_for(lambda panel: list(panel.leds) == [(255, 0, 0)], TAP_TIMEOUT)


def test_a_release_brings_another_time_zone(new_terminal, tmp_path):
    """Without a restart; a terminal's own zone stays."""
    world = World.create(tmp_path / "world", EVENING)
    paris, cayenne = (provisioned(world, tmp_path / f"own{own}", own) for own in (None, "<-03>3"))
    world.repository.set_policy({"time_zone": "<+03>-3"})
    world.repository.release(EVENING + 60)
    source = Source(str(world.repository.path))
    for flash, before, after, told in (
        (paris, "31/12/2026 22:1", "01/01/2027 00:1", r"2027-01-01 00:1\d \(<\+03>-3\)"),
        (cayenne, "31/12/2026 18:1", "31/12/2026 18:1", r"2026-12-31 18:1\d \(<-03>3\)"),
    ):
        at = times.parse("2026-12-31T21:12:00Z")
        with new_terminal(flash, ahead=at - times.now()) as terminal:
            terminal.panel.wait_for(lambda panel: shows(panel, before), TAP_TIMEOUT)  # noqa: B023
            outcome = courier.sync(terminal.port, source, now=lambda: at)  # noqa: B023
            assert outcome.status == "updated", outcome
            terminal.panel.wait_for(lambda panel: shows(panel, after), TAP_TIMEOUT)  # noqa: B023
            info = answer("terminal", "info", "--port", terminal.port)
            assert re.search("at its counter +" + told, info), info
