"""Deltas (.rsd) of revocation lists, applied by streaming: old list and delta in, new list out.

A delta holds the new list's header and the indices whose state changes: an index in the old list is removed,
any other is added. The format is canonical, so the result is the published list, byte for byte.
docs/revocation.md has the format.
"""

import hashlib
import struct

from micropython import const

from borne.errors import TrustError
from borne.trust import revocation
from borne.trust.revocation import require

if False:  # for types only
    from typing import Iterable, Iterator

    from borne.protocols import Bytes, Encoded, File, Output

_MAGIC = b"BRSD"
_FORMAT = const(1)
_FIXED = ">4sBIII32s32s"  # the delta's own header; the new list's follows
_FIXED_SIZE = const(81)
_HASH_CHUNK = const(256)
_STEP = const(32)  # indices between two yields: a few ms on a board
_NO_MORE = const(0x1FFFFFFF)  # beyond every index


def steps(old: "Encoded | File", delta: "Encoded | File", out: "Output") -> "Iterator[None]":
    """Applies `delta` to `old` (files, FileViews or bytes), and writes the new list to `out` (`write`). A
    generator that yields None between steps of a few milliseconds.

    The output counts only if the generator comes to its end. Raises TrustError: HASH if `old` is not the
    delta's old list, or the result not its new list; FORMAT or UNSUPPORTED.
    """
    old, delta = revocation.view_of(old), revocation.view_of(delta)
    magic, form, parameter, changes, version, old_hash, new_hash = struct.unpack(
        _FIXED, revocation.read(delta, 0, _FIXED_SIZE)
    )
    require(magic == _MAGIC, "not a delta")
    if form != _FORMAT:
        raise TrustError("UNSUPPORTED", "delta of another format")
    header = revocation.Header(delta, _FIXED_SIZE)
    before = revocation.RevocationList(old)
    if before.version != version:
        raise TrustError("HASH", "delta for another list")
    same = header.uri == before.uri and header.value == before.value
    require(same and header.version > version, "delta of two lists")
    digest = hashlib.sha256()
    chunk = bytearray(_HASH_CHUNK)
    at = 0
    while at < len(old):
        length = old.readinto_at(at, chunk)
        require(length, "cut short")
        digest.update(memoryview(chunk)[:length])
        at += length
        yield
    if digest.digest() != old_hash:
        raise TrustError("HASH", "delta for another list")

    changed = _Counted(revocation.Blocks(delta, header.end, header, parameter))
    writer = _Writer(out, header)
    writer.write(revocation.read(delta, _FIXED_SIZE, header.end - _FIXED_SIZE))
    count = 0
    for index in _difference(_endless(before), _endless(changed)):
        if count & (_STEP - 1) == 0:
            yield
        count += 1
        require(index < header.size, "beyond the list")
        writer.put(index)
    writer.flush()
    require(changed.count == changes and count == header.count, "count")
    if writer.digest() != new_hash:
        raise TrustError("HASH", "delta's result is not the list it promises")


class _Counted:
    def __init__(self, indices: "Iterable[int]") -> None:
        self._indices = indices
        self.count = 0

    def __iter__(self) -> "Iterator[int]":
        for index in self._indices:
            self.count += 1
            yield index


def _endless(indices: "Iterable[int]") -> "Iterator[int]":
    yield from indices
    while True:
        yield _NO_MORE


def _difference(old: "Iterator[int]", changed: "Iterator[int]") -> "Iterator[int]":
    """Yields the indices that are in one of both but not in the other."""
    one, other = next(old), next(changed)
    while True:
        if one == other:
            if one == _NO_MORE:
                return
            one, other = next(old), next(changed)
        elif one < other:
            yield one
            one = next(old)
        else:
            yield other
            other = next(changed)


class _Writer:
    """Fills each block with as many indices as fit, and hashes the output."""

    def __init__(self, out: "Output", header: revocation.Header) -> None:
        self._out = out
        self._digest = hashlib.sha256()
        self._block = memoryview(bytearray(header.block_size))
        self._parameter = header.parameter
        self._width, self._short = revocation.code(header.parameter)
        self._at = 0  # bytes of the block that are full; 0: no block begun
        self._bits = self._left = 0  # the last `_left` bits of `_bits` are not in the block yet
        self._last = 0

    def put(self, index: int) -> None:
        if self._at and not self._gap(index - self._last - 1):
            self.flush(len(self._block))
        if not self._at:
            self._block[:4] = index.to_bytes(4, "big")
            self._at = 4
        self._last = index

    def flush(self, size: int = 0) -> None:
        """Ends the block, padded with ones to `size` bytes; with 0, to the next whole byte."""
        if not self._at:
            return
        if self._left:
            self._append(0xFF, 8 - self._left)
        while self._at < size:
            self._block[self._at] = 0xFF
            self._at += 1
        self.write(self._block[: self._at])
        self._at = 0

    def write(self, data: "Bytes") -> None:
        self._digest.update(data)
        self._out.write(data)

    def digest(self) -> bytes:
        return self._digest.digest()

    def _gap(self, gap: int) -> bool:
        """Appends a gap's code; False if it does not fit the block."""
        ones, rest = divmod(gap, self._parameter)
        width = self._width
        if rest >= self._short:
            rest += self._short
            width += 1
        room = 8 * (len(self._block) - self._at) - self._left
        if ones + 1 + width > room:
            return False
        while ones:
            step = min(ones, 8)
            self._append(0xFF, step)
            ones -= step
        self._append(0, 1)
        self._append(rest, width)
        return True

    def _append(self, value: int, width: int) -> None:
        bits = self._bits << width | value & ((1 << width) - 1)
        left = self._left + width
        while left >= 8:
            left -= 8
            self._block[self._at] = bits >> left & 0xFF
            self._at += 1
        self._left = left
        self._bits = bits & ((1 << left) - 1)
