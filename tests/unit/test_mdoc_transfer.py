import asyncio

from fakes_card import C, FakeCard, R
from support import raises, run

from borne import limits, limits_mdoc
from borne.errors import ApduError, DecodeError, GoneError, SelectError
from borne.nfc import mdoc_transfer
from borne.nfc.mdoc_transfer import NfcCarrier, NfcTransfer

BUFFER = memoryview(bytearray(limits_mdoc.ENVELOPE_MAX))
SELECT = C("00 A4 04 00 07 A0 00 00 02 48 04 00 00")


def exchanged(card, message, room=lambda size: BUFFER):
    return run(NfcTransfer(card).exchange(message, room))


def exchange(message, *trace):
    card = FakeCard(*trace)
    answer = bytes(exchanged(card, message))
    card.end()
    return answer


def fails(kind, message, *trace):
    card = FakeCard(*trace)
    error = raises(kind, exchanged, card, message)
    card.end()
    return error


def opened(text, data=b""):
    return bytes(mdoc_transfer.opened(memoryview(bytes.fromhex(text) + data)))


def test_select():
    card = FakeCard(SELECT, R("9000"))
    run(NfcCarrier().open(card))
    card.end()
    card = FakeCard(SELECT, R("6A82"))
    assert raises(SelectError, run, NfcCarrier().open(card)).sw == 0x6A82


def test_one_envelope():
    assert exchange(b"ask", C("00 C3 00 00 05 53 03", b"ask\0"), R("53 02 41 42 9000")) == b"AB"


def test_long_messages_both_ways():
    question = bytes([index % 251 for index in range(600)])
    answer = bytes([index % 241 for index in range(700)])
    sent = b"\x53\x82\x02\x58" + question
    said = b"\x53\x82\x02\xbc" + answer
    trace = [
        C("10 C3 00 00 FF", sent[:255]),
        R("9000"),
        C("10 C3 00 00 FF", sent[255:510]),
        R("9000"),
        C("00 C3 00 00 5E", sent[510:] + b"\0"),
        R("6100", said[:256]),
        C("00 C0 00 00 00"),
        R("61 C0", said[256:512]),
        C("00 C0 00 00 C0"),
        R("9000", said[512:]),
    ]
    assert exchange(question, *trace) == answer


def test_61xx_is_a_hint():
    # It promises two bytes, and three come, by two more commands.
    trace = [
        C("00 C3 00 00 03 53 01 61 00"),
        R("6102", b"\x53\x03"),
        C("00 C0 00 00 02"),
        R("6100", b"A"),
        C("00 C0 00 00 00"),
        R("9000", b"BC"),
    ]
    assert exchange(b"a", *trace) == b"ABC"


def test_forms_of_a_length():
    for size, head in (
        (1, "5301"),
        (127, "537F"),
        (128, "538180"),
        (255, "5381FF"),
        (256, "53820100"),
    ):
        assert mdoc_transfer.wrapped(bytes(size)) == bytes.fromhex(head) + bytes(size)
        assert opened(head, bytes(size)) == bytes(size)
    # BER does not demand the shortest form.
    for head in ("538101", "53820001", "5383000001", "538400000001"):
        assert opened(head, b"x") == b"x"


def test_not_a_do_53():
    for text in (
        "",
        "53",
        "5300",  # empty
        "538100",
        "54 01 41",
        "53 02 41",
        "53 01 41 42",
        "53 80 41 00 00",  # indefinite
        "53 81",
        "53 82 00",
        "53 85 00 00 00 00 01 41",
        "53 FF 41",
        "53 84 FF FF FF FF 41",
    ):
        raises(DecodeError, opened, text)


def test_an_answer_without_data_is_no_success():
    fails(DecodeError, b"a", C("00 C3 00 00 03 53 01 61 00"), R("9000"))


