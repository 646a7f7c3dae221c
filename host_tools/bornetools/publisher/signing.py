"""Signing a release: new versions of targets, snapshot and timestamp, where needed."""

from dataclasses import dataclass, field
from typing import Any

from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from borne.trust.plan import ISSUED
from bornetools import times
from bornetools.errors import UserError
from bornetools.publisher import metadata as meta
from bornetools.publisher.metadata import Chain, MetadataFolder, Pending
from bornetools.publisher.signers import Signers
from bornetools.times import DAY


@dataclass
class Released:
    """A published release: version by role, target lengths by name, and remarks for the publisher; the
    `flash` that its lists take on a terminal while the next release arrives, and which `boards` have that."""

    versions: dict[str, int] = field(default_factory=dict)
    expires: int = 0  # of the timestamp, unix seconds; of the root where nothing is released yet
    targets: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    flash: int = 0
    boards: list[str] = field(default_factory=list)


class Signing:
    """One release in the making. Nothing is written: `pending` and `released` are the outcome."""

    def __init__(
        self,
        folder: MetadataFolder,
        root: Root,
        signers: Signers,
        at: int,
        days: dict[str, int],
    ) -> None:
        """Times are unix seconds; `days` is how long each role's signatures hold."""
        self._folder = folder
        self._root = root
        self._signers = signers
        self._at = at
        self._days = days
        self.pending = Pending()
        self.released = Released({"root": root.version})

    def sign(self, chain: Chain, infos: dict[str, TargetFile]) -> None:
        """Makes the metadata that follows `chain` for the targets `infos`, by name.

        Targets and snapshot are kept if their content is unchanged, their signatures satisfy the root,
        and they outlive the new timestamp. Raises UserError if signatures are lacking, or if the time is
        before that of the timestamp in `chain`: terminals know such a time to be past, unless the
        timestamp's key is withdrawn.
        """
        self._require_later(chain.timestamp)
        targets = self._targets(chain.targets, infos)
        snapshot = self._snapshot(chain.snapshot, targets)
        signed = Timestamp(
            version=chain.timestamp.signed.version + 1 if chain.timestamp else 1,
            expires=meta.expiry(self._at, self._days["timestamp"]),
            snapshot_meta=_meta_file(snapshot),
            unrecognized_fields={ISSUED: self._at},
        )
        self.pending.timestamp = self._finish("timestamp", signed).to_bytes()
        self.released.expires = meta.seconds(signed.expires)
        self.released.targets = {name: info.length for name, info in sorted(infos.items())}

    def _require_later(self, last: Metadata[Timestamp] | None) -> None:
        issued = meta.issued(last)
        if last is None or issued is None or self._at >= issued:
            return
        if meta.is_signed(self._root, "timestamp", last):
            raise UserError(
                f"the last release was issued at {times.write(issued)}, and this one would be at"
                f" {times.write(self._at)}: set this computer's clock. If the last one's time was wrong:"
                " borne publish keys rotate FOLDER timestamp, and terminals forget it"
            )

    def _targets(
        self, current: Metadata[Targets] | None, infos: dict[str, TargetFile]
    ) -> Metadata[Targets]:
        signed = Targets(
            version=self._folder.next_version("targets", current),
            expires=meta.expiry(self._at, self._days["targets"]),
            targets=infos,
        )
        same = current is not None and current.signed.targets == infos
        return self._next("targets", current, signed, same)

    def _snapshot(
        self, current: Metadata[Snapshot] | None, targets: Metadata[Targets]
    ) -> Metadata[Snapshot]:
        signed = Snapshot(
            version=self._folder.next_version("snapshot", current),
            expires=meta.expiry(self._at, self._days["snapshot"]),
            meta={"targets.json": _meta_file(targets)},
        )
        same = current is not None and current.signed.meta == signed.meta
        return self._next("snapshot", current, signed, same)

    def _next(
        self, role: str, current: Metadata[Any] | None, signed: Signed, same: bool
    ) -> Metadata[Any]:
        """`signed` as new metadata, or `current` if its content is the `same` and it is still usable."""
        if current is None or not same or not self._usable(role, current):
            return self._finish(role, signed)
        until = meta.seconds(current.signed.expires)
        if until < self._at + self._days["timestamp"] * DAY:
            try:
                return self._finish(role, signed)
            except UserError as error:
                # The role's keys are offline, and its published metadata hold a little longer.
                self.released.warnings.append(
                    f"{role} expires at {times.write(until)}: {error.message}"
                )
        return self._keep(role, current)

    def _finish(self, role: str, signed: Signed) -> Metadata[Any]:
        made = meta.sign(signed, role, self._root, self._signers)
        meta.require_size(role, made.to_bytes())
        if role != "timestamp":
            self.pending.versioned[f"{signed.version}.{role}.json"] = made.to_bytes()
        return self._keep(role, made)

    def _keep(self, role: str, metadata: Metadata[Any]) -> Metadata[Any]:
        self.released.versions[role] = metadata.signed.version
        return metadata

    def _usable(self, role: str, current: Metadata[Any]) -> bool:
        """True if `current` is unexpired and signed as the root, possibly a new one, requires."""
        return meta.seconds(current.signed.expires) > self._at and meta.is_signed(
            self._root, role, current
        )


def _meta_file(metadata: Metadata[Any]) -> MetaFile:
    """Version, length and SHA-256 of a metadata file; the serializer reproduces the file's bytes."""
    return MetaFile.from_data(metadata.signed.version, metadata.to_bytes(), ["sha256"])
