"""The token: a CWT (RFC 8392) in a tagged COSE_Sign1, with profile v1's claims (docs/protocol.md).

This module checks the shape only: the type of each claim, and its bounds. borne.verify checks the signature
and whether the token is valid today.
"""

from micropython import const

from borne import limits
from borne.errors import DecodeError, UnsupportedError
from borne.token import cbor, cose, cose_key
from borne.token.health_cover import HealthCover

if False:  # for types only
    from typing import TypeGuard

    from borne.crypto.algorithms import PublicKey
    from borne.protocols import Encoded, Map

_TAG_CWT = const(61)
_ISS = const(1)
_EXP = const(4)
_NBF = const(5)
_IAT = const(6)
_CTI = const(7)
_CNF = const(8)
_CNF_COSE_KEY = const(1)  # RFC 8747 section 3.1
_STATUS = const(65535)  # Token Status List, "status" claim of a CWT
_HCOV = const(-65800)

_CTI_SIZE = const(16)


class Token:
    """A decoded token: `message` (Sign1, not yet verified), `kid` bytes, and its claims: `issuer` str,
    `expires`, `not_before`, `issued_at` (unix seconds; the last two may be None), `holder_key`
    PublicKey, `status` (uri, index) or None, `cover` HealthCover."""

    def __init__(self, data: "Encoded") -> None:
        """Raises DecodeError, or UnsupportedError for another algorithm or critical header."""
        if len(data) > limits.TOKEN_MAX:
            raise DecodeError("token too large")
        self.message = message(data)
        kid = self.message.kid()
        if kid is None:
            raise DecodeError("token without a kid")
        self.kid = kid
        if self.message.payload is None:
            raise DecodeError("token without a payload")
        claims = claims_map(self.message.payload)
        self.issuer = text(claims, _ISS, limits.URI_MAX)
        self.expires = numeric_date(claims, _EXP)
        self.not_before = optional_date(claims, _NBF)
        self.issued_at = optional_date(claims, _IAT)
        cti = claims.get(_CTI)
        if cti is not None and (not is_bytes(cti) or len(cti) != _CTI_SIZE):
            raise DecodeError("token id is not 16 bytes")
        self.holder_key = _confirmation(claims.get(_CNF))
        self.status = _status(claims[_STATUS]) if _STATUS in claims else None
        self.cover = HealthCover(claims.get(_HCOV))


def claims_map(payload: "Encoded") -> "Map":
    """The claims of a CWT's payload, as a dict. Raises DecodeError."""
    claims = cbor.decode(payload, deterministic=False)
    if not isinstance(claims, dict):
        raise DecodeError("claims are not a map")
    return claims


def text(claims: "Map", label: int | str, most: int) -> str:
    """A required text claim of 1 to `most` characters. Raises DecodeError."""
    value = claims.get(label)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise DecodeError("claim missing or not text")
    return value


def numeric_date(claims: "Map", label: int | str) -> int:
    """A required NumericDate claim, in whole unix seconds.

    RFC 8392 allows floats; the profile does not. Raises DecodeError.
    """
    value = claims.get(label)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= limits.TIME_MAX:
        raise DecodeError("claim missing or not whole seconds")
    return value


def optional_date(claims: "Map", label: int | str) -> int | None:
    """As `numeric_date`; None if the claim is absent."""
    return numeric_date(claims, label) if label in claims else None


def is_bytes(value: object) -> "TypeGuard[bytes | memoryview]":
    """True for a byte string in memory, as cbor.decode returns it."""
    return isinstance(value, (bytes, memoryview))


def message(data: "Encoded") -> cose.Sign1:
    """The Sign1 of a token, which has to be tagged (RFC 8392 section 7.1)."""
    item = cbor.decode(data, deterministic=False, most=limits.COSE_ITEMS_MAX)
    if isinstance(item, cbor.Tag) and item.tag == _TAG_CWT:  # RFC 8392 section 6: optional around
        item = item.value
    return cose.tagged(item)


def _confirmation(cnf: object) -> "PublicKey":
    if not isinstance(cnf, dict):
        raise DecodeError("token without a holder's key")
    if _CNF_COSE_KEY not in cnf:
        raise UnsupportedError("confirmation method")
    return cose_key.public_key(cnf[_CNF_COSE_KEY])


def _status(claim: object) -> tuple[str, int]:
    if not isinstance(claim, dict):
        raise DecodeError("status claim is not a map")
    entry = claim.get("status_list")
    if entry is None:
        raise UnsupportedError("status mechanism")
    if not isinstance(entry, dict):
        raise DecodeError("status claim is not a map")
    index = numeric_date(entry, "idx")
    if index > limits.STATUS_INDEX_MAX:
        raise DecodeError("status index too large")
    return text(entry, "uri", limits.URI_MAX), index
