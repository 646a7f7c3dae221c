"""The tap loop: poll > select > read > verify > show > record > forget."""

import asyncio
import gc
import time

from micropython import const

from borne import limits
from borne.errors import ChipError
from borne.memory.scrub import scrub
from borne.nfc import exchange
from borne.ui.idle import Idle
from borne.ui.showing import Showing
from borne.verify import unread, verifier
from borne.verify.verdict import Verdict

if False:  # for types only
    from typing import Callable

    from borne.journal.journal import Journal
    from borne.link.events import Events
    from borne.nfc.phones import Phones
    from borne.nfc.pn532 import Pn532
    from borne.nfc.pn532_card import Card
    from borne.protocols import AnyEvidence, Event, TicksUs
    from borne.trust.clock import Clock
    from borne.trust.keeper import TrustKeeper
    from borne.trust.trustset import TrustSet
    from borne.ui.question import Question
    from borne.ui.screens import Screens
    from borne.ui.signals import Signals

_POLL_PAUSE = const(80)  # ms between polls, with the chip powered down
_EMPTY_POLLS = const(2)  # in a row: then the phone that has been read is gone
_RESTART_PAUSE = const(500)  # ms between attempts to revive the chip
_BUSY = const(5)  # ms between looks at whether a phone is still being read
_ENOSPC = const(28)
_SILENT_STARTS = const(3)  # attempts after which the screen says that there is no reader


