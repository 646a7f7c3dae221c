"""Canonical JSON, times, keys and signatures as TUF metadata has them."""

import binascii
import json

from signing import Signer
from support import raises
from tuf_repository import der, pem

from borne.crypto import ecdsa_der
from borne.crypto.algorithms import ES256
from borne.errors import TrustError
from borne.token import dates
from borne.trust import canonical_json
from borne.trust import pem as parser


def canonical(text):
    pieces = []
    canonical_json.write(json.loads(text), pieces.append)
    return b"".join(pieces)


def test_canonical_json():
    for text, wanted in (
        (
            ' {"b": [1, -2, true], "a" : {"": null, "x": false}} ',
            b'{"a":{"":null,"x":false},"b":[1,-2,true]}',
        ),
        ("[]", b"[]"),
        ("{}", b"{}"),
        ('[{}, [], ""]', b'[{},[],""]'),
        ('"a\\"b\\\\c\\n\\/d"', b'"a\\"b\\\\c\n/d"'),
        ("123456789012345678901234567890", b"123456789012345678901234567890"),
        ("-0", b"0"),
        ('"\\u00e9\\u0007"', b'"\xc3\xa9\x07"'),
        # A surrogate pair, escaped or not, is one character; U+D7FF before the surrogates is one too.
        (
            '"\\ud7ff\\ud83d\\ude00x\\ud83d\\ude01"',
            b'"\xed\x9f\xbf\xf0\x9f\x98\x80x\xf0\x9f\x98\x81"',
        ),
        # The order of code points, not of UTF-16: U+1F600 comes after U+FFFF.
        (
            '{"\\ud83d\\ude00": 1, "\\uffff": 2, "a": 3, "B": 4, "aa": 5}',
            b'{"B":4,"a":3,"aa":5,"\xef\xbf\xbf":2,"\xf0\x9f\x98\x80":1}',
        ),
    ):
        assert canonical(text) == wanted, text


def test_canonical_json_refuses():
    for text in ("1.5", "[1e3]", '"\\ud800"', '"\\ude00\\ud83d"', '"\\ud83dx"', '{"\\ud83d": 1}'):
        assert raises(TrustError, canonical, text).code == "FORMAT", text
    assert raises(TrustError, canonical, "[" * 17 + "]" * 17).code == "FORMAT"
    assert canonical("[" * 16 + "]" * 16) == b"[" * 16 + b"]" * 16


def test_times():
    for text, seconds in (
        ("1970-01-01T00:00:00Z", 0),
        ("2000-02-29T12:34:56Z", 951827696),
        ("2026-11-23T00:00:00Z", 1795392000),
        ("2100-03-01T00:00:00Z", 4107542400),
        ("9999-12-31T23:59:59Z", 253402300799),
    ):
        assert dates.unix_time(text) == seconds, text
    for text in (
        None,
        0,
        "",
        "2026-11-23",
        "2026-11-23T00:00:00",
        "2026-11-23T00:00:00z",
        "2026-11-23 00:00:00Z",
        "2026-11-23T00:00:00Z ",
        "2026-11-23T00:00:0 Z",
        "2026-11-23T+1:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T00:60:00Z",
        "2026-11-23T00:00:60Z",
        "2026-11-23T00-00-00Z",
        "2026-11-23T00:00:00.000Z",
        "2026-11-23T00:00:00+00:00",
    ):
        assert dates.unix_time(text) is None, text


def point(text):
    """The point of a key in PEM, or None."""
    key = parser.public_key(text, ES256)
    return (key.x, key.y) if key else None


def test_public_key():
    signer = Signer("a")
    text = pem(signer)
    assert point(text) == (signer.x, signer.y)
    assert point(text.strip()) == (signer.x, signer.y)
    assert point(text.replace("\n", "\r\n")) == (signer.x, signer.y)
    for wrong in (
        "",
        "04" + "00" * 64,
        text.replace("PUBLIC", "PRIVATE"),
        text.replace("MFkw", "MFgw"),  # length
        text.replace("AQcD", "AQgD"),  # another curve
        text.replace("MFkw", "MFkwAA"),
        text[:60] + text[64:],
        text + text,
        text[:40] + "\u00e9" + text[40:],
    ):
        assert point(wrong) is None, wrong


def test_public_key_of_another_length():
    signer = Signer("a")
    for more in (b"", b"\x00", b"\x00\x00\x00"):
        der = (
            parser._head(ES256) + signer.x.to_bytes(32, "big") + signer.y.to_bytes(32, "big") + more
        )
        body = binascii.b2a_base64(der).decode()
        text = "-----BEGIN PUBLIC KEY-----\n" + body + "-----END PUBLIC KEY-----\n"
        assert point(text) == (None if more else (signer.x, signer.y))


def test_signature():
    small, large = b"\x01", b"\xff" * 32
    for r, s in (
        (small, small),
        (large, large),
        (small, large),
        (large, small),
        (b"\x80", b"\x7f"),
    ):
        raw = bytes(32 - len(r)) + r + bytes(32 - len(s)) + s
        assert ecdsa_der.signature(der(raw), 32) == raw
    good = der(bytes(31) + b"\x05" + bytes(31) + b"\x06")
    assert good == bytes.fromhex("3006020105020106")
    for wrong in (
        "",
        "30",
        "300602010502010600",  # more behind it
        "300702010502010600",
        "3006020105020206",  # cut short
        "3005020105020106",
        "300602010502",
        "3106020105020106",  # not a SEQUENCE
        "3006030105020106",  # not an INTEGER
        "308106020105020106",  # long form of a length
        "300702020005020106",  # a zero too many
        "3006020185020106",  # negative
        "300602000201060000",  # empty
        "30050200020106",
        "3009020105020106020107",  # a third one
        "3046022100" + "ff" * 33 + "020106",
        "3027022101" + "00" * 32 + "020106",  # 33 bytes
    ):
        assert ecdsa_der.signature(bytes.fromhex(wrong), 32) is None, wrong
    whole = der(b"\xff" * 64)
    for end in range(len(whole)):
        assert ecdsa_der.signature(whole[:end], 32) is None
