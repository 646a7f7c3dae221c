"""nfcpy's PN532 driver, which nobody here wrote and which runs ISO-DEP itself, reads the emulated chip."""

import contextlib

import cbor2
import nfc
import nfc.tag
import pytest
from nfc.clf import ContactlessFrontend, RemoteTarget, pn532
from virtual_line import Clock, Line

from bornetools.emulator.chip.chip_link import ChipOnPty
from bornetools.emulator.phones.phone import Phone
from bornetools.issuer import cose

TOKEN = bytes(range(256)) * 3  # the phone does not look into it
REQUEST = cbor2.dumps({0: bytes(32), 1: "T1", 2: "dispensing", 3: 1_800_000_000})


@contextlib.contextmanager
def frontend(link, clock):
    """nfcpy on that line: its own parser of paths takes no pseudo-terminal."""
    clf = ContactlessFrontend()
    clf.device = pn532.init(Line(link, clock))
    with contextlib.closing(clf):
        yield clf


@pytest.fixture
def clf(field):
    clock = Clock()
    with ChipOnPty(field, clock=clock) as link, frontend(link, clock) as clf:
        yield clf


def activate(clf):
    target = clf.sense(RemoteTarget("106A"))
    assert target.sens_res.hex() == "0400"
    assert target.sel_res.hex() == "20"
    return nfc.tag.activate(clf, target)


def authenticate(tag):
    """The profile's APDUs, chained as ISO/IEC 7816-4 has it. Returns the answer's CBOR."""
    selected = tag.send_apdu(0x00, 0xA4, 0x04, 0x00, bytes.fromhex("F0424F524E4501"), mrl=256)
    assert cbor2.loads(selected)[0] == 1
    command = bytes([0x00, 0x88, 0x00, 0x00, len(REQUEST)]) + REQUEST + b"\x00"
    answer, status = b"", b"\x61"
    while status[0] == 0x61:
        response = tag.transceive(command)
        answer, status = answer + response[:-2], response[-2:]
        command = bytes([0x00, 0xC0, 0x00, 0x00, status[1]])
    assert status == b"\x90\x00"
    return answer


def test_the_driver_starts_and_finds_nothing(clf):
    assert clf.device.chipset_name == "PN532v1.6"
    assert clf.sense(RemoteTarget("106A"), RemoteTarget("106B"), RemoteTarget("212F")) is None


def test_the_driver_puts_the_chip_to_sleep_and_wakes_it_up(field, echo):
    field.put(echo)
    clock = Clock()
    with ChipOnPty(field, clock=clock) as link:
        for _ in range(2):
            with frontend(link, clock) as clf:
                assert activate(clf).transceive(b"\x01") == b"\x01\x90\x00"


@pytest.mark.parametrize("slow", [0.0, 0.12])  # more than the frame waiting time: S(WTX)
def test_the_profiles_exchange(clf, field, slow):
    phone = Phone(TOKEN, cose.new_key(), slow=slow)
    field.put(phone)
    tag = activate(clf)
    assert tag.identifier == phone.uid
    token, proof = cbor2.loads(authenticate(tag))
    assert token == TOKEN
    assert cbor2.loads(proof).tag == 18
    assert tag.is_present


def test_a_phone_with_short_frames(clf, field):
    phone = Phone(TOKEN, cose.new_key())
    phone.ats = bytes.fromhex("05 70 77 81 00")  # FSCI 0: frames of 16 bytes, so the reader chains
    field.put(phone)
    assert cbor2.loads(authenticate(activate(clf)))[0] == TOKEN


def test_a_phone_that_leaves(clf, field):
    field.put(Phone(TOKEN, cose.new_key(), removed_after=2))
    with pytest.raises(nfc.tag.TagCommandError) as error:
        authenticate(activate(clf))
    assert error.value.errno == nfc.tag.TIMEOUT_ERROR
    assert clf.sense(RemoteTarget("106A")) is None
