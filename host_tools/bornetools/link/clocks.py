"""Whose clock is wrong: this computer's, the terminal's, or the publisher's.

A signed release states when it was issued and when it expires. A right clock lies between the two, if the
copy at hand is current and the publisher's clock was right.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from borne import limits
from borne.token import dates
from borne.trust.plan import ISSUED
from bornetools import times
from bornetools.link.explain import explain

COMPUTER, TERMINAL, PUBLISHER = "computer", "terminal", "publisher"
_ABOUT_TIME = ("FUTURE", "EXPIRED", "CLOCK_UNSET", "BELOW_FLOOR", "STEP_TOO_LARGE")

_SET_COMPUTER = "set this computer's clock"
_PUBLISHER = "tell the publisher, who has to release again"
_PRESS = "start again, and press the terminal's button when it asks"
_HOLD = (
    "restart the terminal, start again, and hold its button for 3 seconds when it asks whether to turn its"
    " clock back"
)


@dataclass
class Clocks:
    """The three clocks, in unix seconds: `now()` is this computer's; `terminal` the terminal's (None: not
    known), `floor` the time that it takes to be past, if it has told; `issued` and `expires` those of the
    timestamp at hand."""

    now: Callable[[], int]
    terminal: int | None = None
    floor: int | None = None
    issued: int | None = None
    expires: int | None = None

    def take(self, timestamp: bytes) -> None:
        """Reads the times of a timestamp.json. Nothing is verified: the terminal does that."""
        try:
            signed = json.loads(timestamp)["signed"]
            issued, expires = signed[ISSUED], dates.unix_time(signed["expires"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if _is_time(issued):
            self.issued, self.expires = issued, expires

    def refused(self, floor: object) -> None:
        """Takes the `floor` that came with a refusal of this computer's time, if it is a time."""
        self.floor = floor if isinstance(floor, int) and _is_time(floor) else None

    @property
    def agree(self) -> bool:
        """Whether the clocks of terminal and computer agree."""
        return self.terminal is not None and (
            abs(self.terminal - self.now()) <= limits.CLOCK_SKEW_MAX
        )

    @property
    def premature(self) -> bool:
        """Whether the release was issued in the future of every clock here: then it is not carried."""
        known = [self.now()] if self.terminal is None else [self.now(), self.terminal]
        return all(self._place(one) < 0 for one in known)

    def wrong(self) -> str | None:
        """COMPUTER, TERMINAL or PUBLISHER; None if that cannot be told, or none is wrong."""
        computer = self._place(self.now())
        if self.agree:
            return PUBLISHER if self.premature else None
        if self.terminal is None:
            # A floor may come from the release itself: it confirms nothing.
            after = self.floor is not None and self._place(self.floor) > 0
            return TERMINAL if after and computer == 0 else None
        terminal = self._place(self.terminal)
        if computer == 0 != terminal:
            return TERMINAL
        return COMPUTER if terminal == 0 != computer else None

    def explain(self, code: str) -> str:
        """What to tell a technician about a refusal."""
        return (self.told() if code in _ABOUT_TIME else None) or explain(code)

    def told(self) -> str | None:
        """Whose clock is wrong, and what to do, in words; None if the clocks do not contradict each other."""
        wrong = self.wrong()
        mend = _PRESS if self.floor is None else _HOLD
        if wrong == PUBLISHER:
            return f"the publisher's clock was wrong: {self._says()}: {_PUBLISHER}"
        if wrong == TERMINAL:
            return f"the terminal's clock is wrong: {self._says()}: {mend}"
        if wrong == COMPUTER:
            return f"this computer's clock is wrong: {self._says()}: {_SET_COMPUTER}"
        if self.agree:
            return None
        if self.terminal is None and self.premature:
            return (
                f"this computer's clock is wrong, or the publisher's was: {self._says()}: {_SET_COMPUTER}; if"
                f" it is right, {_PUBLISHER}"
            )
        if self.terminal is None and self.floor is None:
            return None
        return (
            f"this computer's clock or the terminal's is wrong: {self._says()}: look at a right one. If this"
            f" computer's is wrong, {_SET_COMPUTER}; if the terminal's is, {mend}"
        )

    def _place(self, clock: int) -> int:
        """-1: before the release was issued; 1: after it has expired; else 0."""
        if self.issued is not None and clock < self.issued - limits.CLOCK_SKEW_MAX:
            return -1
        return 1 if self.expires is not None and clock >= self.expires else 0

    def _says(self) -> str:
        said = [f"this computer's says {times.write(self.now())}"]
        if self.terminal is not None:
            said.append(f"the terminal's {times.write(self.terminal)}")
        elif self.floor is not None:
            said.append(f"the terminal takes {times.write(self.floor)} to be past")
        if self.issued is not None:
            said.append(f"the release was issued at {times.write(self.issued)}")
        return ", ".join(said)


def _is_time(value: object) -> bool:
    return type(value) is int and 0 <= value <= limits.TIME_MAX
