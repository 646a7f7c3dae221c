"""ESP32-WROOM DevKit: pins.py says which pin each part is on, wiring.md how they are wired.

Compiled and type-checked only: this has never run on a board.
"""

import pins
from borne.parts.board import Board


def make() -> Board:
    return Board(pins)
