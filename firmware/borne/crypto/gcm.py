"""AES-256-GCM (SP 800-38D) in place, with a nonce of 12 bytes and a tag of 16, on the port's AES.

Beside the message it takes about a kilobyte: the key schedule, a table of multiples of the hash key, and
counter blocks for 256 bytes at a time. Where machine code cannot be loaded, borne.crypto.ghash's work is
done by Python's integers, whose time depends on their values.
"""

import cryptolib
from micropython import const

_ECB = const(1)
_BLOCK = const(16)
TAG = const(16)
_NONCE = const(12)
_KEY = const(32)
_BATCH = const(256)  # bytes of key stream in one call of the port's AES
_LENGTH_MAX = const(0x7FFFFFF)  # bytes: the block counter never wraps
_POLYNOMIAL = 0xE1 << 120  # R of section 6.3

try:
    _native = __import__("borne.crypto.ghash", None, None, ("ghash",))
    _ghash, _xor = _native.ghash, _native.xor
    NATIVE = True
except (
    ImportError,
    AttributeError,
    SyntaxError,
    ValueError,
):  # none, CPython, no emitter, other chip
    NATIVE = False

    def _ghash(state, table, rest, data, length):
        y = int.from_bytes(state, "big")
        for at in range(0, length, _BLOCK):
            block = bytes(data[at : min(at + _BLOCK, length)])
            y ^= int.from_bytes(block + bytes(_BLOCK - len(block)), "big")
            z = 0
            for _ in range(32):
                z = (z >> 4) ^ (rest[z & 15] << 112) ^ table[y & 15]
                y >>= 4
            y = z
        state[:] = y.to_bytes(_BLOCK, "big")

    def _xor(data, at, other, length):
        mixed = int.from_bytes(data[at : at + length], "big") ^ int.from_bytes(
            other[:length], "big"
        )
        data[at : at + length] = mixed.to_bytes(length, "big")


def seal(key, nonce, buffer, length, aad=b""):
    """Encrypts the first `length` bytes of `buffer` (bytearray or writable memoryview) in place, and puts
    the tag into the 16 bytes behind them. `key` has 32 bytes and `nonce` 12: never twice the same with it.

    Raises ValueError for other sizes, or a buffer too short.
    """
    if len(buffer) < length + TAG:
        raise ValueError("no room for the tag")
    state = _Gcm(key, nonce, length)
    state.crypt(buffer, length)
    buffer[length : length + TAG] = state.tag(buffer, length, aad)


def open_(key, nonce, buffer, aad=b""):
    """Decrypts `buffer` (bytearray or writable memoryview: ciphertext and tag) in place. Returns True.

    If the tag is wrong it returns False and leaves the ciphertext as it was. Raises ValueError for a key or
    nonce of another size. Tags are compared in constant time.
    """
    length = len(buffer) - TAG
    if length < 0:
        return False
    state = _Gcm(key, nonce, length)
    tag = state.tag(buffer, length, aad)
    difference = 0
    for i in range(TAG):
        difference |= tag[i] ^ buffer[length + i]
    if difference:
        return False
    state.crypt(buffer, length)
    return True


class _Gcm:
    """One message under one key and nonce."""

    def __init__(self, key, nonce, length):
        if len(key) != _KEY or len(nonce) != _NONCE or not 0 <= length <= _LENGTH_MAX:
            raise ValueError("key, nonce or message of another size")
        self._aes = cryptolib.aes(bytes(key), _ECB)
        self._nonce = nonce
        h = int.from_bytes(self._aes.encrypt(bytes(_BLOCK)), "big")
        self._table, self._rest = _tables(h)

    def crypt(self, data, length):
        """Adds the key stream to the first `length` bytes (section 6.5)."""
        stream = bytearray(min(_BATCH, length + _BLOCK - 1) // _BLOCK * _BLOCK)
        counter = 2  # that of the tag is 1
        for at in range(0, length, _BATCH):
            for i in range(0, len(stream), _BLOCK):
                stream[i : i + _NONCE] = self._nonce
                stream[i + _NONCE : i + _BLOCK] = counter.to_bytes(4, "big")
                counter += 1
            self._aes.encrypt(stream, stream)
            _xor(data, at, stream, min(_BATCH, length - at))

    def tag(self, data, length, aad):
        """The tag (16 bytes) of the first `length` bytes, which are encrypted (section 7.1)."""
        state = bytearray(_BLOCK)
        for part, size in (
            (aad, len(aad)),
            (data, length),
            ((len(aad) * 8).to_bytes(8, "big") + (length * 8).to_bytes(8, "big"), _BLOCK),
        ):
            _ghash(state, self._table, self._rest, part, size)
        mask = self._aes.encrypt(bytes(self._nonce) + b"\x00\x00\x00\x01")
        _xor(state, 0, mask, _BLOCK)
        return state


def _tables(h):
    """The multiples of the hash key by all polynomials of degree 3 and less, and what four bits that are
    shifted out leave in the first 16. In the forms of _ghash."""
    table, rest = [0] * 16, [0] * 16
    for bit in (8, 4, 2, 1):  # x^0 to x^3
        table[bit] = h
        h = (h >> 1) ^ (h & 1) * _POLYNOMIAL
    for bit in (1, 2, 4, 8):
        shifted = bit
        for _ in range(4):
            shifted = (shifted >> 1) ^ (shifted & 1) * _POLYNOMIAL
        rest[bit] = shifted >> 112
    for digit in range(16):
        for bit in (1, 2, 4, 8):
            if digit & bit and digit != bit:
                table[digit] ^= table[bit]
                rest[digit] ^= rest[bit]
    if not NATIVE:
        return table, rest
    words = bytearray(16 * _BLOCK)
    for digit in range(16):
        for word in range(4):
            value = table[digit] >> (96 - 32 * word) & 0xFFFFFFFF
            at = _BLOCK * digit + 4 * word
            words[at : at + 4] = value.to_bytes(4, "little")
    bits = bytearray(32)
    for digit in range(16):
        bits[2 * digit : 2 * digit + 2] = rest[digit].to_bytes(2, "little")
    return words, bits
