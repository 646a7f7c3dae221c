"""The TUF client workflow: which metadata to trust (specification 1.0.34, section 5). No I/O, no clock.

Any file: no longer than its bound in limits.py; JSON with `signed` and `signatures`, no keyid signing
twice; `_type` is the role's, `spec_version` 1.x, `version` 1 or more, `expires` a UTC time (4.3); signed by
a threshold of the role's keys (4.2), where neither a keyid nor a key counts twice and a key of an unknown
kind does not count. Unknown fields are signed like the others, and ignored.
Root (5.3): the first is handed in and signed by its own keys; each next root has the next version and is
signed by the keys of the root before and by its own; at most limits.TUF_ROOT_ROTATIONS_MAX at a time; expiry
counts for the last root alone, before anything below it; after a root that takes a key from timestamp or
snapshot, the stored files of both are deleted (5.3.11). Without a time only roots are taken: they need none.
Timestamp (5.4): not older than the stored one, nor its snapshot's version; the same version means that
nothing is new; not expired.
Snapshot (5.5): the timestamp's length and hashes, if it has them, and version; no role of the stored snapshot
is gone or older; not expired.
Targets (5.6): the snapshot's length and hashes, if it has them, and version; not expired.
Stored metadata pass the same rules when they are read back, but may be expired or outdated: then they serve
for comparing only. A stored snapshot has been hashed once and need not match a newer timestamp.
Left out: delegated targets (TrustError UNSUPPORTED for a name that only a delegation could have), keys
other than ECDSA P-256, hashes other than SHA-256. borne tuf-client adds these on the host.
"""

from borne import limits
from borne.errors import TrustError
from borne.trust import tuf_format
from borne.trust.tuf_format import parse, require, require_current
from borne.trust.tuf_signatures import Payload, require_threshold

if False:  # for types only
    from typing import Callable, Collection, Generator, Iterator

    from borne.protocols import Fetch, Json, Metadata, TufStore

_BELOW_ROOT = ("timestamp", "snapshot", "targets")


