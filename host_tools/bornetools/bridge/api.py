"""The local API over HTTP and WebSocket, on 127.0.0.1 alone (docs/bridge.md)."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSCloseCode, hdrs, web

from bornetools.bridge import access, openapi
from bornetools.bridge.access import Access, Refusal
from bornetools.bridge.hub import Hub
from bornetools.errors import UserError

ADDRESS = "127.0.0.1"  # never another one: what is said here is for this computer
PORT = 8737
CLIENTS_MAX = 16  # WebSockets at a time
_REQUEST_MAX = 1024  # bytes; nobody has anything to send
_HEARTBEAT = 15.0  # seconds: a client that is gone, or that reads nothing, is closed
_SHUTDOWN = 2.0  # seconds for a client to agree that it is over

_NO_LOG = logging.getLogger(__name__)
_NO_LOG.addHandler(logging.NullHandler())
_NO_LOG.propagate = False

Say = Callable[[str], None]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    hdrs.CACHE_CONTROL: "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    hdrs.VARY: hdrs.ORIGIN,
}
_PREFLIGHT = {
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET",
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Authorization",
    hdrs.ACCESS_CONTROL_MAX_AGE: "600",
}


class Api:
    """`hub` has the events; `say` is told what went wrong here, in words without any content."""

    def __init__(self, hub: Hub, guard: Access, say: Say) -> None:
        self._hub = hub
        self._guard = guard
        self._say = say
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> int:
        """Listens on `port`, 0: any. Returns its number. Raises UserError."""
        app = web.Application(middlewares=[self._middleware], client_max_size=_REQUEST_MAX)
        app.router.add_get("/v1/terminal", self._terminal)
        app.router.add_get("/v1/verdicts/last", self._last)
        app.router.add_get("/v1/events", self._events)
        app.router.add_get("/v1/openapi.json", self._openapi)
        app.on_response_prepare.append(_add_headers)
        app.on_shutdown.append(self._close_sockets)
        # No log: who asked when is nobody's business, and a request that is none may have the token in it.
        self._runner = web.AppRunner(
            app, access_log=None, logger=_NO_LOG, shutdown_timeout=_SHUTDOWN
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, ADDRESS, port).start()
        except OSError as error:
            await self.stop()
            raise UserError(
                f"{ADDRESS}:{port}: cannot listen there, another program does: end that, or choose"
                " another port with --http PORT"
            ) from error
        bound: int = self._runner.addresses[0][1]
        return bound

    async def stop(self) -> None:
        """Closes everything."""
        if self._runner:
            await self._runner.cleanup()

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            origin = self._guard.origin(request)
            if origin:
                request["cors"] = {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin}
                if request.method == hdrs.METH_OPTIONS:
                    return web.Response(status=204, headers=_PREFLIGHT)
            self._guard.authenticate(request)
            return await handler(request)
        except Refusal as refusal:
            return _error(refusal)
        except web.HTTPException as error:
            return _error(Refusal(*_HTTP.get(error.status, _FAILED)))
        except Exception as error:  # noqa: BLE001 - its text, and a trace, could have anything in it
            self._say(f"the request failed: {type(error).__name__}: please report this")
            return _error(Refusal(*_FAILED))

    async def _terminal(self, request: web.Request) -> web.Response:
        return web.json_response(self._hub.terminal())

    async def _last(self, request: web.Request) -> web.Response:
        if self._hub.last is None:
            return web.Response(status=204)
        return web.json_response(self._hub.last)

    async def _openapi(self, request: web.Request) -> web.Response:
        return web.json_response(openapi.DOCUMENT)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        offered = access.protocols(request.headers)
        socket = web.WebSocketResponse(
            protocols=(access.PROTOCOL,),
            heartbeat=_HEARTBEAT,
            timeout=_SHUTDOWN,
            max_msg_size=_REQUEST_MAX,
            compress=False,
        )
        # Without a common one aiohttp would write what was offered, the token among it, to its log.
        if offered and access.PROTOCOL not in offered:
            raise Refusal(*_NO_PROTOCOL)
        if not socket.can_prepare(request).ok:
            raise Refusal(*_NO_SOCKET)
        if len(self._sockets) >= CLIENTS_MAX:
            raise Refusal(*_FULL)
        await socket.prepare(request)
        self._sockets.add(socket)
        feed = self._hub.open()
        sender = asyncio.create_task(self._send(socket, feed))
        try:
            async for _ in socket:  # what a client says means nothing; this sees it close
                pass
        finally:
            sender.cancel()
            self._hub.close(feed)
            self._sockets.discard(socket)
        return socket

    async def _send(self, socket: web.WebSocketResponse, feed: Any) -> None:
        """Sends what is so, then each event. Waits while the client does not read: for it alone."""
        event = {"event": "hello", **self._hub.terminal()}
        while True:
            try:
                await socket.send_str(json.dumps(event))
            except ConnectionError:
                return  # the reading side sees it, too, and closes
            event = await feed.get()

    async def _close_sockets(self, app: web.Application) -> None:
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"borne bridge ends")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update({**_HEADERS, **request.get("cors", {})})
    response.headers.popall(hdrs.SERVER, None)


def _error(refusal: Refusal) -> web.Response:
    body = {"error": refusal.error, "what": refusal.what, "do": refusal.do}
    response = web.json_response(body, status=refusal.status)
    if refusal.status == 401:
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    return response


_SEE = "see docs/bridge.md, or GET /v1/openapi.json"
# Arguments of Refusal.
_FAILED = (500, "INTERNAL", "borne bridge failed", "try again; if it stays, report what it wrote")
_HTTP = {
    400: (400, "REQUEST", "this is no request that HTTP allows", _SEE),
    404: (404, "PATH", "there is nothing of this name", _SEE),
    405: (405, "METHOD", "there is nothing to be done but GET", _SEE),
}
_NO_SOCKET = (426, "UPGRADE", "this is a WebSocket", "connect to it with a WebSocket client")
_NO_PROTOCOL = (
    400,
    "PROTOCOL",
    "none of these WebSocket protocols is known",
    f"offer {access.PROTOCOL}, or none",
)
_FULL = (
    503,
    "CLIENTS",
    f"{CLIENTS_MAX} WebSockets are open already",
    "close those that are not needed",
)
