"""Access control: by the token, by the page's `Origin`, and by `Host`.

The token keeps out other users of this computer and programs without the right to read its file; the `Origin`
keeps out web pages, and the `Host` pages whose own name points to this computer (DNS rebinding). The token is
never in a URL: URLs are written down in too many places.
"""

import hmac
import re
from collections.abc import Sequence

from aiohttp import web
from multidict import CIMultiDictProxy

from bornetools.bridge import address
from bornetools.bridge.refusals import Refusal
from bornetools.errors import UserError

PROTOCOL = "borne.v1"  # of the WebSocket
_OFFERED = "borne.token."  # before the token, in a WebSocket's list of protocols
_ORIGIN = re.compile(
    r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?", re.ASCII
)


def checked_origins(origins: Sequence[str]) -> frozenset[str]:
    """The origins as browsers write them. Raises UserError if one is no origin."""
    for one in origins:
        if not _ORIGIN.fullmatch(one):
            raise UserError(
                f"{one!r} is no origin: write it as in https://software.example, without a path"
            )
    return frozenset(origins)


class Access:
    """`token` (str): the secret that programs have to show; `origins`: those of the pages that may ask."""

    def __init__(self, token: str, origins: frozenset[str]) -> None:
        self._token = token.encode()
        self._origins = origins

    def origin(self, request: web.BaseRequest) -> str | None:
        """The page's origin, None for a program's request. Raises Refusal.

        Checks `Host`, too. To be called before `authenticate`: a page that may not ask then learns nothing.
        """
        port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
        names = address.names(port)
        if request.headers.getall("Host", []) not in [[name] for name in names]:
            raise Refusal(421, "HOST", "this request names another host", f"ask http://{names[0]}")
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

    def authenticate(self, request: web.BaseRequest) -> None:
        """Raises Refusal if the request does not show the token."""
        shown = _shown(request.headers)
        # Compared even without a token, and as bytes: in the same time for any value.
        if not hmac.compare_digest((shown or "").encode(errors="surrogateescape"), self._token):
            raise Refusal(
                401,
                "TOKEN",
                "the token is missing" if shown is None else "this is not the token",
                "send Authorization: Bearer TOKEN (in a browser's WebSocket, the protocols"
                f" {PROTOCOL} and {_OFFERED}TOKEN) with the content of the file that borne bridge"
                " --print-token-file names, read anew: each bridge has another token",
            )


def protocols(headers: CIMultiDictProxy[str]) -> list[str]:
    """The protocols that a WebSocket's client offers."""
    offered = ",".join(headers.getall("Sec-WebSocket-Protocol", [])).split(",")
    return [one.strip() for one in offered if one.strip()]


def _shown(headers: CIMultiDictProxy[str]) -> str | None:
    """The token of a request, None if there is none or more than one."""
    given = headers.getall("Authorization", [])
    shown = [one[7:].strip() for one in given if one[:7].lower() == "bearer "]
    shown += [one[len(_OFFERED) :] for one in protocols(headers) if one.startswith(_OFFERED)]
    return shown[0] if len(shown) == 1 else None
