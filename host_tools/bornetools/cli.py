"""The `borne` command: each subcommand lives in its own module, imported when it is called.

SIGTERM ends a command as Ctrl-C does, by KeyboardInterrupt: its `with` blocks are left. The exit status is 0
for a command that runs until it is interrupted, 1 for every other.
"""

import importlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from borne import VERSION
from bornetools.errors import UserError
from bornetools.printable import printable

_LINE_MAX = 2000

COMMANDS = {
    "bench": ("bornetools.bench.command", "Measure the parts, and write the tables of docs/."),
    "boards": ("bornetools.boards.command", "The boards: list, explain, check, draw the wiring."),
    "bridge": ("bornetools.bridge.command", "Forward verdicts to software on this computer."),
    "demo": ("bornetools.world.command_demo", "Tap a phone for each thing that can happen."),
    "doctor": ("bornetools.link.command_doctor", "Check each part of a terminal."),
    "emulate": ("bornetools.world.command_emulate", "The emulated terminal, interactive."),
    "flash": ("bornetools.flash.command", "Write MicroPython and the firmware to a board."),
    "image": (
        "bornetools.on_micropython.command_image",
        "Build a board's image, with the application in it.",
    ),
    "issuer": ("bornetools.issuer.command", "An issuer for tests and pilots."),
    "natmod": (
        "bornetools.on_micropython.command_natmod",
        "Compile the optional native module: P-256 in C.",
    ),
    "provision": ("bornetools.flash.command_provision", "Give a terminal its id, root and time."),
    "publish": ("bornetools.publisher.command", "Publish trust data: a TUF repository."),
    "read": ("bornetools.read.command", "Read a phone with a reader on this computer."),
    "simulator": ("bornetools.simulator.command", "The emulated terminal as a web page."),
    "sync": ("bornetools.link.command_sync", "Bring terminals' trust data up to date."),
    "terminal": ("bornetools.terminal.command", "Ask a terminal, and tell it things."),
    "tuf-client": (
        "bornetools.tuf_client.command",
        "The firmware's TUF rules against any repository.",
    ),
    "vectors": (
        "bornetools.verify.command_vectors",
        "Run published test vectors through the firmware.",
    ),
    "verify": (
        "bornetools.verify.command",
        "Verify a token from files with the firmware's verifier.",
    ),
}


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Inside the block the current handler of SIGINT, also asyncio.run's own, handles SIGTERM. If SIGINT is
    ignored, as in the background of a script, SIGTERM still raises KeyboardInterrupt."""

    def interrupt(_: int, frame: FrameType | None) -> None:
        handler = signal.getsignal(signal.SIGINT)
        if not callable(handler):
            handler = signal.default_int_handler
        handler(signal.SIGINT, frame)

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Told(click.ClickException):
    """A UserError in the form that click prints."""

    def __init__(self, error: UserError) -> None:
        # The message may quote a device, a stick or a server; only the line breaks are ours.
        lines = error.message.split("\n")
        super().__init__("\n".join(printable(line, _LINE_MAX) for line in lines))
        self.__dict__["exit_code"] = error.exit_code


class _Borne(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise _Told(error) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


@click.group(cls=_Borne, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="borne")
@click.pass_context
def main(context: click.Context) -> None:
    """Borne: verifies health-insurance tokens at the counter, offline."""
    context.with_resource(_sigterm_as_ctrl_c())
