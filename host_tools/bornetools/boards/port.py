"""Which port of MicroPython a board runs: `python -m bornetools.boards.port BOARD`, or of all without BOARD.

`make lint` calls this to find the port's stubs.
"""

import sys

from bornetools.boards import board, folders
from bornetools.boards.chips import CHIPS

_EMULATED = "esp32"  # the stubs for emulated boards: their own ports have none


def port(name: str) -> str:
    """The port of the board with this name, or at this path. Raises UserError."""
    folder = folders.find(name)
    return board.read(folder).chip.port if (folder / folders.PINS).is_file() else _EMULATED


def ports() -> list[str]:
    """The ports of all chips."""
    return sorted({chip.port for chip in CHIPS.values()})


if __name__ == "__main__":
    print(*(map(port, sys.argv[1:]) if sys.argv[1:] else ports()))
