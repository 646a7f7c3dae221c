"""The statuses of a Token Status List, unpacked for writing revocation lists."""

import zlib

import numpy as np

from borne import limits
from bornetools.errors import UserError

_SIZE_MAX = limits.STATUS_INDEX_MAX + 1


def statuses(compressed: bytes, bits: int) -> tuple[int, dict[int, np.ndarray]]:
    """The number of tokens in a list of `bits` bits each, and the increasing indices (int64 array) by status
    value except 0. Raises UserError."""
    unpack = zlib.decompressobj()
    try:
        values = unpack.decompress(compressed, _SIZE_MAX * bits // 8 + 1)
    except zlib.error as error:
        raise UserError(f"this status list is not one: {error}") from error
    size = len(values) * 8 // bits
    if not 0 < size <= _SIZE_MAX or not unpack.eof:
        raise UserError("this status list is not one: it is cut short or too long")
    return size, _indices(values, bits)


def _indices(values: bytes, bits: int) -> dict[int, np.ndarray]:
    packed = np.frombuffer(values, np.uint8)
    # Values are packed from the least significant bits on.
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    each = (packed[:, None] >> shifts & ((1 << bits) - 1)).ravel()
    set_ = np.flatnonzero(each)
    return {int(value): set_[each[set_] == value] for value in np.unique(each[set_])}
