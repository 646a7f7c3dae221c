"""`borne emulate`: the emulated terminal, or its reader chip alone."""

import sys
import tempfile

import click

from bornetools import times
from bornetools.emulator import blocks
from bornetools.emulator.chip_only import run
from bornetools.emulator.demo import LANGUAGES, summary
from bornetools.emulator.machine import Terminal
from bornetools.emulator.people import World
from bornetools.emulator.qemu import Qemu


@click.command()
@click.option("--lang", "language", type=LANGUAGES, default="fr", help="The terminal's language.")
@click.option(
    "--machine",
    type=click.Choice(["vm", "qemu"]),
    default="vm",
    help="MicroPython on this computer, or on an emulated Cortex-M3 (root once: see README).",
)
@click.option(
    "--counted", is_flag=True, help="With --machine qemu: an instruction takes a nanosecond."
)
@click.option(
    "--chip-only", is_flag=True, help="Only the PN532, with the first phone in its field."
)
def command(language, machine, counted, chip_only):
    """The emulated terminal, interactive: choose a phone, tap it.

    It prints the name of the terminal's serial port, for `borne sync` and `borne terminal`.

    With --chip-only, the name of the pseudo-terminal is printed on which an emulated PN532 answers, so
    that any other PN532 software can be pointed at it; Ctrl-C ends it.
    """
    with tempfile.TemporaryDirectory(prefix="borne-") as folder:
        world = World.create(f"{folder}/world", times.now())
        if chip_only:
            run(world.people[0].phone, click.echo)
        else:
            _taps(world, language, Qemu(counted) if machine == "qemu" else None)


def _line():
    """The next line of standard input, whatever its bytes; empty at its end."""
    return sys.stdin.buffer.readline().decode(errors="replace") if sys.stdin else ""


def _taps(world, language, machine):
    colour = sys.stdout.isatty()
    phones = {str(number): person.phone for number, person in enumerate(world.people, 1)}
    with Terminal(world.flash, language, machine=machine) as terminal:
        click.echo(f"serial port: {terminal.port}")
        click.echo(f"its reader's UART: {terminal.chip.path}; its panel's: {terminal.panel.path}")
        while True:
            terminal.panel.settle()
            click.echo(blocks.render(terminal.panel.frame, terminal.panel.led if colour else None))
            for number, person in enumerate(world.people, 1):
                click.echo(f"{number:3}  {person.case}")
            click.echo("phone to tap (a number, q to leave): ", nl=False)
            line = _line()
            choice = line.strip()
            if choice == "q" or not line:
                return
            if choice not in phones:
                click.echo("that is no phone of the list")
                continue
            click.echo(summary(terminal.tap(phones[choice])))
