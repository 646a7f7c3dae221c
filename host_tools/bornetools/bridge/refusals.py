"""The API's refusals: always JSON, whichever part of the server refuses."""

import json
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import hdrs, web

# Headers of each answer: no cache keeps it, no page of another origin embeds it, nothing names the server.
HEADERS = {
    hdrs.CACHE_CONTROL: "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    hdrs.VARY: hdrs.ORIGIN,
    hdrs.SERVER: "borne",
}
JSON = "application/json; charset=utf-8"


@dataclass(eq=False)
class Refusal(Exception):
    """`status` of HTTP, and for the error's JSON: `error`, a word; `what` happened; what to `do`."""

    status: int
    error: str
    what: str
    do: str

    def answer(self) -> web.Response:
        """The response. Nothing more is read from a client that shows no token, or sends too much."""
        response = web.Response(
            status=self.status, body=self._body(), headers={**HEADERS, **self._headers()}
        )
        if self.status in _LAST:
            response.force_close()
        return response

    def raw(self) -> bytes:
        """The response as bytes, for a connection whose request is not read to its end."""
        body = self._body()
        headers = {**HEADERS, **self._headers(), "Content-Length": str(len(body))}
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body

    def _body(self) -> bytes:
        return json.dumps({"error": self.error, "what": self.what, "do": self.do}).encode()

    def _headers(self) -> dict[str, str]:
        return {hdrs.CONTENT_TYPE: JSON, **_MORE.get(self.status, {})}


# Statuses after which the connection is closed.
_LAST = (400, 401, 403, 408, 413, 421, 431, 500)
# Headers that HTTP requires with a status.
_MORE: dict[int, dict[str, str]] = {
    401: {hdrs.WWW_AUTHENTICATE: "Bearer"},
    405: {hdrs.ALLOW: "GET, HEAD"},
    426: {hdrs.UPGRADE: "websocket", hdrs.SEC_WEBSOCKET_VERSION: "13"},
}
_SEE = "see docs/bridge.md, or GET /v1/openapi.json"


def failed() -> Refusal:
    return Refusal(
        500, "INTERNAL", "borne bridge failed", "try again; if it stays, report what it wrote"
    )


def no_request() -> Refusal:
    return Refusal(400, "REQUEST", "this is no request that HTTP allows", _SEE)


def head_too_large(most: int) -> Refusal:
    return Refusal(
        431, "HEAD", f"the request's head has more than {most} bytes", "send fewer headers"
    )


def head_too_slow(seconds: float) -> Refusal:
    return Refusal(
        408,
        "TIME",
        f"the request's head did not come within {seconds:g} seconds",
        "send it at once, when there is something to ask",
    )


def body_too_large(most: int) -> Refusal:
    return Refusal(
        413,
        "BODY",
        f"the request has a body of more than {most} bytes, or of an unknown length",
        "send none: nothing is read from it",
    )


def no_path() -> Refusal:
    return Refusal(404, "PATH", "there is nothing of this name", _SEE)


def no_method() -> Refusal:
    return Refusal(405, "METHOD", "there is nothing to be done but GET", _SEE)


def no_upgrade() -> Refusal:
    return Refusal(
        426, "UPGRADE", "this is a WebSocket", "connect to it with a WebSocket client, version 13"
    )


def no_protocol(known: str) -> Refusal:
    return Refusal(
        400, "PROTOCOL", "none of these WebSocket protocols is known", f"offer {known}, or none"
    )


def too_many_clients(most: int) -> Refusal:
    return Refusal(
        503, "CLIENTS", f"{most} WebSockets are open already", "close those that are not needed"
    )
