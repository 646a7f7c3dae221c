"""A terminal's trust data and link on a recorded flash, and the courier at its port.

The firmware's own handlers, update, TUF client, release store and clock, put together as
borne.composition does. Only the serial line is left out: requests reach the handlers as they are.
"""

import hashlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from borne import limits
from borne.errors import TrustError
from borne.link import handlers, messages
from borne.link.lowering import forget_releases
from borne.link.messages import LinkError
from borne.link.services import LinkServices
from borne.token.key_set import KeySet
from borne.trust import trustset
from borne.trust.clock import Clock
from borne.trust.policy import Policy
from borne.trust.release_store import ReleaseStore
from borne.trust.update import Update
from bornetools.emulator.machine.flash import Files, Flash
from bornetools.link import frames
from bornetools.link.client import Client, Refused, send_file

if TYPE_CHECKING:
    from bornetools.power_cuts.cases import Release

TRUST = "/trust"
OBJECTS = TRUST + "/objects"
_ROUNDS = 8  # commits of one sync


class Lost(Exception):
    """Something that a power cut must not take is gone."""


class Terminal:
    """A terminal that starts on `flash`, a Flash; `store_class` is ReleaseStore or one tried in its place.

    `floor` is the clock's (unix seconds) as it was found. Raises StoreError, OSError or Lost if there is
    nothing whole to start with.
    """

    def __init__(self, flash: Flash, store_class: type[ReleaseStore] = ReleaseStore) -> None:
        self.flash = flash
        self.files = Files(flash)
        self.board = SimpleNamespace(name="flash")
        self.terminal_id = ""
        self.logs = [SimpleNamespace(append=lambda now, fields: None)]  # there is no journal
        self.store = store_class(TRUST, self.files, self.files.open)
        self.store.collect()
        self.update = Update(self.store)
        self.clock = Clock("/clock", lambda: 0, None, self.files, self.files.open)
        self.floor = self.clock.floor()
        self.clock.released(self.store)
        self.trust = self._load_trust()

    async def pause(self) -> None:
        """There are no phones."""

    def working(self, begun: bool) -> None:
        """There is no screen."""

    def ask_time(self, seconds: int, refusal: str) -> bool:
        """There is no button."""
        return False

    def forget_releases(self) -> bool:
        """As borne.link.services does."""
        return forget_releases(cast(LinkServices, self))

    def switched(self) -> None:
        """As borne.trust.keeper does: the release is read again."""
        self.store.load()
        self.trust = self._load_trust()

    def held(self, sha256: str) -> int:
        """The bytes stored of the file with this hash (hexadecimal), finished or not."""
        for name in (sha256, sha256 + ".part"):
            try:
                return self.files.stat(f"{OBJECTS}/{name}")[6]
            except OSError:
                continue
        return 0

    def _load_trust(self) -> trustset.TrustSet:
        if not self.store.version:
            return trustset.TrustSet(KeySet([]), Policy(), None)
        return trustset.load(self.store, _damaged)


class Courier(Client):
    """The courier at a Terminal's port. `durable` has the data that must survive from then on, as (writes to
    flash so far, (SHA-256 in hexadecimal, bytes of that file)): metadata only once verified."""

    def __init__(self, terminal: Terminal) -> None:
        self.port = "flash"
        self._terminal = terminal
        self.durable: list[tuple[int, tuple[str, int]]] = []
        self._unverified: list[tuple[str, int]] = []

    def request(self, command: str, **fields: Any) -> Any:
        """The terminal's answer. Raises Refused, and StoreError or OSError if its flash fails."""
        asked = handlers.handle(cast(LinkServices, self._terminal), frames.NUMBERS[command], fields)
        try:
            asked.send(None)  # nothing that is awaited waits
        except StopIteration as end:
            if command == "put":
                self._note(fields, end.value["offset"])
            return end.value
        except LinkError as error:
            if error.code == messages.WANTED:
                self._verified()
            raise Refused(error.code, error.result) from error
        except TrustError as error:
            raise Refused(error.code, {"detail": str(error)}) from error
        raise RuntimeError(f"{command} waits for something")

    def sync(self, release: "Release") -> None:
        """All of "Carrying trust data" in docs/link.md. Raises as `request` does, and Lost."""
        self.request("time", time=release.time)
        source = release.source
        if source is None:
            raise ValueError("a release that no courier has")
        root = self.request("hello")["root"]
        for name, data in source.metadata(root).items():
            send_file(self, name, hashlib.sha256(data).digest(), data)
        for _ in range(_ROUNDS):
            try:
                self.request("commit")
                return
            except Refused as refusal:
                if refusal.code != messages.WANTED:
                    raise
                files = refusal.result["files"]
            for name, digest, size in files:
                send_file(self, name, digest, source.target(name, digest, size))
        raise Lost("the end of what is wanted")

    def _note(self, fields: Any, offset: int) -> None:
        synced = offset // limits.STORE_SYNC != fields["offset"] // limits.STORE_SYNC
        if not synced and offset != fields["size"]:
            return
        upload = (fields["sha256"].hex(), offset)
        if fields["name"].endswith(".json"):
            self._unverified.append(upload)
        else:
            self.durable.append((len(self._terminal.flash.writes), upload))

    def _verified(self) -> None:
        writes = len(self._terminal.flash.writes)
        self.durable += [(writes, upload) for upload in self._unverified]
        self._unverified.clear()


def _damaged(name: str, reason: str) -> None:
    raise Lost(f"{name}: {reason}")
