"""A keyboard: it types exactly what it is given, or says that it cannot."""

import enum
from collections.abc import Sequence
from typing import Protocol


class Key(enum.Enum):
    """Keys that type no character."""

    TAB = enum.auto()
    ENTER = enum.auto()


Piece = str | Key


class CannotType(Exception):
    """Why something was not typed, without any of it."""


class Keyboard(Protocol):
    """What types into whatever has the focus."""

    def type(self, pieces: Sequence[Piece]) -> None:
        """Types them all. Raises CannotType: then it has typed nothing, or says so."""

    def close(self) -> None:
        """Gives back what it has changed of the system's keyboard."""
