"""The terminal: its parts put together, and what the link may ask of them (borne.link.handlers)."""

import asyncio
import gc
import os

from micropython import const

from borne import limits
from borne.app import App
from borne.crypto import p256
from borne.errors import StoreError
from borne.journal.chained_log import ChainedLog
from borne.journal.journal import Journal
from borne.link.events import Events
from borne.link.messages import LOGS
from borne.link.task import Link
from borne.memory.unimport import Unimport
from borne.nfc.phones import Phones
from borne.nfc.pn532 import Pn532
from borne.randomness import entropy
from borne.randomness.prepared import Prepared
from borne.token import dates
from borne.trust import trustset
from borne.trust.clock import Clock
from borne.trust.key_combs import KeyCombs
from borne.trust.policy import Policy
from borne.trust.release_store import ReleaseStore
from borne.trust.update import Update
from borne.ui.question import Question
from borne.ui.screens import Screens
from borne.ui.signals import Signals
from borne.uptime import Uptime

_LOADING = const(1024)  # bytes after which garbage is collected while trust data are loaded
_BUSY = const(5)  # ms between looks at whether a phone is still being read


class Terminal:
    """All of it on a `board` (docs/porting.md). What it keeps lies in the board's folder `flash`:
    `settings.cbor`, `trust/` (ReleaseStore), `clock`, `journal/` and `receipts/` (ChainedLog)."""

    def __init__(self, board):
        """Raises StoreError if its settings cannot be used: it must not pass for another terminal."""
        self.board = board
        with Unimport():
            from borne.provisioned import settings

            own = settings.load(board.flash + "/" + settings.FILE)
        self.terminal_id = own.terminal_id if own else board.terminal_id
        language = own.language if own else board.language
        trust = board.flash + "/trust"
        for folder in (board.flash, trust):
            try:
                os.mkdir(folder)
            except OSError:
                pass  # it is there; if it cannot be made, the store says so
        texts = __import__("borne.ui.texts_" + language, None, None, ("TITLES",))
        screens = Screens(board.display, texts)
        screens.starting()
        self.events = Events()
        self.clock = Clock(board.flash + "/clock", Uptime(), board.rtc)
        self.logs = [
            ChainedLog(board.flash + "/" + log, self.terminal_id, self._overwritten) for log in LOGS
        ]
        self._journal = Journal(*self.logs)
        self._journal.start()
        self._native()
        self._question = Question(board.button)
        self._signals = Signals(board.led, board.buzzer)
        self.store = ReleaseStore(trust, damaged=lambda text: self.fault("NO_TRUST", text))
        self.update = Update(self.store, trustset.check)
        self._combs = KeyCombs(self.store, lambda: not self.update.active())
        try:
            self.clock.verified(self.store.time)
        except OSError:
            pass  # it counts all the same until the power goes
        random = entropy.Entropy(board.flash + "/" + entropy.FILE, self.terminal_id)
        if not random.saved:
            self.fault("SEED", "the seed of the next start cannot be written")
        self._prepared = Prepared(random)
        self._combing = None  # the task that makes combs
        self.reader = Pn532(board.transport, board.reset_pin)
        _settle()
        self.app = App(
            self.reader,
            screens,
            self._signals,
            self._load_trust(),
            self._journal,
            Phones(self.terminal_id, self._prepared, self._reader_key(random), self._make_room),
            self.clock,
            self.events,
            self._question,
        )

    async def run(self):
        """Reads phones and serves the link. Never returns."""
        asyncio.create_task(Link(self.board.link, self).run())
        asyncio.create_task(self._prepared.run(self.pause))
        if not p256.native():
            self._combing = asyncio.create_task(self._combs.run(self.pause))
        await self.app.run()

    def fault(self, code, text):
        """Something broke: `text` is a fixed one. The journal and whoever listens are told."""
        try:
            self._journal.fault(self.clock.now(), code, text)
        except OSError:
            pass  # then the first verdict says so, on the screen
        self.events.report({"event": "fault", "code": code, "detail": text})

    async def pause(self):
        """Lets the app work, and waits while it reads a phone."""
        await asyncio.sleep_ms(0)
        while self.app.busy:
            await asyncio.sleep_ms(_BUSY)

    def working(self, begun):
        """Work that takes the processor from the app has begun, or ended."""
        self.app.working(begun)

    def switched(self):
        """The store has another release: it counts from the next tap on."""
        self._combs.want(None)
        self.app.trust = _nothing()
        # What stays from here on must not lie scattered among what an update leaves behind: the old lists
        # with their open files, and metadata.
        gc.threshold(_LOADING)
        gc.collect()
        self.store.load()
        self.app.trust = self._load_trust()
        gc.collect()
        gc.threshold(limits.GARBAGE_MAX)
        self.app.redraw()

    def ask_time(self, seconds):
        """Asks the operator whether it is `seconds`. Returns False if there is no button to say so."""
        asked = self.clock.uptime()

        def confirmed():
            self.clock.offer(seconds + self.clock.uptime() - asked, confirmed=True)

        text = dates.day_of(seconds) + " " + dates.time_of(seconds) + " UTC"
        return self._question.ask("SET_CLOCK", text, limits.CLOCK_CONFIRM_WITHIN, confirmed)

    def heap(self):
        """Bytes of memory that are free."""
        gc.collect()
        return gc.mem_free()

    def identify(self, seconds):
        """Blinks for so many seconds, to be told from its neighbours."""
        self._signals.identify(seconds)

    def _reader_key(self, random):
        """The ReaderKey, or None. If it is unusable, requests go out without reader authentication."""
        try:
            with Unimport():  # most terminals have none
                from borne.provisioned import reader_key

                return reader_key.load(self.board.flash + "/" + reader_key.FILE, random.random)
        except StoreError as error:
            self.fault("READER_KEY", str(error))
            return None

    def _native(self):
        """Looks for the native module, and tests it: now, as that would hold a tap up."""
        with Unimport():
            from borne.crypto import native

            wrong = native.load()
        if wrong:
            self.fault("NATIVE", wrong)

    def _make_room(self):
        """A comb that is half made takes the heap that an mdoc needs: it is begun again later."""
        if self._combing:
            self._combing.cancel()
            self._combing = asyncio.create_task(self._combs.run(self.pause))

    def _overwritten(self):
        self.events.report(
            {"event": "fault", "code": "JOURNAL_FULL", "detail": "unexported entries were lost"}
        )

    def _load_trust(self):
        trust = self._read_trust()
        self._journal.follow(self.store.version, trust.policy)
        self._combs.want(trust.keys)
        return trust

    def _read_trust(self):
        """The trust set of the release; without a whole one an empty set, with which nothing is accepted."""
        if not self.store.version:
            return _nothing()
        try:
            return trustset.load(self.store, lambda text: self.fault("STATUS_LIST", text))
        except StoreError as error:
            self.fault("NO_TRUST", str(error))
        except Exception as error:  # noqa: BLE001 - refuse everybody, visibly, and serve the link
            self.fault("NO_TRUST", type(error).__name__)
        return _nothing()


def _settle():
    """Loads once what comes and goes: what stays of it, machine code and tables that grow, then lies at the
    begin of the heap."""
    with Unimport():
        from borne.crypto import ecdsa_sign  # noqa: F401
        from borne.nfc import mdoc_exchange  # noqa: F401
        from borne.trust import identifiers, roots  # noqa: F401
        from borne.verify import mdoc_verifier  # noqa: F401


def _nothing():
    return trustset.TrustSet([], Policy(), None)
