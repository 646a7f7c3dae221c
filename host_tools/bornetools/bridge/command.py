"""`borne bridge`: forwards each verdict as it happens to software on this computer."""

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import click

from bornetools.bridge import access, address, api, token_file
from bornetools.bridge.hub import Event, Hub
from bornetools.bridge.keyboard import CannotType, Keyboard
from bornetools.bridge.say import Say
from bornetools.bridge.system_keyboard import system_keyboard
from bornetools.bridge.template import FIELDS, KEYS, Template
from bornetools.bridge.watcher import Tell, Watcher
from bornetools.command_options import port_option
from bornetools.errors import UserError
from bornetools.languages import COMMAND_LINE
from bornetools.link import ports

_END = 3.0  # seconds to end the subscription at the terminal

EXAMPLES = f"""\b
Examples:
  borne bridge --http
  borne bridge --http 9000 --origin https://software.example --identity
  borne bridge --jsonl | my-software
  borne bridge --type "{{code}};{{severity}}{{tab}}"
  borne bridge --http --type "{{nir}}{{enter}}" --identity

Fields of a template: {", ".join(FIELDS)}; keys: {", ".join(KEYS)}; with --identity family, given,
birth_date, nir, rank, until, delegate, name_from.
"""


@click.command(epilog=EXAMPLES)
@port_option
@click.option(
    "--http",
    is_flag=False,
    flag_value=address.PORT,
    type=click.IntRange(0, 65535),
    metavar="[PORT]",
    help=f"HTTP and WebSocket on {address.ADDRESS}, at this port [default: {address.PORT}; 0: any].",
)
@click.option(
    "--origin",
    "origins",
    multiple=True,
    help="Web pages from there may use --http: https://host[:port]; repeatable [default: none].",
)
@click.option("--jsonl", is_flag=True, help="Each event as a line of JSON on stdout.")
@click.option(
    "--type", "template", metavar="TEMPLATE", help="Type each verdict as a keyboard would."
)
@click.option(
    "--identity",
    is_flag=True,
    help="Ask the terminal who holders are: its policy has to allow that, too.",
)
@click.option(
    "--print-token-file",
    "where",
    is_flag=True,
    help="Print the name of the file with the token, which is there while --http is, and end.",
)
def command(
    named: str | None,
    http: int | None,
    origins: tuple[str, ...],
    jsonl: bool,
    template: str | None,
    identity: bool,
    where: bool,
) -> None:
    """Forward each verdict as it happens to software on this computer.

    Waits for the terminal, and finds it again when it is unplugged and plugged in, at another port as
    well. While it runs no other command can use the terminal's port: end it to sync on this computer.
    """
    if where:
        click.echo(token_file.path(http) if http else token_file.found(address.PORT))
        return
    if http is None and not jsonl and template is None:
        raise UserError("forward to where? --http, --jsonl or --type")
    if origins and http is None:
        raise UserError("--origin is for --http")
    pages = access.checked_origins(origins)
    typed = Template(template, identity) if template is not None else None
    if named is None and len(ports.candidates()) > 1:
        ports.the_port(None)  # raises UserError, which names them
    keyboard = system_keyboard() if typed else None
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(_Bridge(named, identity).run(http, pages, jsonl, typed, keyboard))
    finally:
        if keyboard:
            keyboard.close()


class _Bridge:
    def __init__(self, named: str | None, identity: bool) -> None:
        self._named = named
        self._identity = identity
        self._hub = Hub()
        self._say = Say()

    async def run(
        self,
        http: int | None,
        pages: frozenset[str],
        jsonl: bool,
        typed: Template | None,
        keyboard: Keyboard | None,
    ) -> None:
        """Runs until a signal to end, or until an output has ended."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        # The loop's own handler wakes the loop up: otherwise a signal that comes just before the loop waits
        # would be seen only at the next event.
        with suppress(NotImplementedError, AttributeError):  # Windows
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, ended.set)
        outputs = [asyncio.create_task(_wait(ended))]
        if jsonl:
            outputs.append(asyncio.create_task(self._each(_write_line)))
        if typed and keyboard:
            outputs.append(
                asyncio.create_task(self._each(partial(_type, typed, keyboard, self._say)))
            )
        watcher = Watcher(self._named, self._identity, self._teller(loop), self._say)
        try:
            async with self._served(http, pages):
                watcher.start()
                done, _ = await asyncio.wait(outputs, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            watcher.stop()
            if watcher.is_alive():
                await asyncio.to_thread(watcher.join, _END)

    @asynccontextmanager
    async def _served(self, http: int | None, pages: frozenset[str]) -> AsyncIterator[None]:
        """Serves the API meanwhile; its token exists only while it has the port."""
        if http is None:
            yield
            return
        with address.listening(http) as here:
            port = here.getsockname()[1]
            served = None
            try:
                with token_file.held(port) as token:
                    served = api.Api(self._hub, access.Access(token, pages), self._say)
                    await served.start(here)
                    self._say(
                        f"http://{address.ADDRESS}:{port}/v1, token in {token_file.path(port)}"
                    )
                    yield
            finally:
                if served:
                    await served.stop()

    def _teller(self, loop: asyncio.AbstractEventLoop) -> Tell:
        def tell(event: Event, hello: dict[str, Any] | None) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._take, event, hello)

        return tell

    def _take(self, event: Event, hello: dict[str, Any] | None) -> None:
        self._hub.take(event, hello)
        # Facts that the technician needs; never a terminal's message about a tap.
        if hello:
            self._say(f"{hello['terminal']} is connected at {event['port']}")
            if self._identity and not event["identity"]:
                self._say(
                    "--identity: this terminal's policy does not allow it (borne publish policy set"
                    " --identity-to-software)"
                )
        elif event["event"] == "disconnected":
            title, action = (event[part][COMMAND_LINE] for part in ("title", "action"))
            self._say(f"no terminal: {title}: {action}; waiting for it")

    async def _each(self, forward: Callable[[Event], None]) -> None:
        """Hands each event to `forward`, in a thread: a slow output delays nothing else."""
        feed = self._hub.open()
        while True:
            event = await feed.get()
            await _in_thread(partial(forward, event))


def _write_line(event: Event) -> None:
    try:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()
    except OSError:
        # The rest of the buffer is flushed at the end, which must not fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UserError("whoever read the lines of JSON has gone") from None


def _type(template: Template, keyboard: Keyboard, say: Say, event: Event) -> None:
    """Types a whole verdict, or says why not, without the text that was to be typed."""
    if event["event"] != "verdict":
        return
    try:
        keyboard.type(template.pieces(event))
    except CannotType as error:
        say(f"a verdict was not typed: {error}")
    except Exception as error:  # noqa: BLE001 - its text may have what was to be typed
        say(f"a verdict was not typed: {type(error).__name__}")


async def _wait(ended: asyncio.Event) -> None:
    await ended.wait()


def _in_thread(work: Callable[[], None]) -> Awaitable[None]:
    """Runs `work` in a thread that the program's end does not wait for."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def finish(error: BaseException | None) -> None:
        if future.done():
            return
        if error:
            future.set_exception(error)
        else:
            future.set_result(None)

    def run() -> None:
        error = None
        try:
            work()
        except Exception as raised:  # noqa: BLE001 - raised where the result is waited for
            error = raised
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(finish, error)

    threading.Thread(target=run, daemon=True).start()
    return future
