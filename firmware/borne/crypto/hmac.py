"""HMAC-SHA256 (RFC 2104) and HKDF-SHA256 (RFC 5869)."""

import hashlib

from micropython import const

if False:  # for types only
    from borne.protocols import Bytes

_BLOCK = const(64)
_SIZE = const(32)
_LENGTH_MAX = const(8160)  # 255 blocks: RFC 5869 section 2.3
_INNER = const(0x36)
_OUTER = const(0x5C)


def hmac(key: "Bytes", *parts: "Bytes") -> bytes:
    """The MAC (32 bytes) of the bytes-like `parts`, one after the other, under `key` (bytes-like)."""
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    inner = hashlib.sha256(_padded(key, _INNER))
    for part in parts:
        inner.update(part)
    outer = hashlib.sha256(_padded(key, _OUTER))
    outer.update(inner.digest())
    return outer.digest()


def hkdf(secret: "Bytes", salt: "Bytes", info: bytes, length: int) -> bytes:
    """`length` bytes (at most 8160) derived from `secret`; all bytes-like.

    Raises ValueError for more.
    """
    if length > _LENGTH_MAX:
        raise ValueError("too long")
    key = hmac(salt, secret)
    made = block = b""
    while len(made) < length:
        block = hmac(key, block, info, bytes([len(made) // _SIZE + 1]))
        made += block
    return made[:length]


def _padded(key: "Bytes", pad: int) -> bytearray:
    block = bytearray(bytes([pad]) * _BLOCK)
    for i in range(len(key)):
        block[i] ^= key[i]
    return block
