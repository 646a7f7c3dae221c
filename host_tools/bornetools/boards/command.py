"""`borne boards`: which boards there are, and whether a pin table can work."""

import ast
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bornetools import firmware
from bornetools.boards import check as checks
from bornetools.boards import pin_table, wiring
from bornetools.errors import UserError


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx):
    """The boards: list them, explain one, check a pin table, draw its wiring.

    Without a subcommand: lists them.
    """
    if ctx.invoked_subcommand is None:
        _list()


def _list():
    table = Table(box=None)
    for column in ("board", "what it is", "reader", "display", "LED", "also"):
        table.add_column(column, no_wrap=column == "board")
    for folder in folders():
        if (folder / "pins.py").exists():
            pins = pin_table.read(folder)
            also = [name.lower() for name in ("RTC", "BUZZER", "BUTTON") if name in pins.parts]
            kinds = [str(pins.kind(part) or "-") for part in ("PN532", "DISPLAY", "LED")]
            table.add_row(folder.name, pins.title, *kinds, ", ".join(also))
        else:
            table.add_row(folder.name, _summary(folder))
    Console().print(table)
    click.echo("\n`borne boards show BOARD` says how one is wired and what its limits are.")


def folders() -> list[Path]:
    """The folder of each board, in order of their names."""
    return sorted(path.parent for path in firmware.BOARDS.glob("*/board.py"))


def _summary(folder: Path) -> str:
    """The first sentence that board.py says of itself: a board without pins is an emulated one."""
    text = ast.get_docstring(ast.parse((folder / "board.py").read_bytes())) or ""
    return " ".join(text.partition("\n\n")[0].split()).partition(":")[0]


@command.command()
@click.argument("board")
def show(board):
    """How BOARD is wired, and what its limits are."""
    folder = firmware.BOARDS / board
    if folder not in folders():
        raise UserError(f"no board {board}: there are {', '.join(f.name for f in folders())}")
    if not (folder / "pins.py").exists():
        click.echo(ast.get_docstring(ast.parse((folder / "board.py").read_bytes())))
        return
    pins = pin_table.read(folder)
    chip = checks.chip_of(pins)
    click.echo(f"{pins.title}: {chip.title}, MicroPython's {chip.port} port\n")
    for part in wiring.parts(pins):
        click.echo(", ".join(filter(None, (part.part, part.setting))))
        for row in part.rows:
            said = ", ".join(filter(None, (row.function, row.note)))
            click.echo(f"    {row.part_pin:<10} {row.board_pin:<16} {said}".rstrip())
    click.echo("\nlimits")
    for line in wiring.limits(pins).splitlines()[2:]:
        what, much, known = line.strip("| ").split(" | ")
        click.echo(f"    {what:<20} {much} ({known})")
    click.echo(f"\nThe picture: {folder / 'wiring.svg'}")


@command.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.pass_context
def check(ctx, file):
    """Checks FILE, a pin table (pins.py) or the folder of one.

    Refuses pins that do not exist, are taken, or cannot do what they are for, and says what to use
    instead. Ends with 0 if the table can work, with 1 if it cannot, with 2 if it is no pin table.
    """
    pins = pin_table.read(file)
    found = checks.problems(pins)
    for problem in found:
        click.echo(f"{pins.board}: {problem}")
    if found:
        ctx.exit(1)
    click.echo(f"{pins.board}: {len(list(pins.wires()))} pins, no conflict")


@command.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def draw(folder):
    """Writes wiring.svg and the tables of wiring.md into FOLDER, from its pins.py."""
    pins = pin_table.read(folder)
    found = checks.problems(pins)
    if found:
        raise UserError(f"{folder}: {found[0]} (see borne boards check)")
    wiring.write(pins, folder)
    click.echo(f"{folder / 'wiring.md'}, {folder / 'wiring.svg'}")
