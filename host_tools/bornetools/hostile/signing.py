"""COSE_Sign1 as written by an attacker: any bytes in any place, signed by any key; and its parsing."""

import hashlib
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from bornetools.hostile import cbor_tree

PrivateKey = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey

SIGN1 = 18
_HASH = ec.ECDSA(hashes.SHA256())
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# Exceptions of cbor2 for unacceptable input.
UNREADABLE = (
    cbor2.CBORError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)


def key(number: int) -> PrivateKey:
    """Private key `number`, the same in each run."""
    scalar = int.from_bytes(hashlib.sha256(b"hostile %d" % number).digest(), "big")
    return ec.derive_private_key(scalar % (ORDER - 1) + 1, ec.SECP256R1())


def cose_key(public: PublicKey) -> dict[int, Any]:
    """The COSE_Key of a public key."""
    numbers = public.public_numbers()
    return {1: 2, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}


def public_key(key: dict[Any, Any]) -> PublicKey:
    """The public key of a COSE_Key. Raises any of UNREADABLE."""
    x, y = int.from_bytes(key[-2], "big"), int.from_bytes(key[-3], "big")
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def signature(private: PrivateKey, protected: bytes, payload: bytes) -> bytes:
    """r || s over a Sig_structure (RFC 9052 section 4.4)."""
    r, s = decode_dss_signature(private.sign(_to_sign(protected, payload), _HASH))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def sign1(
    private: PrivateKey,
    protected: bytes,
    payload: bytes,
    unprotected: dict[Any, Any] | None = None,
    detached: bool = False,
) -> bytes:
    """A tagged COSE_Sign1 of exactly these bytes."""
    parts = [protected, unprotected or {}, None if detached else payload]
    return cbor2.dumps(cbor2.CBORTag(SIGN1, [*parts, signature(private, protected, payload)]))


def verifies(public: PublicKey, protected: bytes, payload: bytes, signature: bytes) -> bool:
    """Whether `signature` (r || s) of header and payload verifies with the key `public`."""
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        public.verify(encode_dss_signature(r, s), _to_sign(protected, payload), _HASH)
    except (InvalidSignature, ValueError):
        return False
    return len(signature) == 64


def message(data: bytes) -> list[Any]:
    """Protected header (bytes), unprotected, payload, signature of a tagged COSE_Sign1, with or without
    a CWT's tag. Raises any of UNREADABLE."""
    item = cbor_tree.loads(data)
    while item.tag == 61:
        item = item.value
    if item.tag != SIGN1 or len(item.value) != 4:
        raise ValueError("no COSE_Sign1")
    return list(item.value)


def _to_sign(protected: bytes, payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", protected, b"", payload])