def test_the_longest_answer():
    most = limits_mdoc.MESSAGE_MAX
    whole = b"\x53\x82" + most.to_bytes(2, "big") + bytes(most)
    trace = [C("00 C3 00 00 03 53 01 61 00")]
    for at in range(0, len(whole), 256):
        last = at + 256 >= len(whole)
        trace += [R("9000" if last else "6100", whole[at : at + 256])]
        if not last:
            trace.append(C("00 C0 00 00 00"))
    assert exchange(b"a", *trace) == whole[4:]
    longer = b"\x53\x82" + (most + 1).to_bytes(2, "big") + bytes(252)
    error = fails(DecodeError, b"a", C("00 C3 00 00 03 53 01 61 00"), R("6100", longer))
    assert error.reason == "message empty or too long"


def test_the_answer_can_be_written_in_place():
    card = FakeCard(C("00 C3 00 00 03 53 01 61 00"), R("53 01 41 9000"))
    answer = exchanged(card, b"a")
    answer[0] = 0x42
    assert bytes(answer) == b"B"


def test_statuses_and_a_phone_that_leaves():
    ask = C("00 C3 00 00 03 53 01 61 00")
    assert fails(ApduError, b"a", ask, R("6985")).sw == 0x6985
    fails(GoneError, b"a", ask, ("error", GoneError("time out")))


def test_the_end_is_said_once_and_not_to_a_phone_that_has_left():
    end = C("00 C3 00 00 05 53 03", b"end\0")
    gone = ("error", GoneError("time out"))
    for trace, message, left in (
        ([end, R("9000")], b"end", False),
        ([end, R("6F00")], b"end", False),
        ([end, gone], b"end", True),
        ([], None, False),
    ):
        card = FakeCard(*trace)
        transfer = NfcTransfer(card)
        run(transfer.end(message))
        card.end()
        assert transfer.gone is left
    transfer = NfcTransfer(FakeCard(C("00 C3 00 00 03 53 01 61 00"), gone))
    assert not transfer.gone and transfer.round_trip_us is None
    raises(GoneError, run, transfer.exchange(b"a", lambda size: BUFFER))
    assert transfer.gone
    run(transfer.end(b"end"))


def test_the_round_trip_runs_from_the_last_part_of_the_request_to_the_end_of_the_answer():
    data = b"\x53\x82\x01\x00" + bytes(256)
    trace = [C("10 C3 00 00 FF", data[:255]), R("9000"), C("00 C3 00 00 05", data[255:] + b"\0")]
    trace += [
        R("6102"),
        C("00 C0 00 00 02"),
        R("6101", b"\x53\1"),
        C("00 C0 00 00 01"),
        R("9000", b"a"),
    ]
    card = FakeCard(*trace)
    quick, waits = card.exchange, [1000, 0, 20, 40]

    async def slow(command):
        await asyncio.sleep_ms(waits.pop(0))
        return await quick(command)

    card.exchange = slow
    transfer = NfcTransfer(card)
    run(transfer.exchange(bytes(256), lambda size: None))
    assert 60_000 <= transfer.round_trip_us < 90_000


def test_the_longest_question():
    fails(ValueError, bytes(limits.APDU_COMMAND_MAX))


def test_room_is_asked_for_once_with_the_whole_size():
    asked = []

    def room(size):
        asked.append(size)
        return BUFFER

    said = b"\x53\x82\x02\xbc" + bytes(700)
    trace = [C("00 C3 00 00 03 53 01 61 00"), R("6100", said[:256])]
    trace += [C("00 C0 00 00 00"), R("6100", said[256:512])]
    trace += [C("00 C0 00 00 00"), R("9000", said[512:])]
    card = FakeCard(*trace)
    assert len(exchanged(card, b"a", room)) == 700
    assert asked == [704]


def test_room_may_be_the_usual_one():
    card = FakeCard(C("00 C3 00 00 03 53 01 61 00"), R("53 01 41 9000"))
    assert bytes(exchanged(card, b"a", lambda size: None)) == b"A"


def test_a_length_out_of_bounds_is_refused_before_there_is_room():
    card = FakeCard(C("00 C3 00 00 03 53 01 61 00"), R("53 83 FF FF FF 41 6100"))
    error = raises(DecodeError, exchanged, card, b"a", lambda size: 1 // 0)
    assert error.reason == "message empty or too long"
