from fakes_card import C, FakeCard, R
from support import raises, run

from borne import limits_mdoc
from borne.errors import ApduError, DecodeError, SelectError, UnsupportedError
from borne.nfc import type4

SELECT = C("00 A4 04 00 07 D2 76 00 00 85 01 01 00")
SELECT_CC = C("00 A4 00 0C 02 E1 03")
READ_CC = C("00 B0 00 00 0F")
SELECT_FILE = C("00 A4 00 0C 02 E1 04")
OK = R("9000")
CC = "00 0F 20 00 FF 00 FF 04 06 E1 04 02 00 00 00"


def selecting(cc=CC, file=SELECT_FILE):
    return [SELECT, OK, SELECT_CC, OK, READ_CC, R(cc + "9000"), file, OK]


def nlen(size):
    return [C("00 B0 00 00 02"), R("9000", size.to_bytes(2, "big"))]


async def reading(card):
    return await (await type4.select(card)).read()


def read(*trace):
    card = FakeCard(*trace)
    message = bytes(run(reading(card)))
    card.end()
    return message


def write(message, *trace, cc=CC):
    card = FakeCard(*selecting(cc), *trace)

    async def writing():
        await (await type4.select(card)).write(message)

    run(writing())
    card.end()


def fails(kind, *trace):
    card = FakeCard(*trace)
    error = raises(kind, run, reading(card))
    card.end()
    return error


def test_a_message():
    assert read(*selecting(), *nlen(3), C("00 B0 00 02 03"), R("9000", b"abc")) == b"abc"


def test_an_empty_message():
    assert read(*selecting(), *nlen(0)) == b""


def test_in_steps_of_mle():
    cc = CC.replace("00 FF 00 FF", "00 10 00 FF")
    trace = selecting(cc) + nlen(20)
    trace += [C("00 B0 00 02 10"), R("9000", b"a" * 16), C("00 B0 00 12 04"), R("9000", b"bcde")]
    assert read(*trace) == b"a" * 16 + b"bcde"


def test_mle_beyond_a_short_apdu():
    cc = CC.replace("00 FF 00 FF", "7F FF 7F FF")
    trace = selecting(cc) + nlen(300)
    trace += [C("00 B0 00 02 FF"), R("9000", bytes(255)), C("00 B0 01 01 2D"), R("9000", bytes(45))]
    assert len(read(*trace)) == 300


def test_the_message_stays_after_the_next_exchange():
    card = FakeCard(
        *selecting(),
        *nlen(1),
        C("00 B0 00 02 01"),
        R("9000", b"a"),
        *nlen(1),
        C("00 B0 00 02 01"),
        R("9000", b"b"),
    )

    async def twice():
        tag = await type4.select(card)
        return await tag.read(), await tag.read()

    assert [bytes(one) for one in run(twice())] == [b"a", b"b"]


def test_lengths_are_bounded():
    large = CC.replace("E1 04 02 00", "E1 04 7F FF")
    fails(DecodeError, *selecting(large), *nlen(limits_mdoc.NDEF_MESSAGE_MAX + 1))
    fails(DecodeError, *selecting(), *nlen(511))  # beyond the file


def test_a_part_of_another_length():
    fails(DecodeError, *selecting(), *nlen(3), C("00 B0 00 02 03"), R("9000", b"abcd"))
    fails(DecodeError, *selecting(), *nlen(3), C("00 B0 00 02 03"), R("9000"))
    fails(DecodeError, *selecting(), C("00 B0 00 00 02"), R("9000"))


def test_fewer_bytes_than_asked_and_the_rest_after_them():
    parts = [C("00 B0 00 02 03"), R("9000", b"ab"), C("00 B0 00 04 01"), R("9000", b"c")]
    assert read(*selecting(), *nlen(3), *parts) == b"abc"
    half = [C("00 B0 00 00 02"), R("9000", b"\0"), C("00 B0 00 01 01"), R("9000", b"\1")]
    assert read(*selecting(), *half, C("00 B0 00 02 01"), R("9000", b"a")) == b"a"
    fails(DecodeError, *selecting(), *nlen(3), *parts[:3], R("9000"))  # then none at all
    fails(DecodeError, *selecting(), *nlen(3), *parts[:3], R("9000", b"cd"))


def test_a_byte_at_a_time():
    container = bytes.fromhex(CC)
    trace = [SELECT, OK, SELECT_CC, OK]
    for at, byte in enumerate(container):
        trace += [C("00 B0 00", bytes((at, 15 - at))), R("9000", bytes((byte,)))]
    trace += [SELECT_FILE, OK] + nlen(2)
    trace += [C("00 B0 00 02 02"), R("9000", b"a"), C("00 B0 00 03 01"), R("9000", b"b")]
    assert read(*trace) == b"ab"


def test_no_ndef_application():
    assert fails(SelectError, SELECT, R("6A82")).sw == 0x6A82


def test_files_that_are_missing_are_another_error():
    error = fails(ApduError, SELECT, OK, SELECT_CC, R("6A82"))
    assert not isinstance(error, SelectError)
    fails(ApduError, *selecting()[:-1], R("6A82"))


def test_the_ndef_file_may_have_another_name():
    cc = CC.replace("E1 04", "E1 05")
    assert read(*selecting(cc, C("00 A4 00 0C 02 E1 05")), *nlen(0)) == b""


def test_capability_containers():
    begin = [SELECT, OK, SELECT_CC, OK, READ_CC]
    for old, new, kind in (
        ("00 0F 20", "00 0E 20", DecodeError),
        ("00 0F 20", "00 0F 10", UnsupportedError),
        ("00 0F 20", "00 0F 40", UnsupportedError),
        ("20 00 FF", "20 00 0E", DecodeError),
        ("00 FF 04", "00 00 04", DecodeError),
        ("04 06", "05 06", UnsupportedError),
        ("04 06", "04 08", UnsupportedError),
        ("E1 04", "E1 03", DecodeError),
        ("E1 04", "FF FF", DecodeError),
        ("02 00 00 00", "02 00 80 00", UnsupportedError),  # to be read with a password
    ):
        assert old in CC
        fails(kind, *begin, R(CC.replace(old, new) + "9000"))
    fails(DecodeError, *begin, R("9000"))
    assert read(*selecting(CC.replace("00 0F 20", "00 0F 30")), *nlen(0)) == b""


def test_write():
    write(
        b"abc",
        C("00 D6 00 00 02 00 00"),
        OK,
        C("00 D6 00 02 03", b"abc"),
        OK,
        C("00 D6 00 00 02 00 03"),
        OK,
    )


def test_write_in_steps_of_mlc():
    write(
        b"abcde",
        C("00 D6 00 00 02 00 00"),
        OK,
        C("00 D6 00 02 03", b"abc"),
        OK,
        C("00 D6 00 05 02", b"de"),
        OK,
        C("00 D6 00 00 02 00 05"),
        OK,
        cc=CC.replace("00 FF 04", "00 03 04"),
    )


def test_what_cannot_be_written():
    raises(UnsupportedError, write, b"abc", cc=CC.replace("02 00 00 00", "02 00 00 FF"))
    raises(UnsupportedError, write, bytes(511))
    raises(ApduError, write, b"abc", C("00 D6 00 00 02 00 00"), R("6982"))
