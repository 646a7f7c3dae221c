from support import raises

from borne import limits_mdoc
from borne.errors import DecodeError, UnsupportedError
from borne.nfc import ndef


def decode(text):
    return ndef.decode(memoryview(bytes.fromhex(text)))


def fails(text, kind=DecodeError):
    return raises(kind, decode, text)


def test_one_short_record():
    # A TNEP status record.
    (one,) = decode("D1 02 01 54 65 00")
    assert (one.tnf, one.type, one.id, bytes(one.payload)) == (ndef.WELL_KNOWN, b"Te", b"", b"\0")


def test_the_payload_is_a_view():
    message = memoryview(bytearray(bytes.fromhex("D1 02 01 54 65 00")))
    (one,) = ndef.decode(message)
    message[5] = 7
    assert one.payload[0] == 7


def test_a_long_length_and_an_id():
    first, last = decode("8C 01 00000002 03 41 696431 AABB 54 01 00 42")
    assert (first.tnf, first.type, first.id, bytes(first.payload)) == (
        ndef.EXTERNAL,
        b"A",
        b"id1",
        b"\xaa\xbb",
    )
    assert (last.type, last.id, len(last.payload)) == (b"B", b"", 0)


def test_an_empty_and_an_unknown_record():
    assert decode("D0 00 00")[0].tnf == ndef.EMPTY
    assert bytes(decode("D5 00 02 4142")[0].payload) == b"AB"


def test_begin_and_end_are_where_they_have_to_be():
    fails("")
    fails("51 01 00 41")  # no MB
    fails("91 01 00 41")  # no ME
    fails("91 01 00 41 D1 01 00 42")  # MB twice
    fails("D1 01 00 41 51 01 00 42")  # bytes after ME
    fails("D1 01 00 41 00")


def test_chunks_are_not_supported():
    fails("B1 01 01 41 00 56 00 01 00", UnsupportedError)
    fails("D6 00 01 00")


def test_lengths():
    for cut in (
        "D1",
        "D1 02",
        "D1 02 01",
        "D1 02 01 54",
        "D1 02 01 54 65",
        "D9 02 01",
        "C1 02 0000",
    ):
        fails(cut)
    fails("C1 01 FFFFFFFF 41 00")  # more than there is
    fails("D0 01 00 41")  # empty, with a type
    fails("D0 00 01 41")
    fails("D8 00 00 01 41")
    fails("D1 00 00")  # without a type
    fails("D5 01 00 41")  # unknown, with one
    fails("D7 00 00")  # reserved


def test_records_are_bounded():
    record = "11 01 00 41 "
    message = "91 01 00 41 " + record * (limits_mdoc.NDEF_RECORDS_MAX - 2) + "51 01 00 41"
    assert len(decode(message)) == limits_mdoc.NDEF_RECORDS_MAX
    fails("91 01 00 41 " + record * (limits_mdoc.NDEF_RECORDS_MAX - 1) + "51 01 00 41")


def test_encode():
    assert ndef.encode((ndef.WELL_KNOWN, b"Te", b"", b"\0")).hex() == "d10201546500"
    message = ndef.encode((ndef.EXTERNAL, b"A", b"id1", b"\xaa"), (ndef.WELL_KNOWN, b"B", b"", b""))
    assert message.hex() == "9c01010341696431aa51010042"
    first, last = ndef.decode(memoryview(message))
    assert (first.id, bytes(first.payload), last.type) == (b"id1", b"\xaa", b"B")
