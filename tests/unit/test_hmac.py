from binascii import hexlify, unhexlify

from support import raises

from borne.crypto.hmac import hkdf, hmac


def test_hmac_as_published():
    # RFC 4231 sections 4.2, 4.3, 4.4, 4.7 and 4.8.
    for key, text, mac in (
        (
            b"\x0b" * 20,
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            b"\xaa" * 20,
            b"\xdd" * 50,
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ):
        assert hexlify(hmac(key, text)).decode() == mac
        assert hmac(memoryview(key), text[:3], b"", memoryview(text)[3:]) == hmac(key, text)


def test_hkdf_as_published():
    # RFC 5869 appendix A.1 to A.3.
    a = hkdf(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), 42)
    assert a == unhexlify(
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )
    b = hkdf(bytes(range(80)), bytes(range(0x60, 0xB0)), bytes(range(0xB0, 0x100)), 82)
    assert b == unhexlify(
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
    )
    c = hkdf(b"\x0b" * 22, b"", b"", 42)
    assert c == unhexlify(
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )


def test_lengths_of_hkdf():
    assert hkdf(b"a", b"b", b"c", 0) == b""
    long = hkdf(b"a", b"b", b"c", 8160)
    assert len(long) == 8160 and long[:33] == hkdf(b"a", b"b", b"c", 33)
    raises(ValueError, hkdf, b"a", b"b", b"c", 8161)