class App:
    """Runs the loop. `busy` is True from the found phone to its verdict: only while it is False, the keeper
    may take other trust."""

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
        self._idle = Idle(screens, signals, question, clock)
        self._showing = Showing(screens, signals, question, self._decide)
        self.busy = False
        self._remembers = False  # RAM may have something of the last holder
        self._held = False  # a phone that has been read has not left yet
        self._journalled: str | None = None  # the fault that stands in the journal already

    @property
    def trust(self) -> "TrustSet":
        """The TrustSet in force."""
        return self._keeper.trust

    async def pause(self) -> None:
        """For tasks beside the app: lets the app work, and waits while it reads a phone."""
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
        if self._held:
            await self._until_gone()
        self._rest()
        self._events.report({"event": "ready"})
        while True:
            card = await self._reader.poll()
            if card is None:
                self._refresh()
                await self._reader.power_down()
                await asyncio.sleep_ms(_POLL_PAUSE)
                continue
            self.busy = True
            try:
                torn = await self._tap(card)
            finally:
                self.busy = False
                self._phones.done()
                # Objects that stay from here on must not lie scattered among the remains of the tap.
                gc.collect()
                gc.threshold(limits.GARBAGE_MAX)
            await self._until_gone()
            if torn:
                # A chip's timeout can latch, so that it finds phones and then hears none of them.
                await self._reader.start()

    async def _tap(self, card: "Card") -> bool:
        """Reads and judges the phone that was found. Returns whether it was torn away."""
        self._showing.hide()
        self._showing.forget()
        self._idle.hide()
        found: list = []
        self._remembers = True
        self._screens.reading()
        self._signals.play("reading")
        # Collected now, so that no collection falls into the exchange with the phone.
        gc.collect()
        gc.threshold(-1)
        started = time.ticks_us()
        self._reader.reset_times()
        verify = 0
        try:
            if card.iso_dep:
                purpose = self.trust.policy.purposes[0]
                found = await self._phones.read(self._reader, purpose, self._clock.now())
                read = time.ticks_us()
                verdict = self._judge(found[0])
                verify = time.ticks_diff(time.ticks_us(), read)
            else:
                verdict = Verdict("NO_APPLICATION", "not an ISO-DEP card")
        except ChipError:
            raise
        except asyncio.TimeoutError:
            verdict = Verdict("TORN", "the exchange took too long")
        except Exception as error:  # noqa: BLE001 - the outermost guard: refuse, and read the next phone
            verdict = unread.verdict_on(error)
        self._held = True
        self._showing.begin(found)
        self._decided(verdict, found[0] if found else None, started, verify)
        return verdict.code == "TORN"

    def _decided(
        self, verdict: Verdict, evidence: "AnyEvidence | None", started: "TicksUs", verify: int
    ) -> None:
        """Records, shows and reports the verdict on the beneficiary who is shown, whose Evidence that is, or
        None; `started` is ticks_us at its begin, `verify` the microseconds of its verification."""
        total = time.ticks_diff(time.ticks_us(), started)
        verdict = self._record(verdict, evidence)
        self._showing.verdict(verdict, self.trust.policy)
        first = self._showing.place == 0
        event: "Event" = {
            "event": "verdict",
            "code": verdict.code,
            "severity": verdict.severity,
            "detail": verdict.detail,
            "us": {
                "bus": self._reader.bus_us if first else 0,
                "phone": self._reader.card_us if first else 0,
                "verify": verify,
                "total": total,
            },
        }
        if verdict.holder and self.trust.policy.identity_to_software:
            event["holder"] = verdict.holder
        self._events.report(event)

    def _decide(self, evidence: "AnyEvidence") -> None:
        """Judges the beneficiary that the operator has stepped on to."""
        started = time.ticks_us()
        verdict = self._judge(evidence)
        self._decided(verdict, evidence, started, time.ticks_diff(time.ticks_us(), started))

    def _judge(self, evidence: "AnyEvidence") -> Verdict:
        return verifier.verify(evidence, self.trust, self._clock.now())

    async def _until_gone(self) -> None:
        """Waits until the phone has left: one that is held on the reader is not read twice.

        A phone's UID is random at each activation, so only its absence tells one tap from the next.
        """
        empty = 0
        while empty < _EMPTY_POLLS:
            self._refresh()
            await self._reader.release()
            card = await self._reader.poll()
            empty = 0 if card else empty + 1
        self._held = False
        self._events.report({"event": "gone"})

    def _record(self, verdict: Verdict, evidence: "AnyEvidence | None") -> Verdict:
        self._journalled = None
        try:
            self._journal.verdict(self._clock.now(), verdict, evidence)
        except OSError as error:
            full = error.args and error.args[0] == _ENOSPC
            return Verdict(
                "INTERNAL", "the journal " + ("is full" if full else "cannot be written")
            )
        verdict.signed = None  # the token's traces have no business beyond this
        try:
            if verdict.issued_at is not None:
                self._clock.verified(verdict.issued_at)
        except OSError:
            pass  # the floor counts all the same until the power goes
        return verdict

    def _fault(self, code: str, detail: str) -> None:
        """Shows and records that something broke, as far as what is left can."""
        self._showing.hide()
        self._idle.hide()
        _attempt(self._screens.fault, code)
        _attempt(self._forget)
        _attempt(self._signals.play, "fault")
        if self._journalled != code:  # once: a reader that stays away must not push verdicts out
            self._journalled = code
            _attempt(self._write_fault, code, detail)
        _attempt(self._events.report, {"event": "fault", "code": code, "detail": detail})

    def pattern(self) -> None:
        """Shows what eyes and ears are to check, for as long as a verdict. A phone that comes is read all
        the same."""
        self._idle.hide()
        self._showing.pattern()

    def clock_text(self, seconds: int) -> str:
        """Unix `seconds` as the screen says a time."""
        return self._screens.clock(seconds, self.trust.time_zone)

    def working(self, begun: bool) -> None:
        """Work that takes the processor for seconds, if it lasts, has begun, or ended."""
        self._idle.working(begun)

    def redraw(self) -> None:
        """The content of the idle screen has changed."""
        self._idle.redraw(self.trust)

    def _write_fault(self, code: str, detail: str) -> None:
        self._journal.fault(self._clock.now(), code, detail)

    def _refresh(self) -> None:
        """Takes the last verdict from the screen when its time is over, and keeps the idle screen true."""
        if not self._showing.lasts:
            self._idle.refresh(self.trust)
        elif not self._showing.refresh(self.trust.policy):
            self._rest()

    def _rest(self) -> None:
        self._showing.hide()
        self._idle.show(self.trust)
        self._forget()

    def _forget(self) -> None:
        """Nothing of the last holder stays: neither where the phone's answer was, nor what was made of it,
        nor what of that is still on its way to software."""
        if self._remembers:
            self._remembers = False
            self._showing.forget()
            exchange.forget(self._reader)
            self._events.forget()
            scrub()


def _attempt(function: "Callable[..., object]", *arguments: object) -> None:
    """Calls a part that may be the broken one: it must not take the terminal with it."""
    try:
        function(*arguments)
    except Exception:  # noqa: BLE001, S110 - no part is left to tell
        pass
