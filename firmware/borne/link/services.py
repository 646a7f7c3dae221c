"""The terminal's services to the link."""

import gc

from borne import limits
from borne.memory.unimport import Unimport

if False:  # for types only
    from borne.app import App
    from borne.link.events import Events
    from borne.nfc.pn532 import Pn532
    from borne.parts.protocols import Board
    from borne.protocols import Fault
    from borne.trust.clock import Clock
    from borne.trust.keeper import TrustKeeper
    from borne.trust.trustset import TrustSet
    from borne.ui.question import Question
    from borne.ui.signals import Signals


class LinkServices:
    """All that borne.link.handlers use, and nothing else. `logs` are those of messages.LOGS, in their order;
    `fault` reports a broken part to the journal and to subscribers."""

    def __init__(
        self,
        board: "Board",
        terminal_id: str,
        reader: "Pn532",
        app: "App",
        keeper: "TrustKeeper",
        clock: "Clock",
        logs: list,
        events: "Events",
        question: "Question",
        signals: "Signals",
        fault: "Fault",
    ) -> None:
        self.board = board
        self.terminal_id = terminal_id
        self.reader = reader
        self.store = keeper.store
        self.update = keeper.update
        self.clock = clock
        self.logs = logs
        self.events = events
        self.fault = fault
        self.pause = app.pause
        self.clock_text = app.clock_text
        self.may_lower = True  # the operator has not been asked since the start to lower the floor
        self._app = app
        self._keeper = keeper
        self._question = question
        self._signals = signals

    @property
    def trust(self) -> "TrustSet":
        """The TrustSet that taps are judged by."""
        return self._keeper.trust

    def heap(self) -> int:
        """The free heap in bytes."""
        gc.collect()
        return gc.mem_free()

    def working(self, begun: bool) -> None:
        """Shows on the screen that work that may last has begun, or ended."""
        self._app.working(begun)

    def switched(self) -> None:
        """Drops the old release, and loads the new one for the next tap."""
        self._keeper.switch()
        self._app.redraw()

    def pattern(self) -> None:
        """Shows the test pattern."""
        self._app.pattern()

    def forget_releases(self) -> bool:
        """Forgets the times of releases, if their key was withdrawn: borne.link.lowering."""
        with Unimport():
            from borne.link.lowering import forget_releases

            return forget_releases(self)

    def ask_time(self, seconds: int, refusal: str) -> bool:
        """Asks the operator to confirm the time `seconds`, refused by the clock. Returns whether the question
        is asked: there may be no button to answer it."""
        if refusal == "BELOW_FLOOR":
            with Unimport():
                from borne.link.lowering import ask

                return ask(self, self._question, seconds)
        asked = self.clock.uptime()

        def confirmed() -> None:
            self.clock.offer(seconds + self.clock.uptime() - asked, confirmed=True)

        within = limits.CLOCK_CONFIRM_WITHIN
        return self._question.ask("SET_CLOCK", self.clock_text(seconds), within, confirmed)

    def identify(self, seconds: int) -> None:
        """Blinks for `seconds`, to tell the terminal from its neighbours. Does not wait."""
        self._signals.identify(seconds)
