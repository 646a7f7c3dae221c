"""Folders made by a tool, and possibly shared by two of its runs."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bornetools.errors import UserError


def create(path: str | Path, mode: int = 0o755) -> Path:
    """Makes the folder `path`, which must be absent or empty. Raises UserError."""
    path = Path(path)
    try:
        path.mkdir(mode, parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise UserError(f"{path} is not empty: nothing was overwritten")
    except OSError as error:
        raise UserError(f"{path}: cannot make this folder: {error.strerror}") from error
    return path


@contextmanager
def locked(path: str | Path) -> Iterator[None]:
    """Holds an exclusive advisory lock (flock) on the folder `path` within the context."""
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
