"""`borne boards`: which boards there are, and whether a pin table can work."""

import ast
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bornetools.boards import board as boards
from bornetools.boards import check as checks
from bornetools.boards import folders, page, wiring
from bornetools.boards.board import Board
from bornetools.errors import UserError


@click.group(invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """The boards: list them, explain one, check a pin table, draw its wiring.

    BOARD is the name of a folder below boards/, or the path of a folder. Without a subcommand: lists them.
    """
    if context.invoked_subcommand is None:
        _list()


@command.command(name="list")
def list_boards() -> None:
    """Lists the boards."""
    _list()


def _list() -> None:
    table = Table(box=None)
    for column in ("board", "what it is", "reader", "display", "LED", "also"):
        table.add_column(column, no_wrap=column == "board")
    with_pins = {board.folder: board.pins for board in boards.with_pins()}
    for folder in folders.folders():
        if pins := with_pins.get(folder):
            also = [name.lower() for name in ("RTC", "BUZZER", "BUTTON") if name in pins.parts]
            kinds = [str(pins.kind(part) or "-") for part in ("PN532", "DISPLAY", "LED")]
            table.add_row(folder.name, pins.title, *kinds, ", ".join(also))
        else:
            table.add_row(folder.name, _summary(folder))
    Console().print(table)
    click.echo("\n`borne boards show BOARD` says how one is wired and what its limits are.")


def _description(folder: Path) -> str:
    """The docstring of board.py: a board without pins is an emulated one."""
    return ast.get_docstring(ast.parse((folder / folders.PROGRAM).read_bytes())) or ""


def _summary(folder: Path) -> str:
    """The first sentence of a board's description."""
    return " ".join(_description(folder).partition("\n\n")[0].split()).partition(":")[0]


@command.command()
@click.argument("board")
def show(board: str) -> None:
    """How BOARD is wired, and what its limits are."""
    folder = folders.find(board)
    if (folder / folders.PINS).exists():
        _show(boards.read(folder))
    else:
        click.echo(_description(folder))


def _show(board: Board) -> None:
    pins, chip = board.pins, board.chip
    click.echo(f"{pins.title}: {chip.title}, MicroPython's {chip.port} port\n")
    for part in wiring.parts(pins):
        click.echo(", ".join(filter(None, (part.part, part.setting))))
        for row in part.rows:
            said = ", ".join(filter(None, (row.function, row.note)))
            click.echo(f"    {row.part_pin:<10} {row.board_pin:<16} {said}".rstrip())
    if pins.reserved:
        click.echo("reserved: nothing of ours may be there")
        for place, reason in wiring.reserved(pins).items():
            click.echo(f"    {'':<10} {place:<16} {reason}")
    click.echo("\nlimits")
    for line in page.limits(pins).splitlines()[2:]:
        what, much, known = line.strip("| ").split(" | ")
        click.echo(f"    {what:<20} {much} ({known})")
    click.echo(f"\nMicroPython's image, {board.example}: {board.page}")
    click.echo(f"The picture: {board.folder / page.PICTURE}")


@command.command()
@click.argument("board")
@click.pass_context
def check(context: click.Context, board: str) -> None:
    """Checks the pin table of BOARD.

    Refuses pins that do not exist, are taken, or cannot do what they are for, and says what to use
    instead. Ends with 0 if the table can work, with 1 if it cannot, with 2 if it is no pin table.
    """
    checked = boards.find(board)
    boards.refuse_copy(checked)
    found = checks.problems(checked.pins)
    for problem in found:
        click.echo(f"{checked.name}: {problem}")
    if found:
        context.exit(1)
    click.echo(f"{checked.name}: {len(list(checked.pins.wires()))} pins, no conflict")


@command.command()
@click.argument("board")
def draw(board: str) -> None:
    """Writes wiring.svg and the tables of wiring.md into the folder of BOARD, from its pins.py."""
    drawn = boards.find(board)
    boards.refuse_copy(drawn)
    found = checks.problems(drawn.pins)
    if found:
        raise UserError(f"{drawn.folder}: {found[0]} (see borne boards check)")
    for path in page.write(drawn.pins, drawn.folder):
        click.echo(str(path))
