"""Taps on the emulated terminal: bytes on the reader's bus, pixels on the screen, lines in the journal."""

import json
import shutil

import pytest
from counter import polled
from demo_world import flash_with

from borne import limits
from borne.trust.release_store import ReleaseStore
from bornetools import times
from bornetools.emulator.chip.frames import ACK
from bornetools.emulator.chip.pace import Pace
from bornetools.emulator.machine import blocks
from bornetools.emulator.phones.phone import Phone
from bornetools.journal import chain as chains
from bornetools.link.client import Client
from bornetools.simulator import screen_text
from bornetools.times import DAY

MANY = 60  # taps of one terminal


def test_every_person_of_the_demo_gets_the_right_verdict(terminal, world):
    for person in world.people:
        tap = terminal.tap(person.phone)
        assert (person.case, tap.code) == (person.case, person.expected), tap.detail
        assert tap.frame != bytes(1024)


def test_names_in_greek_and_cyrillic_are_on_the_screen(terminal, world):
    """Whether the glyphs lie in a file (the VM's ROMFS) or are frozen (the emulated microcontroller)."""
    for family, given in (("Παπαδοπούλου", "Ελένη"), ("Щъркелов", "Цветан"), ("Łukasz", "Żaneta")):
        tap = terminal.tap(world.cast.phone(family, given))
        assert tap.code == "VALID", tap.detail
        assert f"{family} {given}" in screen_text.lines(tap.frame)


def test_the_screen_of_a_refusal_shows_nothing_of_the_holder(terminal, person):
    """Two people with different names, refused for the same reason, leave the same screen."""
    one = terminal.tap(person("holder not verified").phone)
    other = terminal.tap(person("application locked").phone)
    assert (one.code, other.code) == ("HOLDER_NOT_PRESENT",) * 2
    assert one.frame == other.frame
    valid, delegated = (
        terminal.tap(person(case).phone) for case in ("valid", "valid, with a delegate")
    )
    assert valid.frame != delegated.frame


def test_severities_differ_in_light_and_shape(terminal, person):
    cases = ("valid", "no entitlement", "revoked", "no application")
    taps = [terminal.tap(person(case).phone) for case in cases]
    assert len({tap.severity for tap in taps}) == 4
    assert len({tap.led for tap in taps}) == 4
    icons = {
        tuple(blocks.pixel(tap.frame, x, y) for x in range(34) for y in range(34)) for tap in taps
    }
    assert len(icons) == 4


def test_languages_differ(new_terminal, tmp_path, world, person, terminal):
    with new_terminal(flash_of(world, tmp_path), "en") as english:
        assert (
            english.tap(person("revoked").phone).frame
            != terminal.tap(person("revoked").phone).frame
        )


def test_a_phone_held_on_the_reader_is_read_once(terminal, person):
    asked = []
    phone = person("valid").phone
    real = phone.apdu
    phone.apdu = lambda command: asked.append(command[1]) or real(command)
    terminal.field.put(phone)
    try:
        assert terminal.verdict().code == "VALID"
        before = list(asked)
        # It is found at every look, for it has not gone; nothing is asked of it.
        polled(terminal, 10, found=True)
        assert asked == before
    finally:
        del phone.apdu
        terminal.field.remove()
        terminal.wait_event("gone")
    assert terminal.tap(phone).code == "VALID"


def test_a_phone_removed_at_any_moment_is_torn_and_reads_again(terminal, person):
    whole = person("valid").phone
    for commands in range(3):  # SELECT, INTERNAL AUTHENTICATE, GET RESPONSE
        phone = Phone(whole.token, whole._holder_key, removed_after=commands)
        tap = terminal.tap(phone)
        assert (tap.code, tap.severity) == ("TORN", "retry")
    assert terminal.tap(whole).code == "VALID"


def test_many_taps_within_the_heap(terminal, world):
    for number in range(MANY):
        person = world.people[number % len(world.people)]
        assert terminal.tap(person.phone).code == person.expected


def test_a_phone_that_asks_for_more_and_more_time_is_torn(terminal, person):
    whole = person("valid").phone
    slow = Phone(whole.token, whole._holder_key, slow=limits.TAP_TIMEOUT / 1000 + 1)
    tap = terminal.tap(slow)
    assert (tap.code, tap.detail) == ("TORN", "the exchange took too long")
    assert terminal.tap(whole).code == "VALID"


def test_a_chip_that_falls_silent_is_reset_and_reads_again(terminal, person):
    before = terminal.panel.frame
    terminal.chip.chip.silent = True
    fault = terminal.wait_event("fault")
    assert fault["code"] == "READER_RESET"
    terminal.panel.settle()
    shown = terminal.panel.frame
    assert shown != before
    terminal.wait_event("ready")
    assert terminal.tap(person("valid").phone).code == "VALID"


def test_a_chip_that_is_late_with_its_ack_is_started_again(terminal, person):
    """What it then still says must not pass for the answer to another APDU."""
    state = {"found": False, "late": False}

    def delay(frame):
        if b"\xd5\x4b\x01" in frame:  # InListPassiveTarget: one target
            state["found"] = True
        elif frame == ACK and state["found"] and not state["late"]:
            state["late"] = True
            return 3 * limits.PN532_ACK_TIMEOUT / 1000
        return 0.0

    usual, terminal.chip.delay = terminal.chip.delay, delay
    try:
        assert terminal.tap(person("valid").phone).code == "VALID"
    finally:
        terminal.chip.delay = usual
    assert state["late"]


