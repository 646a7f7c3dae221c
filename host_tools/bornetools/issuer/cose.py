"""CBOR and COSE as the issuer and the virtual phone write them, on `cbor2`, `cwt` and `cryptography`.

Two things the libraries do not do by themselves:

- `cbor2`'s canonical mode sorts map keys by length first, as RFC 7049 section 3.9 did; the profile
  wants RFC 8949 section 4.2.1, bytewise. `encode` sorts, and leaves the rest to `cbor2`.
- `cwt`'s CWT class puts `kid` into the unprotected header, sets claims of its own accord and has no
  place for header 16 (`typ`); so `sign` builds on its COSE layer.
"""

import hashlib
from pathlib import Path
from typing import Any

import cbor2
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cwt import COSE, COSEKey
from cwt.exceptions import CWTError

from bornetools import files
from bornetools.errors import UserError

ALG, KID, TYP = 1, 4, 16  # header parameters: RFC 9052 section 3.1, RFC 9596
ES256 = -7
KID_SIZE = 8

# Exceptions that cbor2 lets through on hostile input, beside its own: from values inside tags.
_DECODE_ERRORS = (cbor2.CBORError, ValueError, TypeError, ArithmeticError)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _sorted(value[key])
            for key in sorted(value, key=cbor2.dumps)  # RFC 8949 section 4.2.1: bytewise
        }
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    if isinstance(value, cbor2.CBORTag):
        return cbor2.CBORTag(value.tag, _sorted(value.value))
    return value


def encode(value: Any) -> bytes:
    """Deterministic CBOR (RFC 8949 section 4.2.1) of a value without floats."""
    return cbor2.dumps(_sorted(value))


def decode(data: bytes, what: str) -> Any:
    """The one CBOR item in `data`; `what` names it to the user. Raises UserError."""
    try:
        return cbor2.loads(data)
    except _DECODE_ERRORS:
        raise UserError(f"this {what} is not CBOR") from None


def sign(
    payload: bytes,
    key: ec.EllipticCurvePrivateKey,
    protected: dict[Any, Any],
    detached: bool = False,
) -> bytes:
    """A tagged COSE_Sign1 (RFC 9052 section 4.2) by ES256.

    `protected` is the header without `alg`. `detached` leaves the payload out (nil in its place).
    """
    signer = COSEKey.from_pem(private_pem(key), alg="ES256")
    message = COSE.new(deterministic_header=True).encode_and_sign(
        payload, signer, {ALG: ES256, **protected}, out="cbor2/CBORTag"
    )
    if detached:
        message.value[2] = None
    return cbor2.dumps(message)


def open_signed(message: bytes, key_set: list[dict[int, Any]], what: str) -> tuple[bytes, bytes]:
    """Payload and `kid` of a COSE_Sign1 signed by a key of `key_set`. Raises UserError."""
    try:
        keys = [COSEKey.new(without_private_labels(key)) for key in key_set]
        protected, _, payload = COSE.new(verify_kid=True).decode_with_headers(message, keys)
        return payload, bytes(protected[KID])
    except (CWTError, KeyError, *_DECODE_ERRORS):
        raise UserError(f"this {what} is not signed by a key of this issuer") from None


def without_private_labels(key: dict[int, Any]) -> dict[int, Any]:
    """A COSE_Key with only the parameters that RFC 9052 and RFC 9053 define."""
    return {label: value for label, value in key.items() if label > -65536}


def cose_key(key: ec.EllipticCurvePublicKey) -> dict[int, Any]:
    """The COSE_Key (EC2, P-256) of a public key: RFC 9053 section 7.1.1."""
    numbers = key.public_numbers()
    return {1: 2, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}


def key_id(key: ec.EllipticCurvePublicKey) -> bytes:
    """A `kid`: the first 8 bytes of the COSE Key Thumbprint (RFC 9679, SHA-256)."""
    return hashlib.sha256(encode(cose_key(key))).digest()[:KID_SIZE]


def new_key() -> ec.EllipticCurvePrivateKey:
    """A fresh P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as unencrypted PKCS #8, for a file of mode 0600."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def read_private_key(path: Path | str) -> ec.EllipticCurvePrivateKey:
    """The P-256 private key in a PEM file. Raises UserError."""
    try:
        key = serialization.load_pem_private_key(files.read(path, "private key"), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UserError(f"{path}: not an unencrypted private key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise UserError(f"{path}: not a P-256 private key")
    return key
