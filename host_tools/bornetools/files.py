"""Reading and writing the files given to the tools: existing ones are not overwritten."""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from bornetools.errors import UserError

PUBLIC, PRIVATE = 0o644, 0o600
READ_MAX = 64 * 1024 * 1024
NOT_FOLLOWED = getattr(os, "O_NOFOLLOW", 0)  # flag of os.open: symbolic links are refused
# O_NONBLOCK: a pipe without a writer is not waited for; Windows has no such pipes. O_BINARY: Windows tells
# text files from binary ones.
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_JUNCTION = 0xA0000003  # Windows's link to a folder


def read(path: Path | str, what: str = "file") -> bytes:
    """The bytes of `path`; `what` names it to the user. Raises UserError."""
    try:
        return _read(Path(path), READ_MAX, what)
    except OSError as error:
        raise UserError(f"{path}: cannot read this {what}: {error.strerror}") from error


def read_below(folder: Path | str, name: str, most: int, what: str = "file") -> bytes | None:
    """The bytes of the file `name` ("a/b") below `folder`; None if there is none. Raises UserError.

    The folder is untrusted, such as a USB stick: no name or link leads outside of it, and never more than
    `most` bytes are read.
    """
    path = Path(folder)
    try:
        for part in name.split("/"):
            if part in ("", ".", "..") or any(one in part for one in "\\:\0"):
                raise UserError(f"{folder}: {name!a} is no name of a {what}")
            path = path / part
            found = os.lstat(path)
            if stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) == _JUNCTION:
                raise UserError(f"{path}: a link to somewhere else, so no {what}")
        return _read(path, most, what, NOT_FOLLOWED)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:  # a stick that was pulled out, a folder without permission
        raise UserError(f"{path}: cannot read this {what}: {error.strerror}") from error


def _read(path: Path, most: int, what: str, flags: int = 0) -> bytes:
    """Raises UserError, OSError."""
    handle = os.open(path, _READ | flags)
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise UserError(f"{path}: not a file, so no {what}")
    with os.fdopen(handle, "rb") as file:
        data = file.read(most + 1) if found.st_size <= most else b""
    if max(len(data), found.st_size) > most:
        raise UserError(f"{path}: too large for a {what}: larger than it may be")
    return data


def read_binary_or_hex(path: Path | str, what: str = "file") -> bytes:
    """The bytes of `path`, decoded if the file is hexadecimal text. Raises UserError."""
    data = read(path, what)
    if not data.strip():
        raise UserError(f"{path}: this {what} is empty")
    try:
        return bytes.fromhex(data.decode("ascii"))
    except ValueError:
        return data


def write_new(path: Path | str, data: bytes, mode: int = PUBLIC) -> None:
    """Writes `data` to a file that must not exist yet. Raises UserError and leaves nothing behind."""
    path = Path(path)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise UserError(f"{path} exists already: nothing was overwritten") from None
    except OSError as error:
        raise UserError(f"{path}: cannot write: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise UserError(f"{path}: cannot write: {error.strerror}") from error


def replace(path: Path | str, data: bytes, mode: int = PUBLIC) -> None:
    """Replaces `path`, which the caller owns, in one step: a reader sees the old or the new whole."""
    path = Path(path)
    aside = path.with_name(f".borne-{secrets.token_hex(8)}")  # a name of no other file
    write_new(aside, data, mode)
    try:
        aside.replace(path)
    except OSError as error:
        aside.unlink()
        raise UserError(f"{path}: cannot be replaced: {error.strerror}") from error
