"""The metadata folder of a TUF repository: which file is current, and how the next one is signed.

File names carry a version, and such a file is never rewritten. Only `timestamp.json`, which names the
current snapshot, is replaced, in one step and last.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata, Root, Signed, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from borne import limits
from borne.trust.plan import ISSUED
from bornetools import files
from bornetools.errors import UserError
from bornetools.publisher.signers import Signers
from bornetools.times import DAY

ROLES = ("root", "targets", "snapshot", "timestamp")
_SIZE_MAX = {
    "root": limits.TUF_ROOT_MAX,
    "targets": limits.TUF_TARGETS_MAX,
    "snapshot": limits.TUF_SNAPSHOT_MAX,
    "timestamp": limits.TUF_TIMESTAMP_MAX,
}


@dataclass
class Chain:
    """The metadata reached from `timestamp.json`; all None before the first release."""

    timestamp: Metadata[Timestamp] | None = None
    snapshot: Metadata[Snapshot] | None = None
    targets: Metadata[Targets] | None = None


@dataclass
class Pending:
    """New metadata, signed and not yet written: file name -> content, in the order of writing."""

    versioned: dict[str, bytes] = field(default_factory=dict)
    timestamp: bytes | None = None


class MetadataFolder:
    """The files `N.root.json`, `N.targets.json`, `N.snapshot.json` and `timestamp.json` of `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def root(self) -> Metadata[Root]:
        """The newest root. Raises UserError."""
        version = self._highest("root")
        if version == 0:
            raise UserError(f"{self.path.parent} is not a trust repository: see borne publish init")
        metadata = self._load(f"{version}.root.json", Root)
        if metadata.signed.version != version:
            raise UserError(f"{self.path / f'{version}.root.json'} is not root version {version}")
        return metadata

    def chain(self) -> Chain:
        """The current timestamp, snapshot and targets. Raises UserError."""
        if not (self.path / "timestamp.json").exists():
            return Chain()
        timestamp = self._load("timestamp.json", Timestamp)
        version = timestamp.signed.snapshot_meta.version
        snapshot = self._load(f"{version}.snapshot.json", Snapshot)
        version = snapshot.signed.meta["targets.json"].version
        return Chain(timestamp, snapshot, self._load(f"{version}.targets.json", Targets))

    def next_version(self, role: str, current: Metadata[Any] | None) -> int:
        """A version above the current one and above every file's: an interrupted run may leave a file."""
        return max(self._highest(role), current.signed.version if current else 0) + 1

    def write(self, pending: Pending) -> None:
        """Writes new metadata; the timestamp, read first by clients, is last. Raises UserError."""
        for name, data in pending.versioned.items():
            files.write_new(self.path / name, data)
        if pending.timestamp is not None:
            files.replace(self.path / "timestamp.json", pending.timestamp)

    def _highest(self, role: str) -> int:
        pattern = re.compile(rf"([1-9]\d{{0,8}})\.{role}\.json", re.ASCII)
        found = [pattern.fullmatch(path.name) for path in self.path.glob(f"*.{role}.json")]
        return max([int(match[1]) for match in found if match], default=0)

    def _load(self, name: str, kind: type[Signed]) -> Metadata[Any]:
        path = self.path / name
        try:
            metadata: Metadata[Any] = Metadata.from_bytes(files.read(path, "metadata file"))
        except DeserializationError:
            raise UserError(f"{path}: not TUF metadata") from None
        if not isinstance(metadata.signed, kind):
            raise UserError(f"{path}: not {kind.type} metadata")
        return metadata


def sign(signed: Signed, role: str, root: Root, signers: Signers) -> Metadata[Any]:
    """`signed` with the signatures of all available keys of `role` in `root`.

    Raises UserError if the signatures are fewer than the role's threshold.
    """
    metadata: Metadata[Any] = Metadata(signed)
    add_signatures(metadata, root.roles[role].keyids, signers)
    need(root, role, metadata)
    return metadata


def add_signatures(metadata: Metadata[Any], keyids: list[str], signers: Signers) -> None:
    """Signs `metadata` with the available keys among `keyids`."""
    for keyid in keyids:
        if keyid in signers:
            metadata.sign(signers[keyid], append=True)


def need(root: Root, role: str, metadata: Metadata[Any]) -> None:
    """Raises UserError unless `metadata` has the signatures that `root` requires for `role`."""
    result = root.get_verification_result(role, metadata.signed_bytes, metadata.signatures)
    if not result:
        raise UserError(
            f"{role} version {metadata.signed.version} needs {result.threshold} signatures and the"
            f" keys at hand give {len(result.signed)}: name the files of the others with --key"
        )


def require_size(role: str, data: bytes) -> None:
    """Raises UserError if a terminal has no room for `data`, the metadata of `role`."""
    most = _SIZE_MAX[role]
    if len(data) > most:
        raise UserError(f"{role} metadata of {len(data)} bytes: terminals take {most}")


def is_signed(root: Root, role: str, metadata: Metadata[Any]) -> bool:
    """True if `metadata` has the signatures that `root` requires for `role`."""
    return bool(root.get_verification_result(role, metadata.signed_bytes, metadata.signatures))


def issued(timestamp: Metadata[Timestamp] | None) -> int | None:
    """The time of issue stated in `timestamp`, in unix seconds; None if absent."""
    said = timestamp.signed.unrecognized_fields.get(ISSUED) if timestamp else None
    return said if type(said) is int else None


def expiry(at: int, days: int) -> datetime:
    """The time `days` after `at` (unix seconds), as the metadata API has it."""
    return datetime.fromtimestamp(at + days * DAY, UTC)


def seconds(moment: datetime) -> int:
    """Unix seconds of an expiry."""
    return int(moment.timestamp())
