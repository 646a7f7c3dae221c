"""`borne flash`: MicroPython and our application onto a board."""

import contextlib
import hashlib
from pathlib import Path

import click

from bornetools.boards import board as boards
from bornetools.boards import flash_budget
from bornetools.boards.board import Board
from bornetools.boards.chips import EspLoader, Uf2Loader
from bornetools.command_options import PORT
from bornetools.errors import UserError
from bornetools.flash import esp, frozen, heap, images, prompt, uf2
from bornetools.flash.application import Application, build, check_board, install
from bornetools.flash.steps import Steps
from bornetools.link import ports
from bornetools.on_micropython import natmod
from bornetools.on_micropython.image_label import Label

_PROMPT = (
    "check cable and port, and that no other program uses it. If the terminal's prompt is turned off,"
    " flash it whole: without --app-only"
)
_AGAIN = (
    "run the same command again; a board in boot mode is one that was plugged in with BOOTSEL held"
)
_APPLICATION = (
    "the terminal does not start until this is done: run the command again with --app-only, it goes on"
    " where it stopped"
)


@click.command()
@click.option("--board", "name", required=True, help="Its name, as `borne boards` lists it.")
@click.option("--port", required=True, type=PORT, help="The board's serial port.")
@click.option(
    "--firmware",
    type=click.Path(path_type=Path),
    help="MicroPython's official image, as downloaded, or one by `borne image`.",
)
@click.option("--sha256", metavar="HEX", help="What the image's SHA-256 has to be.")
@click.option("--drive", type=click.Path(path_type=Path), help="Drive of a Pico in boot mode.")
@click.option("--app-only", is_flag=True, help="Update the application alone; data stays.")
def command(
    name: str,
    port: str,
    firmware: Path | None,
    sha256: str | None,
    drive: Path | None,
    app_only: bool,
) -> None:
    """Flash a board: MicroPython's official image, then Borne's application; or an image that has both.

    An ESP32's flash is erased first, with what the terminal knows: provision it anew then. --app-only
    keeps that. Whatever is interrupted can be run again. Exit status 1 if a step failed.
    """
    board = boards.find(name)
    if app_only and (firmware or sha256 or drive):
        raise UserError(
            "--app-only leaves MicroPython as it is: no --firmware, --sha256 or --drive"
        )
    if drive and not isinstance(board.chip.loader, Uf2Loader):
        raise UserError(f"--drive is for boards with a UF2 boot loader, and {name} has none")
    image = None if app_only else images.load(board, firmware, sha256)
    if app_only or isinstance(board.chip.loader, EspLoader):
        ports.there(port)  # the port of a board with a drive comes once MicroPython runs
    label = images.label(board, image) if image is not None else None
    if label is None:
        application = build(board.folder, board.chip.arch)
        if natmod.NAME in application.files:
            click.echo(f"with the native module, {natmod.path(board.chip.arch)}")
    steps = Steps((*prompt.ERRORS, *esp.ERRORS))
    if firmware and image is not None:
        if label:
            click.echo(f"{firmware.name}: with the application, Borne {label.version} for {name}")
        elif not board.matches(firmware.name):
            click.echo(
                f"{firmware.name}: not called like an official image, and one for {name} all the same"
            )
        click.echo(
            f"{firmware.name}: {len(image)} bytes, SHA-256 {hashlib.sha256(image).hexdigest()}"
        )
        write_image(port, drive, board, image, steps, 0 if label else application.flash)
    if label:
        click.echo(settle(port, board, label, steps))
    else:
        click.echo(update(port, board, application, steps, starting=not app_only))


def write_image(
    port: str, drive: Path | None, board: Board, image: bytes, steps: Steps, application: int
) -> None:
    """Writes MicroPython's image to the board. `application` is the flash that the application is to take.

    Raises UserError, before anything is written, Failure.
    """
    flash_budget.require(max(flash_budget.file_systems(board.chip).values()), application)
    match board.chip.loader:
        case EspLoader() as loader:
            esp.write(port, board, loader, image, steps, application)
        case Uf2Loader() as loader:
            uf2.write(drive, board, loader, image, steps)


def update(port: str, board: Board, application: Application, steps: Steps, starting: bool) -> str:
    """Brings the application on a board up to date and starts it. Returns what was done, in words.

    Raises UserError, Failure.
    """
    with contextlib.ExitStack() as stack:
        with steps.step(f"waiting for MicroPython's prompt on {port}", _PROMPT):
            board_prompt = stack.enter_context(prompt.open_prompt(port, starting))
            try:
                check_board(board_prompt, board)
                frozen.refuse(board_prompt)
                heap.check(board_prompt, board)
                flash_budget.require(board_prompt.sizes()[0], application.flash)
            except UserError:
                board_prompt.restart()  # what it has goes on
                raise
        with steps.step("sending the application", _APPLICATION) as report:
            change = install(board_prompt, application, report)
            board_prompt.restart()
    if not change.sent and not change.removed:
        return f"the application on {port} is up to date"
    return f"application on {port}: {len(change.sent)} files sent, {len(change.removed)} removed"


def settle(port: str, board: Board, label: Label, steps: Steps) -> str:
    """Checks what runs on a board that got an image with the application, and starts it. Returns what was
    done, in words. Raises UserError, Failure."""
    with contextlib.ExitStack() as stack:
        with steps.step(f"waiting for MicroPython's prompt on {port}", _AGAIN):
            board_prompt = stack.enter_context(prompt.open_prompt(port, starting=True))
            check_board(board_prompt, board)
        with steps.step("comparing the image on the board", _AGAIN):
            frozen.check(board_prompt, label)
            removed = frozen.remove_files(board_prompt)
            board_prompt.restart()
    return f"Borne {label.version} is in the image on {port}; {removed} files of an earlier one removed"
