"""Identifier lists of mdocs as files for terminals (.idl: docs/revocation.md)."""

import hashlib
import struct
from collections.abc import Collection

from borne import limits
from bornetools.errors import UserError
from bornetools.revocation import rsl

_MAGIC, _FORMAT = b"BRIL", 1
_HEADER = struct.Struct(">4sBBIIQQH")
_DIGEST = 16  # bytes kept of an identifier's SHA-256


def write(
    identifiers: Collection[bytes],
    uri: str,
    version: int,
    value: int,
    issued_at: int,
    expires: int | None = None,
) -> bytes:
    """The .idl file of `identifiers`. Raises UserError if a terminal would refuse it."""
    rsl.require_header(uri, version, value, issued_at, expires)
    digests = sorted({hashlib.sha256(one).digest()[:_DIGEST] for one in identifiers})
    fields = (_MAGIC, _FORMAT, value, version, len(digests), issued_at, expires or 0, len(uri))
    data = _HEADER.pack(*fields) + uri.encode() + b"".join(digests)
    if len(data) > limits.STATUS_LIST_FILE_MAX:
        raise UserError(f"a list of {len(data)} bytes is too large for a terminal")
    return data
