"""Trust data as files: bytes on demand, never a whole list in RAM."""

import os

from borne import limits
from borne.errors import DecodeError, StoreError
from borne.token import cbor

_TIME = 2
_VIEW_OVER = limits.CBOR_TEXT_MAX  # longer slices of a file are views of it, not bytes


class FolderStore:
    """The files below one folder, as tools lay them out; a terminal has a ReleaseStore. `release.cbor`
    is {1: version, 2: unix seconds}."""

    def __init__(self, root):
        self._root = root

    @property
    def time(self):
        """The unix seconds of the release. Raises StoreError."""
        try:
            fields = cbor.decode(self.read("release.cbor", limits.RELEASE_MAX))
        except DecodeError as error:
            raise StoreError("release.cbor: " + error.reason)
        if not isinstance(fields, dict) or not isinstance(fields.get(_TIME), int):
            raise StoreError("release.cbor is not a release")
        return fields[_TIME]

    def read(self, name, most):
        """The bytes of a file of at most `most` bytes. Raises StoreError."""
        file, size = self._opened(name, most)
        try:
            with file:
                return file.read(size)
        except OSError:  # a folder, for one
            raise StoreError(name + " cannot be read")

    def view(self, name, most):
        """A FileView of a file of at most `most` bytes, which stays open. Raises StoreError."""
        file, size = self._opened(name, most)
        return FileView(file, 0, size)

    def names(self, folder=""):
        """The names of the files below the folder, and below its folders: "status/1.cwt"."""
        found = []
        try:
            entries = os.listdir(self._root + "/" + folder)
        except OSError:
            raise StoreError("trust folder cannot be read")
        for entry in entries:
            try:
                found += self.names(folder + entry + "/")
            except StoreError:
                found.append(folder + entry)  # a file: it has nothing below
        return found

    def _opened(self, name, most):
        path = self._root + "/" + name
        try:
            size = os.stat(path)[6]
            if size > most:
                raise StoreError(name + " is too large")
            return open(path, "rb"), size  # noqa: SIM115 - the caller's
        except OSError:
            raise StoreError(name + " cannot be read")


class FileView:
    """Part of a file as a sequence of bytes: what borne.token.cbor decodes without loading it.

    An index gives an int and a short slice gives bytes, both read from the file; a longer slice is
    another view of the same file.
    """

    def __init__(self, file, start, length):
        self._file = file
        self._start = start
        self._length = length

    def __len__(self):
        return self._length

    def close(self):
        """Closes the file."""
        self._file.close()

    def __getitem__(self, index):
        if isinstance(index, slice):
            start = index.start or 0
            stop = self._length if index.stop is None else min(index.stop, self._length)
            length = max(0, stop - start)
            if length > _VIEW_OVER:
                return FileView(self._file, self._start + start, length)
            return self._read(start, length)
        return self._read(index, 1)[0]

    def readinto_at(self, at, buffer):
        """Fills `buffer` from offset `at`, as far as the view goes. Returns the number of bytes."""
        length = min(len(buffer), self._length - at)
        if length <= 0:
            return 0
        self._file.seek(self._start + at)
        return self._file.readinto(memoryview(buffer)[:length])

    def _read(self, at, length):
        try:
            self._file.seek(self._start + at)
            data = self._file.read(length)
        except OSError:
            raise StoreError("trust file cannot be read")
        if len(data) != length:
            raise StoreError("trust file changed or cut short")
        return data
