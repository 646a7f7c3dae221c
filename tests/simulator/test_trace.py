"""The trace: frames of the bus, APDUs and tokens, with every field explained in each language."""

from types import SimpleNamespace

import pytest
from support import run

from borne import limits_mdoc
from borne.crypto.ecdh import KeyPair
from borne.nfc import mdoc_exchange
from bornetools.emulator.chip import frames
from bornetools.emulator.chip.field import Field as Air
from bornetools.emulator.chip.pn532 import Pn532
from bornetools.languages import LANGUAGES
from bornetools.simulator.trace import KEPT, Trace

SELECT = bytes.fromhex("00A4040007F0424F524E450100")
LIST = b"\xd4\x4a\x01\x00"


class Line:
    """A terminal's end of the bus, with a Trace on it: `send` gives a command to the chip and acknowledges
    the answer, `read` does what a terminal does in a tap."""

    def __init__(self, air=None):
        self.told = []
        self.trace = Trace(self.told.extend)
        self.air = air or Air()
        self.chip = Pn532(self.air)
        self.now = 0.0
        self.chip.receive(b"\x55" * 6, self.now)  # which wakes it up
        for command in (b"\xd4\x14\x01\x00\x01", b"\xd4\x32\x05\xff\x01\x02"):
            self.send(command)

    def send(self, payload):
        data = frames.data(payload)
        self.trace.watch(False, data)
        answers = self.chip.receive(data, self.now)
        for _ in range(100):
            self.now += 0.05
            answers += self.chip.advance(self.now)
        for answer in answers:
            self.trace.watch(True, answer)
        return answers[-1]

    def exchange(self, apdu):
        (payload,) = frames.Parser().feed(self.send(b"\xd4\x40\x01" + apdu))
        assert payload[2] == 0
        return payload[3:]

    def read(self, phone):
        self.air.put(phone)
        self.send(b"\xd4\x02")
        self.send(b"\xd4\x32\x01\x01")
        self.send(LIST)
        assert self.exchange(SELECT)[-2:] == b"\x90\x00"
        request = bytes.fromhex("a3005820") + bytes(32) + b"\x01\x62T1\x02\x6cconsultation"
        answer = self.exchange(b"\0\x88\0\0" + bytes([len(request)]) + request + b"\0")
        while answer[-2] == 0x61:
            answer = self.exchange(b"\0\xc0\0\0" + answer[-1:])
        self.air.remove()
        self.send(b"\xd4\x52\x00")
        self.send(LIST)


class WalletLine(Line):
    """The same, for a wallet and the firmware's own reader of it."""

    async def exchange(self, command):
        return memoryview(bytearray(super().exchange(bytes(command))))

    def read(self, phone):
        self.air.put(phone)
        self.send(LIST)
        buffer = memoryview(bytearray(limits_mdoc.ENVELOPE_MAX))
        pairs = SimpleNamespace(key_pair=lambda: KeyPair(7))
        run(mdoc_exchange.read(self, lambda size: buffer, pairs, None, "consultation"))
        self.air.remove()


@pytest.fixture
def line():
    return Line()


def test_each_field_of_each_phone_is_explained(line, world):
    for person in world.people:
        if person.phone.installed and not person.phone.locked and not person.phone.removed_after:
            line.read(person.phone)
    assert len(line.told) > 300
    for entry in line.told:
        assert entry["fields"], entry["name"]
        for name, _, text in entry["fields"]:
            assert name
            assert tuple(text) == LANGUAGES
            assert all(text.values()), (entry["name"], name)
            assert "unknown" not in text["en"], (entry["name"], name)


def test_a_tap_in_three_layers(line, world):
    line.read(world.people[0].phone)
    apdus = [entry["name"] for entry in line.told if entry["layer"] == "apdu"]
    assert apdus[:4] == ["SELECT", "90 00", "INTERNAL AUTHENTICATE", apdus[3]]
    assert apdus[3].startswith("61 ")
    assert apdus[-2:] == ["GET RESPONSE", "90 00"]
    (token,) = (entry for entry in line.told if entry["layer"] == "token")
    fields = {name: text["en"] for name, _, text in token["fields"]}
    assert fields["hcov 1"] == "family name: Lefèvre-Müller"
    assert fields["iss (1)"] == "issuer: https://assurance.example/"
    assert fields["uv"] == "the phone has verified its user"


