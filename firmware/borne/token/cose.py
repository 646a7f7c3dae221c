"""COSE_Sign1 with ES256 (RFC 9052 section 4.2, RFC 9053 section 2.1)."""

import hashlib

from borne import limits
from borne.crypto import p256
from borne.errors import DecodeError, StoreError, UnsupportedError
from borne.token import cbor

TAG_SIGN1 = 18
ES256 = -7
HEADER_ALG = 1
HEADER_CRIT = 2
HEADER_KID = 4
HEADER_TYP = 16  # RFC 9596

_BYTES = 2
_UNDERSTOOD = (HEADER_ALG, HEADER_CRIT, HEADER_KID, HEADER_TYP)
_CHUNK = 256


class Sign1:
    """A decoded COSE_Sign1: `protected` and `unprotected` are dicts, `payload` bytes-like or None."""

    def __init__(self, protected, protected_raw, unprotected, payload, signature):
        self.protected = protected
        self.protected_raw = protected_raw
        self.unprotected = unprotected
        self.payload = payload
        self.signature = signature

    def digest(self, payload=None, aad=b""):
        """SHA-256 of the Sig_structure (section 4.4), 32 bytes.

        `payload` stands in for a detached one; it and the message's own are hashed without a copy.
        """
        payload = self.payload if payload is None else payload
        hasher = hashlib.sha256(b"\x84\x6aSignature1")
        for part in (self.protected_raw, aad, payload):
            hasher.update(cbor.head(_BYTES, len(part)))
            for start in range(0, len(part), _CHUNK):
                hasher.update(part[start : start + _CHUNK])
        return hasher.digest()

    def verify(self, key, payload=None, aad=b""):
        """True if the signature is `key`'s (a CoseKey). Time is not constant: all of it is public."""
        if self.payload is None and payload is None:
            return False
        digest = self.digest(payload, aad)
        if key.combs is not None:
            try:
                with key.combs.opened() as file:
                    if p256.verify(key.x, key.y, digest, self.signature, file, key.comb_at):
                        return True
            except (OSError, StoreError):
                pass  # a file that cannot be read refuses nothing, nor does a damaged one
        return p256.verify(key.x, key.y, digest, self.signature)


def decode_sign1(data):
    """Decodes a COSE_Sign1 with or without its tag 18. Returns Sign1.

    Raises DecodeError. The tag, the algorithm and the critical headers are for `require_es256`:
    RFC 9052 leaves them to the application.
    """
    item = cbor.decode(data, deterministic=False, most=limits.COSE_ITEMS_MAX)
    if isinstance(item, cbor.Tag):
        if item.tag != TAG_SIGN1:
            raise DecodeError("not a COSE_Sign1")
        item = item.value
    return sign1(item)


def sign1(item):
    """The Sign1 of a decoded COSE_Sign1 array, without its tag. Raises DecodeError."""
    if not isinstance(item, list) or len(item) != 4:
        raise DecodeError("not a COSE_Sign1")
    raw, unprotected, payload, signature = item
    if not _is_bytes(raw) or not isinstance(unprotected, dict) or not _is_bytes(signature):
        raise DecodeError("not a COSE_Sign1")
    if payload is not None and not _is_bytes(payload):
        raise DecodeError("not a COSE_Sign1")
    protected = {}
    if len(raw):
        protected = cbor.decode(raw, deterministic=False, most=limits.COSE_ITEMS_MAX)
    if not isinstance(protected, dict):
        raise DecodeError("COSE protected header is not a map")
    for label in protected:
        if label in unprotected:
            raise DecodeError("COSE header parameter twice")  # section 3
    # An empty map counts as the empty string in the Sig_structure (section 4.4).
    return Sign1(protected, raw if protected else b"", unprotected, payload, signature)


def require_es256(message, understood=()):
    """Raises UnsupportedError unless the message says ES256 and names no critical header unknown here."""
    if message.protected.get(HEADER_ALG) != ES256:
        raise UnsupportedError("signature algorithm")
    if HEADER_CRIT in message.unprotected:
        raise DecodeError("COSE critical headers are not protected")  # section 3.1
    critical = message.protected.get(HEADER_CRIT, ())
    if HEADER_CRIT in message.protected and (not isinstance(critical, list) or not critical):
        raise DecodeError("COSE critical headers are not a list")
    for label in critical:
        if isinstance(label, bool) or not isinstance(label, (int, str)):
            raise DecodeError("COSE critical header is not a label")  # section 1.5
        if label not in message.protected:
            raise DecodeError("COSE critical header absent")
        if label not in _UNDERSTOOD and label not in understood:
            raise UnsupportedError("critical header")


def _is_bytes(value):
    return not isinstance(value, (int, str, list, dict, cbor.Tag)) and value is not None
