"""The folders of boards: each is below boards/, with a pin table or with a program of its own."""

from pathlib import Path

from bornetools import firmware
from bornetools.errors import UserError

PINS, PROGRAM, MANIFEST = "pins.py", "board.py", "manifest.py"


def folders() -> list[Path]:
    """The folder of each board, in the order of their names."""
    return sorted(path for path in firmware.BOARDS.iterdir() if _is_board(path))


def find(board: str) -> Path:
    """The folder of the board with this name; or at this path, which may be its pin table's.

    Raises UserError.
    """
    for folder in folders():
        if folder.name == board:
            return folder
    path = Path(board).resolve()
    folder = path.parent if path.name == PINS else path
    if board and _is_board(folder):
        return folder
    names = ", ".join(folder.name for folder in folders())
    raise UserError(f"no board {board}: there are {names}, and folders with a {PINS}")


def sources(folder: Path) -> dict[str, Path]:
    """The modules of a board beside the firmware's, by the file's name. Boards with a pin table share the
    program boards/board.py."""
    found = {path.name: path for path in sorted(folder.glob("*.py")) if path.name != MANIFEST}
    return {PROGRAM: firmware.BOARDS / PROGRAM, **found}


def _is_board(folder: Path) -> bool:
    return (folder / PINS).is_file() or (folder / PROGRAM).is_file()
