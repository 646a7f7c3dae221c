"""Who may ask: the token in a file of the user's own, and from which pages and by which names.

The token keeps out other users of this computer and programs without the right to read the file; the
`Origin` keeps out web pages, and `Host` those that have their own name point to this computer (DNS
rebinding). None of it is ever in a URL: these are written down in too many places.
"""

import hmac
import os
import re
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from aiohttp import web
from multidict import CIMultiDictProxy

from bornetools import files
from bornetools.errors import UserError

PROTOCOL = "borne.v1"  # of the WebSocket
_OFFERED = "borne.token."  # before the token, in a WebSocket's list of protocols
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43,128}", re.ASCII)
_ORIGIN = re.compile(
    r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?", re.ASCII
)


@dataclass(eq=False)
class Refusal(Exception):
    """`status` of HTTP, and for the error's JSON: `error`, a word; `what` happened; what to `do`."""

    status: int
    error: str
    what: str
    do: str


def token_file() -> Path:
    """Where the token is, whether there is one or not."""
    return platformdirs.user_config_path("borne", appauthor=False, roaming=True) / "bridge-token"


def token() -> str:
    """The token, made if there is none. Raises UserError for a file that others could have read."""
    path = token_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UserError(f"{path.parent}: cannot be made: {error.strerror}") from error
    if not os.path.lexists(path):
        files.write_new(path, secrets.token_urlsafe(32).encode() + b"\n", files.PRIVATE)
    found = _read_private(path).strip().decode("ascii", "replace")
    if not _TOKEN.fullmatch(found):
        raise UserError(f"{path} has no token: delete it, and a new one is made")
    return found


def _read_private(path: Path) -> bytes:
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, os.O_RDONLY | flags)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        found = os.fstat(handle)
        # On Windows the user's profile folder keeps others out, and there are no such bits.
        if os.name == "posix" and (
            not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077 or found.st_uid != os.geteuid()
        ):
            raise UserError(
                f"{path} is not yours alone, so others may know the token: delete it, and a new one is"
                " made"
            )
        return os.read(handle, 1024)
    finally:
        os.close(handle)


def checked_origins(origins: Sequence[str]) -> frozenset[str]:
    """The origins as browsers write them. Raises UserError for what is none."""
    for one in origins:
        if not _ORIGIN.fullmatch(one):
            raise UserError(
                f"{one!r} is no origin: write it as in https://software.example, without a path"
            )
    return frozenset(origins)


class Access:
    """`token` (str) is what programs have to show, `origins` those of the pages that may ask."""

    def __init__(self, token: str, origins: frozenset[str]) -> None:
        self._token = token.encode()
        self._origins = origins

    def origin(self, request: web.Request) -> str | None:
        """The page's origin, None for a program's request. Raises Refusal.

        Checks `Host`, too: this comes first, so that a page that may not ask learns nothing.
        """
        port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
        if request.headers.getall("Host", []) not in ([f"127.0.0.1:{port}"], [f"localhost:{port}"]):
            raise Refusal(
                421,
                "HOST",
                "this request names another host",
                f"ask http://127.0.0.1:{port}",
            )
        origins = request.headers.getall("Origin", [])
        if not origins:
            return None
        if len(origins) > 1 or origins[0] not in self._origins:
            raise Refusal(
                403,
                "ORIGIN",
                "pages of this origin may not ask",
                "if they are yours, start borne bridge with their origin as --origin",
            )
        return origins[0]

    def authenticate(self, request: web.Request) -> None:
        """Raises Refusal if the request does not show the token."""
        shown = _shown(request.headers)
        # Compared also if there is none, and as bytes: in the same time whatever it is.
        if not hmac.compare_digest((shown or "").encode(errors="surrogateescape"), self._token):
            raise Refusal(
                401,
                "TOKEN",
                "the token is missing" if shown is None else "this is not the token",
                "send Authorization: Bearer TOKEN (in a browser's WebSocket, the protocols"
                f" {PROTOCOL} and {_OFFERED}TOKEN) with the content of the file that borne bridge"
                " --print-token-file names",
            )


def protocols(headers: CIMultiDictProxy[str]) -> list[str]:
    """What a WebSocket's client offers to speak."""
    offered = ",".join(headers.getall("Sec-WebSocket-Protocol", [])).split(",")
    return [one.strip() for one in offered if one.strip()]


def _shown(headers: CIMultiDictProxy[str]) -> str | None:
    """The token of a request, None if there is none or more than one."""
    given = headers.getall("Authorization", [])
    shown = [one[7:].strip() for one in given if one[:7].lower() == "bearer "]
    shown += [one[len(_OFFERED) :] for one in protocols(headers) if one.startswith(_OFFERED)]
    return shown[0] if len(shown) == 1 else None
