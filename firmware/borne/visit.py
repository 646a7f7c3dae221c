"""A phone's time on the reader: from the poll that found it until it has gone.

One hold is one tap. A phone held in a hand loses contact for moments. After such a moment another phone may
lie there, so no verdict stays on the screen:

    a token     is read again, in silence. The same token with the same verdict is the same tap: nothing is
                recorded, reported or heard once more. Any other has a verdict of its own.
    a wallet    cannot be read again without its holder's consent: "remove the phone". A token in its place
                is read.
    not read    (a verdict of the severity "retry": locked, no application, torn) is tried again, also while
                it lies still.

A phone still there when the verdict's rest time is over has to be removed, too.
"""

import asyncio
import gc
import time

from micropython import const

from borne import limits
from borne.attempts import again
from borne.decisions import Decisions
from borne.errors import ChipError, GoneError, SelectError, SessionError
from borne.nfc import contact, exchange
from borne.nfc.contact import Contact
from borne.verify import unread
from borne.verify.same_tap import SameTap
from borne.verify.verdict import RETRY, Verdict

if False:  # for types only
    from borne.journal.journal import Journal
    from borne.link.events import Events
    from borne.nfc.phones import Phones
    from borne.nfc.pn532 import Pn532
    from borne.nfc.pn532_card import Card
    from borne.protocols import AnyEvidence, TicksUs
    from borne.trust.clock import Clock
    from borne.trust.keeper import TrustKeeper
    from borne.ui.question import Question
    from borne.ui.screens import Screens
    from borne.ui.signals import Signals

_TRY_AGAIN = const(300)  # ms after which a phone that could not be read is tried again
_TEARS = const(3)  # readings torn in the middle, before a phone still there has a verdict
_SILENCES = const(2)  # readings without an answer, likewise

_NOBODY: list = []  # never changed

# The kinds of credential read from a phone that comes back.
_ALL, _TOKENS, _NOTHING = const(0), const(1), const(2)


