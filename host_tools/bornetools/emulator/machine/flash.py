"""A board's flash under littlefs: every write is recorded, so that power can fail at any of them.

The geometry is that of MicroPython's VfsLfs2 on a chip with sectors of 4 KiB.
"""

import contextlib
import errno
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from littlefs import FileHandle, LittleFS, LittleFSError, UserContext, lfs

BLOCK_SIZE = 4096
_UNIT = 32  # bytes: smallest read and write
_CACHE = 4 * _UNIT


CUTS = ("before", "torn", "garbled")  # halfway through it; halfway, with garbage at the torn edge


@dataclass(frozen=True)
class Write:
    """A write of `data` at the offset `start`: programmed bytes, or a block of 0xFF that was erased."""

    start: int
    data: bytes

    def onto(self, image: bytearray) -> None:
        """Applies the write to `image` (bytearray)."""
        image[self.start : self.start + len(self.data)] = self.data

    def cut(self, image: bytes | bytearray, when: str) -> bytearray:
        """The content (bytearray) of the flash that was `image` if power fails at `when`, one of CUTS."""
        image = bytearray(image)
        half = len(self.data) // 2
        if when != "before":
            Write(self.start, self.data[:half]).onto(image)
        if when == "garbled":
            image[self.start + half] ^= 0x5A
        return image


class Flash(UserContext):
    """`blocks` erased blocks, or a copy of `image`. `writes` has every Write so far."""

    def __init__(self, blocks: int = 0, image: bytes | bytearray | None = None) -> None:
        super().__init__(buffer=bytearray(image or b"\xff" * (blocks * BLOCK_SIZE)))
        self.writes: list[Write] = []

    def read(self, cfg: Any, block: int, off: int, size: int) -> bytearray:
        start = block * BLOCK_SIZE + off
        return self.buffer[start : start + size]

    def prog(self, cfg: Any, block: int, off: int, data: bytes) -> int:
        self._write(Write(block * BLOCK_SIZE + off, bytes(data)))
        return 0

    def erase(self, cfg: Any, block: int) -> int:
        self._write(Write(block * BLOCK_SIZE, b"\xff" * BLOCK_SIZE))
        return 0

    def _write(self, write: Write) -> None:
        write.onto(self.buffer)
        self.writes.append(write)


class Files:
    """The littlefs on a Flash, with the functions of `os` and `open` that the firmware uses.

    Raises OSError, as those do.
    """

    def __init__(self, flash: Flash, new: bool = False) -> None:
        """Formats the flash if `new`. Raises OSError if there is no whole file system on it."""
        self._littlefs = LittleFS(
            context=flash,
            mount=False,
            block_size=BLOCK_SIZE,
            block_count=len(flash.buffer) // BLOCK_SIZE,
            read_size=_UNIT,
            prog_size=_UNIT,
            cache_size=_CACHE,
            lookahead_size=_UNIT,
            block_cycles=100,
        )
        with _os_errors():
            if new:
                self._littlefs.format()
            self._littlefs.mount()

    def open(self, path: str, mode: str) -> Any:
        fs = self._littlefs.fs
        with _os_errors():
            try:
                file = _file(fs, path, mode)
                # Without a buffer, lines are read byte by byte. MicroPython uses littlefs's own buffer.
                return io.BufferedReader(file, _CACHE) if mode == "rb" else file
            except LittleFSError as error:
                if mode != "ab" or error.code != LittleFSError.Error.LFS_ERR_NOENT:
                    raise
                # Everywhere else, mode "a" creates a missing file.
                return _file(fs, path, "wb")

    def stat(self, path: str) -> tuple[int, ...]:
        with _os_errors():
            return (0,) * 6 + (self._littlefs.stat(path).size,) + (0,) * 3

    def statvfs(self, path: str) -> tuple[int, ...]:
        free = self._littlefs.block_count - self._littlefs.used_block_count
        return (BLOCK_SIZE, BLOCK_SIZE, self._littlefs.block_count, free, free, 0, 0, 0, 0, 255)

    def listdir(self, path: str) -> list[str]:
        with _os_errors():
            return self._littlefs.listdir(path)

    def mkdir(self, path: str) -> None:
        with _os_errors():
            self._littlefs.mkdir(path)

    def remove(self, path: str) -> None:
        with _os_errors():
            self._littlefs.remove(path)

    def rename(self, old: str, new: str) -> None:
        with _os_errors():
            self._littlefs.rename(old, new)


class _File(FileHandle):
    def write(self, data: Any) -> int:
        with _os_errors():
            written: int = super().write(data)  # type: ignore[no-untyped-call]  # littlefs-python's
        return written

    def flush(self) -> None:
        with _os_errors():
            super().flush()  # type: ignore[no-untyped-call]  # littlefs-python's

    def close(self) -> None:
        try:
            with _os_errors():
                super().close()  # type: ignore[no-untyped-call]  # littlefs-python's
        finally:
            # A file that could not be written is closed too: littlefs must not be asked again.
            setattr(self, "__IOBase_closed", True)


def _file(fs: Any, path: str, mode: str) -> _File:
    return _File(fs, lfs.file_open(fs, path, mode))  # type: ignore[no-untyped-call]  # littlefs-python's


@contextlib.contextmanager
def _os_errors() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise OSError(errno.ENOENT, "no such file") from error
    except LittleFSError as error:
        raise OSError(-error.code, error.name) from error
