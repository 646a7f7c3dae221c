"""Lines on stderr for whoever looks after this computer: printable, and not the same one endlessly."""

import sys
import time

from bornetools.printable import printable

_LINE_MAX = 500
_AGAIN = 60.0  # seconds until a trouble that stays is said again


class Say:
    """Called with a line, says it."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def __call__(self, text: str) -> None:
        print(printable(text, _LINE_MAX), file=sys.stderr, flush=True)

    def trouble(self, kind: str, text: str) -> None:
        """Says it unless a trouble of this kind, one of a few words of ours, was said just now."""
        now = time.monotonic()
        if now - self._said.get(kind, -_AGAIN) >= _AGAIN:
            self._said[kind] = now
            self(text)
