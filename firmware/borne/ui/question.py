"""The terminal's button: it answers questions, which no message on the line can, and else steps on."""

import time

from micropython import const

if False:  # for types only
    from typing import Callable

    from borne.protocols import TicksMs

_UNSEEN = const(
    500
)  # ms between two looks, after which a hold begins anew: another screen was shown


class Question:
    """`button` is a function that says whether it is pressed, or None where there is none.

    `shown`: the arguments of borne.ui.screens.Screens.question, or None while no question stands.
    """

    def __init__(self, button: "Callable[[], bool] | None") -> None:
        self._button = button
        self._changed = False
        self._released = False  # seen since the question came: a button that sticks answers nothing
        self._down = False  # at the last call of `pressed`
        self._action = _nothing
        self._hold = 0  # ms for which the button has to be held
        self._held: "TicksMs | None" = None  # ticks since when it is held
        self.shown: tuple[str, ...] | None = None

    def ask(
        self,
        key: str,
        text: str,
        seconds: int,
        action: "Callable[[], None]",
        hold: int = 0,
        *more: str,
    ) -> bool:
        """Asks, unless a question stands, and calls `action()` if the button is pressed within `seconds`;
        with `hold`, if it is held down for so many ms while the question is on the screen. An earlier release
        is a no. `text` and `more` stand beside the texts of `key`.

        Returns whether a question of this key stands: there may be no button, or another question.
        """
        if self._button and not self.shown:
            self.shown = (key, text) + more
            self._changed = True
            self._released = False
            self._action = action
            self._hold, self._held = hold, None
            self._looked = time.ticks_ms()
            self._until = time.ticks_add(self._looked, seconds * 1000)
        return self.shown is not None and self.shown[0] == key

    def pressed(self) -> bool:
        """Whether the button has gone down since the last call; not for a question."""
        before, self._down = self._down, bool(self._button and self._button())
        # A press that steps on does not answer a waiting question: it was not meant for it.
        self._released = self._released and not self._down
        return self._down and not before

    def poll(self) -> bool:
        """Looks at the button, while a question is on the screen. Returns True if a question has come or
        gone."""
        if self.shown and self._button:
            answer = self._answer(self._button())
            if answer is None and time.ticks_diff(self._until, time.ticks_ms()) <= 0:
                answer = False
            if answer is not None:
                self.shown = None
                self._changed = True
                action, self._action = self._action, _nothing
                if answer:
                    action()
        changed, self._changed = self._changed, False
        return changed

    def _answer(self, pressed: bool) -> bool | None:
        """The operator's answer by the button as it is now; None: none yet."""
        now = time.ticks_ms()
        if self._hold and time.ticks_diff(now, self._looked) > _UNSEEN:
            self._released, self._held = False, None
        self._looked = now
        if not pressed:
            self._released = True
            return None if self._held is None else False
        if not self._released:
            return None
        if self._held is None:
            self._held = now
        return True if time.ticks_diff(now, self._held) >= self._hold else None


def _nothing() -> None:
    pass
