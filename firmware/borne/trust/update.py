"""A new release from a courier who is not trusted: metadata first, then exactly the files it names.

1. `begin` and `append` take metadata files, under their names in the repository.
2. `commit` verifies them (borne.trust.tuf) and answers which files are wanted: those that the new targets
   name and the store lacks, or a delta from the list at hand where one is signed.
3. `begin` and `append` take these, and nothing else.
4. `commit` applies the deltas and switches to the new release, in one step.

What TUF persists as soon as it is verified (root, timestamp, snapshot: specification 5.3.8, 5.4.5, 5.5.7)
is kept also if the rest is refused or never comes; the release in force stays as it is meanwhile. After a
restart the courier begins at 1: what the store has needs no second transfer.
"""

import hashlib
import json
from binascii import hexlify, unhexlify

from borne import limits
from borne.errors import StoreError, TrustError

_ROLES = ("root", "timestamp", "snapshot", "targets")
_KEPT = _ROLES[:3]
_ISSUED = "x-borne-issued"  # of the timestamp: TUF itself states only when it expires
_PLAIN = ("keys.cbor", "policy.cbor")


class Update:
    """`store` is a borne.trust.release_store.ReleaseStore whose release has at least `root.json`."""

    def __init__(self, store):
        self._store = store
        self._metadata = {}  # received: SHA-256 by name
        self._plan = None
        self._upload = None  # (name, SHA-256, size) of what is under way
        self._at = 0

    def root_version(self):
        """The trusted root's version; None: no root has been provisioned."""
        try:
            return json.loads(self._store.read("root.json", limits.TUF_ROOT_MAX))["signed"][
                "version"
            ]
        except StoreError:
            return None

    def begin(self, name, sha256, size):
        """The offset at which the upload of a file goes on; `size`: all of it has come, `finish` it.

        Raises TrustError: UNWANTED, LENGTH, FULL.
        """
        upload = (name, sha256, size)
        if upload != self._upload:
            most = self._most(name, sha256, size)
            self._upload = None
            try:
                self._at = self._store.begin(sha256, size, most)
            except TrustError as error:
                if error.code != "FULL":
                    raise
                # What earlier couriers left has to go first.
                self._store.collect(self._wanted())
                self._at = self._store.begin(sha256, size, most)
            self._upload = upload
        return self._at

    def append(self, data):
        """The next bytes of the upload. Returns the offset behind them. Raises TrustError."""
        upload, self._upload = self._upload, None  # what fails begins anew
        self._store.append(upload[1], self._at, data)
        self._upload = upload
        self._at += len(data)
        return self._at

    async def finish(self, pause):
        """Checks the upload; `pause` is awaited between pieces of work. Raises TrustError: HASH."""
        name, sha256, _ = self._upload
        self._upload = None
        for _ in self._store.finishing(sha256):
            await pause()
        if _role(name) and self._metadata.get(name) != sha256:
            self._metadata[name] = sha256
            self._plan = None

    async def commit(self, now, pause):
        """Makes what was received the release. Returns the files still wanted, as lists [name, SHA-256
        (bytes), size]; if there are none, the new release is in force.

        `now` is unix seconds or None; `pause` is awaited between pieces of work. Raises TrustError.
        """
        self._upload = None
        if not self._metadata:
            return []  # a repeated request: it has been done
        if now is None:
            raise TrustError("CLOCK_UNSET", "expiry cannot be checked without the time")
        if self._plan is None:
            await pause()
            self._plan = self._verify(now)
        plan = self._plan
        wanted = self._missing(plan)
        if not wanted:
            for name in list(plan.deltas):
                try:
                    await self._apply(plan, name, pause)
                except (StoreError, TrustError) as error:
                    if getattr(error, "code", None) == "FULL":
                        raise
                    # The whole list is signed, too.
                    plan.wanted[name] = plan.deltas[name][2:]
                del plan.deltas[name]
            wanted = self._missing(plan)
        if not wanted:
            await pause()
            self._store.commit(plan.version, plan.time, plan.names)
            self._plan = None
            self._metadata.clear()
        return wanted

    def collect(self):
        """Deletes what neither the release nor this update needs."""
        self._upload = None
        self._store.collect(self._wanted())

    def _most(self, name, sha256, size):
        """The bound of a file's size. Raises TrustError unless it may come now."""
        role = _role(name)
        if role:
            if len(self._metadata) > limits.TUF_ROOT_ROTATIONS_MAX + len(_ROLES):
                raise TrustError("FULL", "too many metadata files")
            return getattr(limits, "TUF_" + role.upper() + "_MAX")
        if self._plan is None or self._plan.wanted.get(name) != (sha256, size):
            raise TrustError("UNWANTED", "file that was not asked for")
        return _target_most(name)

    def _wanted(self):
        wanted = list(self._metadata.values())
        if self._plan:
            wanted += self._plan.names.values()
            wanted += [sha256 for sha256, _ in self._plan.wanted.values()]
        return wanted

    def _missing(self, plan):
        return [
            [name, unhexlify(sha256), size]
            for name, (sha256, size) in plan.wanted.items()
            if not _has(self._store, sha256)
        ]

    def _verify(self, now):
        from borne.trust import tuf

        files = _Metadata(self._store, self._metadata)
        try:
            return _Plan(self._store, files.names, tuf.refresh(files, files.fetch, now))
        except TrustError:
            self._metadata.clear()
            raise
        finally:
            files.keep()

    async def _apply(self, plan, name, pause):
        from borne.trust import revocation_delta

        old, delta, sha256, size = plan.deltas[name]
        if _has(self._store, sha256):
            return
        store = self._store
        with store.open_object(old) as old, store.open_object(delta) as delta:
            out = store.create(sha256, size, limits.STATUS_LIST_FILE_MAX)
            for _ in revocation_delta.steps(old, delta, out):
                await pause()
        for _ in store.finishing(sha256):
            await pause()