class Visit:
    """One visit: loaded when a phone has come, unloaded with its verdict. `busy` is True while a phone is
    read and judged. `held`: a phone that had its verdict has not left yet. `removing`: the screen has asked
    for its removal."""

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
        self._phones = phones
        self._clock = clock
        self._events = events
        self._decisions = Decisions(
            reader, screens, signals, keeper, journal, clock, events, question
        )
        self._showing = self._decisions.showing
        self._contact = Contact(reader)
        self._same = SameTap()
        self.busy = self.held = self.removing = False
        self._reads = _ALL
        self._retry = False  # the verdict asks for another tap
        self._open = False  # and the phone is read again while it stays
        self._reading = False  # the screen says "reading"
        self._torn: GoneError | None = None  # the last reading's error, if without a verdict
        self._tears = 0  # such readings in a row
        self._tried = time.ticks_ms()  # the end of the last reading

    async def serve(self, card: "Card") -> None:
        """Serves the phone found, until it has gone; the screen says "reading". Raises ChipError, and
        unforeseen errors."""
        self._contact.found(card)
        self._reading = True
        try:
            await self._read()
            await self._until_gone()
        finally:
            self._same.forget()

    async def stay_away(self) -> None:
        """After a fault: waits until the phone that had its verdict has gone. Raises as `serve`."""
        self.held = True
        self._reads = _NOTHING
        await self._until_gone()

    @property
    def shows(self) -> bool:
        """Whether a verdict, or the pattern, is on the screen."""
        return self._showing.lasts

    def pattern(self) -> None:
        """Shows the test pattern for eyes and ears."""
        self._showing.pattern()

    def refresh(self) -> bool:
        """Updates the verdict's screen once the phone has gone. Returns False when its time is over."""
        policy = self._decisions.trust.policy
        if not self._showing.lasts or self._showing.over(policy):
            return False
        self._showing.refresh(policy)
        return True

    def forget(self) -> None:
        """Erases all data of the holder; the screen already shows something else."""
        self._showing.hide()
        self._same.forget()
        self._decisions.forget()

    async def _until_gone(self) -> None:
        state = contact.STAYS
        while state != contact.GONE:
            state = await self._contact.look()
            self._decisions.settle()
            if state == contact.BACK:
                await self._back()
            elif state == contact.STAYS and self._open:
                await self._try_again()
            if self._showing.lasts:
                self._keep(state in (contact.AWAY, contact.GONE))
        if self._tears and not self.held:
            self._conclude(Verdict("TORN", str(self._torn)))
        self.held = False
        self._showing.settle()
        self._events.report({"event": "gone"})

    def _keep(self, away: bool) -> None:
        """Keeps the screen up to date between looks."""
        policy = self._decisions.trust.policy
        if away and self._reading:  # no phone lies under the verdict
            self._reading = False
            self._showing.back(policy)
        elif not away and self._showing.over(policy):
            self._remove()
        elif not self._reading:
            self._showing.refresh(policy)

    def _remove(self) -> None:
        """Replaces a verdict on the screen by the request to remove the phone."""
        if self._showing.lasts or self._reading or not self.removing:
            self._screens.remove()
            self._signals.play("remove")
        if not self.removing:
            self.removing = True
            self._events.report({"event": "remove"})
        self._reading = False
        self.forget()

    async def _back(self) -> None:
        """The phone, or another, lies there after an absence."""
        if self._reads != _ALL:
            self._remove()
            if self._reads == _TOKENS and self._tears < _TEARS:
                await self._read()
        elif self._torn and self._tears >= self._most():
            verdict = unread.verdict_on(self._torn)
            if self._torn.silent:  # yet the phone is there
                verdict = Verdict("NO_APPLICATION", "the phone answers no command")
            self._conclude(verdict, None, True)
        else:
            if not (self._reading or self._retry):
                self._reading = True
                self._screens.reading()
                self._signals.light("reading")
            await self._read()

    def _most(self) -> int:
        """The number of failed readings after which a phone still there has a verdict."""
        if self._open:
            return 1
        return _SILENCES if self._torn and self._torn.silent else _TEARS

    async def _try_again(self) -> None:
        waited = time.ticks_diff(time.ticks_ms(), self._tried)
        if waited >= _TRY_AGAIN and await self._contact.renew():
            await self._read()

    async def _read(self) -> None:
        """Reads and judges the phone. A phone torn away has no verdict yet: it may be back at once."""
        card = self._contact.card
        if card is None:
            return
        self.busy = True
        self._decisions.remembers = True
        # Collected now, so that no collection falls into the exchange with the phone.
        gc.collect()
        gc.threshold(-1)
        try:
            await self._tap(card)
        finally:
            self.busy = False
            self._tried = time.ticks_ms()
            try:
                again(self._phones.done)
            finally:
                # Objects that stay from here on must not lie scattered among the remains of the tap.
                gc.collect()
                gc.threshold(limits.GARBAGE_MAX)
        if self._contact.card is None:
            # A chip's timeout can latch, so that it finds phones and then hears none of them.
            await self._reader.start()

    async def _tap(self, card: "Card") -> None:
        started = time.ticks_us()
        self._showing.whole = False
        self._reader.reset_times()
        if not card.iso_dep:
            self._conclude(Verdict("NO_APPLICATION", "not an ISO-DEP card"), started)
            return
        purpose = self._decisions.trust.policy.purposes[0]
        wallets = self._reads == _ALL
        try:
            found = await self._phones.read(self._reader, purpose, self._clock.now(), wallets)
        except ChipError:
            raise
        except asyncio.TimeoutError:
            self._contact.lost(same=True)
            self._conclude(Verdict("TORN", "the exchange took too long"), started)
            return
        except GoneError as error:
            self._contact.lost()
            self._torn = error
            self._tears += 1
            return
        except Exception as error:  # noqa: BLE001 - the outermost guard: refuse, and read the next phone
            if wallets or not isinstance(error, SelectError):
                # A holder who has declined is not asked again before the phone was lifted.
                anew = not isinstance(error, SessionError)
                self._conclude(unread.verdict_on(error), started, anew)
            return
        read = time.ticks_us()
        verdict = self._decisions.judge(found[0])
        self._conclude(verdict, started, False, found, time.ticks_diff(time.ticks_us(), read))

    def _conclude(
        self,
        verdict: Verdict,
        started: "TicksUs | None" = None,
        anew: bool = False,
        found: "list[AnyEvidence]" = _NOBODY,
        verify: int = 0,
    ) -> None:
        """A reading that began at `started` has ended with the Verdict on the first of the Evidence `found`.
        The reading is of the same tap, or has a verdict of its own; `anew`: a phone that was not read may be
        tried again.
        """
        self._tears, self._torn = 0, None
        if self._same.repeats(verdict, found):
            self._repeated(found)
            return
        self._retry = verdict.severity == RETRY
        self._open = anew and self._retry
        self._reads = _TOKENS if self._phones.wallet and not self._retry else _ALL
        self._reading = self.removing = False
        self._showing.begin(found)
        if started is None:
            started = time.ticks_us()
        self._decisions.decided(verdict, found[0] if found else None, started, verify)
        self.held = True

    def _repeated(self, found: "list[AnyEvidence]") -> None:
        """The same tap is not reported again. A verdict on the screen stays for its whole time from now
        on."""
        if not self._showing.lasts:
            exchange.forget(self._reader)
            if self._reading:
                self._screens.remove()
                self._signals.light("remove")
        elif not self._retry:
            self._showing.again(found, self._decisions.trust.policy)
        self._reading = False
