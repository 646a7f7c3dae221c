"""Connections without the token yet: limits of their number, their time, and a request's head.

Other users of this computer and any web page can reach the port and connect. None of them can keep out
software that has the token, fill the memory or the log, or end the bridge.
"""

import asyncio
import errno
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from bornetools.bridge import refusals
from bornetools.bridge.say import Say

AT_ONCE = 32  # connections that are accepted in one round of the event loop
# Connections; then the oldest makes room. A connection that sends its head at once shows the token within
# three rounds, in which fewer than PENDING_MAX others are accepted.
PENDING_MAX = 4 * AT_ONCE
PENDING_SECONDS = 10.0
HEAD_MAX = 16 * 1024  # bytes
_IDLE_SECONDS = 30.0  # of a connection that has shown the token, between two requests
_LINGER_SECONDS = (
    1.0  # for a request's body: if the connection closes earlier, its sender may miss the answer
)
_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Connection(web.RequestHandler):
    """One connection; `admit` lets it stay."""

    def __init__(self, door: "Door", **more: Any) -> None:
        super().__init__(door, **more)
        self._door = door
        self._head = b""
        self._reading = True  # its first head
        self._too_large = False
        self._asks = False  # bytes have come since the last answer
        self._streams = False  # it is a WebSocket
        self._ended = False  # the client sends nothing more
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._timer = asyncio.get_running_loop().call_later(PENDING_SECONDS, self._late)
        self._door.enter(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.admit()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._reading:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if (len(self._head) if end < 0 else end) > HEAD_MAX:
                self._refuse()
            self._reading = end < 0 and not self._too_large
            if not self._reading:
                self._head = b""
        self._asks = not self._streams
        if not self._too_large:
            super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio asks for it, and aiohttp does not tell
        """A client that has closed its sending side is answered all the same (RFC 9112, 9.6)."""
        self._ended = True
        if self._reading and self._head and self.transport:
            self.transport.write(refusals.no_request().raw())
        return self._asks and not self._reading

    def answers(self, response: web.StreamResponse) -> None:
        """`response` is the answer, after which the client may ask again."""
        self._asks = False
        if self._ended:
            response.force_close()

    def streams(self) -> None:
        """The connection is a WebSocket from now on, and ends when one side does."""
        self._asks, self._streams = False, True

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """aiohttp's own answer: to an invalid request, or after a handler's failure."""
        self._reading, self._head = False, b""  # there is no other answer to it
        if request.writer.output_size > 0:
            raise ConnectionError("a part of another answer was sent already")
        if isinstance(exc, LineTooLong):
            return refusals.head_too_large(HEAD_MAX).answer()
        if status < 500:
            return refusals.no_request().answer()
        self._door.failed(exc)
        return refusals.failed().answer()

    def admit(self) -> None:
        """The connection has shown the token, or has ended: it no longer counts."""
        self._reading, self._head = False, b""
        self._door.leave(self)
        if self._timer:
            self._timer.cancel()

    def drop(self) -> None:
        """Closes the connection at once."""
        if self.transport:
            self.transport.abort()

    def _late(self) -> None:
        if self._reading and self._head and not self._too_large and self.transport:
            self.transport.write(refusals.head_too_slow(PENDING_SECONDS).raw())
            self.transport.close()
        else:
            self.drop()

    def _refuse(self) -> None:
        """Answers, and reads the rest: after an earlier close the client would never see the answer."""
        self._too_large = True
        if self.transport:
            self.transport.write(refusals.head_too_large(HEAD_MAX).raw())
            self.transport.write_eof()


class Door(web.Server):
    """Makes the connections; `handler` answers them. `say` is told of troubles, once for each kind."""

    def __init__(self, handler: Any, say: Say, **more: Any) -> None:
        super().__init__(
            handler,
            keepalive_timeout=_IDLE_SECONDS,
            lingering_time=_LINGER_SECONDS,
            max_line_size=HEAD_MAX,
            max_field_size=HEAD_MAX,
            **more,
        )
        self._say = say
        self._pending: dict[Connection, None] = {}  # the oldest first

    def __call__(self) -> Connection:
        return Connection(self, loop=asyncio.get_running_loop(), **self._kwargs)

    def enter(self, connection: Connection) -> None:
        self._pending[connection] = None
        if len(self._pending) > PENDING_MAX:
            oldest = next(iter(self._pending))
            del self._pending[oldest]
            oldest.drop()
            self._say.trouble(
                "pending",
                f"more than {PENDING_MAX} connections have not shown the token: the oldest are closed",
            )

    def leave(self, connection: Connection) -> None:
        self._pending.pop(connection, None)

    def failed(self, error: BaseException | None) -> None:
        """Reports the error by its class alone: its text, and a trace, could contain anything."""
        name = type(error).__name__
        self._say.trouble(name, f"the request failed: {name}: please report this")

    def loop_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The loop's handler of unhandled exceptions, among them those of accept, after which asyncio waits
        for a second and goes on."""
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _OUT_OF_FILES:
            for connection in list(self._pending)[: (len(self._pending) + 1) // 2]:
                connection.drop()
            self._say.trouble(
                "files",
                "too many files are open: of the connections that have not shown the token, the oldest"
                " are closed",
            )
        else:
            self.failed(error)
