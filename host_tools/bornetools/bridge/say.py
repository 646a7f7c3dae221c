"""Lines on stderr for this computer's technician: printable, and none repeated endlessly."""

import sys
import time

from bornetools.printable import printable

_LINE_MAX = 500
_AGAIN = 60.0  # seconds until a lasting trouble is reported again


class Say:
    """A function that writes a line."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def __call__(self, text: str) -> None:
        print(printable(text, _LINE_MAX), file=sys.stderr, flush=True)

    def trouble(self, kind: str, text: str) -> None:
        """Writes `text`, unless this `kind` of trouble, one of a few words of ours, was written just now."""
        now = time.monotonic()
        if now - self._said.get(kind, -_AGAIN) >= _AGAIN:
            self._said[kind] = now
            self(text)
