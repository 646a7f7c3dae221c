"""The screen between taps, kept up to date: ready, busy, or a question."""

import time

from micropython import const

from borne.trust import freshness

if False:  # for types only
    from borne.protocols import TicksMs
    from borne.trust.clock import Clock
    from borne.trust.trustset import TrustSet
    from borne.ui.question import Question
    from borne.ui.screens import Screens
    from borne.ui.signals import Signals

_REDRAW = const(20000)  # ms after which the screen is drawn anew: its time and ages have changed
_LASTS = const(1000)  # ms of work after which the screen says that the terminal is busy


class Idle:
    """Draws on `screens` and lights `signals`."""

    def __init__(
        self, screens: "Screens", signals: "Signals", question: "Question", clock: "Clock"
    ) -> None:
        self._screens = screens
        self._signals = signals
        self._question = question
        self._clock = clock
        self._drawn: "TicksMs | None" = None  # ticks when drawn; None: another screen is shown
        self._working: "TicksMs | None" = None  # ticks at the start of work that may last
        self._busy = False  # the screen says that it is busy

    def working(self, begun: bool) -> None:
        """Work that may take the processor for seconds has begun, or ended."""
        self._working = time.ticks_ms() if begun else None

    def hide(self) -> None:
        """Something else is on the screen."""
        self._drawn = None

    def show(self, trust: "TrustSet") -> None:
        """Shows the terminal as ready; `trust` is the TrustSet by which phones are judged."""
        self._busy = False
        self._signals.rest()
        self._draw(trust)

    def refresh(self, trust: "TrustSet") -> None:
        """Draws the idle screen if it is not on the screen, or no longer up to date."""
        if self._question.poll() or self._aged() or self._busy_changed():
            self._draw(trust)

    def redraw(self, trust: "TrustSet") -> None:
        """The content of the idle screen has changed: draws it if it is on the screen."""
        if self._drawn is not None:
            self._draw(trust)

    def _aged(self) -> bool:
        return self._drawn is None or time.ticks_diff(time.ticks_ms(), self._drawn) >= _REDRAW

    def _busy_changed(self) -> bool:
        since = self._working
        busy = since is not None and time.ticks_diff(time.ticks_ms(), since) >= _LASTS
        if busy == self._busy:
            return False
        self._busy = busy
        if busy:
            self._signals.play("busy")
        else:
            self._signals.rest()
        return True

    def _draw(self, trust: "TrustSet") -> None:
        self._drawn = time.ticks_ms()
        if self._question.shown:
            self._screens.question(*self._question.shown)
            return
        if self._busy:
            self._screens.busy()
            return
        now = self._clock.now()
        policy = trust.policy
        age, state = freshness.judge(trust.as_of, now, policy.warn_after, policy.refuse_after)
        problem = None
        if trust.as_of is None or state == freshness.REFUSE:
            problem = "TRUST_STALE"
        elif now is None:
            problem = "CLOCK_UNSET"
        clock = "" if now is None else self._screens.clock(now, trust.time_zone)
        self._screens.idle(age, problem, clock)
