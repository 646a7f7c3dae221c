import asyncio

from fakes_card import C, FakeCard, R
from names import Selected
from support import raises, run

from borne import limits
from borne.errors import ApduError, DecodeError, GoneError, SelectError, UnsupportedError
from borne.nfc import exchange
from borne.token import cbor

NONCE = bytes(range(32))
SELECT = C("00 A4 04 00 07 F0 42 4F 52 4E 45 01 00")
SELECTED = R("A2 00 01 01 19 01 00 9000")
# {0: nonce, 1: "T-1", 2: "dispensing", 3: 1750000000}
QUESTION = (
    bytes.fromhex("A4 00 58 20")
    + NONCE
    + bytes.fromhex("01 63 54 2D 31 02 6A")
    + b"dispensing"
    + bytes.fromhex("03 1A 68 4E E1 80")
)
ASK = C("00 88 00 00 3B", QUESTION + b"\0")


def answer(*items):
    return cbor.encode(list(items))


def read(*trace, now=1750000000):
    card = FakeCard(*trace)
    found = run(exchange.read(card, NONCE, "T-1", "dispensing", now))
    card.end()
    return found[0] if len(found) == 1 else found


def fails(kind, *trace):
    card = FakeCard(*trace)
    error = raises(kind, run, exchange.read(card, NONCE, "T-1", "dispensing", 1750000000))
    card.end()
    return error


def test_the_exchange():
    evidence = read(SELECT, SELECTED, ASK, R("9000", answer(b"token", b"proof")))
    assert bytes(evidence.token) == b"token"
    assert bytes(evidence.proof) == b"proof"
    assert (evidence.nonce, evidence.terminal_id) == (NONCE, "T-1")
    assert evidence.purpose == "dispensing"
    assert 0 <= evidence.round_trip_us < 1000000


def test_a_terminal_without_time_does_not_send_one():
    question = bytes([0xA3]) + QUESTION[1:-6]
    ask = C("00 88 00 00 35", question + b"\0")
    read(SELECT, SELECTED, ask, R("9000", answer(b"token", b"proof")), now=None)


def test_several_beneficiaries_each_with_a_proof_of_its_own():
    said = [b"t1", b"p1", b"t2", b"p2", b"t3", b"p3", b"t4", b"p4"]
    found = read(SELECT, SELECTED, ASK, R("9000", answer(*said)))
    assert [bytes(one.token) for one in found] == said[::2]
    assert [bytes(one.proof) for one in found] == said[1::2]
    assert [one.nonce for one in found] == [NONCE] * 4


def test_what_was_read_can_be_forgotten():
    class Card(FakeCard):
        forgotten = False

        def forget(self):
            self.forgotten = True

    card = Card(SELECT, SELECTED, ASK, R("9000", answer(b"token", b"proof")))
    (evidence,) = run(exchange.read(card, NONCE, "T-1", "dispensing", 1750000000))
    exchange.forget(card)
    assert card.forgotten
    assert bytes(evidence.token) == bytes(5)
    assert bytes(evidence.proof) == bytes(5)


def test_a_long_answer():
    token, proof = bytes([7]) * limits.TOKEN_MAX, bytes([8]) * limits.PROOF_MAX
    said = answer(token, proof)
    trace = [SELECT, SELECTED, ASK, R("6100", said[:256])]
    for at in range(256, len(said), 256):
        last = at + 256 >= len(said)
        trace += [C("00 C0 00 00 00"), R("9000" if last else "6100", said[at : at + 256])]
    evidence = read(*trace)
    assert (bytes(evidence.token), bytes(evidence.proof)) == (token, proof)


def round_trip(waits, *answers):
    """That of an Evidence whose card takes so many milliseconds for each command."""
    card = FakeCard(SELECT, SELECTED, *answers)
    quick = card.exchange

    async def slow(command):
        await asyncio.sleep_ms(waits.pop(0))
        return await quick(command)

    card.exchange = slow
    (evidence,) = run(exchange.read(card, NONCE, "T-1", "dispensing", 1750000000))
    card.end()
    return evidence.round_trip_us


