"""The verdict on a reading: judged, recorded, shown, reported, and in the end forgotten."""

import time

from micropython import const

from borne.attempts import again, attempt
from borne.memory.scrub import scrub
from borne.nfc import exchange
from borne.ui.showing import Showing
from borne.verify import verifier
from borne.verify.verdict import Verdict

if False:  # for types only
    from borne.journal.journal import Journal
    from borne.link.events import Events
    from borne.nfc.pn532 import Pn532
    from borne.protocols import AnyEvidence, Event, TicksUs
    from borne.trust.clock import Clock
    from borne.trust.keeper import TrustKeeper
    from borne.trust.trustset import TrustSet
    from borne.ui.question import Question
    from borne.ui.screens import Screens
    from borne.ui.signals import Signals

_ENOSPC = const(28)


class Decisions:
    """`showing` is the verdict on the screen. `remembers`: RAM may hold data of a holder; set by the caller
    before a phone is read."""

    def __init__(
        self,
        reader: "Pn532",
        screens: "Screens",
        signals: "Signals",
        keeper: "TrustKeeper",
        journal: "Journal",
        clock: "Clock",
        events: "Events",
        question: "Question",
    ) -> None:
        self._reader = reader
        self._keeper = keeper
        self._journal = journal
        self._clock = clock
        self._events = events
        self.showing = Showing(screens, signals, question, self._decide)
        self.remembers = True

    @property
    def trust(self) -> "TrustSet":
        """The TrustSet in force."""
        return self._keeper.trust

    def judge(self, evidence: "AnyEvidence") -> Verdict:
        return verifier.verify(evidence, self.trust, self._clock.now())

    def decided(
        self, verdict: Verdict, evidence: "AnyEvidence | None", started: "TicksUs", verify: int
    ) -> None:
        """Records, shows and reports the verdict on the beneficiary shown. `evidence` is that beneficiary's,
        or None; `started` is ticks_us at the start, `verify` the microseconds of the verification."""
        total = time.ticks_diff(time.ticks_us(), started)
        verdict = self._record(verdict, evidence)
        again(self.showing.verdict, verdict, self.trust.policy)
        first = self.showing.place == 0
        again(self._report, verdict, first, verify, total)

    def _report(self, verdict: Verdict, first: bool, verify: int, total: int) -> None:
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
        verdict = self.judge(evidence)
        self.decided(verdict, evidence, started, time.ticks_diff(time.ticks_us(), started))

    def _record(self, verdict: Verdict, evidence: "AnyEvidence | None") -> Verdict:
        try:
            again(self._journal.verdict, self._clock.now(), verdict, evidence)
        except OSError as error:
            full = error.args and error.args[0] == _ENOSPC
            return Verdict(
                "INTERNAL", "the journal " + ("is full" if full else "cannot be written")
            )
        except MemoryError:
            return Verdict("INTERNAL", "no memory for the journal")
        verdict.signed = None  # no traces of the token beyond the journal
        try:
            if verdict.issued_at is not None:
                self._clock.verified(verdict.issued_at)
        except (OSError, MemoryError):
            pass  # unsaved, the floor counts until power-off
        return verdict

    def settle(self) -> None:
        """Keeps the journal up to date while a phone lies there."""
        attempt(self._journal.settle, False)

    def forget(self) -> None:
        """Erases all data of the last holder: the phone's answer, the objects made of it, and events still on
        their way to software."""
        if self.remembers:
            self.showing.forget()
            exchange.forget(self._reader)
            self._events.forget()
            scrub()
            self.remembers = False  # last: after a failure the next call tries again
