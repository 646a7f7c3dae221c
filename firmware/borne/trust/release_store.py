"""Releases of trust data on flash: after a power cut the whole old release is there, or the whole new one.

    release.cbor            the files of the release (borne.trust.release_file)
    objects/<sha256>        a file, metadata or target, whose content has that hash
    objects/<sha256>.part   the part of a file that has arrived
    objects/<sha256>.combs  the combs that the terminal has made of a file (borne.trust.key_combs)
    wanted                  the files of the next release, once that is verified (borne.trust.leavings)

Files are named by their content, so a new release never touches a file of the old. It takes effect when
release.cbor is written aside and renamed; only then may files that no release names be deleted.
"""

import hashlib
import os
from binascii import hexlify, unhexlify

from micropython import const

from borne import limits
from borne.errors import DecodeError, StoreError, TrustError
from borne.memory.unimport import Unimport
from borne.storage import atomic
from borne.storage.file_view import FileView

if False:  # for types only
    from typing import Callable, Collection, Iterator

    from borne.protocols import Bytes, File, Log, OpenFile, Os

DERIVED = ".combs"  # suffix of files that the terminal has derived from a file of the release
_HEX = const(64)
_BLOCK = const(512)
_ENOENT = const(2)
_ENOSPC = const(28)


class ReleaseStore:
    """`version` is that of the release's targets and `time` its unix seconds; both 0 without a release.

    `os_module` and `open_file` are the file operations of any file system with atomic renames.
    """

    def __init__(
        self,
        root: str,
        os_module: "Os" = os,
        open_file: "OpenFile" = open,
        damaged: "Callable[[str], None] | None" = None,
    ) -> None:
        """If the release is not whole, calls `damaged(text)`, and there is no release; without `damaged`,
        raises StoreError."""
        self._release = root + "/release.cbor"
        self._objects = root + "/objects"
        self._wanted = root + "/wanted"
        self._whole = False  # it is known which release there is, or that there is none
        self._os = os_module
        self._open = open_file
        self._upload: str | None = None
        self._file: "File | None" = None
        # What these have taken of limits.STORE_RESERVE is kept free no more.
        self.logs: "Collection[Log]" = ()
        self._names: dict[str, bytes]
        self.version, self.time, self._names = 0, 0, {}
        try:
            self.load()
        except StoreError as error:
            if damaged is None:
                raise
            damaged(str(error))

    def load(self) -> None:
        """Reads which release is in force. Raises StoreError."""
        self._whole = False
        with Unimport():
            from borne.trust.release_file import decode
        try:
            with self._open(self._release, "rb") as file:
                # Read in place: a heap in use has no hole for the whole file.
                view = FileView(file, 0, _bounded(file, "release.cbor", limits.RELEASE_MAX))
                self.version, self.time, self._names = decode(view)
        except OSError as error:
            if error.errno != _ENOENT:
                raise StoreError("release.cbor cannot be read")
        except DecodeError as error:
            raise StoreError("release.cbor: " + error.reason)
        self._whole = True

    def names(self) -> dict[str, bytes]:
        """The files of the release: SHA-256 by name. The dict is the store's own, as a copy would take
        kilobytes: do not change it."""
        return self._names

    def sha256(self, name: str) -> str | None:
        """The SHA-256 in hexadecimal of that file of the release; None: it has none of that name."""
        return _hex(self._names[name]) if name in self._names else None

    def open(self, name: str) -> "File":
        """The file of that name in the release. Raises StoreError."""
        if name not in self._names:
            raise StoreError(name + " is not in the release")
        return self.open_object(_hex(self._names[name]))

    def open_object(self, sha256: str) -> "File":
        """The finished file with that content, whether in the release or not yet. Raises StoreError."""
        try:
            return self._open(self._path(sha256), "rb")
        except OSError:
            raise StoreError("trust file cannot be read")

    def read(self, name: str, most: int) -> bytes:
        """The bytes of a file of at most `most` bytes. Raises StoreError."""
        with self.open(name) as file:
            return file.read(_bounded(file, name, most))

    def view(self, name: str, most: int) -> FileView:
        """A FileView of a file of at most `most` bytes, which stays open. Raises StoreError."""
        file = self.open(name)
        return FileView(file, 0, _bounded(file, name, most))

    def path_beside(self, name: str) -> str:
        """The path of data derived from a file of the release, deleted with that file. Raises StoreError."""
        if name not in self._names:
            raise StoreError(name + " is not in the release")
        return self._path(_hex(self._names[name])) + DERIVED

    def free(self) -> int:
        """The bytes that a new file may take."""
        status = self._os.statvfs(self._objects[: -len("/objects")])
        reserve = limits.STORE_RESERVE
        for log in self.logs:
            reserve -= log.held()
        # littlefs keeps some pointers in each block: 8 bytes of 4096 on average.
        return max(0, status[1] * status[4] - reserve) * 255 // 256

    def begin(self, sha256: str, size: int, most: int) -> int:
        """Starts or resumes the one upload under way: a file of `size` bytes, `most` at most.

        Returns the offset at which to go on; `size` if the file is there. Raises TrustError: FORMAT,
        LENGTH, FULL; StoreError if the files of the release are not known.
        """
        self.close()
        if not self._whole:
            raise StoreError("release.cbor is damaged")
        path = self._path(sha256)
        if not 0 <= size <= most:
            raise TrustError("LENGTH", "file is larger than its bound")
        if self._size(path) is not None:
            return size
        path += ".part"
        at = self._size(path) or 0
        if at > size:
            self._os.remove(path)
            at = 0
        if size - at > self.free():
            raise TrustError("FULL", "not enough room for the file")
        try:
            if self._size(self._objects) is None:
                self._os.mkdir(self._objects)
            self._file = self._open(path, "ab")
        except OSError as error:
            raise _refusal(error)
        self._upload, self._at, self._end = sha256, at, size
        return at

    def create(self, sha256: str, size: int, most: int) -> "_Writer | None":
        """A writer (`write`) for the bytes of a file, as an alternative to an upload; then call `finish`.

        None if the file is there. Raises TrustError as `begin` does, and as `append` on writing.
        """
        self.close()
        part = self._path(sha256) + ".part"
        if self._size(part) is not None:
            self._os.remove(part)
        self.begin(sha256, size, most)
        return _Writer(self, sha256) if self._file else None

    def append(self, sha256: str, offset: int, data: "Bytes") -> None:
        """Appends the next bytes of the upload under way. Raises TrustError: OFFSET, LENGTH, FULL."""
        if self._file is None or sha256 != self._upload or offset != self._at:
            raise TrustError("OFFSET", "not where the upload goes on")
        if len(data) > self._end - offset:
            raise TrustError("LENGTH", "more than the file was to have")
        try:
            self._file.write(data)
            self._at += len(data)
            if self._at // limits.STORE_SYNC != offset // limits.STORE_SYNC:
                atomic.sync(self._file, self._os)
        except OSError as error:
            self.close()
            raise _refusal(error)

    def finish(self, sha256: str) -> None:
        """Checks the upload and makes it a file. Raises TrustError as `finishing` does."""
        for _ in self.finishing(sha256):
            pass

    def finishing(self, sha256: str) -> "Iterator[None]":
        """`finish` as a generator that yields now and then, for a loop that has phones to read.

        Raises TrustError: OFFSET (not this upload), LENGTH (incomplete), HASH (deleted).
        """
        path = self._path(sha256)
        if self._size(path) is not None:
            return
        if sha256 != self._upload:
            raise TrustError("OFFSET", "not the upload under way")
        self.close()
        part = path + ".part"
        if self._size(part) != self._end:
            raise TrustError("LENGTH", "upload is not complete")
        digest = hashlib.sha256()
        buffer = memoryview(bytearray(_BLOCK))
        with self._open(part, "rb") as file:
            while True:
                length = file.readinto(buffer)
                if not length:
                    break
                digest.update(buffer[:length])
                yield
        if _hex(digest.digest()) != sha256:
            self._os.remove(part)
            raise TrustError("HASH", "file is not what was promised")
        self._os.rename(part, path)

    def commit(self, version: int, time: int, names: dict[str, str]) -> None:
        """Makes the files in `names` (SHA-256 in hexadecimal by name) the release, in one step.

        Raises TrustError: MISSING (a file that was not finished), FORMAT, FULL; the old release stays.
        """
        self.close()
        for sha256 in names.values():
            if self._size(self._path(sha256)) is None:
                raise TrustError("MISSING", "a file of the release is not there")
        digests = {name: unhexlify(sha256) for name, sha256 in names.items()}
        with Unimport():
            from borne.trust.release_file import check, encoded
        check(version, time, digests)
        try:
            atomic.replace(self._release, encoded(version, time, digests), self._os, self._open)
        except OSError as error:
            raise _refusal(error)
        self.version, self.time, self._names = version, time, digests

    def want(self, files: "Collection[str]") -> None:
        """From now on, `collect` keeps `files` (SHA-256 in hexadecimal), also after a restart: verified
        targets name them. Raises TrustError: FULL."""
        with Unimport():
            from borne.trust.leavings import want
        try:
            want(self._wanted, files, self._os, self._open)
        except OSError as error:
            raise _refusal(error)

    def collect(self, more: "Collection[str]" = (), derived: bool = True) -> None:
        """Deletes the files that neither the release nor `want` nor `more` (SHA-256 in hexadecimal) names;
        without `derived`, also all derived files. Raises OSError.

        Call it when nothing reads the old release any more: littlefs gives the blocks of a deleted
        file to others even while it is open.
        """
        self.close()
        if not self._whole:
            return  # the files of the release are not known, and must stay
        with Unimport():
            from borne.trust.leavings import collect
        kept, dropped = self._names.values(), "" if derived else DERIVED
        collect(self._objects, kept, more, self._wanted, dropped, self._os, self._open)

    def close(self) -> None:
        """Ends the upload under way; its part stays, and `begin` goes on from there."""
        file, self._file, self._upload = self._file, None, None
        if file:
            try:
                file.close()
            except OSError:
                pass  # the flash was full: what was synced before is there

    def _path(self, sha256: object) -> str:
        # Names come from the link: nothing but a hash may become a path.
        if not isinstance(sha256, str) or len(sha256) != _HEX or sha256.strip("0123456789abcdef"):
            raise TrustError("FORMAT", "not a SHA-256 in hexadecimal")
        return self._objects + "/" + sha256

    def _size(self, path: str) -> int | None:
        try:
            return self._os.stat(path)[6]
        except OSError:
            return None


class _Writer:
    def __init__(self, store: ReleaseStore, sha256: str) -> None:
        self._store = store
        self._sha256 = sha256
        self._at = 0

    def write(self, data: "Bytes") -> int:
        self._store.append(self._sha256, self._at, data)
        self._at += len(data)
        return len(data)


def _bounded(file: "File", name: str, most: int) -> int:
    size = file.seek(0, 2)
    file.seek(0)
    if size > most:
        raise StoreError(name + " is too large")
    return size


def _refusal(error: OSError) -> Exception:
    return TrustError("FULL", "the flash is full") if error.errno == _ENOSPC else error


def _hex(digest: bytes) -> str:
    return hexlify(digest).decode()