class _Metadata:
    """The store of borne.trust.tuf: the release's metadata, and before it what was received."""

    def __init__(self, store, received):
        self._store = store
        self._received = received
        self.names = store.names()

    def read(self, role):
        name = role + ".json"
        return self._read(self.names[name], limits.TUF_TARGETS_MAX) if name in self.names else None

    def write(self, role, data):
        self.names[role + ".json"] = hexlify(hashlib.sha256(data).digest()).decode()

    def delete(self, role):
        self.names.pop(role + ".json", None)

    def fetch(self, name, most):
        return self._read(self._received[name], most) if name in self._received else None

    def keep(self):
        """Makes root, timestamp and snapshot, as far as they were verified, the release's."""
        names = self._store.names()
        for role in _KEPT:
            name = role + ".json"
            if name in self.names:
                names[name] = self.names[name]
            else:
                names.pop(name, None)
        if names != self._store.names():
            self._store.commit(self._store.version, self._store.time, names)

    def _read(self, sha256, most):
        with self._store.open_object(sha256) as file:
            return file.read(most + 1)


class _Plan:
    """What the new release is, and what is lacking: `names` (SHA-256 by name), `wanted` ((SHA-256, size)
    by name), `deltas` ((old list, delta, new list, its size) by the new list's name)."""

    def __init__(self, store, names, trusted):
        self.version = trusted.version
        self.time = trusted.timestamp.get(_ISSUED)
        if not isinstance(self.time, int) or self.time < 0:
            raise TrustError("FORMAT", "timestamp without its time")
        self.names = {role + ".json": names[role + ".json"] for role in _ROLES}
        self.wanted = {}
        self.deltas = {}
        for name in trusted.targets():
            if name not in _PLAIN and not (name.startswith("status/") and name.endswith(".rsl")):
                continue  # deltas, and what newer terminals may know
            size, sha256 = trusted.target(name)
            self.names[name] = sha256
            if not _has(store, sha256) and not self._by_delta(store, trusted, name, sha256, size):
                self.wanted[name] = (sha256, size)
        for name in _PLAIN:
            if name not in self.names:
                raise TrustError("MISSING", "release without keys or policy")

    def _by_delta(self, store, trusted, name, sha256, size):
        folder, _, number = name.rpartition("/")
        for old, old_sha256 in store.names().items():
            if not old.startswith(folder + "/") or not old.endswith(".rsl"):
                continue
            delta = old[:-4] + "-" + number[:-4] + ".rsd"
            found = trusted.target(delta) if delta in trusted.targets() else None
            if found and found[0] < size:
                self.wanted[delta] = (found[1], found[0])
                self.deltas[name] = (old_sha256, found[1], sha256, size)
                return True
        return False


def _role(name):
    """The role of a metadata file's name in the repository, or None."""
    if name == "timestamp.json":
        return "timestamp"
    for role in ("root", "snapshot", "targets"):
        tail = "." + role + ".json"
        if name.endswith(tail):
            number = name[: -len(tail)]
            return role if number.isdigit() and len(number) < 10 else None
    return None


def _target_most(name):
    if name in _PLAIN:
        return limits.KEY_SET_MAX if name == "keys.cbor" else limits.POLICY_MAX
    return limits.STATUS_LIST_FILE_MAX


def _has(store, sha256):
    try:
        store.open_object(sha256).close()
    except StoreError:
        return False
    return True
