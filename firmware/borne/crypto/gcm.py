"""AES-256-GCM (SP 800-38D) in place, with a nonce of 12 bytes and a tag of 16, on the port's AES.

RAM beside the message is less than a kilobyte: the key schedule, and counter blocks for 256 bytes at a time.
Where machine code cannot be loaded, Python's integers do the work of borne.crypto.ghash: their time depends
on their values.
"""

import cryptolib
from micropython import const

if False:  # for types only
    from borne.protocols import Buffer, Bytes

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
    _ghash, _xor, _count = _native.ghash, _native.xor, _native.count
    NATIVE = True

except (
    ImportError,
    AttributeError,
    SyntaxError,
    ValueError,
):  # no such file, CPython, no emitter, other chip
    NATIVE = False

    def _ghash(state: bytearray, key: bytes, data: "Bytes", length: int) -> None:
        y, h = int.from_bytes(state, "big"), int.from_bytes(key, "big")
        for at in range(0, length, _BLOCK):
            block = bytes(data[at : min(at + _BLOCK, length)])
            y ^= int.from_bytes(block + bytes(_BLOCK - len(block)), "big")
            z = 0
            for _ in range(8 * _BLOCK):
                z = z >> 1 ^ (z & 1) * _POLYNOMIAL ^ (y & 1) * h
                y >>= 1
            y = z
        state[:] = y.to_bytes(_BLOCK, "big")

    def _count(blocks: bytearray, first: int, length: int) -> None:
        for at in range(_NONCE, length, _BLOCK):
            blocks[at : at + 4] = first.to_bytes(4, "big")
            first += 1

    def _xor(data: "Buffer", at: int, other: "Bytes", length: int) -> None:
        mixed = int.from_bytes(data[at : at + length], "big") ^ int.from_bytes(
            other[:length], "big"
        )
        data[at : at + length] = mixed.to_bytes(length, "big")


def seal(key: bytes, nonce: bytes, buffer: "Buffer", length: int, aad: bytes = b"") -> None:
    """Encrypts the first `length` bytes of `buffer` (bytearray or writable memoryview) in place, and puts
    the tag into the 16 bytes behind them. `key` has 32 bytes, `nonce` 12; no nonce may serve a key twice.

    Raises ValueError for other sizes, or a buffer too short.
    """
    if len(buffer) < length + TAG:
        raise ValueError("no room for the tag")
    state = _Gcm(key, nonce, length)
    state.crypt(buffer, length)
    buffer[length : length + TAG] = state.tag(buffer, length, aad)


def open_(key: bytes, nonce: bytes, buffer: "Buffer", aad: bytes = b"") -> bool:
    """Decrypts `buffer` (bytearray or writable memoryview: ciphertext and tag) in place. Returns True.

    Returns False for a wrong tag, and leaves the ciphertext unchanged. Raises ValueError for a key or nonce
    of another size. Tags are compared in constant time.
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
    """A message under a key and a nonce."""

    def __init__(self, key: bytes, nonce: bytes, length: int) -> None:
        if len(key) != _KEY or len(nonce) != _NONCE or not 0 <= length <= _LENGTH_MAX:
            raise ValueError("key, nonce or message of another size")
        self._aes = cryptolib.aes(bytes(key), _ECB)
        self._nonce = bytes(nonce)
        self._hash_key = self._aes.encrypt(bytes(_BLOCK))

    def crypt(self, data: "Buffer", length: int) -> None:
        """Adds the key stream to the first `length` bytes (section 6.5)."""
        size = min(_BATCH, length + _BLOCK - 1) // _BLOCK * _BLOCK
        blocks = bytearray((self._nonce + bytes(4)) * (size // _BLOCK))
        stream = bytearray(size)
        for at in range(0, length, _BATCH):
            _count(blocks, 2 + at // _BLOCK, size)  # 1 is the tag's
            self._aes.encrypt(blocks, stream)
            _xor(data, at, stream, min(_BATCH, length - at))

    def tag(self, data: "Buffer", length: int, aad: bytes) -> bytearray:
        """The tag (16 bytes) of the first `length` bytes, which are encrypted (section 7.1)."""
        state = bytearray(_BLOCK)
        for part, size in (
            (aad, len(aad)),
            (data, length),
            ((len(aad) * 8).to_bytes(8, "big") + (length * 8).to_bytes(8, "big"), _BLOCK),
        ):
            _ghash(state, self._hash_key, part, size)
        mask = self._aes.encrypt(self._nonce + b"\x00\x00\x00\x01")
        _xor(state, 0, mask, _BLOCK)
        return state
