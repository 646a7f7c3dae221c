"""The plan of a new release: a courier's metadata, verified by borne.trust.tuf, and the missing files."""

import gc
import json
from binascii import unhexlify

from micropython import const

from borne import limits
from borne.errors import StoreError, TrustError
from borne.memory.unimport import Unimport
from borne.trust import kinds

if False:  # for types only
    from typing import Callable, Iterator

    from borne.protocols import File, Metadata, Pause
    from borne.trust.release_store import ReleaseStore
    from borne.trust.tuf import TrustedMetadata

_ROLES = ("root", "timestamp", "snapshot", "targets")
_KEPT = _ROLES[:3]
# A field of the timestamp, its time of issue in unix seconds: TUF itself states only the expiry. The field is
# signed with the rest, and ignored by clients that do not know it.
ISSUED = "x-borne-issued"
_PIECE = const(512)
_LETTERS = (
    "abcdefghijklmnopqrstuvwxyz0123456789-"  # of the names of lists: they become paths and URLs
)


async def verify(
    store: "ReleaseStore",
    received: dict[str, str],
    now: int | None,
    pause: "Pause",
    latest: int | None = None,
) -> "Plan":
    """Verifies metadata files (`received`: SHA-256 by name, in `store`), and returns their Plan.

    A release issued after `latest` (None: any time) is refused, FUTURE. `pause` is awaited between files.
    Raises TrustError. Root, timestamp and snapshot, as far as they were verified, are kept in any case;
    without a time, roots.
    """
    with Unimport():  # gone with the steps
        from borne.trust.tuf import TrustedMetadata, refreshing

    class Release(TrustedMetadata):
        def update_timestamp(self, data: "Metadata", now: int) -> bool:
            newer = super().update_timestamp(data, now)
            issued = self.timestamp.get(ISSUED)
            if type(issued) is not int or issued < 0:
                raise TrustError("FORMAT", "release without its time")
            if latest is not None and issued > latest:
                raise TrustError("FUTURE", "release issued later than it is")
            return newer

    files = _Metadata(store, received)
    steps = refreshing(files, files.fetch, now, Release)
    try:
        while True:
            try:
                next(steps)
            except StopIteration as end:
                made = Plan(store, files, end.value)
                break
            await pause()
    finally:
        # Freed with all metadata, as their room is needed.
        del steps, Release, TrustedMetadata, refreshing
        gc.collect()
        files.keep()
    return made


class _File:
    """A metadata file in the store, hashed and parsed in place: a heap that has been in use for long has no
    room for 8 kB in one piece."""

    def __init__(self, store: "ReleaseStore", sha256: str) -> None:
        self._store = store
        self.sha256 = sha256
        with store.open_object(sha256) as file:
            self._size = file.seek(0, 2)

    def __len__(self) -> int:
        return self._size

    def json(self) -> object:
        """The decoded file. Raises ValueError or RuntimeError: it is not JSON."""
        gc.collect()  # the decoded parts that stay must not lie scattered among garbage
        with self._store.open_object(self.sha256) as file:
            return json.load(file)

    def feed(self, take: "Callable[[memoryview], object]") -> None:
        """Calls `take` with the bytes, piece by piece."""
        buffer = memoryview(bytearray(_PIECE))
        with self._store.open_object(self.sha256) as file:
            while True:
                length = file.readinto(buffer)
                if not length:
                    return
                take(buffer[:length])


class _Metadata:
    """The store of borne.trust.tuf: the release's metadata, replaced by received files once verified."""

    def __init__(self, store: "ReleaseStore", received: dict[str, str]) -> None:
        self._store = store
        self._received = received
        self._names = {role + ".json": store.sha256(role + ".json") for role in _ROLES}

    def sha256(self, role: str) -> str | None:
        """The SHA-256, in hexadecimal, of the role's latest file; None: there is none."""
        return self._names[role + ".json"]

    def read(self, role: str) -> _File | None:
        sha256 = self.sha256(role)
        return _File(self._store, sha256) if sha256 else None

    def write(self, role: str, data: _File) -> None:
        self._names[role + ".json"] = data.sha256

    def delete(self, role: str) -> None:
        self._names[role + ".json"] = None

    def fetch(self, name: str, most: int) -> _File | None:
        return _File(self._store, self._received[name]) if name in self._received else None

    def keep(self) -> None:
        """Puts root, timestamp and snapshot, as far as they were verified, into the release."""
        store = self._store
        if all([self.sha256(role) == store.sha256(role + ".json") for role in _KEPT]):
            return
        names = {name: store.sha256(name) for name in store.names()}
        for role in _KEPT:
            names[role + ".json"] = self.sha256(role)
        left = {name: sha256 for name, sha256 in names.items() if sha256}
        store.commit(store.version, store.time, left)


