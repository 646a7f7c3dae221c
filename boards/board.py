"""The board of a pin table: pins.py says which pin each part is on, wiring.md how they are wired.

Compiled, type-checked and run against fakes of `machine`: this has never run on a board.
"""

import pins
from borne.parts.board import Board


def make() -> Board:
    return Board(pins)
