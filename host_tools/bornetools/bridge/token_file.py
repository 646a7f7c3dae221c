"""The file with the token: it exists while a bridge that has its port runs, and no longer.

Software that finds no file knows that no bridge listens, and sends nothing. A program of another user that
has taken the port is then shown, at most, the token of a bridge that has ended, which opens nothing.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from bornetools import files
from bornetools.errors import UserError

_NAME = "bridge-token-"  # and the port: only one program has a port, and so its file


def path(port: int) -> Path:
    """The path of the token file for the bridge on `port`, whether or not it exists."""
    return _folder() / f"{_NAME}{port}"


def found(usual: int) -> Path:
    """The path for the running bridge; for the port `usual` if none runs. Raises UserError if several do."""
    there = sorted(_folder().glob(f"{_NAME}[0-9]*"))
    if len(there) > 1:
        ports = ", ".join(one.name.removeprefix(_NAME) for one in there)
        raise UserError(f"there are tokens for several ports, name one by --http PORT: {ports}")
    return there[0] if there else path(usual)


@contextmanager
def held(port: int) -> Iterator[str]:
    """A new token, in its file meanwhile. The caller listens on `port` already. Raises UserError.

    A file that a killed bridge has left is replaced, whatever its kind and permissions.
    """
    where = path(port)
    try:
        where.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UserError(f"{where.parent}: cannot be made: {error.strerror}") from error
    token = secrets.token_urlsafe(32)
    try:
        files.replace(where, token.encode() + b"\n", files.PRIVATE)
        yield token
    finally:
        with suppress(OSError):  # gone, or a folder: then there was no token
            where.unlink()


def _folder() -> Path:
    return platformdirs.user_config_path("borne", appauthor=False, roaming=True)
