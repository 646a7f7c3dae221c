"""Revocation lists (.rsl): exact look-ups of an issuer's revoked tokens, without loading the list.

docs/revocation.md has the format byte by byte. A list is a header and blocks of one size. A block begins
with its first index in full, so the blocks are their own index: a look-up bisects over these first indices
and decodes one block. No more than that is ever in RAM. The file was verified when it was fetched (TUF);
the checks here keep a look-up bounded, whatever the bytes are.
"""

import io
import struct

from micropython import const

from borne import limits
from borne.errors import TrustError
from borne.storage.file_view import FileView

if False:  # for types only
    from typing import Iterator

    from borne.protocols import Encoded, File

_MAGIC = const(b"BRSL")
_FORMAT = const(1)
_FIXED = const(">4sBBHIIIIQQH")  # the header but for the URI
_FIXED_SIZE = const(42)
_FIRST = const(4)  # bytes of a block's first index


def open(source: "Encoded | File", size: int) -> "RevocationList":
    """The RevocationList in `source`: a file, a FileView or bytes, `size` bytes long.

    Raises TrustError: UNSUPPORTED for another version of the format, FORMAT for anything else.
    """
    return RevocationList(view_of(source, size))


class Vouched:
    """The header fields that every list has: `uri` str, `issued_at` and `expires` (unix seconds; expires
    None: never), `end` (offset after the URI)."""

    def __init__(
        self, view: FileView, at: int, issued_at: int, expires: int, uri_size: int
    ) -> None:
        """Reads the URI at `at` of a FileView. Raises TrustError."""
        require(expires == 0 or issued_at < expires, "validity")
        require(max(issued_at, expires) <= limits.TIME_MAX, "validity")
        require(0 < uri_size <= limits.URI_MAX, "URI's length")
        self.issued_at, self.expires = issued_at, expires or None
        uri = read(view, at, uri_size)
        for byte in uri:
            require(0x20 < byte < 0x7F, "URI")
        self.uri = uri.decode()
        self.end = at + uri_size


class Header(Vouched):
    """`uri`, `issued_at`, `expires`, `end` as in Vouched, `version`, `size` (tokens), `count` (tokens in
    this list), `value` (the status that the list stands for), `block_size` (bytes), `parameter`
    (Golomb's)."""

    def __init__(self, view: FileView, start: int = 0) -> None:
        """Reads the header at `start` of a FileView. Raises TrustError."""
        fields = struct.unpack(_FIXED, read(view, start, _FIXED_SIZE))
        magic, form, self.value, self.block_size, self.parameter = fields[:5]
        self.size, self.count, self.version, issued_at, expires, uri_size = fields[5:]
        require(magic == _MAGIC, "not a revocation list")
        if form != _FORMAT:
            raise TrustError("UNSUPPORTED", "revocation list of another format")
        require(limits.RSL_BLOCK_MIN <= self.block_size <= limits.RSL_BLOCK_MAX, "block size")
        require(1 <= self.parameter <= limits.RSL_PARAMETER_MAX, "parameter")
        require(self.value > 0 and 0 < self.size <= limits.STATUS_INDEX_MAX + 1, "value or size")
        require(self.count <= self.size, "count")
        super().__init__(view, start + _FIXED_SIZE, issued_at, expires, uri_size)


class RevocationList(Header):
    """A revocation list, read in place from its file; Header has the attributes."""

    identifiers = False

    def __init__(self, view: FileView) -> None:
        super().__init__(view)
        self._blocks = Blocks(view, self.end, self, self.parameter)
        require(bool(self.count) == bool(self._blocks.count), "count")

    def contains(self, index: int) -> bool:
        """True if the token at `index` has the status that the list stands for.

        Raises IndexError if `index` is beyond the list, TrustError if the list is malformed.
        """
        if not 0 <= index < self.size:
            raise IndexError("beyond the list")
        for found in self._blocks.indices(self._blocks.find(index)):
            if found >= index:
                return found == index
        return False

    def __iter__(self) -> "Iterator[int]":
        """Yields all indices, increasing. Raises TrustError."""
        return iter(self._blocks)


