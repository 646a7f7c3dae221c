"""The trust set of the terminal: loaded, switched to the next release, sped up by combs."""

import asyncio
import gc

from micropython import const

from borne import limits
from borne.errors import StoreError
from borne.trust import kinds, trustset
from borne.trust.key_combs import KeyCombs
from borne.trust.policy import Policy
from borne.trust.release_store import ReleaseStore
from borne.trust.trustset import TrustSet
from borne.trust.update import Update

if False:  # for types only
    from typing import Callable

    from borne.protocols import Fault, Pause

_LOADING = const(1024)  # bytes after which garbage is collected while trust data are loaded


class TrustKeeper:
    """`trust` is the TrustSet in force, `store` (ReleaseStore) has its release, and `update` (Update) makes
    the next release from a courier's files."""

    def __init__(
        self,
        folder: str,
        follow: "Callable[[int, Policy], None]",
        fault: "Fault",
        own_zone: str | None = None,
    ) -> None:
        """Nothing is accepted before `load`. `folder` has the store. `follow(version, policy)` is called with
        the release in force, and `fault(code, text)` with a release's fault. `own_zone`, the terminal's own
        time zone, goes before the policy's."""
        self._follow = follow
        self._fault = fault
        self._own_zone = own_zone
        self.store = ReleaseStore(folder, damaged=lambda text: fault("NO_TRUST", text))
        try:
            self.store.collect()  # now, while there is room: an earlier firmware may have left thousands
        except OSError:
            pass  # the next courier's first file says so
        self.update = Update(self.store, kinds.check)
        self.trust = self._nothing()
        self._combs = KeyCombs(self.store, lambda: not self.update.active())
        self.combing: asyncio.Task | None = None
        self._pause: "Pause"  # once combs are made

    def load(self) -> None:
        """Loads the release of the store: it counts from the next tap on."""
        self.trust = self._read()
        self._follow(self.store.version, self.trust.policy)
        self._combs.want(self.trust.keys)

    def switch(self) -> None:
        """Drops the old release and loads the new release of the store. Raises StoreError if that cannot be
        loaded: then every tap is refused."""
        self._combs.want(None)
        self.trust = self._nothing()
        # Long-lived objects must not lie scattered among the garbage of an update: the old lists with their
        # open files, and metadata.
        gc.threshold(_LOADING)
        gc.collect()
        self.store.load()
        self.load()
        gc.collect()
        gc.threshold(limits.GARBAGE_MAX)
        if self.store.version and self.trust.as_of is None:
            raise StoreError("release %d is in force, and cannot be loaded" % self.store.version)

    def comb(self, pause: "Pause") -> None:
        """Starts the task `combing`, which makes combs of the keys; `pause` is awaited between pieces of
        work."""
        self._pause = pause
        self.combing = asyncio.create_task(self._combs.run(pause))

    def make_room(self) -> None:
        """Drops a half-made comb, which takes the heap that an mdoc needs: it is begun again later."""
        if self.combing:
            self.combing.cancel()
            self.comb(self._pause)

    def _read(self) -> TrustSet:
        """The trust set of the release; if that is not whole, an empty set, which accepts nothing."""
        if not self.store.version:
            return self._nothing()
        try:
            return trustset.load(self.store, self._left_out, self._own_zone)
        except StoreError as error:
            self._fault("NO_TRUST", str(error))
        except Exception as error:  # noqa: BLE001 - refuse everybody, visibly, and serve the link
            self._fault("NO_TRUST", type(error).__name__)
        return self._nothing()

    def _nothing(self) -> TrustSet:
        # No list without keys is searched.
        return TrustSet([], Policy(), None, own_zone=self._own_zone)  # type: ignore[arg-type]

    def _left_out(self, name: str, reason: str) -> None:
        self._fault("STATUS_LIST", name + ": " + reason)
