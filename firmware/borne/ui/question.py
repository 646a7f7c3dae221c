"""The terminal's button: it answers questions, which nothing on the line can do, and else steps on."""

import time

if False:  # for types only
    from typing import Callable


class Question:
    """`button` is a function that says whether it is pressed, or None where there is none.

    `shown` is (key of the texts, text beside it), or None: no question stands.
    """

    def __init__(self, button: "Callable[[], bool] | None") -> None:
        self._button = button
        self._changed = False
        self._released = False  # seen since the question came: a button that sticks answers nothing
        self._down = False  # at the last call of `pressed`
        self._action = _nothing
        self.shown: tuple[str, str] | None = None

    def ask(self, key: str, text: str, seconds: int, action: "Callable[[], None]") -> bool:
        """Asks, unless a question stands, and calls `action()` if the button is pressed within `seconds`.

        Returns whether there is a button that could answer.
        """
        if self._button and not self.shown:
            self.shown = (key, text)
            self._changed = True
            self._released = False
            self._action = action
            self._until = time.ticks_add(time.ticks_ms(), seconds * 1000)
        return self._button is not None

    def pressed(self) -> bool:
        """Whether the button has gone down since the last call; not for a question."""
        before, self._down = self._down, bool(self._button and self._button())
        # A press that steps on does not answer a question that waits: it was not for that.
        self._released = self._released and not self._down
        return self._down and not before

    def poll(self) -> bool:
        """Looks at the button. Returns True if there is another question now, or none any more."""
        if self.shown and self._button:
            pressed = self._button()
            answered = pressed and self._released
            self._released = self._released or not pressed
            if answered or time.ticks_diff(self._until, time.ticks_ms()) <= 0:
                self.shown = None
                self._changed = True
                action, self._action = self._action, _nothing
                if answered:
                    action()
        changed, self._changed = self._changed, False
        return changed


def _nothing() -> None:
    pass
