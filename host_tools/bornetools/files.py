"""Reading and writing the files that the tools are given: never over an existing one."""

import os
from pathlib import Path

from bornetools.errors import UserError

PUBLIC, PRIVATE = 0o644, 0o600
READ_MAX = 64 * 1024 * 1024


def read(path: Path | str, what: str = "file") -> bytes:
    """The bytes of `path`; `what` names it to the user. Raises UserError."""
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise UserError(f"{path}: not a file, so no {what}")
        if path.stat().st_size > READ_MAX:
            raise UserError(f"{path}: too large for a {what}")
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot read this {what}: {error.strerror}") from error


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
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def replace(path: Path | str, data: bytes, mode: int = PUBLIC) -> None:
    """Replaces `path`, which the caller owns, in one step: a reader sees the old or the new whole."""
    path = Path(path)
    aside = path.with_name(path.name + ".new")
    try:
        aside.unlink(missing_ok=True)
        write_new(aside, data, mode)
        aside.replace(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be replaced: {error.strerror}") from error