class Blocks:
    """Increasing indices in the blocks from `start` to the end of `view`, as Golomb-coded gaps.

    `header` gives the size of a block and the bound of the indices. `count` is the number of blocks. One
    block at a time is in RAM.
    """

    def __init__(self, view: FileView, start: int, header: Header, parameter: int) -> None:
        require(1 <= parameter <= limits.RSL_PARAMETER_MAX, "parameter")
        length = len(view) - start
        self.count = -(-length // header.block_size)
        require(length == 0 or (length - 1) % header.block_size >= _FIRST - 1, "cut short")
        self._view = view
        self._start = start
        self._bound = header.size
        self._parameter = parameter
        self._width, self._short = code(parameter)
        self._size = header.block_size
        self._block: memoryview | None = None

    def find(self, index: int) -> int:
        """The number of the last block that begins at or before `index`, or 0."""
        low, high = 0, self.count
        while high - low > 1:
            middle = (low + high) // 2
            if self._first(middle) <= index:
                low = middle
            else:
                high = middle
        return low

    def indices(self, number: int) -> "Iterator[int]":
        """Yields the indices of one block; a block beyond the last has none."""
        if number >= self.count:
            return
        # Bounded by the next block's first index, so that the whole list is known to increase.
        bound = self._bound
        if number + 1 < self.count:
            bound = min(bound, self._first(number + 1))
        data = self._block = self._block or memoryview(bytearray(self._size))
        at = self._start + number * len(data)
        end = self._view.readinto_at(at, data)
        require(end == min(len(data), len(self._view) - at), "cut short")
        index = int.from_bytes(data[:_FIRST], "big")
        parameter, width, short = self._parameter, self._width, self._short
        at = _FIRST
        bits = left = 0  # the last `left` bits of `bits` are still to be read
        while True:
            if index >= bound:
                raise TrustError("FORMAT", "revocation list: indices do not increase")
            yield index
            index += 1
            # The quotient, as ones before a zero. Ones to the very end are the block's padding.
            while True:
                if not left:
                    if at == end:
                        return
                    bits, left, at = data[at], 8, at + 1
                left -= 1
                if not bits >> left & 1:
                    break
                index += parameter
            # The remainder, truncated binary: the first `short` of them are a bit shorter.
            bits &= (1 << left) - 1
            while left < width:
                require(at < end, "cut short")
                bits, left, at = bits << 8 | data[at], left + 8, at + 1
            left -= width
            rest = bits >> left
            if rest >= short:
                if not left:
                    require(at < end, "cut short")
                    bits, left, at = data[at], 8, at + 1
                left -= 1
                rest = (rest << 1 | bits >> left & 1) - short
            bits &= (1 << left) - 1
            index += rest

    def __iter__(self) -> "Iterator[int]":
        for number in range(self.count):
            yield from self.indices(number)

    def _first(self, number: int) -> int:
        return int.from_bytes(read(self._view, self._start + number * self._size, _FIRST), "big")


def code(parameter: int) -> tuple[int, int]:
    """Golomb's code: (bits of the shorter remainders: floor of log2, number of shorter remainders)."""
    width = 0
    while parameter >> width > 1:
        width += 1
    return width, (2 << width) - parameter


def view_of(source: "Encoded | File", size: int | None = None) -> FileView:
    """A FileView of a file, a FileView or bytes; `size` in bytes, or None: all there is."""
    if not isinstance(source, FileView):
        if isinstance(source, (bytes, bytearray, memoryview)):
            file: "File" = io.BytesIO(source)
        else:
            file = source
        source = FileView(file, 0, file.seek(0, 2) if size is None else size)
    require(len(source) <= limits.STATUS_LIST_FILE_MAX, "too large")
    return source


def read(view: FileView, at: int, length: int) -> bytearray:
    """The `length` bytes at `at`, as a bytearray. Raises TrustError."""
    data = bytearray(length)
    require(view.readinto_at(at, data) == length, "cut short")
    return data


def require(condition: object, text: str) -> None:
    """Raises TrustError FORMAT with `text` unless `condition`."""
    if not condition:
        raise TrustError("FORMAT", "revocation list: " + text)
