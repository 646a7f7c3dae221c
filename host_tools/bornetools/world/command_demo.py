"""`borne demo`: phones of both kinds, one after the other, on an emulated terminal."""

import sys
import tempfile
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bornetools import times
from bornetools.command_options import lang_option
from bornetools.emulator.chip.pace import Pace
from bornetools.emulator.machine import blocks
from bornetools.emulator.machine.terminal import Tap, Terminal
from bornetools.world.people import Person, World


@click.command()
@lang_option("The terminal's language.")
@click.pass_context
def command(ctx: click.Context, language: str) -> None:
    """Tap one phone for each thing that can happen, and show what the terminal shows.

    The firmware runs on the real MicroPython VM against an emulated PN532, with the trust data of
    issuers made for the occasion. Exit status 0 only if every verdict is the right one.
    """
    pace = Pace()
    taps = []
    with tempfile.TemporaryDirectory(prefix="borne-demo-") as folder:
        world = World.create(f"{folder}/world", times.now())
        with Terminal(world.flash, language, pace=pace) as terminal:
            everybody: list[Person[Any]] = [*world.people, *world.wallets]
            for number, person in enumerate(everybody, 1):
                tap = terminal.tap(person.phone)
                taps.append((person, tap))
                click.echo(f"\n{number}. {person.case}")
                click.echo(blocks.render(tap.frame, tap.led if sys.stdout.isatty() else None))
                click.echo(tap.summary())
    _report(taps, pace)
    ctx.exit(0 if all(tap.code == person.expected for person, tap in taps) else 1)


def _report(taps: list[tuple[Person[Any], Tap]], pace: Pace) -> None:
    table = Table("phone", "expected", "verdict", "bus", "phone", "verify", title="Milliseconds")
    for person, tap in taps:
        right = tap.code == person.expected
        verdict = tap.code if right else f"{tap.code}, WRONG"
        spent = [str(tap.ms(name)) for name in ("bus", "phone", "verify")]
        table.add_row(person.case, person.expected, verdict, *spent)
    console = Console(highlight=False)
    console.print()
    console.print(table)
    console.print(
        f"bus and phone: modelled, {pace.bus_baud} baud and {pace.air_bps // 1000} kbit/s on air. "
        "verify: this computer."
    )
    wrong = sum(tap.code != person.expected for person, tap in taps)
    console.print(f"{len(taps) - wrong} of {len(taps)} verdicts are right.")
