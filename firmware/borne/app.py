"""The tap loop: poll for phones, one visit after the other, and survive whatever breaks."""

import asyncio
import gc
import time

from micropython import const

from borne.attempts import attempt
from borne.errors import ChipError
from borne.memory.unimport import Unimport
from borne.ui.idle import Idle

if False:  # for types only
    from borne.journal.journal import Journal
    from borne.link.events import Events
    from borne.nfc.phones import Phones
    from borne.nfc.pn532 import Pn532
    from borne.nfc.pn532_card import Card
    from borne.trust.clock import Clock
    from borne.trust.keeper import TrustKeeper
    from borne.trust.trustset import TrustSet
    from borne.ui.question import Question
    from borne.ui.screens import Screens
    from borne.ui.signals import Signals
    from borne.visit import Visit

_POLL_PAUSE = const(80)  # ms between polls, with the chip powered down
_RESTART_PAUSE = const(500)  # ms between attempts to revive the chip
_BUSY = const(5)  # ms between looks at `busy`
_SILENT_STARTS = const(3)  # attempts after which the screen says that there is no reader
_STEADY = const(2000)  # ms without recurrence, after which a fault is over


class App:
    """Runs the loop. `busy` is True from the found phone to its verdict: only while it is False may the
    keeper replace the trust set."""

    def __init__(
        self,
        reader: "Pn532",
        screens: "Screens",
        signals: "Signals",
        keeper: "TrustKeeper",
        journal: "Journal",
        phones: "Phones",
        clock: "Clock",
        events: "Events",
        question: "Question",
    ) -> None:
        self._reader = reader
        self._screens = screens
        self._signals = signals
        self._keeper = keeper
        self._journal = journal
        self._phones = phones
        self._clock = clock
        self._events = events
        self._question = question
        self._idle = Idle(screens, signals, question, clock)
        # The visit of the phone present now or at the last fault, or with its verdict on the screen.
        self._visit: "Visit | None" = None
        self._standing: str | None = None  # the fault that is not over
        self._drawn = False  # the screen says so
        self._since = time.ticks_ms()  # when the fault last occurred
        self._journalled: str | None = None  # the fault that is in the journal already
        self._broken: str | None = None  # the name of a task that has ended
        self._error: Exception | None = None  # the exception that ended it

    @property
    def trust(self) -> "TrustSet":
        """The TrustSet in force."""
        return self._keeper.trust

    @property
    def busy(self) -> bool:
        return self._visit is not None and self._visit.busy

    async def pause(self) -> None:
        """For tasks beside the app: yields to the app, and waits while a phone is read."""
        await asyncio.sleep_ms(0)
        while self.busy:
            await asyncio.sleep_ms(_BUSY)

    async def run(self) -> None:
        """Never returns. A chip that falls silent is reset, and the screen says so meanwhile."""
        attempts = 0
        while True:
            try:
                await self._reader.start()
                attempts = 0
                await self._serve()
            except ChipError as error:
                attempts += 1
                code = "NO_READER" if attempts >= _SILENT_STARTS else "READER_RESET"
                self._fault(code, str(error))
            except Exception as error:  # noqa: BLE001 - visible, and on with it: never to a prompt
                self._fault("INTERNAL", type(error).__name__)
            await asyncio.sleep_ms(_RESTART_PAUSE)

    async def _serve(self) -> None:
        if self._visit and self._visit.held:
            self._drawn = False
            self._visit = self._new_visit()
            await self._visit.stay_away()
            self._standing = None
        if self._standing is None:
            self._ready()
        while True:
            if self._error:
                error, self._error = self._error, None
                self._fault("INTERNAL", "%s: %s" % (self._broken, type(error).__name__))
            card = await self._reader.poll()
            if card:
                await self._serve_phone(card)
                continue
            self._refresh()
            await self._reader.power_down()
            await asyncio.sleep_ms(_POLL_PAUSE)

    async def _serve_phone(self, card: "Card") -> None:
        self._idle.hide()
        self._drawn = False
        self._screens.reading()
        self._signals.play("reading")
        visit = self._visit = self._new_visit()
        await visit.serve(card)
        self._journalled = None
        if self._standing or visit.removing:
            self._ready()

    def _new_visit(self) -> "Visit":
        self._visit = None
        gc.collect()  # loaded modules must not lie scattered among garbage
        with Unimport():  # unloaded with the verdict
            from borne.visit import Visit
        return Visit(
            self._reader,
            self._screens,
            self._signals,
            self._keeper,
            self._journal,
            self._phones,
            self._clock,
            self._events,
            self._question,
        )

    def _ready(self) -> None:
        self._standing = None
        if not (self._visit and self._visit.shows):
            self._rest()
        self._events.report({"event": "ready"})

    def _refresh(self) -> None:
        """Removes an expired verdict or fault from the screen, and keeps idle screen and journal up to
        date."""
        attempt(self._journal.settle, False)
        if self._visit:
            if self._visit.refresh():
                return
            if self._standing is None:
                self._rest()
            else:
                self._draw_fault(self._standing)
                self._forget()
        elif self._standing is None:
            self._idle.refresh(self.trust)
        elif time.ticks_diff(time.ticks_ms(), self._since) >= _STEADY:
            self._ready()

    def _rest(self) -> None:
        # The screen first: it keeps the text of a moving line.
        self._idle.show(self.trust)
        self._forget()

    def _forget(self) -> None:
        """Forgets the last visit, except that its phone has not left."""
        if self._visit:
            self._visit.forget()
            if not self._visit.held:
                self._visit = None

    def _fault(self, code: str, detail: str) -> None:
        """Shows and records a fault, as far as the working parts can. A fault that is not over is not
        reported again."""
        self._since = time.ticks_ms()
        known, self._standing = code == self._standing, code
        if not (known and self._drawn):
            self._draw_fault(code)
        attempt(self._forget)
        if known:
            return
        if self._journalled != code:  # once: a missing reader must not push verdicts out
            self._journalled = code
            attempt(self._write_fault, code, detail)
        attempt(self._journal.settle, False)
        attempt(self._events.report, {"event": "fault", "code": code, "detail": detail})

    def _draw_fault(self, code: str) -> None:
        self._idle.hide()
        self._drawn = True
        attempt(self._screens.fault, code)
        attempt(self._signals.play, "fault")

    def _write_fault(self, code: str, detail: str) -> None:
        self._journal.fault(self._clock.now(), code, detail)

    def broken(self, task: str, error: Exception) -> None:
        """A task beside the app has ended by an exception: a fault, once no phone is read. Allocates
        nothing."""
        self._broken, self._error = task, error

    def back(self) -> None:
        """The display was silent, and answers again."""
        if self._standing is None:
            if self._visit is None:
                self._rest()
            self._events.report({"event": "ready"})

    def pattern(self) -> None:
        """Shows the test pattern for eyes and ears, for as long as a verdict. A phone that comes is still
        read."""
        self._idle.hide()
        self._drawn = False
        self._visit = self._visit or self._new_visit()
        self._visit.pattern()

    def clock_text(self, seconds: int) -> str:
        """Unix `seconds` as a time on the screen."""
        return self._screens.clock(seconds, self.trust.time_zone)

    def working(self, begun: bool) -> None:
        """Work that may take the processor for seconds has begun, or ended."""
        self._idle.working(begun)

    def redraw(self) -> None:
        """The content of the idle screen has changed."""
        self._idle.redraw(self.trust)
