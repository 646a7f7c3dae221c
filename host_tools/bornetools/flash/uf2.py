"""MicroPython's image onto an RP2 chip: a file copied to the drive that its boot loader shows."""

import os
import string
from pathlib import Path

from bornetools import files
from bornetools.boards.board import Board
from bornetools.boards.chips import Uf2Loader
from bornetools.errors import UserError
from bornetools.flash.steps import Report, Steps

ERRORS = (OSError,)
_INFO = "INFO_UF2.TXT"
_INFO_MAX = 4096
_CHUNK = 64 * 1024
_BINARY = getattr(os, "O_BINARY", 0)  # Windows has two kinds of files
_BOARD_ID = "Board-ID:"

_HOLD = "hold BOOTSEL while you plug the board in, wait until its drive is there, and name it with --drive"


def write(drive: Path | None, board: Board, loader: Uf2Loader, image: bytes, steps: Steps) -> None:
    """Copies `image` to the boot loader's drive; None: the only drive of such a board.

    The boot loader checks and writes block by block, and restarts into MicroPython by itself. Raises
    UserError before anything is written if the drive is not this board's, Failure.
    """
    drive = _the_drive(loader) if drive is None else drive
    found = board_id(drive)
    if found is None:
        raise UserError(f"{drive} has no {_INFO}, so it is no board in boot mode: {_HOLD}")
    if found != loader.drive:
        raise UserError(f"{drive} is the drive of a {found}, and {board.name} is a {loader.drive}")
    go_on = f"{_HOLD}; then run the same command again"
    with steps.step("writing MicroPython", go_on) as report:
        _copy(image, drive / f"{board.pins.image}{loader.suffix}", report)


def board_id(drive: Path) -> str | None:
    """The board that the boot loader's drive says it is; None if it is no such drive."""
    try:
        data = files.read_below(drive, _INFO, _INFO_MAX)
    except UserError:
        return None
    for line in (data or b"").decode("ascii", "replace").splitlines():
        if line.startswith(_BOARD_ID):
            return line[len(_BOARD_ID) :].strip()
    return None


def drives() -> list[Path]:
    """The mounted drives of boards in boot mode."""
    found: list[Path] = []
    if os.name == "nt":
        found = [Path(f"{letter}:\\") for letter in string.ascii_uppercase]
    else:
        for pattern in ("media/*", "media/*/*", "run/media/*/*", "mnt/*", "Volumes/*"):
            found += Path("/").glob(pattern)
    return [drive for drive in found if board_id(drive) is not None]


def _the_drive(loader: Uf2Loader) -> Path:
    found = [drive for drive in drives() if board_id(drive) == loader.drive]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UserError(f"no drive of a {loader.drive} is there: {_HOLD}")
    raise UserError(f"which board? Name its drive with --drive: {', '.join(map(str, found))}")


def _copy(image: bytes, path: Path, report: Report) -> None:
    written = 0
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | files.NOT_FOLLOWED | _BINARY)
        with os.fdopen(handle, "wb", buffering=0) as file:
            while written < len(image):
                written += file.write(image[written : written + _CHUNK])
                os.fsync(file.fileno())
                report(written, len(image))
    except OSError:
        # The board restarts at the last block: the drive is gone before the file is closed.
        if written < len(image) or board_id(path.parent) is not None:
            raise
