"""The board of a pin table: pins.py has the pin of each part, wiring.md the wiring.

Compiled, type-checked and run against fakes of `machine`: this module has never run on a board.
"""

import pins
from borne.parts.board import Board


def make() -> Board:
    return Board(pins)
