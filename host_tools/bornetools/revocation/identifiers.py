"""Identifier lists of mdocs (ISO/IEC 18013-5, second edition, section 12.3.6), and the files that terminals
keep of them (.idl: docs/revocation.md)."""

import hashlib
import struct
from dataclasses import dataclass

from borne import limits, limits_mdoc
from bornetools.errors import UserError
from bornetools.issuer import claims
from bornetools.revocation import rsl, signed

TYPES = ("application/identifierlist+cwt", "identifierlist+cwt")
IDENTIFIER_LIST = 65530  # claim of a CWT

_MAGIC, _FORMAT = b"BRIL", 1
_HEADER = struct.Struct(">4sBBIIQQH")
_DIGEST = 16  # bytes kept of an identifier's SHA-256


@dataclass(frozen=True)
class IdentifierListToken:
    """A verified identifier list: `identifiers` are those that are revoked."""

    uri: str
    issued_at: int
    expires: int | None
    identifiers: frozenset[bytes]


def from_identifier_list(found: signed.Signed) -> IdentifierListToken:
    """The identifier list that was verified as `found`. Raises UserError.

    The standard requires an end of validity; the EU reference issuer's lists have none, and are taken.
    """
    content = found.claims
    if found.typ not in TYPES or claims.STATUS_LIST in content:
        raise UserError("signed, but not as an identifier list")
    try:
        uri, issued_at = content[claims.SUB], content[claims.IAT]
        expires = content.get(claims.EXP)
        identifiers = content[IDENTIFIER_LIST]["identifiers"]
        if not isinstance(uri, str) or not isinstance(identifiers, dict):
            raise TypeError("a claim is of the wrong type")
        for one in identifiers:
            if not isinstance(one, bytes) or not 0 < len(one) <= limits_mdoc.IDENTIFIER_MAX:
                raise ValueError(f"an identifier is 1 to {limits_mdoc.IDENTIFIER_MAX} bytes")
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"this identifier list is not one: {error}") from error
    return IdentifierListToken(uri, issued_at, expires, frozenset(identifiers))


def write(
    identifiers: frozenset[bytes],
    uri: str,
    version: int,
    value: int,
    issued_at: int,
    expires: int | None = None,
) -> bytes:
    """The .idl file of `identifiers`. Raises UserError if a terminal would not take it."""
    rsl.require_header(uri, version, value, issued_at, expires)
    digests = sorted({hashlib.sha256(one).digest()[:_DIGEST] for one in identifiers})
    fields = (_MAGIC, _FORMAT, value, version, len(digests), issued_at, expires or 0, len(uri))
    data = _HEADER.pack(*fields) + uri.encode() + b"".join(digests)
    if len(data) > limits.STATUS_LIST_FILE_MAX:
        raise UserError(f"a list of {len(data)} bytes is too large for a terminal")
    return data