class Plan:
    """The new release, and the files that are missing for it.

    `wanted` are the files to send: (SHA-256, size) by name. Files are in `store`, a ReleaseStore.
    """

    def __init__(
        self, store: "ReleaseStore", metadata: "_Metadata", trusted: "TrustedMetadata"
    ) -> None:
        self._store = store
        self._version = trusted.version
        self._time = trusted.timestamp[ISSUED]
        # The clock's floor follows it: an online key alone must not raise that beyond other keys' expiries.
        trusted.require_current(self._time)
        trusted.require_no_delegations()
        self._names: dict[str, str] = {}
        for role in _ROLES:
            self._names[role + ".json"] = metadata.sha256(role)  # type: ignore[assignment]  # all are there
        # (old list, delta, new list, its size) by the new list's name
        self._deltas: dict[str, tuple[str, str, str, int]] = {}
        self.wanted: dict[str, tuple[str, int]] = {}
        for name in trusted.targets():
            if kinds.find(name) is None:
                continue  # deltas, and kinds that newer terminals may know
            if _is_list(name) and not _is_path(name.rpartition(".")[0]):
                raise TrustError("FORMAT", "name of a revocation list")
            size, sha256 = trusted.target(name)  # type: ignore[misc]  # there is one
            if size > limits.STATUS_LIST_FILE_MAX:
                raise TrustError("LENGTH", "target larger than its bound")
            self._names[name] = sha256
            if not self._has(sha256) and not self._by_delta(trusted, name, sha256, size):
                self.wanted[name] = (sha256, size)
        for kind in kinds.KINDS:
            if kind.needed and kind.name not in self._names:
                raise TrustError("MISSING", "release without keys or policy")
        if len([name for name in self._names if _is_list(name)]) > limits.STATUS_LIST_COUNT_MAX:
            raise TrustError("UNSUPPORTED", "too many revocation lists")

    def files(self) -> list[str]:
        """The SHA-256 of all files that are needed."""
        return list(self._names.values()) + [sha256 for sha256, _ in self.wanted.values()]

    def missing(self) -> list:
        """The files still wanted, as lists [name, SHA-256 (bytes), size]."""
        return [
            [name, unhexlify(sha256), size]
            for name, (sha256, size) in self.wanted.items()
            if not self._has(sha256)
        ]

    async def apply_deltas(self, pause: "Pause") -> list:
        """Applies the deltas. Returns the files that are then missing: the whole list, where its delta has
        failed. Raises TrustError: FULL."""
        for name in list(self._deltas):
            old, delta, sha256, size = self._deltas[name]
            try:
                if not self._has(sha256):
                    await self._apply(old, delta, sha256, size, pause)
            except (StoreError, TrustError) as error:
                if getattr(error, "code", None) == "FULL":
                    raise
                self.wanted[name] = (sha256, size)
            del self._deltas[name]
        return self.missing()

    async def check(self, check: "Callable[[str, File], Iterator[None]]", pause: "Pause") -> None:
        """Runs `check(name, file)` on each loaded file of the release. Raises the errors of `check`."""
        for name, sha256 in self._names.items():
            if kinds.find(name):
                with self._store.open_object(sha256) as file:
                    for _ in check(name, file):
                        await pause()
                gc.collect()  # garbage must not scatter objects that stay
                await pause()

    def switch(self) -> None:
        """Makes this plan the release, in one step. Raises TrustError: FULL; the old release then stays."""
        self._store.commit(self._version, self._time, self._names)

    async def _apply(self, old: str, delta: str, sha256: str, size: int, pause: "Pause") -> None:
        store = self._store
        gc.collect()
        with store.open_object(old) as before, store.open_object(delta) as changes:
            out = store.create(sha256, size, limits.STATUS_LIST_FILE_MAX)
            with Unimport():
                from borne.trust.revocation_delta import steps

            for _ in steps(before, changes, out):  # type: ignore[arg-type]  # the list is not there yet
                await pause()
        for _ in store.finishing(sha256):
            await pause()

    def _by_delta(
        self,
        trusted: "TrustedMetadata",
        name: str,
        sha256: str,
        size: int,
    ) -> bool:
        """Whether there is a delta to this list from an old list; the delta is then wanted."""
        kind = kinds.find(name)
        if kind is None or kind.deltas is None:
            return False
        folder, _, number = name.rpartition("/")
        for old in self._store.names():
            if kinds.find(old) is not kind or not old.startswith(folder + "/"):
                continue
            delta = old.rpartition(".")[0] + "-" + number.rpartition(".")[0] + kind.deltas
            found = trusted.target(delta) if delta in trusted.targets() else None
            if found and found[0] < size:
                self.wanted[delta] = (found[1], found[0])
                before: str = self._store.sha256(old)  # type: ignore[assignment]  # it is there
                self._deltas[name] = (before, found[1], sha256, size)
                return True
        return False

    def _has(self, sha256: str) -> bool:
        try:
            self._store.open_object(sha256).close()
        except StoreError:
            return False
        return True


def _is_list(name: str) -> bool:
    return name.startswith(kinds.LISTS)


def _is_path(text: str) -> bool:
    for part in text.split("/"):
        if not 0 < len(part) <= limits.LIST_NAME_MAX or any([one not in _LETTERS for one in part]):
            return False
    return True
