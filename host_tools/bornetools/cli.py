"""The `borne` command: each subcommand lives in its own module, imported when it is called.

SIGTERM ends a command as Ctrl-C does, by KeyboardInterrupt: its `with` blocks are left. The exit status is 0
of a command that runs until it is interrupted, 1 of every other.
"""

import importlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from borne import VERSION

COMMANDS = {
    "bench": ("bornetools.bench.command", "Measure the parts, and write the tables of docs/."),
    "boards": ("bornetools.boards.command", "The boards: list, explain, check, draw the wiring."),
    "bridge": ("bornetools.bridge.command", "Forward verdicts to software on this computer."),
    "demo": ("bornetools.world.command_demo", "Tap a phone for each thing that can happen."),
    "doctor": ("bornetools.link.command_doctor", "Check each part of a terminal."),
    "emulate": ("bornetools.world.command_emulate", "The emulated terminal, interactive."),
    "flash": ("bornetools.flash.command", "Write MicroPython and the firmware to a board."),
    "issuer": ("bornetools.issuer.command", "An issuer for tests and pilots."),
    "natmod": (
        "bornetools.on_micropython.natmod",
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
    "vectors": ("bornetools.verify.vectors", "Run published test vectors through the firmware."),
    "verify": (
        "bornetools.verify.command",
        "Verify a token from files with the firmware's verifier.",
    ),
}


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Meanwhile the handler of SIGINT, asyncio.run's own among them, handles SIGTERM. Where SIGINT is
    ignored, as in the background of a script, SIGTERM raises KeyboardInterrupt all the same."""

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


class _Borne(click.Group):
    def list_commands(self, ctx):
        return sorted(COMMANDS)

    def get_command(self, ctx, name):
        if name not in COMMANDS:
            return None
        return importlib.import_module(COMMANDS[name][0]).command

    def format_commands(self, ctx, formatter):
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


@click.group(cls=_Borne, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="borne")
@click.pass_context
def main(context: click.Context) -> None:
    """Borne: verifies health-insurance tokens at the counter, offline."""
    context.with_resource(_sigterm_as_ctrl_c())
