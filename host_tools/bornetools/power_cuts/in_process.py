"""A terminal's trust data and link on a recorded flash, and the courier at its port.

The firmware's own handlers, update, TUF client, release store and clock, put together as
borne.composition does. Only the serial line is left out: requests reach the handlers as they are.
"""

import hashlib
from types import SimpleNamespace

from borne import limits
from borne.errors import TrustError
from borne.link import handlers, messages
from borne.link.messages import LinkError
from borne.trust import trustset
from borne.trust.clock import Clock
from borne.trust.policy import Policy
from borne.trust.release_store import ReleaseStore
from borne.trust.update import Update
from bornetools.emulator.machine.flash import Files
from bornetools.link import frames
from bornetools.link.client import Client, Refused, send_file

TRUST = "/trust"
OBJECTS = TRUST + "/objects"
_ROUNDS = 8  # commits of one sync


class Lost(Exception):
    """Something that a power cut must not take is gone."""


class Terminal:
    """One that starts on `flash`, a Flash; `store_class` is ReleaseStore or what is tried in its place.

    `floor` is the clock's (unix seconds) as it was found. Raises StoreError, OSError or Lost if there is
    nothing whole to start with.
    """

    def __init__(self, flash, store_class=ReleaseStore):
        self.flash = flash
        self.files = Files(flash)
        self.board = SimpleNamespace(name="flash")
        self.terminal_id = ""
        self.store = store_class(TRUST, self.files, self.files.open)
        self.update = Update(self.store)
        self.clock = Clock("/clock", lambda: 0, None, self.files, self.files.open)
        self.floor = self.clock.floor()
        self.clock.verified(self.store.time)
        self.trust = self._load_trust()

    async def pause(self):
        """There are no phones."""

    def working(self, begun):
        """There is no screen."""

    def switched(self):
        """As borne.trust.keeper does: the release is read again."""
        self.store.load()
        self.trust = self._load_trust()

    def held(self, sha256):
        """How many bytes are there of the file with this hash (hexadecimal), finished or not."""
        for name in (sha256, sha256 + ".part"):
            try:
                return self.files.stat(f"{OBJECTS}/{name}")[6]
            except OSError:
                continue
        return 0

    def _load_trust(self):
        if not self.store.version:
            return trustset.TrustSet([], Policy(), None)
        return trustset.load(self.store, _damaged)


class Courier(Client):
    """At the port of a Terminal. `durable` has what must survive from then on, as (writes to flash so far,
    SHA-256 in hexadecimal, bytes of that file)."""

    def __init__(self, terminal):
        self.port = "flash"
        self._terminal = terminal
        self.durable = []

    def request(self, command, **fields):
        """What the terminal answers. Raises Refused, and StoreError or OSError if its flash fails."""
        asked = handlers.handle(self._terminal, frames.NUMBERS[command], fields)
        try:
            asked.send(None)  # nothing that is awaited waits
        except StopIteration as end:
            if command == "put":
                self._note(fields, end.value["offset"])
            return end.value
        except LinkError as error:
            raise Refused(error.code, error.result) from error
        except TrustError as error:
            raise Refused(error.code, {"detail": str(error)}) from error
        raise RuntimeError(f"{command} waits for something")

    def sync(self, release):
        """All of "Carrying trust data" in docs/link.md. Raises as `request` does, and Lost."""
        self.request("time", time=release.time)
        root = self.request("hello")["root"]
        for name, data in release.source.metadata(root).items():
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
                send_file(self, name, digest, release.source.target(name, digest, size))
        raise Lost("the end of what is wanted")

    def _note(self, fields, offset):
        synced = offset // limits.STORE_SYNC != fields["offset"] // limits.STORE_SYNC
        if synced or offset == fields["size"]:
            writes = len(self._terminal.flash.writes)
            self.durable.append((writes, fields["sha256"].hex(), offset))


def _damaged(name: str, reason: str) -> None:
    raise Lost(f"{name}: {reason}")
