"""The firmware's P-256 verification done by `cryptography`, where it is not what is being looked at.

On CPython the firmware's own takes a hundred times as long. It has the hook for its native module, and that
is used here.
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
    """From its begin to its end, borne.crypto.p256.verify asks the library."""
    p256.use(verify)
    try:
        yield
    finally:
        p256.use(None)


def verify(public: bytes, digest: bytes, signature: bytes | bytearray | memoryview) -> bool:
    """Whether `signature` (r || s) is one of `digest` by the key `public` (x || y)."""
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        _key(public).verify(utils.encode_dss_signature(r, s), bytes(digest), _ECDSA)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=256)
def _key(public: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + public)
