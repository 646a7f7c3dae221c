"""`borne simulator`: the emulated terminal as a web page."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from typing import Any

import click

from bornetools.command_options import lang_option
from bornetools.simulator.server import Server
from bornetools.simulator.session import Session

PORT = 8532


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@lang_option("The language it starts in.")
@click.option("--no-browser", is_flag=True, help="Print the page's address, and open nothing.")
def command(port: int, language: str, no_browser: bool) -> None:
    """The emulated terminal as a web page, on this computer alone: phones to tap, trust data to publish,
    carry and let grow old, and each byte on the bus explained. Ctrl-C ends it.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(port, language, no_browser))


@contextlib.asynccontextmanager
async def simulator(port: int, language: str, **more: Any) -> AsyncIterator[tuple[str, Session]]:
    """Runs a simulator meanwhile. Yields its page's URL, and the Session, made with the arguments `more`."""
    with tempfile.TemporaryDirectory(prefix="borne-simulator-") as folder:
        server = Server()
        # Not in a thread, which would go on after a cancellation: no browser is served yet.
        with Session(folder, language, server.tell, **more) as session:
            async with server.serving(session, port) as url:
                yield url, session


async def _run(port: int, language: str, no_browser: bool) -> None:
    ended = asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows; bornetools/bridge/command.py says why
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with simulator(port, language) as (url, _):
        click.echo(f"the simulator: {url}   (Ctrl-C ends it)")
        if not no_browser and _graphical():
            await asyncio.to_thread(webbrowser.open, url)
        await ended.wait()


def _graphical() -> bool:
    """Whether there is a screen for a browser: a text browser would take the console."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform == "darwin" or any(os.environ.get(name) for name in screens)
