"""COSE_Sign1 (RFC 9052 section 4.2) with the algorithms of borne.crypto.algorithms."""

import hashlib

from micropython import const

from borne import limits
from borne.crypto import algorithms
from borne.errors import DecodeError, UnsupportedError
from borne.token import cbor

if False:  # for types only
    from typing import Any, TypeGuard

    from borne.protocols import Bytes, Encoded, Hasher

TAG_SIGN1 = 18
HEADER_ALG = 1
HEADER_CRIT = 2
HEADER_KID = 4
HEADER_TYP = 16  # RFC 9596

_BYTES = const(2)
_UNDERSTOOD = (HEADER_ALG, HEADER_CRIT, HEADER_KID, HEADER_TYP)
_PROTECTED = (
    HEADER_ALG,
    HEADER_CRIT,
    HEADER_TYP,
)  # their values count, so they have to be signed
_CHUNK = const(256)


class Sign1:
    """A decoded COSE_Sign1: `protected` and `unprotected` are dicts, `payload` bytes-like or None."""

    def __init__(
        self,
        protected: dict,
        protected_raw: "Bytes",
        unprotected: dict,
        payload: "Encoded | None",
        signature: "Bytes",
    ) -> None:
        self.protected = protected
        self.protected_raw = protected_raw
        self.unprotected = unprotected
        self.payload = payload
        self.signature = signature

    def kid(self) -> bytes | None:
        """The kid, 1 to limits.KID_MAX bytes, or None.

        The kid is a mere hint where to look for the key (section 3.1), so it may stand in the unprotected
        header. `message` refuses a kid in both headers.
        """
        kid = self.protected.get(HEADER_KID, self.unprotected.get(HEADER_KID))
        if not isinstance(kid, (bytes, memoryview)) or not 0 < len(kid) <= limits.KID_MAX:
            return None
        return bytes(kid)

    def digest(self, payload: "Encoded | None" = None, aad: bytes = b"") -> bytes:
        """SHA-256 of the Sig_structure (section 4.4), 32 bytes, whatever the algorithm is.

        `payload` stands in for a detached one.
        """
        return self._hashed(hashlib.sha256(), payload, aad)

    def verify(
        self, key: algorithms.PublicKey, payload: "Encoded | None" = None, aad: bytes = b""
    ) -> bool:
        """True if the signature is `key`'s, by the algorithm that the message names."""
        if self.payload is None and payload is None:
            return False
        if self.protected.get(HEADER_ALG) != key.algorithm.cose:
            return False
        digest = self._hashed(key.algorithm.hasher(key, self.signature), payload, aad)
        return key.verify(digest, self.signature)

    def _hashed(self, hasher: "Hasher", payload: "Encoded | None", aad: bytes) -> bytes:
        """The digest of the Sig_structure. The payload is hashed without a copy."""
        hasher.update(b"\x84\x6aSignature1")
        part: "Encoded"  # never None: the payload is in the message or apart
        for part in (self.protected_raw, aad, self.payload if payload is None else payload):  # type: ignore[assignment]
            hasher.update(cbor.head(_BYTES, len(part)))
            for start in range(0, len(part), _CHUNK):
                hasher.update(part[start : start + _CHUNK])
        return hasher.digest()


def decode_sign1(data: "Encoded") -> Sign1:
    """Decodes a COSE_Sign1 with or without its tag 18.

    Raises DecodeError. `require_known` checks the algorithm and the critical headers: RFC 9052 leaves them to
    the application.
    """
    item = cbor.decode(data, deterministic=False, most=limits.COSE_ITEMS_MAX)
    if isinstance(item, cbor.Tag):
        if item.tag != TAG_SIGN1:
            raise DecodeError("not a COSE_Sign1")
        item = item.value
    return message(item)


def tagged(item: object, understood: tuple = ()) -> Sign1:
    """As `sign1`, for an array that must have its tag 18."""
    if not isinstance(item, cbor.Tag) or item.tag != TAG_SIGN1:
        raise DecodeError("not a tagged COSE_Sign1")
    return sign1(item.value, understood)


def sign1(item: object, understood: tuple = ()) -> Sign1:
    """The Sign1 of a decoded COSE_Sign1 array, without its tag. Raises as `message` and `require_known`."""
    found = message(item)
    require_known(found, understood)
    return found


def message(item: object) -> Sign1:
    """The Sign1 of a decoded COSE_Sign1 or COSE_Mac0, whose `signature` is the MAC. Raises DecodeError."""
    if not isinstance(item, list) or len(item) != 4:
        raise DecodeError("not a COSE_Sign1")
    raw, unprotected, payload, signature = item
    if not is_bytes(raw) or not isinstance(unprotected, dict) or not is_bytes(signature):
        raise DecodeError("not a COSE_Sign1")
    if payload is not None and not is_bytes(payload):
        raise DecodeError("not a COSE_Sign1")
    protected: object = {}
    if len(raw):
        protected = cbor.decode(raw, deterministic=False, most=limits.COSE_ITEMS_MAX)
    if not isinstance(protected, dict):
        raise DecodeError("COSE protected header is not a map")
    for label in protected:
        if label in unprotected:
            raise DecodeError("COSE header parameter twice")  # section 3
    # An empty map counts as the empty string in the Sig_structure (section 4.4).
    return Sign1(protected, raw if protected else b"", unprotected, payload, signature)


def require_known(message: Sign1, understood: tuple = ()) -> None:
    """Raises UnsupportedError for an unknown algorithm or critical header: known are the labels of
    _UNDERSTOOD and `understood`. Raises DecodeError if a header is unprotected that must be protected."""
    if algorithms.find("cose", message.protected.get(HEADER_ALG)) is None:
        raise UnsupportedError("signature algorithm")
    require_protected(message)
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


def require_protected(message: Sign1) -> None:
    """Raises DecodeError if a parameter of _PROTECTED is unprotected, and so not signed."""
    for label in _PROTECTED:
        if label in message.unprotected:
            raise DecodeError("COSE header parameter not protected")


def is_bytes(value: object) -> "TypeGuard[Any]":
    """True for a byte string as cbor.decode returns it, in memory or in a file."""
    # MicroPython's bool is no int.
    return not isinstance(value, (bool, int, str, list, dict, cbor.Tag)) and value is not None
