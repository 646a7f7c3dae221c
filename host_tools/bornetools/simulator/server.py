"""The page's server: for this computer's browser alone, at 127.0.0.1.

A page of another site can send a browser here, or have its own name point here (DNS rebinding). So the
Host has to be this server's, and a WebSocket's Origin too.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler

from bornetools.errors import UserError
from bornetools.languages import LANGUAGES, in_each, texts
from bornetools.simulator.session import Session

HOST = "127.0.0.1"
_PAGE = Path(__file__).with_name("page")
_MESSAGE_MAX = 4096
_WAITING_MAX = 2000  # messages that wait for a slow browser: then it has to reconnect
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Server:
    """Serves the page of a session whose `tell` is this server's."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._browsers: set[asyncio.Queue[dict[str, Any] | None]] = set()
        self._session: Session | None = None

    def tell(self, message: dict[str, Any]) -> None:
        """Sends a message to each browser. From any thread."""
        with suppress(RuntimeError):  # the loop has ended, and the session is about to
            self._loop.call_soon_threadsafe(self._spread, message)

    @asynccontextmanager
    async def serving(self, session: Session, port: int) -> AsyncIterator[str]:
        """Yields the page's URL, and serves it meanwhile. `port` 0 takes a free one. Raises UserError."""
        self._session = session
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/", self._index)
        app.router.add_get("/live", self._live)
        app.router.add_get("/page/languages.json", self._languages)
        for language in LANGUAGES:
            app.router.add_get(f"/page/{language}.json", partial(self._words, language))
        app.router.add_static("/page", _PAGE)
        app.on_response_prepare.append(_harden)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, port)
            try:
                await site.start()
            except (OSError, OverflowError) as error:
                raise UserError(f"cannot serve at {HOST}, port {port}: {error}") from error
            self._authority = f"{HOST}:{runner.addresses[0][1]}"
            yield f"http://{self._authority}/"
        finally:
            for browser in list(self._browsers):
                _put(browser, None)
            await runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        own = f"http://{self._authority}"
        if request.host != self._authority or request.headers.get("Origin", own) != own:
            raise web.HTTPForbidden(text="this page is for this computer's browser alone\n")
        return await handler(request)

    async def _index(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(_PAGE / "index.html")

    async def _languages(self, _: web.Request) -> web.Response:
        return web.json_response(in_each("name"))

    async def _words(self, language: str, _: web.Request) -> web.Response:
        return web.json_response(texts(language)["page"])

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        """The page's WebSocket: requests of Session.do in, messages of the session out."""
        assert self._session  # noqa: S101 - `serving` has set it
        socket = web.WebSocketResponse(max_msg_size=_MESSAGE_MAX, heartbeat=30)
        await socket.prepare(request)
        browser: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(_WAITING_MAX)
        for message in self._session.snapshot():
            browser.put_nowait(message)
        self._browsers.add(browser)
        sender = asyncio.create_task(_send(socket, browser))
        try:
            async for asked in socket:
                if asked.type is WSMsgType.TEXT:
                    await asyncio.to_thread(self._session.do, _decode(asked.data))
        finally:
            self._browsers.discard(browser)
            sender.cancel()
        return socket

    def _spread(self, message: dict[str, Any]) -> None:
        for browser in list(self._browsers):
            if browser.full():
                self._browsers.discard(browser)
                while not browser.empty():
                    browser.get_nowait()
                _put(browser, None)
            else:
                browser.put_nowait(message)


async def _send(socket: web.WebSocketResponse, browser: asyncio.Queue[Any]) -> None:
    with suppress(ConnectionError):
        while (message := await browser.get()) is not None:
            await socket.send_json(message)
        await socket.close()


def _put(browser: asyncio.Queue[Any], message: dict[str, Any] | None) -> None:
    with suppress(asyncio.QueueFull):
        browser.put_nowait(message)


def _decode(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


async def _harden(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
