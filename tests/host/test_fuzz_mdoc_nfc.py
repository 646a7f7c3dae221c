"""Phones whose handover or transfer is not what the standards say, before the firmware's reader.

Whatever bytes come, reading ends, and with an error of the families that are verdicts.
"""

import asyncio

import mdoc_world as world
import ndef as ndeflib
import pytest
from bad_phones import SpoiledResponses
from hypothesis import example, given
from hypothesis import strategies as st
from mutations import damages, examples
from support import run

from borne import limits, limits_mdoc
from borne.errors import DecodeError, GoneError, NfcError
from borne.nfc import carriers, handover, mdoc_exchange, mdoc_transfer, ndef
from borne.verify import verifier
from bornetools.emulator.phones import mdoc_tag
from bornetools.emulator.phones.mdoc_wallet import Wallet

pytestmark = pytest.mark.usefixtures("quick_p256")

BUFFER = memoryview(bytearray(limits_mdoc.ENVELOPE_MAX))
# Far beyond all that a tap of the slowest tag takes: each byte of each message by itself.
MOST = 6 * limits_mdoc.NDEF_MESSAGE_MAX
DOCUMENT = world.document()
SELECT = mdoc_tag.Tag(bytes(100)).handover[0]

sw = st.sampled_from(["9000", "6100", "61FF", "6C01", "6985", "6A82", "6F00"]).map(bytes.fromhex)
responses = st.tuples(st.binary(max_size=300), sw).map(b"".join) | st.binary(max_size=3)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    async def sleep(ms):
        assert 0 <= ms <= limits_mdoc.TNEP_WAIT_MAX

    monkeypatch.setattr(asyncio, "sleep_ms", sleep)


class Pairs:
    def key_pair(self):
        return world.READER_KEY


class Card:
    """A Pn532 with something on it that answers as `respond(number, command)`; it counts."""

    def __init__(self, respond):
        self._respond = respond
        self.count = 0

    async def exchange(self, command):
        assert self.count < MOST, "no end"
        answer = self._respond(self.count, bytes(command))
        self.count += 1
        if len(answer) > limits.PN532_RESPONSE_MAX:  # as the driver
            raise GoneError("data format")
        return memoryview(bytearray(answer))


def read(respond):
    """The MdocEvidence, or None where reading is refused."""
    try:
        return run(
            mdoc_exchange.read(Card(respond), lambda size: BUFFER, Pairs(), None, "dispensing")
        )[0]
    except (NfcError, DecodeError):
        return None


def refused_or(call, *arguments):
    try:
        return call(*arguments)
    except DecodeError:
        return None


@examples(300)
@given(st.binary(max_size=200))
def test_any_bytes_as_ndef(data):
    records = refused_or(ndef.decode, memoryview(data))
    if records is not None:
        # What the firmware takes is what another implementation takes, too.
        theirs = list(ndeflib.message_decoder(data, errors="relax", known_types={}))
        assert [bytes(one.payload) for one in records] == [one.data for one in theirs]


@examples(300)
@given(damages)
def test_a_damaged_handover_select_message(damage):
    message = damage(SELECT)
    found = refused_or(handover.Handover, memoryview(message), None, carriers.offers())
    if found is not None:
        assert found.carrier.command_max >= 255
        assert found.carrier.response_max >= 256
        assert bytes(found.engagement) in message


@examples(200)
@given(st.binary(max_size=60))
@example(bytes.fromhex("103F") + b"urn:nfc:sn:handover")
def test_any_service_parameters(payload):
    found = refused_or(handover._service, memoryview(payload))
    if found is not None:
        wait, polls, _ = found
        assert 0 < wait <= limits_mdoc.TNEP_WAIT_MAX
        assert 0 <= polls <= limits_mdoc.TNEP_POLLS_MAX


@examples(300)
@given(
    st.binary(max_size=40), st.sampled_from([b"", b"\x53", b"\x53\x81", b"\x53\x82\0", b"\x53\x84"])
)
def test_any_bytes_as_a_do_53(data, head):
    found = refused_or(mdoc_transfer.opened, memoryview(head + data))
    assert found is None or 0 < len(found) <= limits_mdoc.MESSAGE_MAX


@examples(200)
@given(st.binary(min_size=1, max_size=9000))
def test_what_is_wrapped_is_opened(message):
    wrapped = mdoc_transfer.wrapped(message)
    if len(message) <= limits_mdoc.MESSAGE_MAX:
        assert bytes(mdoc_transfer.opened(memoryview(wrapped))) == message


@examples(150)
@given(st.lists(responses, min_size=1, max_size=8))
@example([b"\x90\0"])
@example([b"\x61\0"])
@example([bytes(2) + b"\x90\0"])
@example([bytes(15) + b"\x90\0"])
def test_any_responses_come_to_an_end(answers):
    assert read(lambda number, _: answers[number % len(answers)]) is None


@examples(100)
@given(
    st.sampled_from([mdoc_tag.STATIC, mdoc_tag.NEGOTIATED]),
    st.dictionaries(st.integers(0, 30), responses | damages, min_size=1, max_size=2),
)
def test_a_genuine_wallet_with_spoiled_responses(way, spoiled):
    phone = Wallet([DOCUMENT], engagement={"way": way})
    respond = SpoiledResponses(phone, spoiled)
    found = read(respond)
    if found is None:
        assert respond.touched
        return
    verdict = verifier.verify(found, world.trust(), world.NOW)
    assert verdict.code != "INTERNAL"
    if respond.touched:
        # A spoiled status of what is sent, or of the session's end, changes nothing of what was read.
        assert verdict.code in ("VALID", "MALFORMED", "CLONED", "UNSUPPORTED", "BAD_SIGNATURE")
    else:
        assert verdict.code == "VALID"


@examples(100)
@given(damages)
def test_a_damaged_message_of_the_session_is_never_another_response(damage):
    phone = Wallet([DOCUMENT], change_data=damage)
    found = read(lambda _, command: phone.apdu(command))
    if found is not None:
        # The map around the ciphertext may be written otherwise; what it decrypts to is the genuine response.
        assert verifier.verify(found, world.trust(), world.NOW).code == "VALID"
