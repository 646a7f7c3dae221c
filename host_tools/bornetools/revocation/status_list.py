"""IETF Token Status Lists, taken apart for writing revocation lists."""

import zlib
from dataclasses import dataclass

import numpy as np

from borne import limits
from bornetools.errors import UserError
from bornetools.issuer import claims
from bornetools.revocation import signed

TYPES = ("application/statuslist+cwt", "statuslist+cwt")
_SIZE_MAX = limits.STATUS_INDEX_MAX + 1


@dataclass(frozen=True, eq=False)
class StatusListToken:
    """A verified status list. `size` counts its tokens; `indices` maps each status value but 0 to the
    increasing indices (int64 array) that have it."""

    uri: str
    issued_at: int
    expires: int | None
    size: int
    indices: dict[int, np.ndarray]


def from_status_list(found: signed.Signed) -> StatusListToken:
    """The status list that was verified as `found`. Raises UserError."""
    if found.typ not in TYPES:
        raise UserError("signed, but not as a status list")
    content = found.claims
    try:
        uri, issued_at, entry = (
            content[claims.SUB],
            content[claims.IAT],
            content[claims.STATUS_LIST],
        )
        expires = content.get(claims.EXP)
        bits, packed = entry["bits"], entry["lst"]
        if not isinstance(uri, str) or bits not in (1, 2, 4, 8):
            raise ValueError("a claim is of the wrong type")
        unpack = zlib.decompressobj()
        values = unpack.decompress(packed, _SIZE_MAX * bits // 8 + 1)
        size = len(values) * 8 // bits
        if not 0 < size <= _SIZE_MAX or not unpack.eof:
            raise ValueError("it is cut short or too long")
    except (AttributeError, KeyError, TypeError, ValueError, zlib.error) as error:
        raise UserError(f"this status list is not one: {error}") from error
    return StatusListToken(uri, issued_at, expires, size, _indices(values, bits))


def _indices(values: bytes, bits: int) -> dict[int, np.ndarray]:
    packed = np.frombuffer(values, np.uint8)
    # Values are packed from the least significant bits on.
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    each = (packed[:, None] >> shifts & ((1 << bits) - 1)).ravel()
    set_ = np.flatnonzero(each)
    return {int(value): set_[each[set_] == value] for value in np.unique(each[set_])}
