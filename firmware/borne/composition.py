"""The terminal's parts, put together on a board."""

import asyncio
import os

from micropython import const

# First, with all that these import: nested imports add up on the C stack.
import borne.verify.token_credential
import borne.verify.verifier  # noqa: F401
from borne.app import App
from borne.attempts import again
from borne.crypto import p256
from borne.errors import StoreError
from borne.journal.chained_log import ChainedLog
from borne.journal.journal import Journal
from borne.link.events import Events
from borne.link.messages import LOGS
from borne.link.services import LinkServices
from borne.link.task import Link
from borne.memory.unimport import Unimport
from borne.nfc.phones import Phones
from borne.nfc.pn532 import Pn532
from borne.randomness.entropy import FILE as SEED
from borne.randomness.entropy import Entropy
from borne.randomness.prepared import Prepared
from borne.trust.clock import Clock
from borne.trust.keeper import TrustKeeper
from borne.ui.display_watch import watch
from borne.ui.question import Question
from borne.ui.screens import Screens
from borne.ui.signals import Signals
from borne.uptime import Uptime

if False:  # for types only
    from typing import Callable, Coroutine

    from borne.parts.protocols import Board
    from borne.provisioned.reader_key import ReaderKey

_TASK_PAUSE = const(1000)  # ms after which a task that has ended begins again


class Composition:
    """A terminal on a `board` (docs/porting.md). Its files lie in the board's folder `flash`:
    `settings.cbor`, `reader.cbor`, `seed`, `trust/` (ReleaseStore), `clock`, `journal/` and `receipts/`
    (ChainedLog)."""

    def __init__(self, board: "Board") -> None:
        """Raises StoreError if the settings are unusable: the terminal must not pass for another."""
        board.link.claim()
        terminal_id, language, own_zone = _settings(board)
        trust = board.flash + "/trust"
        for folder in (board.flash, trust):
            try:
                os.mkdir(folder)
            except OSError:
                pass  # the folder exists; if it cannot be made, the store says so
        texts = __import__("borne.ui.texts_" + language, None, None, ("SAID",))
        screens = Screens(board.display, texts)
        screens.starting()
        self._events = events = Events()
        self._clock = clock = Clock(board.flash + "/clock", Uptime(), board.rtc)
        random = Entropy(board.flash + "/" + SEED, terminal_id)
        logs = [ChainedLog(board.flash + "/" + log, terminal_id, self._overwritten) for log in LOGS]
        self._journal = Journal(logs[0], logs[1], clock, random.random)
        self._journal.start()
        self._use_native()
        question = Question(board.button)
        self._signals = signals = Signals(board.led, board.buzzer)
        self._keeper = keeper = TrustKeeper(trust, self._journal.follow, self._fault, own_zone)
        try:
            clock.released(keeper.store)
        except OSError:
            pass  # unsaved, the release's time counts until power-off
        if not random.saved:
            self._fault("SEED", "the seed of the next start cannot be written")
        self._prepared = Prepared(random)
        reader = Pn532(board.transport, board.reset_pin)
        keeper.store.logs = logs
        keeper.load()
        with Unimport():
            reader_key = self._reader_key(board.flash, random)
        _settle()
        phones = Phones(terminal_id, self._prepared, reader_key, keeper.make_room)
        self.app = App(
            reader,
            screens,
            signals,
            keeper,
            self._journal,
            phones,
            clock,
            events,
            question,
        )
        self.services = LinkServices(
            board,
            terminal_id,
            reader,
            self.app,
            keeper,
            clock,
            logs,
            events,
            question,
            signals,
            self._fault,
        )

    async def run(self) -> None:
        """Reads phones and serves the link. Never returns."""
        asyncio.get_event_loop().set_exception_handler(self._ended)
        self._serving = asyncio.create_task(Link(self.services.board.link, self.services).run())
        self._preparing = asyncio.create_task(self._prepared.run(self.app.pause))
        self._watching = asyncio.create_task(self._watch_display())
        if not p256.native():
            self._keeper.comb(self.app.pause)
        await self.app.run()

    def _ended(self, _loop: asyncio.AbstractEventLoop, context: dict) -> None:
        """A task beside the app, not awaited, has ended by an exception: reports that, and starts the task
        again."""
        task, name = context["future"], "signals"
        if task is self._serving:
            name = "link"
            link = Link(self.services.board.link, self.services)
            self._serving = asyncio.create_task(_later(link.run))
        elif task is self._preparing:
            name = "randomness"
            self._preparing = asyncio.create_task(_later(self._prepared.run, self.app.pause))
        elif task is self._watching:
            name = "display"
            self._watching = asyncio.create_task(_later(self._watch_display))
        elif task is self._keeper.combing:
            name = "combs"
            self._keeper.comb(self.app.pause)
        self.app.broken(name, context["exception"])

    def _watch_display(self) -> "Coroutine":
        display, app = self.services.board.display, self.app
        return watch(display, self._signals, lambda: app.busy, app.back, self._fault)

    def _fault(self, code: str, text: str) -> None:
        """Reports a broken part to the journal and to subscribers; `text` is fixed."""
        try:
            again(self._journal.fault, self._clock.now(), code, text)
        except (OSError, MemoryError):
            pass  # then the first verdict shows the failure
        self._events.report({"event": "fault", "code": code, "detail": text})

    def _overwritten(self) -> None:
        self._events.report(
            {"event": "fault", "code": "JOURNAL_FULL", "detail": "unexported entries were lost"}
        )

    def _use_native(self) -> None:
        """Looks for the native module, and tests it: now, as the test would delay a tap."""
        with Unimport():
            from borne.crypto.native import load

            wrong = load()
        if wrong:
            self._fault("NATIVE", wrong)

    def _reader_key(self, flash: str, random: Entropy) -> "ReaderKey | None":
        """The ReaderKey, or None. If it is unusable, requests go out without reader authentication."""
        from borne.provisioned.reader_key import FILE, load  # most terminals have none

        try:
            return load(flash + "/" + FILE, random.random)
        except StoreError as error:
            self._fault("READER_KEY", str(error))
            return None


def _settings(board: "Board") -> tuple[str, str, str | None]:
    """The terminal's id, language and own time zone, from its settings or else the board's. Raises
    StoreError."""
    with Unimport():
        from borne.provisioned.settings import FILE, load

        own = load(board.flash + "/" + FILE)
    if own:
        return own.terminal_id, own.language, own.time_zone
    return board.terminal_id, board.language, None


async def _later(run: "Callable[..., Coroutine]", *arguments: object) -> None:
    await asyncio.sleep_ms(_TASK_PAUSE)
    await run(*arguments)


def _settle() -> None:
    """Loads once each module that is loaded for a time: its lasting objects, machine code and tables that
    grow, then lie at the start of the heap. One by one: a name that stands in frozen code takes no heap; a
    name composed by an import does."""
    with Unimport(emptied=True):
        import borne.crypto.ecdsa_der
        import borne.crypto.ecdsa_sign
        import borne.crypto.gcm
        import borne.crypto.secret
        import borne.nfc.carriers
        import borne.nfc.handover
        import borne.nfc.mdoc_exchange
        import borne.nfc.ndef
        import borne.nfc.type4
        import borne.token.attributes
        import borne.token.cbor_open
        import borne.token.device_request
        import borne.token.mdoc_cover
        import borne.token.posix_tz
        import borne.token.x509
        import borne.trust.identifiers
        import borne.trust.roots
        import borne.verify.mdoc_credential
        import borne.visit  # noqa: F401
