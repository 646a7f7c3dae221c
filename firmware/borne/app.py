"""The tap loop: poll > select > read > verify > show > record."""

import asyncio
import gc
import os
import time

from micropython import const

from borne import limits
from borne.errors import ChipError
from borne.nfc import exchange
from borne.verify import unread, verifier
from borne.verify.verdict import Verdict

_POLL_PAUSE = const(80)  # ms between polls, with the chip powered down
_EMPTY_POLLS = const(2)  # in a row: then the phone that has been read is gone
_REST = const(6000)  # ms that a verdict stays on the screen
_RESTART_PAUSE = const(500)  # ms between attempts to revive the chip
_SILENT_STARTS = const(3)  # attempts after which the screen says that there is no reader


class App:
    """Wires the parts together: `reader` Pn532, `screens` Screens, `signals` Signals, `trust` TrustSet,
    `journal` Journal; `now()` gives unix seconds or None; `report(dict)` takes each event."""

    def __init__(self, reader, screens, signals, trust, journal, terminal_id, now, report):
        self._reader = reader
        self._screens = screens
        self._signals = signals
        self._trust = trust
        self._journal = journal
        self._terminal_id = terminal_id
        self._now = now
        self._report = report
        self._rest_until = None
        self._held = False  # a phone that has been read has not left yet
        self._journalled = None  # the fault that stands in the journal already

    async def run(self):
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

    async def _serve(self):
        if self._held:
            await self._until_gone()
        self._idle()
        self._report({"event": "ready"})
        while True:
            card = await self._reader.poll()
            if card is None:
                if self._rested():
                    self._idle()
                await self._reader.power_down()
                await asyncio.sleep_ms(_POLL_PAUSE)
                continue
            verdict = await self._tap(card)
            await self._until_gone()
            if verdict.code == "TORN":
                # A chip's timeout can latch, so that it finds phones and then hears none of them.
                await self._reader.start()

    async def _tap(self, card):
        """Reads and judges the phone that was found. Returns the Verdict that is shown."""
        self._screens.reading()
        # Collected now, so that no collection falls into the exchange with the phone.
        gc.collect()
        started = time.ticks_us()
        self._reader.reset_times()
        read = started
        try:
            verdict, evidence = None, None
            if card.iso_dep:
                evidence = await asyncio.wait_for_ms(self._read(), limits.TAP_TIMEOUT)
                read = time.ticks_us()
                verdict = verifier.verify(evidence, self._trust, self._now())
            else:
                verdict = Verdict("NO_APPLICATION", "not an ISO-DEP card")
        except ChipError:
            raise
        except asyncio.TimeoutError:
            verdict = Verdict("TORN", "the exchange took too long")
        except Exception as error:  # noqa: BLE001 - the outermost guard: refuse, and read the next phone
            verdict = unread.verdict_on(error)
        ended = time.ticks_us()
        verdict = self._record(verdict)
        self._held = True
        self._screens.verdict(verdict)
        self._signals.play(verdict.severity)
        self._rest_until = time.ticks_add(time.ticks_ms(), _REST)
        self._report(
            {
                "event": "verdict",
                "code": verdict.code,
                "severity": verdict.severity,
                "detail": verdict.detail,
                "us": {
                    "bus": self._reader.bus_us,
                    "phone": self._reader.card_us,
                    "verify": time.ticks_diff(ended, read) if evidence else 0,
                    "total": time.ticks_diff(ended, started),
                },
            }
        )
        return verdict

    async def _read(self):
        purpose = self._trust.policy.purposes[0]
        nonce = os.urandom(limits.NONCE_SIZE)
        return await exchange.read(self._reader, nonce, self._terminal_id, purpose, self._now())

    async def _until_gone(self):
        """Waits until the phone has left: one that is held on the reader is not read twice.

        A phone's UID is random at each activation, so only its absence tells one tap from the next.
        """
        empty = 0
        while empty < _EMPTY_POLLS:
            if self._rested():
                self._idle()
            await self._reader.release()
            card = await self._reader.poll()
            empty = 0 if card else empty + 1
        self._held = False
        self._report({"event": "gone"})

    def _record(self, verdict):
        self._journalled = None
        try:
            self._journal.verdict(self._now(), verdict)
            return verdict
        except OSError:
            return Verdict("INTERNAL", "the journal cannot be written")

    def _fault(self, code, detail):
        """Shows and records that something broke, as far as what is left can."""
        self._rest_until = None
        _attempt(self._screens.fault, code)
        _attempt(self._signals.play, "fault")
        if self._journalled != code:  # once: a reader that stays away must not push verdicts out
            self._journalled = code
            _attempt(self._journal.fault, self._now(), code, detail)
        _attempt(self._report, {"event": "fault", "code": code, "detail": detail})

    def _rested(self):
        """True once the last verdict has stood on the screen for long enough."""
        until = self._rest_until
        return until is not None and time.ticks_diff(until, time.ticks_ms()) <= 0

    def _idle(self):
        self._rest_until = None
        self._signals.rest()
        now, as_of = self._now(), self._trust.as_of
        self._screens.idle(None if now is None or as_of is None else max(0, now - as_of))


def _attempt(function, *arguments):
    """Calls a part that may be the broken one: it must not take the terminal with it."""
    try:
        function(*arguments)
    except Exception:  # noqa: BLE001, S110 - there is nobody left to tell
        pass
