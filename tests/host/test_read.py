"""`borne read` with the emulated PN532 in place of a reader: nfcpy on a serial line, end to end."""

import json
import os
import pty
import shutil
import tty
from functools import partial

import pytest
from demo_world import NOW
from program import borne, refusal
from virtual_line import Clock, Line

from borne import limits
from bornetools import times
from bornetools.emulator.chip.chip_link import ChipOnPty
from bornetools.emulator.chip.field import Busy
from bornetools.read import reader as read

pytestmark = pytest.mark.usefixtures("quick_p256")


@pytest.fixture
def link(field, monkeypatch):
    """An emulated chip, to which nfcpy and `borne read` speak in virtual time."""
    clock = Clock()
    usual = read.transport.TTY
    with ChipOnPty(field, clock=clock) as link:
        monkeypatch.setattr(
            read.transport,
            "TTY",
            lambda path: Line(link, clock) if path == link.path else usual(path),
        )
        monkeypatch.setattr(read, "time", clock)
        yield link


borne_read = partial(borne, "read")
refused = partial(refusal, "read")


def read_json(link, world, *more):
    done = borne_read("--device", link.path, "--trust", world.store, "--at", NOW, "--json", *more)
    assert done.exit_code in (0, 1), done.output
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == any(answer["severity"] != "accept" for answer in answers)
    return answers[0] if len(answers) == 1 else answers


def test_every_phone_gets_the_terminals_verdict(link, field, world):
    expected, found = {}, {}
    for person in world.people:
        field.put(person.phone)
        expected[person.case] = person.expected
        answer = read_json(link, world)
        if isinstance(answer, list):  # one for each beneficiary
            assert [one["verdict"] for one in answer] == ["VALID"] * 3
            answer = answer[0]
        found[person.case] = answer["verdict"]
    assert found == expected
    assert len(set(found.values())) > 12


@pytest.fixture(scope="module")
def release(world, tmp_path_factory):
    """The last release as a folder."""
    folder = tmp_path_factory.mktemp("release") / "trust"
    for name in world.repository.draft.targets():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(world.repository.draft.path / name, folder / name)
    shutil.copy(world.store / "release.cbor", folder)
    return folder


def test_every_wallet_gets_the_terminals_verdict(link, field, world, release):
    found = {}
    for person in world.wallets:
        field.put(person.phone)
        options = ("--device", link.path, "--trust", release, "--at", NOW, "--json")
        found[person.case] = json.loads(borne_read(*options).stdout)["verdict"]
    assert found == {person.case: person.expected for person in world.wallets}


def test_a_wallet_without_roots(link, field, world):
    field.put(world.wallets[0].phone)
    keys = ("--keys", world.store / "keys.cbor")
    done = borne_read("--device", link.path, *keys, "--at", NOW)
    assert done.stdout.startswith("UNKNOWN_ISSUER ")


def test_a_wallets_holder_may_take_longer_than_a_tokens(link, field, world):
    ponders = limits.TAP_TIMEOUT / 1000 + 1
    field.put(world.cast.mdocs.wallet("Lindgren", "Ada", ponders=ponders))
    assert read_json(link, world)["verdict"] == "VALID"


def test_what_a_person_sees(link, field, world):
    field.put(world.people[0].phone)
    done = borne_read("--device", link.path, "--trust", world.store, "--at", times.write(NOW))
    year = int(times.date(NOW)[:4])
    assert done.stdout.splitlines() == [
        "VALID (accept)",
        f"Élodie Lefèvre-Müller, born {year - 40}-01-01",
        f"entitled until {year + 1}-12-31",
    ]


def test_json_tells_nothing_of_the_holder(link, field, world):
    field.put(world.people[0].phone)
    answer = read_json(link, world)
    assert answer == {
        "verdict": "VALID",
        "severity": "accept",
        "detail": "",
        "until": f"{int(times.date(NOW)[:4]) + 1}-12-31",
        "at": NOW,
    }


def test_single_files_instead_of_a_folder(link, field, world):
    field.put(world.people[0].phone)
    keys, lists = world.store / "keys.cbor", sorted((world.store / "status").glob("*.cwt"))
    options = ["--device", link.path, "--keys", keys, "--at", NOW]
    with_lists = [*options, *(part for one in lists for part in ("--status", one))]
    assert borne_read(*with_lists, "--policy", world.store / "policy.cbor").stdout.startswith(
        "VALID "
    )
    assert borne_read(*with_lists).stdout.startswith("VALID ")
    assert borne_read(*options).stdout.startswith("TRUST_STALE ")


