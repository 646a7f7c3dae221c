"""CBOR that is opened but not decoded: what mdocs are read with."""

from support import raises

from borne import limits
from borne.errors import DecodeError, UnsupportedError
from borne.token import cbor, cbor_open


def opened(text):
    found = cbor_open.fields(memoryview(bytes.fromhex(text)))
    return {key: bytes(value).hex() for key, value in found.items()}


def test_values_are_their_encodings():
    assert opened("a0") == {}
    assert opened("a301616102820203206178") == {1: "6161", 2: "820203", -1: "6178"}
    # In any order, and whatever is in them: floats, too.
    assert opened("a2617afb40091eb851eb851f6161d81841a0") == {
        "z": "fb40091eb851eb851f",
        "a": "d81841a0",
    }
    parts = cbor_open.parts(memoryview(bytes.fromhex("83018202036161")))
    assert [bytes(part).hex() for part in parts] == ["01", "820203", "6161"]


def test_what_is_refused():
    for text in (
        "",
        "80",  # an array
        "a1",
        "a101",
        "a10161",
        "a1010000",  # a byte too many
        "a201000100",  # a key twice
        "b80101" + "00",  # a head too long
        "a1180100",
        "a101581a",
        "a10158030000",
        "a1019bffffffffffffffff",
        "a101fc",
    ):
        raises(DecodeError, opened, text)
    for text in ("bf01ff", "a1019fff", "a1f500", "a1f600"):
        raises(UnsupportedError, opened, text)
    raises(DecodeError, cbor_open.parts, b"\xa0")


def test_bounds():
    deep = b"\xa1\x01" + b"\x81" * (limits.CBOR_DEPTH_MAX + 1) + b"\x00"
    raises(DecodeError, cbor_open.fields, deep)
    raises(DecodeError, cbor_open.parts, b"\x99\x01\x00" + bytes(256))
    raises(DecodeError, cbor_open.parts, b"\x99\x01\x00" + bytes(256), 300)
    assert len(cbor_open.parts(b"\x99\x01\x00" + bytes(256), 300, 256)) == 256
    pairs = b"\xb8\xc1" + b"".join([cbor.encode(key) + b"\0" for key in range(193)])
    raises(DecodeError, cbor_open.fields, pairs, 400)
    assert len(cbor_open.fields(pairs, 400, 193)) == 193
