"""Trust data as the files of one folder, as tools lay them out."""

import os

from borne import limits
from borne.errors import DecodeError, StoreError
from borne.storage.file_view import FileView
from borne.token import cbor

if False:  # for types only
    from borne.protocols import File

_TIME = 2


class FolderStore:
    """The files below one folder; a terminal has a ReleaseStore. `release.cbor` is {1: version, 2: unix
    seconds}."""

    def __init__(self, root: str) -> None:
        self._root = root

    @property
    def time(self) -> int:
        """The unix seconds of the release. Raises StoreError."""
        try:
            fields = cbor.decode(self.read("release.cbor", limits.RELEASE_MAX))
        except DecodeError as error:
            raise StoreError("release.cbor: " + error.reason)
        time = fields.get(_TIME) if isinstance(fields, dict) else None
        if isinstance(time, bool) or not isinstance(time, int):
            raise StoreError("release.cbor is not a release")
        return time

    def read(self, name: str, most: int) -> bytes:
        """The bytes of a file of at most `most` bytes. Raises StoreError."""
        file, size = self._opened(name, most)
        try:
            with file:
                return file.read(size)
        except OSError:  # a folder, for one
            raise StoreError(name + " cannot be read")

    def view(self, name: str, most: int) -> FileView:
        """A FileView of a file of at most `most` bytes, which stays open. Raises StoreError."""
        file, size = self._opened(name, most)
        return FileView(file, 0, size)

    def names(self, folder: str = "") -> list[str]:
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

    def _opened(self, name: str, most: int) -> "tuple[File, int]":
        path = self._root + "/" + name
        try:
            size = os.stat(path)[6]
            if size > most:
                raise StoreError(name + " is too large")
            return open(path, "rb"), size  # noqa: SIM115 - the caller's
        except OSError:
            raise StoreError(name + " cannot be read")
