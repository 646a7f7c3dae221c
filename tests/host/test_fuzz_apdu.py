"""Phones whose responses are not what ISO/IEC 7816-4 and the profile say, before the firmware's reader."""

import pytest
from bad_phones import SpoiledResponses
from demo_world import NOW
from hypothesis import example, given
from hypothesis import strategies as st
from mutations import damages, examples
from support import run

from borne import limits
from borne.errors import DecodeError, GoneError, NfcError
from borne.nfc import exchange
from borne.verify import verifier
from bornetools.emulator.phones.phone import Phone

pytestmark = pytest.mark.usefixtures("quick_p256")

NONCE, TERMINAL, PURPOSE = bytes(32), "T1", "dispensing"
# SELECT, and for an answer the parts that limits.py allows, twice.
MOST = 2 * (limits.APDU_PARTS_MAX + limits.APDU_COMMAND_MAX // limits.APDU_DATA_MAX + 1)

sw = st.one_of(
    st.sampled_from(
        ["9000", "6100", "61FF", "6101", "6C00", "6C01", "6CFF", "6985", "6A82", "6F00"]
    ),
    st.binary(min_size=2, max_size=2).map(bytes.hex),
).map(bytes.fromhex)
responses = st.tuples(st.binary(max_size=300), sw).map(b"".join) | st.binary(max_size=3)


class Card:
    """A Pn532 with `phone` on it, which answers as `respond(number, command)`; it counts."""

    def __init__(self, respond):
        self._respond = respond
        self._buffer = bytearray(limits.PN532_RESPONSE_MAX)
        self.count = 0

    async def exchange(self, command):
        assert self.count < MOST, "no end"
        answer = self._respond(self.count, bytes(command))
        self.count += 1
        # As the driver: what does not fit its buffer is the card's error.
        if len(answer) > len(self._buffer):
            raise GoneError("data format")
        self._buffer[: len(answer)] = answer
        return memoryview(self._buffer)[: len(answer)]


@pytest.fixture(scope="module")
def phone(phones):
    return phones["valid"]


def evidence(respond):
    """The Evidence of that card, of its first token, or None where reading it is refused."""
    try:
        return run(exchange.read(Card(respond), NONCE, TERMINAL, PURPOSE, NOW))[0]
    except (NfcError, DecodeError):
        return None


@examples(300)
@given(st.lists(responses, min_size=1, max_size=6))
@example([b"\x61\x00"])
@example([b"\x6c\x00"])
@example([b"\x6c\x01", b"\x61\x01"])
@example([bytes(256) + b"\x61\x00"])
@example([b""])
def test_any_responses_come_to_an_end(answers):
    found = evidence(lambda number, _: answers[number % len(answers)])
    assert found is None


@examples(300)
@given(st.dictionaries(st.integers(0, 4), responses | damages, min_size=1, max_size=2))
def test_a_genuine_phone_with_spoiled_responses(phone, trust, spoiled):
    phone.reset()
    respond = SpoiledResponses(phone, spoiled)
    found = evidence(respond)
    if found is None:
        assert respond.touched
        return
    assert len(found.token) <= limits.TOKEN_MAX
    assert len(found.proof) <= limits.PROOF_MAX
    verdict = verifier.verify(found, trust, NOW)
    assert verdict.code != "INTERNAL"
    if verdict.severity in ("accept", "warn"):
        assert found.token == phone.token


@examples(200)
@given(st.integers(1, 300), st.integers(0, 5000), st.integers(0, 255))
def test_answers_of_any_length_in_pieces_of_any_length(phone, piece, length, byte):
    # The application answers with so many bytes, and the status says how many wait behind a piece.
    other = Phone(
        phone.token, phone._holder_key, piece=piece, mutate=lambda _: bytes([byte]) * length
    )
    assert evidence(lambda _, command: other.apdu(command)) is None


@pytest.mark.parametrize("piece", [16, 17, 100, 255, 256])
def test_a_valid_answer_in_pieces_is_read(phone, trust, piece):
    other = Phone(phone.token, phone._holder_key, piece=piece)
    found = evidence(lambda _, command: other.apdu(command))
    assert verifier.verify(found, trust, NOW).code == "VALID"
