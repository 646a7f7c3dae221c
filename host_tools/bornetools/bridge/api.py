"""The local API over HTTP and WebSocket, on 127.0.0.1 alone (docs/bridge.md)."""

import asyncio
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import WSCloseCode, hdrs, web

from bornetools.bridge import access, openapi, refusals
from bornetools.bridge.access import Access
from bornetools.bridge.address import QUEUE
from bornetools.bridge.door import AT_ONCE, Connection, Door
from bornetools.bridge.hub import Event, Feed, Hub
from bornetools.bridge.refusals import Refusal
from bornetools.bridge.say import Say

CLIENTS_MAX = 16  # WebSockets at a time
BODY_MAX = 1024  # bytes; no request needs a body
_HEARTBEAT = 15.0  # seconds: a client that is gone, or that reads nothing, is closed
_SHUTDOWN = 2.0  # seconds for a client to confirm the close

# No log: the times of requests are private, and an invalid request may contain the token.
_NO_LOG = logging.getLogger(__name__)
_NO_LOG.addHandler(logging.NullHandler())
_NO_LOG.propagate = False

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_PREFLIGHT = {
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET",
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Authorization",
    hdrs.ACCESS_CONTROL_MAX_AGE: "600",
}


class Api:
    """`hub` has the events; `say` reports failures here, in words without any content."""

    def __init__(self, hub: Hub, guard: Access, say: Say) -> None:
        self._hub = hub
        self._guard = guard
        self._say = say
        self._sockets: set[web.WebSocketResponse] = set()
        self._door: Door | None = None
        self._server: asyncio.Server | None = None
        self._handlers: dict[str, Handler] = {
            "/v1/terminal": self._terminal,
            "/v1/verdicts/last": self._last,
            "/v1/events": self._events,
            "/v1/openapi.json": self._openapi,
        }

    async def start(self, here: socket.socket) -> None:
        """Answers on `here`, a listening socket."""
        loop = asyncio.get_running_loop()
        self._door = Door(self._answer, self._say, access_log=None, logger=_NO_LOG)
        loop.set_exception_handler(self._door.loop_failed)
        self._server = await loop.create_server(self._door, sock=here, backlog=AT_ONCE)
        here.listen(QUEUE)  # asyncio has shortened the queue to AT_ONCE

    async def stop(self) -> None:
        """Closes the server and its connections."""
        if self._server:
            self._server.close()
        for client in list(self._sockets):
            await client.close(code=WSCloseCode.GOING_AWAY, message=b"borne bridge ends")
        if self._door:
            self._door.pre_shutdown()
            await self._door.shutdown(_SHUTDOWN)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers every request; every answer has the common headers."""
        cors: dict[str, str] = {}
        try:
            origin = self._guard.origin(request)
            if origin:
                cors[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            if origin and request.method == hdrs.METH_OPTIONS:
                response: web.StreamResponse = web.Response(status=204, headers=_PREFLIGHT)
            else:
                response = await self._handler(request)(request)
        except Refusal as refusal:
            response = refusal.answer()
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - its text, and a trace, could have anything in it
            self._say.trouble(
                type(error).__name__,
                f"the request failed: {type(error).__name__}: please report this",
            )
            if request.writer.output_size:  # a WebSocket's: there is no other answer any more
                raise ConnectionError from None
            response = refusals.failed().answer()
        if not response.prepared:  # a WebSocket has its headers already
            response.headers.update({**refusals.HEADERS, **cors})
            _connection(request).answers(response)
        return response

    def _handler(self, request: web.BaseRequest) -> Handler:
        """The handler of this request. Raises Refusal."""
        self._guard.authenticate(request)
        _connection(request).admit()
        if request.path not in self._handlers:
            raise refusals.no_path()
        if request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
            raise refusals.no_method()
        if hdrs.TRANSFER_ENCODING in request.headers or (request.content_length or 0) > BODY_MAX:
            raise refusals.body_too_large(BODY_MAX)
        return self._handlers[request.path]

    async def _terminal(self, request: web.BaseRequest) -> web.Response:
        return web.json_response(self._hub.terminal())

    async def _last(self, request: web.BaseRequest) -> web.Response:
        if self._hub.last is None:
            return web.Response(status=204)
        return web.json_response(self._hub.last)

    async def _openapi(self, request: web.BaseRequest) -> web.Response:
        return web.json_response(openapi.DOCUMENT)

    async def _events(self, request: web.BaseRequest) -> web.StreamResponse:
        offered = access.protocols(request.headers)
        client = web.WebSocketResponse(
            protocols=(access.PROTOCOL,),
            heartbeat=_HEARTBEAT,
            timeout=_SHUTDOWN,
            max_msg_size=BODY_MAX,
            compress=False,
        )
        # Without a common protocol, aiohttp would log the offered ones, the token among them.
        if offered and access.PROTOCOL not in offered:
            raise refusals.no_protocol(access.PROTOCOL)
        if request.method != hdrs.METH_GET or not client.can_prepare(request).ok:
            raise refusals.no_upgrade()
        if len(self._sockets) >= CLIENTS_MAX:
            raise refusals.too_many_clients(CLIENTS_MAX)
        client.headers.update(refusals.HEADERS)
        await client.prepare(request)
        _connection(request).streams()
        self._sockets.add(client)
        feed = self._hub.open()
        sender = asyncio.create_task(self._send(client, feed))
        try:
            async for _ in client:  # a client's messages mean nothing; this loop sees its close
                pass
        finally:
            sender.cancel()
            self._hub.close(feed)
            self._sockets.discard(client)
        return client

    async def _send(self, client: web.WebSocketResponse, feed: Feed) -> None:
        """Sends the terminal's state, then each event. A client that does not read delays itself alone."""
        event: Event = {"event": "hello", **self._hub.terminal()}
        while True:
            try:
                await client.send_str(json.dumps(event))
            except ConnectionError:
                return  # the reading side sees it, too, and closes
            event = await feed.get()


def _connection(request: web.BaseRequest) -> Connection:
    return cast(Connection, request.protocol)
