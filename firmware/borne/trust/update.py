"""A new release from an untrusted courier: metadata first, then exactly the files that they name.

1. `begin` and `append` take metadata files, under their names in the repository.
2. `commit` verifies them (borne.trust.tuf) and returns the wanted files: those that the new targets name and
   the store lacks. A signed delta from the stored list takes the place of a list.
3. `begin` and `append` take these files, and no others.
4. `commit` applies the deltas and switches to the new release, in one step.

Metadata that TUF persists once verified (root, timestamp, snapshot: specification 5.3.8, 5.4.5, 5.5.7) are
kept even if the rest is refused or never comes; the release in force stays as it is meanwhile. After a
restart the courier begins at 1: files in the store need no second transfer.

A courier's leavings on the flash are bounded: one part of a metadata file at a time, and files that verified
targets name. All others are deleted when the next file begins, and at the next start.
"""

import json

from borne import limits
from borne.errors import StoreError, TrustError
from borne.memory.unimport import Unimport
from borne.trust import kinds

if False:  # for types only
    from typing import Callable, Iterator

    from borne.protocols import Bytes, File, Pause
    from borne.trust.plan import Plan
    from borne.trust.release_store import ReleaseStore


class Update:
    """`store` is a borne.trust.release_store.ReleaseStore whose release has at least `root.json`;
    `check(name, file)` yields between pieces of work, and raises TrustError if a signed file is unusable."""

    def __init__(
        self, store: "ReleaseStore", check: "Callable[[str, File], Iterator[None]] | None" = None
    ) -> None:
        self._store = store
        self._check = check
        self._metadata: dict[str, str] = {}  # received: SHA-256 by name
        self._plan: "Plan | None" = None
        self._upload: tuple = ()  # (name, SHA-256, size) of the upload under way
        self._at = 0
        self._root: tuple = (None, None)  # SHA-256 and version of the trusted root

    def root_version(self) -> int | None:
        """The trusted root's version; None: no root has been provisioned."""
        sha256 = self._store.sha256("root.json")
        if sha256 != self._root[0]:
            self._root = (sha256, self._read_root_version())
        return self._root[1]

    def active(self) -> bool:
        """Whether a courier is at work."""
        return bool(self._metadata or self._upload or self._plan)

    def forget(self) -> None:
        """Forgets files that were received but never committed: the courier has gone, or another one
        begins."""
        self._store.close()
        self._upload = ()
        self._metadata.clear()
        self._plan = None

    def begin(self, name: str, sha256: str, size: int) -> int:
        """The offset at which the upload of a file goes on; `size`: the file is complete, call `finish`.

        Raises TrustError: UNWANTED, LENGTH, FULL.
        """
        upload = (name, sha256, size)
        if upload != self._upload:
            most = self._most(name, sha256, size)
            self._upload = ()
            needed = self._needed()
            needed.append(sha256)
            self._store.collect(needed)
            try:
                self._at = self._store.begin(sha256, size, most)
            except TrustError as error:
                if error.code != "FULL":
                    raise
                # Files that can be made again or fetched again have to go first.
                if self._plan is None:
                    self._store.want(())
                self._store.collect(needed, derived=False)
                self._at = self._store.begin(sha256, size, most)
            self._upload = upload
        return self._at

    def append(self, data: "Bytes") -> int:
        """Appends the next bytes of the upload. Returns the offset behind them. Raises TrustError."""
        upload, self._upload = self._upload, ()  # a failed upload begins anew
        self._store.append(upload[1], self._at, data)
        self._upload = upload
        self._at += len(data)
        return self._at

    async def finish(self, pause: "Pause") -> None:
        """Checks the upload; `pause` is awaited between pieces of work. Raises TrustError: HASH."""
        name, sha256, _ = self._upload
        self._upload = ()
        for _ in self._store.finishing(sha256):
            await pause()
        if _role(name) and self._metadata.get(name) != sha256:
            self._metadata[name] = sha256
            self._plan = None

    async def commit(self, now: int | None, pause: "Pause", sure: bool = False) -> list:
        """Makes the received files the release. Returns the files still wanted, as lists [name, SHA-256
        (bytes), size]; if there are none, the new release is in force.

        `now` is unix seconds; None: only roots are taken. If `now` is `sure`, a release issued later is
        refused. `pause` is awaited between pieces of work. Raises TrustError.
        """
        self._upload = ()
        if not self._metadata:
            return []  # a repeated request, already done
        roots = [name for name in self._metadata if _role(name) == "root"]
        if now is None and (self._plan or not roots):
            raise TrustError("CLOCK_UNSET", "expiry cannot be checked without the time")
        if self._plan is None:
            latest = now + limits.CLOCK_SKEW_MAX if now is not None and sure else None
            with Unimport():  # only now, as no tap needs it; gone with the Plan
                from borne.trust.plan import verify

            try:
                self._plan = await verify(self._store, self._metadata, now, pause, latest)
            except TrustError as error:
                if error.code != "CLOCK_UNSET":
                    self._metadata.clear()
                for name in roots:  # the valid ones have been taken
                    self._metadata.pop(name, None)
                raise
            self._store.want(self._plan.files())
        wanted = self._plan.missing()
        if not wanted:
            try:
                wanted = await self._plan.apply_deltas(pause)
            except TrustError as error:
                if error.code != "FULL":
                    raise
                # As for an upload: what can be made again goes first.
                self._store.collect(self._needed(), derived=False)
                wanted = await self._plan.apply_deltas(pause)
        if not wanted:
            await pause()
            if self._check:
                await self._plan.check(self._check, pause)
            self._plan.switch()
            self._plan = None
            self._metadata.clear()
            self._store.want(())
        return wanted

    def collect(self) -> None:
        """Deletes the files that neither the release nor this update needs."""
        self._upload = ()
        self._store.collect(self._needed())

    def _most(self, name: str, sha256: str, size: int) -> int:
        """The bound of a file's size. Raises TrustError unless the file may come now."""
        role = _role(name)
        if role:
            if len(self._metadata) > limits.TUF_ROOT_ROTATIONS_MAX + 3:
                raise TrustError("FULL", "too many metadata files")
            return getattr(limits, "TUF_" + role.upper() + "_MAX")
        if self._plan is None or self._plan.wanted.get(name) != (sha256, size):
            raise TrustError("UNWANTED", "file that was not asked for")
        kind = kinds.find(name)
        return kind.most if kind else limits.STATUS_LIST_FILE_MAX  # a delta

    def _read_root_version(self) -> int | None:
        try:
            with self._store.open("root.json") as file:
                return json.load(file)["signed"]["version"]
        except StoreError:
            return None

    def _needed(self) -> list[str]:
        """The SHA-256 of the files of this update, in hexadecimal."""
        needed = list(self._metadata.values())
        return needed + self._plan.files() if self._plan else needed


def _role(name: str) -> str | None:
    """The role of a metadata file's name in the repository, or None."""
    if name == "timestamp.json":
        return "timestamp"
    for role in ("root", "snapshot", "targets"):
        tail = "." + role + ".json"
        if name.endswith(tail):
            number = name[: -len(tail)]
            return role if number.isdigit() and len(number) < 20 else None
    return None