def test_the_round_trip_runs_from_the_question_to_the_last_byte_of_the_answer():
    said = answer(b"t", b"p")
    rest = [C("00 C0 00 00 03"), R("6101", said[:-1]), C("00 C0 00 00 01"), R("9000", said[-1:])]
    # SELECT's time does not count.
    assert 80_000 <= round_trip([500, 40, 10, 30], ASK, R("6103"), *rest) < 120_000
    # A relay that answers 6101 at once, and then has to wait for the phone.
    first = [R("6101"), C("00 C0 00 00 01"), R("6104", said[:1]), C("00 C0 00 00 04")]
    assert 600_000 <= round_trip([0, 0, 300, 300], ASK, *first, R("9000", said[1:])) < 700_000
    # One that wants the question again, which is the same question.
    again = [R("6C05"), C("00 88 00 00 3B", QUESTION + b"\5"), R("9000", said)]
    assert 600_000 <= round_trip([0, 300, 300], ASK, *again) < 700_000


def test_no_application():
    error = fails(SelectError, SELECT, R("6A82"))
    assert error.sw == 0x6A82
    assert isinstance(error, ApduError)


def test_a_locked_application():
    error = fails(ApduError, SELECT, SELECTED, ASK, R("6985"))
    assert error.sw == 0x6985
    assert not isinstance(error, SelectError)


def test_other_versions():
    for version in (0, 2, 1000):
        fails(
            UnsupportedError,
            SELECT,
            R("9000", cbor.encode({Selected.VERSION: version, Selected.RESPONSE_MAX: 256})),
        )
    fails(UnsupportedError, SELECT, R("9000", cbor.encode({Selected.VERSION: 2})))


def test_unknown_keys_in_the_answer_to_select_do_not_matter():
    selected = R(
        "9000",
        cbor.encode(
            {Selected.VERSION: 1, Selected.RESPONSE_MAX: 256, Selected.LABEL: "label", 9: b"later"}
        ),
    )
    read(SELECT, selected, ASK, R("9000", answer(b"t", b"p")))


def test_malformed_answers_to_select():
    for said in (
        b"",
        b"\xa0",  # {}
        b"\x01",  # 1
        b"\xa2\x00\xf5\x01\x01",  # {0: true, 1: 1}
        b"\xa2\x00\x20\x01\x01",  # {0: -1, 1: 1}
        b"\xa2\x00\x01\x01\x61\x41",  # {0: 1, 1: "A"}
        b"\xa1\x00\x01",  # {0: 1}
        b"\xa2\x01\x01\x00\x01",  # keys out of order
        b"\xa2\x00\x01\x01",  # cut
        b"\xa2\x00\x01\x01\x01\x00",  # and a byte more
    ):
        fails(DecodeError, SELECT, R("9000", said))


def test_malformed_answers():
    for said in (
        b"",
        answer(),
        answer(b"token"),
        answer(b"token", b"proof", b"more"),
        answer(b"token", b"proof", b"more", "proof"),
        answer(*[b"t"] * (2 * limits.PHONE_TOKENS_MAX + 2)),
        answer("token", b"proof"),
        answer(b"token", None),
        answer(b"token", 1),
        answer([b"token"], b"proof"),
        cbor.encode({0: b"token", 1: b"proof"}),
        cbor.encode(b"token"),
        answer(b"token", b"proof")[:-1],
        answer(b"token", b"proof") + b"\0",
        answer(bytes(limits.TOKEN_MAX + 1), b"proof")[:256],
    ):
        fails(DecodeError, SELECT, SELECTED, ASK, R("9000", said))


def test_token_and_proof_are_bounded():
    trace = [SELECT, SELECTED, ASK]
    said = answer(b"token", bytes(limits.PROOF_MAX + 1))
    parts = [said[at : at + 256] for at in range(0, len(said), 256)]
    trace.append(R("6100", parts[0]))
    for part in parts[1:-1]:
        trace += [C("00 C0 00 00 00"), R("6100", part)]
    trace += [C("00 C0 00 00 00"), R("9000", parts[-1])]
    assert fails(DecodeError, *trace).reason == "token or proof too long"


def test_a_phone_that_leaves():
    fails(GoneError, SELECT, SELECTED, ASK, ("error", GoneError("time out")))
