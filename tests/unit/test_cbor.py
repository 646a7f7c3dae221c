from binascii import unhexlify

from support import raises

from borne import limits
from borne.errors import DecodeError, UnsupportedError
from borne.token import cbor


def decode(text, deterministic=True):
    return cbor.decode(unhexlify(text), deterministic)


def test_every_kind_of_item_comes_back():
    value = {0: -1, 1: "héé", 2: b"\x00\xff", 3: [True, False, None], "k": {-5: 1 << 63}, b"b": []}
    assert cbor.decode(cbor.encode(value)) == value
    tag = decode("d903ec6a323032362d30312d3331")
    assert (tag.tag, tag.value) == (1004, "2026-01-31")
    assert cbor.encode(tag) == unhexlify("d903ec6a323032362d30312d3331")


def test_byte_strings_are_views_of_a_memoryview():
    data = memoryview(b"\x82\x43abc\x41d")
    first, second = cbor.decode(data)
    assert isinstance(first, memoryview) and bytes(first) == b"abc" and bytes(second) == b"d"


def test_encoding_is_deterministic():
    assert cbor.encode({"b": 1, 10: 2, -1: 3, "aa": 4}) == unhexlify(
        "a40a022003616201626161 04".replace(" ", "")
    )
    for value, text in (
        (23, "17"),
        (24, "1818"),
        (255, "18ff"),
        (256, "190100"),
        (65536, "1a00010000"),
    ):
        assert cbor.encode(value) == unhexlify(text)
    assert cbor.encode(1 << 32) == unhexlify("1b0000000100000000")


def test_longer_arguments_than_needed_are_refused_only_if_deterministic():
    for text in (
        "1817",
        "190018",
        "1a0000ffff",
        "1b00000000ffffffff",
        "5800",
        "7800",
        "9800",
        "b800",
    ):
        assert "shortest" in raises(DecodeError, decode, text).reason
        decode(text, False)


def test_map_keys_out_of_order_are_refused_only_if_deterministic():
    assert "order" in raises(DecodeError, decode, "a202000100").reason
    assert decode("a202000100", False) == {1: 0, 2: 0}
    assert "order" in raises(DecodeError, decode, "a26161000100").reason
    assert decode("a22000186400", False) == {-1: 0, 100: 0}


def test_duplicate_keys_are_refused_always():
    for text in ("a201000100", "a2616100616100", "a2414100414100"):
        for deterministic in (True, False):
            assert "duplicate" in raises(DecodeError, decode, text, deterministic).reason
    assert "duplicate" in raises(DecodeError, decode, "a20100180100", False).reason


def test_what_the_profile_has_no_use_for_is_unsupported():
    for text in ("f93c00", "fa47c35000", "fb3ff199999999999a", "f7", "f0", "f8ff"):
        raises(UnsupportedError, decode, text)
    for text in ("5f4101ff", "7f6161ff", "9fff", "bfff"):
        raises(UnsupportedError, decode, text)
    for text in ("a1f500", "a1f600", "a18000"):
        assert "map key" in raises(UnsupportedError, decode, text, False).reason


def test_malformed_items_are_refused():
    for text in (
        "",
        "18",
        "19ff",
        "1c",
        "1d",
        "1e",
        "1f",
        "3f",
        "df",
        "41",
        "61",
        "81",
        "a1",
        "a101",
    ):
        error = raises(DecodeError, decode, text)
        assert not isinstance(error, UnsupportedError), text
    assert "after" in raises(DecodeError, decode, "0000").reason
    assert "two bytes" in raises(DecodeError, decode, "f818").reason


def test_text_that_is_not_utf8_is_refused():
    for text in ("61ff", "62c328", "62c080", "63eda080", "64f4908080", "61c3", "63e28228"):
        assert "UTF-8" in raises(DecodeError, decode, text).reason
    assert decode("64f09f9880") == "\U0001f600"


def test_lengths_are_bounded_before_anything_is_allocated():
    for text in ("5affffffff", "7affffffff", "9affffffff", "baffffffff", "9bffffffffffffffff"):
        raises(DecodeError, decode, text)
    long = cbor.encode("a" * (limits.CBOR_TEXT_MAX + 1))
    assert "too long" in raises(DecodeError, cbor.decode, long).reason


def test_the_items_of_a_message_are_bounded_however_they_are_nested():
    most = limits.CBOR_ITEMS_MAX
    flat = b"\x98" + bytes([most - 1]) + bytes(most - 1)
    nested = b"\x82\x98" + bytes([most - 4]) + b"\x80" * (most - 4) + b"\xc1"
    mapped = b"\x81" * 3 + b"\xa1\x00\x00"
    cbor.decode(flat)
    cbor.decode(nested + b"\x00")
    for many in (b"\x98" + bytes([most]) + bytes(most), nested + b"\xc1\x00"):
        assert "too many" in raises(DecodeError, cbor.decode, many).reason
    assert cbor.decode(mapped, most=6) == [[[{0: 0}]]]
    assert "too many" in raises(DecodeError, cbor.decode, mapped, most=5).reason


def test_depth_is_bounded():
    deep = limits.CBOR_DEPTH_MAX
    cbor.decode(b"\x81" * deep + b"\x00")
    assert "deep" in raises(DecodeError, cbor.decode, b"\x81" * (deep + 1) + b"\x00").reason
    assert "deep" in raises(DecodeError, cbor.decode, b"\xc1" * 500 + b"\x00").reason


def test_what_cannot_be_encoded_is_an_error():
    raises(TypeError, cbor.encode, 1.5)
    raises(TypeError, cbor.encode, 1 << 64)
    raises(TypeError, cbor.encode, object())
