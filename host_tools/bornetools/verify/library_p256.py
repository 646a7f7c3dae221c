"""P-256 verification by `cryptography` in place of the firmware's, where P-256 itself is not under test.

On CPython the firmware's own code takes a hundred times as long. The replacement uses the hook for the
firmware's native module.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from borne.crypto import p256

_ECDSA = ec.ECDSA(utils.Prehashed(hashes.SHA256()))


@contextmanager
def in_use() -> Iterator[None]:
    """Within the context, borne.crypto.p256.verify calls the library."""
    p256.use(verify)
    try:
        yield
    finally:
        p256.use(None)


def verify(public: bytes, digest: bytes, signature: bytes | bytearray | memoryview) -> bool:
    """Whether `signature` (r || s) of `digest` verifies with the key `public` (x || y)."""
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        _key(public).verify(utils.encode_dss_signature(r, s), bytes(digest), _ECDSA)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=256)
def _key(public: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + public)