def test_the_bytes_of_a_frame_are_those_of_its_fields(line, world):
    line.read(world.people[0].phone)
    for entry in line.told:
        if entry["layer"] == "bus" and entry["name"] != "ACK" or entry["name"] == "SELECT":
            assert "".join(field[1] for field in entry["fields"]) == entry["hex"], entry["name"]


def test_several_beneficiaries(line, world):
    line.read(world.people[18].phone)
    (token,) = (entry for entry in line.told if entry["layer"] == "token")
    assert [field[0] for field in token["fields"]].count("token") == 3


def test_a_frame_that_is_repeated_is_no_second_answer(line, world):
    line.air.put(world.people[0].phone)
    line.send(LIST)
    line.send(b"\xd4\x40\x01" + SELECT)
    line.trace.watch(False, frames.NACK)
    for answer in line.chip.receive(frames.NACK, line.now):
        line.trace.watch(True, answer)
    assert [entry["name"] for entry in line.told if entry["layer"] == "apdu"] == ["SELECT", "90 00"]
    assert [entry["name"] for entry in line.told].count("InDataExchange") == 3
    assert "NACK" in [entry["name"] for entry in line.told]


def test_looking_for_phones_is_told_only_if_asked(line):
    for _ in range(3):
        line.send(LIST)
    assert line.told == []
    line.trace.polls = True
    for _ in range(3):
        line.send(LIST)
    assert {entry["name"] for entry in line.told} == {"InListPassiveTarget", "ACK"}
    assert all(entry["poll"] for entry in line.told)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_wallet_in_three_layers(world, number):
    line = WalletLine()
    line.read(world.wallets[number].phone)
    for entry in line.told:
        for name, _, text in entry["fields"]:
            assert name
            assert tuple(text) == LANGUAGES
            assert all(text.values()), (entry["name"], name)
            assert "unknown" not in text["en"], (entry["name"], name)
        if entry["layer"] == "apdu":
            assert "".join(field[1] for field in entry["fields"]) == entry["hex"], entry["name"]
    names = {entry["name"] for entry in line.told if entry["layer"] == "apdu"}
    written = {"UPDATE BINARY"} if number == 0 else set()
    assert names >= {"SELECT", "READ BINARY", "ENVELOPE", "GET RESPONSE"} | written
    records = {field[0] for entry in line.told for field in entry["fields"]}
    assert records >= {"CC", "NLEN", "Hs", "iso.org:18013:deviceengagement", "DO'53'"}
    assert (records >= {"Tp", "Ts", "Te", "Hr"}) == (number == 0)
    (session,) = (entry for entry in line.told if entry["layer"] == "token")
    assert [field[0] for field in session["fields"]] == ["data", "status"]


def test_it_is_bounded(line):
    line.trace.polls = True
    for _ in range(KEPT + 9):
        line.trace.watch(False, frames.data(LIST))
    assert len(line.trace.entries) == KEPT


@pytest.mark.parametrize(
    "data",
    [
        b"\xd4\x40\x01\0\x88\0\0\x03\xff\xff\xff",
        b"\xd4\x40\x01\0\xee\0\0",
        b"\xd4\x99\x01\x02\x03",
        b"\xd5\x41\x01",
        b"\xd5\x41\x00\x90",
        b"\xd5\x41",
        b"\x7f",
    ],
)
def test_what_is_malformed_is_shown_and_harms_nothing(line, data):
    line.trace.watch(False, frames.data(b"\xd4\x40\x01" + SELECT))
    line.trace.watch(data[0] == 0xD5, frames.data(data))
    assert line.told[-1]["hex"]
    assert all(all(text.values()) for e in line.told for _, _, text in e["fields"])
