from binascii import unhexlify

from support import raises

from borne.crypto import gcm

# The Galois/Counter Mode of Operation (McGrew and Viega), appendix B: test cases 13 to 16, AES-256.
_KEY = "feffe9928665731c6d6a8f9467308308" * 2
_NONCE = "cafebabefacedbaddecaf888"
_PLAIN = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
_CIPHER = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
)
CASES = (
    ("00" * 32, "00" * 12, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    (
        "00" * 32,
        "00" * 12,
        "00" * 16,
        "",
        "cea7403d4d606b6e074ec5d3baf39d18",
        "d0d1c8a799996bf0265b98b5d48ab919",
    ),
    (_KEY, _NONCE, _PLAIN, "", _CIPHER, "b094dac5d93471bdec1a502270e3cc6c"),
    (
        _KEY,
        _NONCE,
        _PLAIN[:120],
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        _CIPHER[:120],
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
)


def test_published_cases():
    for case in CASES:
        key, nonce, plain, aad, cipher, tag = [unhexlify(text) for text in case]
        buffer = bytearray(plain + bytes(gcm.TAG))
        gcm.seal(key, nonce, buffer, len(plain), aad)
        assert bytes(buffer) == cipher + tag
        assert gcm.open_(key, nonce, buffer, aad)
        assert bytes(buffer[: len(plain)]) == plain


def test_every_length_comes_back_from_the_middle_of_a_buffer():
    key, nonce = bytes(range(32)), bytes(range(12))
    for length in list(range(40)) + [255, 256, 257, 511, 512, 513, 1000]:
        plain = bytes([i * 7 & 0xFF for i in range(length)])
        whole = bytearray(b"\xaa" * 5 + plain + bytes(gcm.TAG) + b"\xbb" * 5)
        view = memoryview(whole)[5 : 5 + length + gcm.TAG]
        gcm.seal(key, nonce, view, length)
        if length > 15:
            assert bytes(view[:length]) != plain
        assert gcm.open_(key, nonce, view)
        assert bytes(view[:length]) == plain
        assert bytes(whole[:5]) == b"\xaa" * 5 and bytes(whole[-5:]) == b"\xbb" * 5


def test_any_changed_bit_is_refused_and_nothing_decrypted():
    key, nonce, aad = bytes(range(32)), bytes(range(12)), b"header"
    sealed = bytearray(b"some text of 21 bytes" + bytes(gcm.TAG))
    gcm.seal(key, nonce, sealed, 21, aad)
    for at in range(len(sealed)):
        for bit in (1, 0x80):
            changed = bytearray(sealed)
            changed[at] ^= bit
            before = bytes(changed)
            assert not gcm.open_(key, nonce, changed, aad)
            assert bytes(changed) == before
    assert not gcm.open_(key, nonce, bytearray(sealed), b"Header")
    assert not gcm.open_(key, bytes(12), bytearray(sealed), aad)
    assert not gcm.open_(bytes(32), nonce, bytearray(sealed), aad)
    for short in range(gcm.TAG):
        assert not gcm.open_(key, nonce, bytearray(sealed[:short]), aad)


def test_sizes():
    buffer = bytearray(32)
    raises(ValueError, gcm.seal, bytes(16), bytes(12), buffer, 16)
    raises(ValueError, gcm.seal, bytes(32), bytes(8), buffer, 16)
    raises(ValueError, gcm.seal, bytes(32), bytes(12), buffer, 17)
    raises(ValueError, gcm.seal, bytes(32), bytes(12), buffer, -1)
    raises(ValueError, gcm.open_, bytes(31), bytes(12), buffer)
