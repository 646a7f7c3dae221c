"""A board with a pin table: its folder, its table and chip, and MicroPython's image for it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bornetools import firmware
from bornetools.boards import folders, pin_table
from bornetools.boards.chips import Chip
from bornetools.boards.pin_table import PinTable
from bornetools.errors import UserError

_DOWNLOAD = "https://micropython.org/download/"


@dataclass(frozen=True)
class Board:
    folder: Path
    pins: PinTable

    @property
    def name(self) -> str:
        return self.pins.board

    @property
    def chip(self) -> Chip:
        return self.pins.chip

    @property
    def page(self) -> str:
        """The download page of MicroPython's official image."""
        return f"{_DOWNLOAD}{self.pins.image.partition('-')[0]}/"

    @property
    def example(self) -> str:
        """An example of an image's file name."""
        return f"{self.pins.image}-20250911-v1.26.1{self.chip.loader.suffix}"

    def matches(self, file_name: str) -> bool:
        """Whether `file_name` may be that of an image of this board; variants such as SPIRAM are taken."""
        name = rf"{self.pins.image}(-[A-Z0-9_]+)?-\d{{8}}-v\d+\.\d+[-.0-9a-z]*"
        return re.fullmatch(name + re.escape(self.chip.loader.suffix), file_name) is not None


def find(name: str) -> Board:
    """The board with this name, or at this path. Raises UserError."""
    return read(folders.find(name))


def read(folder: Path) -> Board:
    """The board of a folder. Raises UserError if it has no pin table, or one with another's name."""
    path = folder / folders.PINS
    if not path.is_file():
        raise UserError(f"{folder.name} is an emulated board: it has no {folders.PINS}")
    pins = pin_table.read(path)
    if pins.board != folder.name:
        other = firmware.BOARDS / pins.board
        whose = f", which is the name of {other}" if other.is_dir() else ""
        raise UserError(
            f"{path}: BOARD is {pins.board!r}{whose}. It has to be the folder's name, {folder.name!r}"
        )
    return Board(folder, pins)


def with_pins() -> list[Board]:
    """The boards that have a pin table, in the order of their names. Raises UserError."""
    found = [read(folder) for folder in folders.folders() if (folder / folders.PINS).is_file()]
    _refuse_same_titles(found)
    return found


def refuse_copy(board: Board) -> None:
    """Raises UserError if another board has its title."""
    _refuse_same_titles([*(other for other in with_pins() if other.name != board.name), board])


def _refuse_same_titles(boards: Iterable[Board]) -> None:
    seen: dict[str, Board] = {}
    for board in boards:
        other = seen.setdefault(board.pins.title, board)
        if other is not board:
            raise UserError(
                f"{board.folder} and {other.folder} have the same TITLE, {board.pins.title!r}:"
                " give the copy one of its own"
            )
