"""Checks a published repository with python-tuf's client, `tuf.ngclient`: not with Borne's own.

A release that an independent client refuses is badly published. Beyond TUF, every target must be loadable
by terminals.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError
from tuf.api.metadata import Metadata, Root, Signed, Snapshot, Targets, Timestamp
from tuf.ngclient import FetcherInterface, Updater
from urllib3.exceptions import HTTPError

from borne import limits
from borne.trust import kinds
from bornetools import files, times
from bornetools.errors import UserError
from bornetools.publisher import draft
from bornetools.publisher import metadata as meta
from bornetools.publisher.progress import Progress, silent
from bornetools.publisher.signing import Released


class FolderFetcher(FetcherInterface):
    """Fetches from the folder `base` as from a web server: the URLs are paths."""

    def __init__(self, base: str) -> None:
        self._base = base

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            data = files.read_below(self._base, url.removeprefix(self._base + "/"), files.READ_MAX)
        except UserError as error:
            raise DownloadHTTPError(error.message, 404) from error
        if data is None:
            raise DownloadHTTPError(f"{url} is not there", 404)
        return iter([data])


def check(
    source: str, root: bytes | None = None, progress: Progress = silent, now: int | None = None
) -> Released:
    """Updates from nothing but `root`, as a new terminal would, and downloads every target.

    `source` is the repository's folder, or the URL above its `metadata/` and `targets/`. `root` is
    the trusted root's metadata; a folder's own version 1 if None. The computer's clock decides which
    metadata have expired; `now` (unix seconds) decides whether the release is from the future (None:
    unchecked). Raises UserError with the reason for a client's refusal.
    """
    remote = source.startswith(("http://", "https://"))
    if root is None:
        if remote:
            raise UserError(
                "a repository at a URL is checked against a root you trust: give --root"
            )
        root = files.read(Path(source) / "metadata" / "1.root.json", "root")
    base = source.rstrip("/")
    with tempfile.TemporaryDirectory(prefix="borne-") as name:
        client = Path(name)
        (client / "metadata").mkdir()
        (client / "targets").mkdir()
        try:
            updater = Updater(
                str(client / "metadata"),
                f"{base}/metadata/",
                str(client / "targets"),
                f"{base}/targets/",
                fetcher=None if remote else FolderFetcher(base),
                bootstrap=root,
            )
            updater.refresh()
            return _result(updater, client, progress, now)
        except (RepositoryError, DownloadError, HTTPError) as error:
            raise UserError(f"{source}: {error}".replace("\n", " ")) from error


def _result(updater: Updater, client: Path, progress: Progress, now: int | None) -> Released:
    """Downloads what the client's targets list. Raises what the Updater raises, or UserError."""
    trusted = client / "metadata"
    root = Metadata[Root].from_file(str(trusted / "root.json")).signed
    metadata = Metadata[Timestamp].from_file(str(trusted / "timestamp.json"))
    timestamp = metadata.signed
    targets = Metadata[Targets].from_file(str(trusted / "targets.json")).signed
    snapshot = Metadata[Snapshot].from_file(str(trusted / "snapshot.json")).signed
    issued = _issued(now, metadata, root, snapshot, targets)
    result = Released(
        versions={
            "root": root.version,
            "targets": targets.version,
            "snapshot": timestamp.snapshot_meta.version,
            "timestamp": timestamp.version,
        },
        expires=meta.seconds(timestamp.expires),
    )
    for name in progress(sorted(targets.targets), "Checking targets"):
        info = updater.get_targetinfo(name)
        if info is None:
            raise UserError(f"{name}: not found by the client")
        found = draft.check(name, files.read(updater.download_target(info), "target"))
        result.targets[name] = info.length
        signed = getattr(found, "issued_at", 0)  # lists only
        if signed > issued + limits.CLOCK_SKEW_MAX:
            result.warnings.append(
                f"{name} was issued at {times.write(signed)}, after the release: its issuer's clock or the"
                " publisher's was wrong"
            )
    for kind in kinds.KINDS:
        if kind.needed and kind.name not in result.targets:
            raise UserError(f"{kind.name} is not among the targets")
    return result


def _issued(now: int | None, timestamp: Metadata[Timestamp], *others: Signed) -> int:
    """The release's time of issue, in unix seconds. Raises UserError if terminals refuse that time."""
    issued = meta.issued(timestamp)
    if issued is None:
        raise UserError("the timestamp does not say when the release was issued: it is not Borne's")
    if now is not None and issued > now + limits.CLOCK_SKEW_MAX:
        raise UserError(
            f"the release was issued at {times.write(issued)}, and this computer's clock says"
            f" {times.write(now)}: set it, or if it is right, the publisher's was wrong: borne publish keys"
            " rotate FOLDER timestamp"
        )
    for signed in (timestamp.signed, *others):
        if meta.seconds(signed.expires) <= issued:
            raise UserError(
                f"the release was issued at {times.write(issued)}, and its {signed.type} expired before, at"
                f" {times.write(meta.seconds(signed.expires))}"
            )
    return issued