class TrustedMetadata:
    """The metadata trusted so far: `root`, `timestamp` and `snapshot` are the `signed` parts (dicts),
    empty at first. Metadata arguments are files as for borne.trust.tuf_format.parse; every method raises
    TrustError for refused metadata. `now` is unix seconds, the same in one update (5.1)."""

    payload = Payload
    hashes: "tuple[str, ...]" = ("sha256",)
    longest = {
        "root": limits.TUF_ROOT_MAX,
        "timestamp": limits.TUF_TIMESTAMP_MAX,
        "snapshot": limits.TUF_SNAPSHOT_MAX,
        "targets": limits.TUF_TARGETS_MAX,
    }

    def __init__(self, root: "Metadata") -> None:
        self.root, payload, signatures = self._parsed("root", root)
        self._by_root(self.root, "root", payload, signatures)
        self.timestamp: "Json" = {}
        self.snapshot: "Json" = {}
        self._targets: "Json" = {}
        self._root_done = False

    def update_root(self, data: "Metadata") -> bool:
        """Takes the next root. True: a key of timestamp or snapshot is gone, so delete the stored ones."""
        require(not self._root_done, "ORDER", "root after the last root")
        new, payload, signatures = self._parsed("root", data)
        self._by_root(self.root, "root", payload, signatures)
        require(
            new["version"] > self.root["version"], "ROLLBACK", "root older than the trusted one"
        )
        require(new["version"] == self.root["version"] + 1, "VERSION", "not the next root")
        self._by_root(new, "root", payload, signatures)
        old, self.root = self.root, new
        for role in ("timestamp", "snapshot"):
            for keyid in old["roles"][role]["keyids"]:
                if keyid not in new["roles"][role]["keyids"]:
                    return True
        return False

    def root_done(self, now: int) -> None:
        """Ends the chain of roots: the last must not be expired."""
        require_current(self.root, now)
        self._root_done = True
        # Keys of the root role alone are used no more, and the targets need their room.
        roles, keys = self.root["roles"], self.root["keys"]
        for keyid in list(keys):
            if not any([keyid in roles[role]["keyids"] for role in _BELOW_ROOT]):
                del keys[keyid]

    def update_timestamp(self, data: "Metadata", now: int) -> bool:
        """Takes a timestamp. Returns whether it is newer than the trusted one; otherwise that one stays.

        An expired timestamp is refused, but stays for comparison with the next.
        """
        require(self._root_done and not self.snapshot, "ORDER", "timestamp out of order")
        new, payload, signatures = self._parsed("timestamp", data)
        self._by_root(self.root, "timestamp", payload, signatures)
        old = self.timestamp
        if old:
            require(
                new["version"] >= old["version"], "ROLLBACK", "timestamp older than the trusted one"
            )
            if new["version"] == old["version"]:
                return False
            require(
                new["meta"]["snapshot.json"]["version"] >= old["meta"]["snapshot.json"]["version"],
                "ROLLBACK",
                "timestamp names an older snapshot",
            )
        self.timestamp = new
        require_current(new, now)
        return True

    def update_snapshot(self, data: "Metadata", now: int, stored: bool = False) -> None:
        """Takes a snapshot; `stored`: this terminal has accepted it before.

        An expired or outdated snapshot is refused, but stays for comparison with the next.
        """
        require(self.timestamp and not self._targets, "ORDER", "snapshot out of order")
        require_current(self.timestamp, now)
        if not stored:
            self.require_content(self.timestamp["meta"]["snapshot.json"], data)
        new, payload, signatures = self._parsed("snapshot", data)
        self._by_root(self.root, "snapshot", payload, signatures)
        if self.snapshot:
            for name, entry in self.snapshot["meta"].items():
                now_there = new["meta"].get(name)
                require(now_there, "MISSING", "snapshot has lost a role")
                require(
                    now_there["version"] >= entry["version"],
                    "ROLLBACK",
                    "snapshot names older metadata",
                )
        self.snapshot = new
        self._require_final_snapshot(now)

    def update_targets(self, data: "Metadata", now: int) -> None:
        """Takes the top-level targets that the snapshot names."""
        role = self.root["roles"]["targets"]
        self._targets = self._new_targets("targets", data, self.root["keys"], role, now)

    def _new_targets(
        self, name: str, data: "Metadata", keys: "Json", role: "Json", now: int
    ) -> "Json":
        """The `signed` part of the targets role `name`, verified by the `keys` and threshold of `role`."""
        require(self.snapshot, "ORDER", "targets out of order")
        self._require_final_snapshot(now)
        entry = self.entry_of(name)
        self.require_content(entry, data)
        new, payload, signatures = self._parsed("targets", data)
        require_threshold(keys, role, payload, signatures)
        require(
            new["version"] == entry["version"], "VERSION", "targets not of the snapshot's version"
        )
        require_current(new, now)
        return new

    @property
    def version(self) -> int:
        """The version of the targets."""
        return self._targets["version"]

    def targets(self) -> "Collection[str]":
        """The names of the targets."""
        return self._targets["targets"].keys()

    def target(self, name: str) -> tuple[int, str] | None:
        """(length, SHA-256 in hexadecimal) of a target; None: no such target.

        Raises TrustError UNSUPPORTED if there are delegations that might name it.
        """
        entry = self._targets["targets"].get(name)
        if entry is None:
            self.require_no_delegations()
            return None
        length, digest = entry
        require(digest, "UNSUPPORTED", "target without SHA-256")
        return length, digest.hex()

    def require_no_delegations(self) -> None:
        """Raises TrustError UNSUPPORTED if other roles than the top-level targets may name targets."""
        require("delegations" not in self._targets, "UNSUPPORTED", "delegated targets")

    def require_current(self, now: int) -> None:
        """Raises TrustError EXPIRED unless all metadata hold at `now`."""
        for signed in (self.root, self.timestamp, self.snapshot, self._targets):
            require_current(signed, now)

    def entry_of(self, name: str) -> "Json":
        """The snapshot's entry of the targets role `name`."""
        entry = self.snapshot["meta"].get(name + ".json")
        require(entry, "MISSING", "snapshot does not name this role")
        return entry

    def file_name(self, name: str, entry: "Json") -> str:
        """The name under which the repository has version `entry` of `name` (consistent snapshots, 6.2)."""
        if self.root.get("consistent_snapshot"):
            return "%d.%s.json" % (entry["version"], name)
        return name + ".json"

    def require_content(self, entry: "Json", data: "Metadata") -> None:
        """Raises TrustError unless `data` has the length and all hashes of `entry`, as far as it has any."""
        length = entry.get("length")
        require(length is None or length == len(data), "LENGTH", "not the length that is signed")
        for algorithm, digest in entry.get("hashes", {}).items():
            require(algorithm in self.hashes, "UNSUPPORTED", "hash algorithm")
            same = tuf_format.digest(data, algorithm) == digest
            require(same, "HASH", "not the content that is signed")

    def _parsed(self, role: str, data: "Metadata") -> "tuple[Json, Payload, dict[str, str]]":
        """(`signed`, Payload, {keyid: signature}) of a file that has the form of this role."""
        require(len(data) <= self.longest[role], "LENGTH", role + " is too large")
        signed, signatures = parse(role, data)
        payload = self.payload(signed)
        if role == "targets":
            self._compact(signed["targets"])
        return signed, payload, signatures

    def _compact(self, targets: "Json") -> None:
        """Makes each entry (length, SHA-256): the check of signatures, which is next, takes heap, too."""
        for name in list(targets):
            entry = targets[name]
            digest = entry["hashes"].get("sha256")
            targets[name] = (entry["length"], digest and _raw(digest))

    def _by_root(
        self, root: "Json", name: str, payload: Payload, signatures: dict[str, str]
    ) -> None:
        require_threshold(root["keys"], root["roles"][name], payload, signatures)

    def _require_final_snapshot(self, now: int) -> None:
        require_current(self.snapshot, now)
        entry = self.timestamp["meta"]["snapshot.json"]
        require(
            self.snapshot["version"] == entry["version"], "VERSION", "not the timestamp's snapshot"
        )