def test_the_time_split_follows_the_bus(new_terminal, tmp_path, world, person):
    with new_terminal(flash_of(world, tmp_path), pace=Pace()) as slow:
        tap = slow.tap(person("valid").phone)
    # About 700 bytes each way at 115200 baud and 106 kbit/s: tens of milliseconds, modelled.
    assert tap.us["bus"] > 40_000
    assert tap.us["phone"] > 30_000
    assert tap.us["verify"] > 1_000
    assert tap.us["total"] >= tap.us["bus"] + tap.us["phone"] + tap.us["verify"]


@pytest.mark.parametrize(
    ("ahead", "expected"), [(None, "CLOCK_UNSET"), (-DAY, "CLOCK_UNSET"), (8 * DAY, "EXPIRED")]
)
def test_clocks(new_terminal, tmp_path, world, person, ahead, expected):
    with new_terminal(flash_of(world, tmp_path), ahead=ahead) as terminal:
        assert terminal.tap(person("valid").phone).code == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"warn_after": 0, "refuse_after": 9 * DAY}, "VALID_STALE"),
        ({"warn_after": 0, "refuse_after": 60}, "TRUST_STALE"),
    ],
)
def test_old_trust_data(new_terminal, tmp_path, world, person, change, expected):
    flash = flash_with(world, tmp_path, times.now() - 3600, **change)
    with new_terminal(flash) as terminal:
        assert terminal.tap(person("valid").phone).code == expected


@pytest.mark.parametrize("damage", ["keys.cbor", "policy.cbor", "release.cbor"])
def test_without_whole_trust_data_nothing_is_accepted(
    new_terminal, tmp_path, world, person, damage
):
    flash = flash_of(world, tmp_path)
    path = flash / "trust" / "release.cbor"
    if damage != "release.cbor":
        path = object_of(flash, damage)
    path.write_bytes(b"\xff" * 40)
    with new_terminal(flash) as terminal:
        assert terminal.tap(person("valid").phone).code == "TRUST_STALE"
        assert terminal.tap(person("no application").phone).code == "NO_APPLICATION"
        with Client(terminal.port) as client:
            assert client.request("hello")["protocol"] == 1  # it can still be told
    faults = [entry["fault"] for entry in journal(flash) if "fault" in entry]
    assert faults == ["NO_TRUST"]


def test_a_damaged_revocation_list_refuses_its_tokens(new_terminal, tmp_path, world, person):
    flash = flash_of(world, tmp_path)
    object_of(flash, "status/assurance/1.rsl").write_bytes(b"BRSL" + bytes(60))
    with new_terminal(flash) as terminal:
        assert terminal.tap(person("valid").phone).code == "TRUST_STALE"
        assert terminal.tap(person("revoked").phone).code == "TRUST_STALE"
    assert {entry.get("fault") for entry in journal(flash)} >= {"STATUS_LIST"}


def test_the_journal_has_every_verdict_and_nobody(new_terminal, tmp_path, world, person):
    flash = flash_of(world, tmp_path)
    with new_terminal(flash) as terminal:
        began = terminal.clock.unix()
        for one in world.people:
            terminal.tap(one.phone)
        ended = terminal.clock.unix()
    entries = journal(flash)
    assert [entry["verdict"] for entry in entries] == [one.expected for one in world.people]
    always = {"n", "time", "verdict", "release", "hash"}
    assert all(always <= set(entry) for entry in entries)
    assert all(began <= entry["time"] <= ended for entry in entries)
    text = log_of(flash).decode()
    assert text.isascii()
    for name in ("Lef", "lodie", "Nu", "Bront", "Ga"):
        assert name not in text
    assert chains.follow(log_of(flash)).problems == []


def test_what_the_journal_has_of_a_tap(new_terminal, tmp_path, world, person):
    flash = flash_of(world, tmp_path)
    with new_terminal(flash) as terminal:
        for case in ("valid", "valid", "expired", "no application", "valid"):
            if case == "no application":
                terminal.power_off()
                terminal.power_on()
            terminal.tap(person(case).phone)
    valid, again, expired, nothing, later = journal(flash)
    common = {"n", "time", "verdict", "release", "hash"}
    assert set(nothing) == common | {"detail"}
    assert set(valid) == common | {"purpose", "issuer", "token"}
    assert set(expired) == set(valid) | {"detail"}
    assert (valid["verdict"], valid["purpose"]) == ("VALID", "consultation")
    assert valid["issuer"] == expired["issuer"] == world.issuer.uri
    assert valid["release"] == ReleaseStore(str(flash / "trust")).version
    assert valid["token"] == again["token"] != expired["token"]
    assert later["token"] != valid["token"]  # the key went with the power
    assert not list((flash / "receipts").iterdir())


def flash_of(world, folder):
    """A terminal's flash with the world's release, and a journal yet to be written."""
    ignored = shutil.ignore_patterns("journal", "receipts")
    return shutil.copytree(world.flash, folder / "flash", ignore=ignored)


def object_of(flash, name):
    """The file that a release has under that name."""
    return flash / "trust" / "objects" / ReleaseStore(str(flash / "trust")).sha256(name)


def journal(flash):
    """The journal's entries, without those that begin a segment."""
    entries = [json.loads(line) for line in log_of(flash).splitlines()]
    return [entry for entry in entries if "begin" not in entry]


def log_of(flash):
    return b"".join(path.read_bytes() for path in sorted((flash / "journal").iterdir()))
