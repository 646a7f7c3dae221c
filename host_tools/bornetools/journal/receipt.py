"""Receipts: the holder's proof that a phone with this key answered this terminal (docs/journal.md)."""

import base64
import hashlib
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from bornetools.issuer import cose
from bornetools.issuer.proof import CONTEXT
from bornetools.journal.chain import Chain

_FIELDS = ("terminal", "purpose", "nonce", "token", "key", "uv", "method", "signature")


def problems(chain: Chain) -> list[str]:
    """The receipts of `chain` whose signature does not verify, a text each."""
    return [
        f"entry {entry['n']}: the holder's signature does not verify"
        for entry in chain.entries
        if entry and "signature" in entry and not verifies(entry)
    ]


def verifies(entry: dict[str, Any]) -> bool:
    """Whether the holder of `key` signed the receipt's fields. The key's owner is not checked."""
    try:
        terminal, purpose, *encoded, uv, method, signature = (entry[name] for name in _FIELDS)
        nonce, token, key, signature = (_bytes(text) for text in (*encoded, signature))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + key)
        payload = cose.encode([CONTEXT, nonce, terminal, purpose, token, uv, method])
        protected = cose.encode({cose.ALG: cose.ES256, "uv": uv, "method": method})
        signed = cose.encode(["Signature1", protected, b"", payload])
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except (KeyError, ValueError, TypeError, InvalidSignature):
        return False
    return len(signature) == 64


def thumbprint(entry: dict[str, Any]) -> str | None:
    """The COSE Key Thumbprint (RFC 9679) of a receipt's key, hexadecimal: an issuer finds the token by it.

    None if the key is malformed.
    """
    try:
        key = _bytes(entry["key"])
    except (ValueError, TypeError):
        return None
    return hashlib.sha256(cose.encode({1: 2, -1: 1, -2: key[:32], -3: key[32:]})).hexdigest()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
