"""A file as a sequence of bytes, read on demand: a whole list of trust data is never in RAM."""

from borne import limits
from borne.errors import StoreError

if False:  # for types only
    from typing import Any

    from borne.protocols import Buffer, File

_OVER = limits.CBOR_TEXT_MAX  # longer slices of a file are views of it, not bytes


class FileView:
    """Part of a file as a sequence of bytes, for borne.token.cbor to decode without loading it.

    An index gives an int and a short slice gives bytes, both read from the file; a longer slice is
    another view of the same file.
    """

    def __init__(self, file: "File", start: int, length: int) -> None:
        self._file = file
        self._start = start
        self._length = length

    def __len__(self) -> int:
        return self._length

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def __getitem__(self, index: int | slice) -> "Any":
        if isinstance(index, slice):
            start = index.start or 0
            stop = self._length if index.stop is None else min(index.stop, self._length)
            length = max(0, stop - start)
            if length > _OVER:
                return FileView(self._file, self._start + start, length)
            return self._read(start, length)
        return self._read(index, 1)[0]

    def readinto_at(self, at: int, buffer: "Buffer") -> int:
        """Fills `buffer` from offset `at`, as far as the view goes. Returns the number of bytes."""
        length = min(len(buffer), self._length - at)
        if length <= 0:
            return 0
        self._file.seek(self._start + at)
        return self._file.readinto(memoryview(buffer)[:length])

    def _read(self, at: int, length: int) -> bytes:
        try:
            self._file.seek(self._start + at)
            data = self._file.read(length)
        except OSError:
            raise StoreError("trust file cannot be read")
        if len(data) != length:
            raise StoreError("trust file changed or cut short")
        return data
