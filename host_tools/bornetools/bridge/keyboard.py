"""A keyboard: it types exactly the given text, or says that it cannot."""

import enum
from collections.abc import Sequence
from typing import Protocol


class Key(enum.Enum):
    """Keys that type no character."""

    TAB = enum.auto()
    ENTER = enum.auto()


Piece = str | Key


class CannotType(Exception):
    """The reason why a text was not typed, without any of the text."""


class Keyboard(Protocol):
    """A keyboard for the window that has the focus."""

    def type(self, pieces: Sequence[Piece]) -> None:
        """Types all pieces. Raises CannotType: then nothing was typed, or the reason says that a part was."""

    def close(self) -> None:
        """Undoes its changes to the system's keyboard."""
