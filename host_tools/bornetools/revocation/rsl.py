"""Revocation lists and deltas as files: header and blocks (docs/revocation.md)."""

import hashlib
import re
import struct
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from borne import limits
from bornetools.errors import UserError
from bornetools.revocation import coding

BLOCK_SIZE = 512  # a look-up decodes half a block on average; the first indices take 0.8 per cent

_MAGIC, _DELTA_MAGIC = b"BRSL", b"BRSD"
_FORMAT = 1
_HEADER = struct.Struct(">4sBBHIIIIQQH")
_DELTA = struct.Struct(">4sBIII32s32s")


@dataclass(frozen=True, eq=False)
class RevocationList:
    """A whole list. `indices` is an increasing int64 array of the tokens whose status is `value`; `size`
    counts all tokens; times are unix seconds, `expires` None if there is none."""

    indices: np.ndarray
    size: int
    uri: str
    version: int
    value: int
    issued_at: int
    expires: int | None
    block_size: int
    parameter: int


def write(
    indices: np.ndarray,
    size: int,
    uri: str,
    version: int,
    value: int,
    issued_at: int,
    expires: int | None = None,
    *,
    block_size: int = BLOCK_SIZE,
) -> bytes:
    """The .rsl file of the increasing `indices`, with the parameter that suits them best.

    Raises UserError if a terminal would refuse the file.
    """
    indices = np.asarray(indices).astype(np.int64)
    if not 0 < size <= limits.STATUS_INDEX_MAX + 1:
        raise UserError(f"a list of {size} tokens: there may be 1 to {limits.STATUS_INDEX_MAX + 1}")
    if len(indices) and (indices[0] < 0 or indices[-1] >= size or np.any(np.diff(indices) <= 0)):
        raise UserError("the indices do not increase, or reach beyond the list")
    require_header(uri, version, value, issued_at, expires)
    if not limits.RSL_BLOCK_MIN <= block_size <= limits.RSL_BLOCK_MAX:
        raise UserError(f"a block has {limits.RSL_BLOCK_MIN} to {limits.RSL_BLOCK_MAX} bytes")
    parameter = coding.best_parameter(indices)
    fields = (_MAGIC, _FORMAT, value, block_size, parameter, size, len(indices), version)
    data = _HEADER.pack(*fields, issued_at, expires or 0, len(uri)) + uri.encode()
    data += coding.encode(indices, block_size, parameter)
    if len(data) > limits.STATUS_LIST_FILE_MAX:
        raise UserError(f"a list of {len(data)} bytes is too large for a terminal")
    return data


def require_header(uri: str, version: int, value: int, issued_at: int, expires: int | None) -> None:
    """Raises UserError for header values that no list may have."""
    if not re.fullmatch(r"[!-~]+", uri) or len(uri) > limits.URI_MAX:
        raise UserError(f"a list's URI is 1 to {limits.URI_MAX} printable ASCII characters")
    last = limits.TIME_MAX
    if not 0 <= issued_at <= last or not (expires is None or issued_at < expires <= last):
        raise UserError("a list expires after it is issued, and before the year 10000")
    if not 0 < value < 256 or not 0 <= version < 1 << 32:
        raise UserError("a list's status value is 1 to 255, and its version 0 to 4294967295")


@lru_cache(maxsize=2)  # a week's deltas lead to one list, which is read once
def read(data: bytes) -> RevocationList:
    """The list in an .rsl file, cached: callers must not change it. Raises UserError."""
    try:
        fields = _HEADER.unpack_from(data)
        magic, form, value, block_size, parameter, size, count, version, issued, expires, uri = (
            fields
        )
        uri_end = _HEADER.size + uri
        if (magic, form) != (_MAGIC, _FORMAT) or not value or parameter < 1:
            raise ValueError("a field is out of range")
        if not limits.RSL_BLOCK_MIN <= block_size <= limits.RSL_BLOCK_MAX:
            raise ValueError("the block size is out of range")
        text = data[_HEADER.size : uri_end].decode("ascii")
        indices = coding.decode(data[uri_end:], block_size, parameter, size)
        if len(indices) != count or len(text) != uri:
            raise ValueError("a count is wrong")
    except (ValueError, struct.error) as error:
        raise UserError(f"not a whole revocation list: {error}") from error
    return RevocationList(
        indices, size, text, version, value, issued, expires or None, block_size, parameter
    )


def delta(old: bytes, new: bytes) -> bytes:
    """The .rsd file that makes the list `new` of the list `old`. Raises UserError."""
    before, after = read(old), read(new)
    if (before.uri, before.value) != (after.uri, after.value) or before.version >= after.version:
        raise UserError("a delta leads to a later version of the same list")
    changes = np.setxor1d(before.indices, after.indices, assume_unique=True)
    if len(changes) and changes[-1] >= after.size:
        raise UserError("the new list is too short for a delta from the old one")
    parameter = coding.best_parameter(changes)
    hashes = hashlib.sha256(old).digest(), hashlib.sha256(new).digest()
    fixed = _DELTA.pack(_DELTA_MAGIC, _FORMAT, parameter, len(changes), before.version, *hashes)
    header = new[: _HEADER.size + len(after.uri)]
    return fixed + header + coding.encode(changes, after.block_size, parameter)
