"""Trust data as the files of one folder, as tools lay them out."""

import os

from micropython import const

from borne import limits
from borne.errors import DecodeError, StoreError
from borne.storage.file_view import FileView
from borne.token import cbor

if False:  # for types only
    from borne.protocols import File

_TIME = 2
_KIND = const(0xF000)  # of st_mode: the file type
_FILE = const(0x8000)
_FOLDER = const(0x4000)
_NAMES_MAX = const(1000)
_DEPTH_MAX = const(4)  # nested folders


class FolderStore:
    """The files below one folder. Strangers may have filled the folder: no symbolic link is followed. A
    terminal has a ReleaseStore. `release.cbor` is {1: version, 2: unix seconds}."""

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
        with file:
            return file.read(size)

    def view(self, name: str, most: int) -> FileView:
        """A FileView of a file of at most `most` bytes, which stays open. Raises StoreError."""
        file, size = self._opened(name, most)
        return FileView(file, 0, size)

    def names(self) -> list[str]:
        """The names of the files below the folder, and below its folders: "status/1.cwt".

        Raises StoreError.
        """
        found: list[str] = []
        self._find("", _DEPTH_MAX, found)
        return found

    def _find(self, folder: str, depth: int, found: list[str]) -> None:
        try:
            entries = os.listdir(self._root + "/" + folder)
        except OSError:
            raise StoreError("trust folder cannot be read")
        for entry in entries:
            name = folder + entry
            if self._kind(name) != _FOLDER:
                found.append(name)
            elif depth:
                self._find(name + "/", depth - 1, found)
            if len(found) > _NAMES_MAX:
                raise StoreError("trust folder has too many files")

    def _opened(self, name: str, most: int) -> "tuple[File, int]":
        folder, slash, _ = name.rpartition("/")
        if slash and self._kind(folder) != _FOLDER or self._kind(name) != _FILE:
            raise StoreError(name + " cannot be read")
        path = self._root + "/" + name
        try:
            size = os.stat(path)[6]
            if size > most:
                raise StoreError(name + " is too large")
            return open(path, "rb"), size  # noqa: SIM115 - the caller's
        except OSError:
            raise StoreError(name + " cannot be read")

    def _kind(self, name: str) -> int:
        """The file type by st_mode; 0 if there is no such file. Boards' file systems have no links."""
        try:
            return getattr(os, "lstat", os.stat)(self._root + "/" + name)[0] & _KIND
        except OSError:
            return 0