def _raw(digest: str) -> bytes | None:
    """The bytes of a SHA-256 in hexadecimal; None if malformed: no file has that hash."""
    try:
        raw = bytes.fromhex(digest)
    except ValueError:
        return None
    return raw if len(raw) == 32 else None


def refresh(
    store: "TufStore", fetch: "Fetch", now: int, kind: type[TrustedMetadata] = TrustedMetadata
) -> TrustedMetadata:
    """Does one update, as far as the repository has news. Returns the TrustedMetadata with targets.

    `fetch(name, most)` gives a file, None if the repository has none of that name, and may stop after
    `most` + 1 bytes. Raises TrustError, and all errors of `store` and `fetch`.
    """
    steps = refreshing(store, fetch, now, kind)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def refreshing(
    store: "TufStore",
    fetch: "Fetch",
    now: int | None,
    kind: type[TrustedMetadata] = TrustedMetadata,
) -> "Generator[None, None, TrustedMetadata]":
    """`refresh` as a generator that yields between files, for a loop that has phones to read.

    If `now` is None, only roots are taken, and TrustError CLOCK_UNSET is raised.
    """
    data = store.read("root")
    if data is None:
        raise TrustError("NO_ROOT", "no trusted root")
    trusted = kind(data)
    for _ in range(limits.TUF_ROOT_ROTATIONS_MAX):
        data = fetch("%d.root.json" % (trusted.root["version"] + 1), trusted.longest["root"])
        if data is None:
            break
        yield
        rotated = trusted.update_root(data)
        store.write("root", data)
        if rotated:
            store.delete("timestamp")
            store.delete("snapshot")
    if now is None:
        raise TrustError("CLOCK_UNSET", "expiry cannot be checked without the time")
    trusted.root_done(now)

    data = store.read("timestamp")
    if data is not None:
        yield
        try:
            trusted.update_timestamp(data, now)
        except TrustError:
            pass
    data = fetch("timestamp.json", trusted.longest["timestamp"])
    if data is None:
        raise TrustError("MISSING", "no timestamp")
    yield
    if trusted.update_timestamp(data, now):
        store.write("timestamp", data)

    def update_snapshot(data: "Metadata", stored: bool) -> None:
        trusted.update_snapshot(data, now, stored)

    def update_targets(data: "Metadata", stored: bool) -> None:
        trusted.update_targets(data, now)

    entry = trusted.timestamp["meta"]["snapshot.json"]
    yield from loading(trusted, store, fetch, "snapshot", entry, update_snapshot)
    yield from loading(
        trusted, store, fetch, "targets", trusted.entry_of("targets"), update_targets
    )
    return trusted


def loading(
    trusted: TrustedMetadata,
    store: "TufStore",
    fetch: "Fetch",
    name: str,
    entry: "Json",
    update: "Callable[[Metadata, bool], None]",
) -> "Iterator[None]":
    """Calls `update(file, stored)` with the stored metadata `name`. If these are refused or missing, calls
    it with the repository's, of version `entry`, and stores them. A generator: yields before each call."""
    data = store.read(name)
    if data is not None:
        yield
        try:
            update(data, True)
            return
        except TrustError:
            pass
    longest = trusted.longest.get(name, trusted.longest["targets"])
    length = entry.get("length", longest)
    require(length <= longest, "LENGTH", "metadata too large")
    data = fetch(trusted.file_name(name, entry), length)
    if data is None:
        raise TrustError("MISSING", "metadata file not there")
    yield
    update(data, False)
    store.write(name, data)
