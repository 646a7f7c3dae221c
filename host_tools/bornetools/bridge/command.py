"""`borne bridge`: forwards each verdict as it happens to software on this computer."""

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import click

from bornetools.bridge import access, api
from bornetools.bridge.hub import Event, Hub
from bornetools.bridge.keyboard import FIELDS, KEYS, Keyboard, SystemKeyboard, Template
from bornetools.bridge.watcher import Watcher
from bornetools.command_options import port_option
from bornetools.errors import UserError
from bornetools.languages import COMMAND_LINE
from bornetools.link import ports

_END = 3.0  # seconds for the terminal to hear that nobody listens any more

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
    flag_value=api.PORT,
    type=click.IntRange(0, 65535),
    metavar="[PORT]",
    help=f"HTTP and WebSocket on {api.ADDRESS}, at this port [default: {api.PORT}; 0: any].",
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
    help="Print the name of the file with the token for --http, made if there is none, and end.",
)
def command(
    named: str | None,
    http: bool,
    origins: tuple[str, ...],
    jsonl: bool,
    template: str | None,
    identity: bool,
    where: str,
) -> None:
    """Forward each verdict as it happens to software on this computer.

    Waits for the terminal, and finds it again when it is unplugged and plugged in, at another port as
    well. While it runs no other command can use the terminal's port: end it to sync on this computer.
    """
    if where:
        access.token()
        click.echo(access.token_file())
        return
    if http is None and not jsonl and template is None:
        raise UserError("forward to where? --http, --jsonl or --type")
    if origins and http is None:
        raise UserError("--origin is for --http")
    if named is None and len(ports.candidates()) > 1:
        ports.the_port(None)  # which names them
    guard = None
    if http is not None:
        guard = access.Access(access.token(), access.checked_origins(origins))
    typing = None
    if template is not None:
        typing = (Template(template, identity), SystemKeyboard())
    with suppress(KeyboardInterrupt):
        asyncio.run(_Bridge(named, identity).run(http, guard, jsonl, typing))


class _Bridge:
    def __init__(self, named: str | None, identity: bool) -> None:
        self._named = named
        self._identity = identity
        self._hub = Hub()

    async def run(
        self,
        http: int | None,
        guard: access.Access | None,
        jsonl: bool,
        typing: tuple[Template, Keyboard] | None,
    ) -> None:
        """Until it is told to end, or an output has ended."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        # The loop's own handler, which wakes it up: a signal that comes just before the loop waits would
        # else be seen only when something else happens.
        with suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(signal.SIGTERM, ended.set)
        outputs = [asyncio.create_task(_wait(ended))]
        if jsonl:
            outputs.append(asyncio.create_task(self._each(_write_line)))
        if typing:
            outputs.append(asyncio.create_task(self._each(lambda event: _type(event, *typing))))
        served = None
        if http is not None and guard:
            served = api.Api(self._hub, guard, say)
            port = await served.start(http)
            say(f"http://{api.ADDRESS}:{port}/v1, token in {access.token_file()}")
        watcher = Watcher(self._named, self._identity, self._teller(loop))
        watcher.start()
        try:
            done, _ = await asyncio.wait(outputs, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            watcher.stop()
            if served:
                await served.stop()
            await asyncio.to_thread(watcher.join, _END)

    def _teller(self, loop: asyncio.AbstractEventLoop) -> Callable[..., Any]:
        def tell(event: Event, hello: dict[str, Any] | None) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._take, event, hello)

        return tell

    def _take(self, event: Event, hello: dict[str, Any] | None) -> None:
        self._hub.take(event, hello)
        # What the technician has to know; never what a terminal says of a tap.
        if hello:
            say(f"{hello['terminal']} is connected at {event['port']}")
            if self._identity and not event["identity"]:
                say(
                    "--identity: this terminal's policy does not allow it (borne publish policy set"
                    " --identity-to-software)"
                )
        elif event["event"] == "disconnected":
            title, action = (event[part][COMMAND_LINE] for part in ("title", "action"))
            say(f"no terminal: {title}: {action}; waiting for it")

    async def _each(self, forward: Callable[[Event], None]) -> None:
        """Hands each event to `forward`, in a thread: what is slow there delays nothing else."""
        feed = self._hub.open()
        while True:
            event = await feed.get()
            await _in_thread(partial(forward, event))


def say(text: str) -> None:
    """For whoever looks after this computer."""
    click.echo(text, err=True)


def _write_line(event: Event) -> None:
    try:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()
    except OSError:
        # What is left in the buffer is flushed at the end, which must not fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UserError("whoever read the lines of JSON has gone") from None


def _type(event: Event, template: Template, keyboard: Keyboard) -> None:
    if event["event"] != "verdict":
        return
    try:
        template.type(event, keyboard)
    except Exception as error:  # noqa: BLE001 - its text may have what was to be typed
        say(f"a verdict could not be typed: {type(error).__name__}")


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