def test_a_phone_is_waited_for(link, field, world):
    polls = []

    def arrive(frame):
        if frame[5:7] == b"\xd5\x4b":  # the answer of InListPassiveTarget: nothing there, twice
            polls.append(frame)
            if len(polls) == 2:
                field.put(world.people[0].phone)
        return frame

    link.tamper = arrive
    assert read_json(link, world)["verdict"] == "VALID"
    assert len(polls) == 3


def test_a_purpose_and_a_terminal_reach_the_phone(link, field, world, echo):
    select = bytes.fromhex("00A4040007F0424F524E450100")
    echo.answers[select] = bytes.fromhex("A2 00 01 01 190100 9000")
    field.put(echo)
    read_json(link, world, "--purpose", "admission", "--terminal-id", "guichet-7")
    assert b"admission" in echo.apdus[1]
    assert b"guichet-7" in echo.apdus[1]


def test_a_phone_that_asks_for_time_without_end(link, field, world, echo):
    def apdu(command):
        raise Busy(0.05)

    echo.apdu = apdu
    field.put(echo)
    answer = read_json(link, world)
    assert (answer["verdict"], answer["detail"]) == ("TORN", "the exchange took too long")


@pytest.mark.parametrize(
    ("ats", "code"),
    [
        ("01", "TORN"),  # nfcpy cannot do without TB
        ("0278", "TORN"),
        ("09787781", "MALFORMED"),  # its length is wrong, and what the phone then says, too
    ],
)
def test_a_phone_with_a_broken_answer_to_select(link, field, world, echo, ats, code):
    echo.ats = bytes.fromhex(ats)
    field.put(echo)
    assert read_json(link, world)["verdict"] == code


def test_no_phone(link, world):
    assert "no phone came to the reader within 0.2 s" in refused(
        "--device", link.path, "--trust", world.store, "--timeout", "0.2"
    )


def test_a_reader_that_falls_silent(link, field, world):
    field.put(world.people[0].phone)

    def fall_silent(frame):
        link.chip.silent = frame[5:7] == b"\xd5\x43"  # after InCommunicateThru: RATS
        return frame

    link.tamper = fall_silent
    assert "the reader stopped answering" in refused(
        "--device", link.path, "--trust", world.store, "--at", NOW
    )


@pytest.mark.parametrize(
    ("device", "reason"),
    [
        ("/dev/does-not-exist", "no such device"),
        ("/dev/null", "no reader answers there"),
        ("tty:USB99:pn532", "no reader there"),
        ("nonsense", "no reader there"),
    ],
)
def test_devices_that_are_none(world, device, reason):
    line = refused("--device", device, "--trust", world.store)
    assert device in line
    assert reason in line


def test_a_serial_port_without_a_reader(world):
    controller, terminal = pty.openpty()
    tty.setraw(terminal)
    try:
        path = os.ttyname(terminal)
        assert "no reader answers there" in refused("--device", path, "--trust", world.store)
    finally:
        os.close(controller)
        os.close(terminal)


def test_a_device_without_permission(world, monkeypatch):
    def deny(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(read.transport, "TTY", deny)
    assert "no permission" in refused("--device", "/dev/ttyUSB0", "--trust", world.store)


def test_arguments_that_contradict(link, world, tmp_path):
    device = ("--device", link.path)
    keys = world.store / "keys.cbor"
    assert "either --trust, or --keys" in refused(*device)
    assert "either --trust, or --keys" in refused(*device, "--trust", world.store, "--keys", keys)
    assert "either --trust, or --keys" in refused(*device, "--trust", world.store, "--policy", keys)
    assert "not a usable status list" in refused(*device, "--keys", keys, "--status", keys)
    assert "not a usable key set" in refused(*device, "--keys", __file__)
    assert "keys.cbor cannot be read" in refused(*device, "--trust", tmp_path)
    assert "1 to 32 bytes" in refused(*device, "--keys", keys, "--terminal-id", "é" * 17)


def test_a_purpose_outside_the_policy(link, world, tmp_path):
    rules = tmp_path / "policy.cbor"
    rules.write_bytes(bytes.fromhex("A10481") + b"\x69admission")
    options = ("--device", link.path, "--keys", world.store / "keys.cbor", "--policy", rules)
    assert "admission" in refused(*options, "--purpose", "dispensing")
