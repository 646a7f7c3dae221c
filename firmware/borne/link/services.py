"""The terminal's services to the link."""

import gc

from borne import limits

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
        self._app = app
        self._keeper = keeper
        self._question = question
        self._signals = signals

    @property
    def trust(self) -> "TrustSet":
        """The TrustSet that taps are judged by."""
        return self._keeper.trust

    def heap(self) -> int:
        """Bytes of memory that are free."""
        gc.collect()
        return gc.mem_free()

    def working(self, begun: bool) -> None:
        """Work that may last has begun, or ended: the screen says so."""
        self._app.working(begun)

    def switched(self) -> None:
        """The release is another: takes it for the next tap, and nothing of the old one any more."""
        self._keeper.switch()
        self._app.redraw()

    def pattern(self) -> None:
        """Shows the test pattern."""
        self._app.pattern()

    def ask_time(self, seconds: int) -> bool:
        """Asks the operator whether it is `seconds`. Returns False if there is no button to say so."""
        asked = self.clock.uptime()

        def confirmed() -> None:
            self.clock.offer(seconds + self.clock.uptime() - asked, confirmed=True)

        text = self._app.clock_text(seconds)
        return self._question.ask("SET_CLOCK", text, limits.CLOCK_CONFIRM_WITHIN, confirmed)

    def identify(self, seconds: int) -> None:
        """Blinks for so many seconds, to be told from its neighbours, and does not wait."""
        self._signals.identify(seconds)
