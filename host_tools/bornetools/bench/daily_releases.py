"""Daily releases of a national list, on a littlefs as large as a board's.

The terminal is that of bornetools.power_cuts: the firmware's own handlers, update, store and trust set. Lists
and metadata are the publisher's. Both logs are full before the first release, and the application lies there,
too, if it is not in the image.
"""

import gc
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from borne.journal.chained_log import ChainedLog
from borne.link import messages
from borne.trust import kinds
from borne.trust.release_store import ReleaseStore
from borne.verify.credential import StatusRef
from bornetools import revocation
from bornetools.boards import flash_budget
from bornetools.emulator.machine.flash import Files, Flash
from bornetools.issuer.issuer import Issuer
from bornetools.link.client import Refused
from bornetools.link.flash_folder import provision
from bornetools.link.source import Source
from bornetools.power_cuts.cases import Release
from bornetools.power_cuts.in_process import Courier, Terminal
from bornetools.publisher import issuer_keys
from bornetools.publisher.draft import INDICES
from bornetools.publisher.repository import Repository
from bornetools.publisher.status import DELTAS
from bornetools.times import DAY
from bornetools.verify import library_p256

DAYS = 30
AT = 1_800_000_000

_REVOKED = 0.01
_STAYS = 365  # days for which an index is on the list, on average: then its token has expired
_ISSUER = "https://insurer.example/"
_URI = _ISSUER + "status/1"
_SLUG = "national"
_LOOK_UPS = 50
_SEED = 2026

Advance = Callable[[], None]


@dataclass(frozen=True)
class Day:
    """A release: `indices` are those of its list, `targets` sizes by name, `warnings` the publisher's."""

    release: Release
    indices: Any
    targets: Mapping[str, int]
    warnings: list[str]


def days(folder: Path, count: int, tokens: int = flash_budget.NATION) -> Iterator[Day]:
    """The releases of so many days, of one list of `tokens`; the repository is made in `folder`."""
    random = np.random.default_rng(_SEED)
    repository = Repository.create(folder / "repository", AT)
    issuer = Issuer.create(folder / "issuer", _ISSUER, AT, capacity=8)
    repository.add_keys(issuer_keys.load(issuer.path))
    indices = np.sort(random.choice(tokens, int(tokens * _REVOKED), replace=False, shuffle=False))
    for version in range(1, count + 1):
        if version > 1:
            indices = changed(indices, tokens, random)
        at = AT + version * DAY
        _write(repository, indices, tokens, version, at)
        released = repository.release(at)
        release = Release(version, at, {}, Source(str(repository.path)))
        yield Day(release, indices, released.targets, released.warnings)


def changed(indices: Any, tokens: int, random: np.random.Generator) -> Any:
    """The next day's list: one in _STAYS of the revoked indices goes, and as many others come."""
    count = len(indices) // _STAYS
    left = np.delete(indices, random.choice(len(indices), count, replace=False))
    new = np.setdiff1d(random.integers(0, tokens, 2 * count), left)
    return np.sort(np.concatenate([left, random.permutation(new)[:count]]))


def _write(repository: Repository, indices: Any, tokens: int, version: int, at: int) -> None:
    """Puts a list and the deltas to it into the draft, as bornetools.publisher.status does with an issuer's
    token: one of 67 million statuses would take longer to make than all the rest."""
    draft = repository.draft
    new = revocation.write(indices, tokens, _URI, version, 1, at, at + 30 * DAY)
    bases = draft.wholes(_SLUG)[-DELTAS:]
    made = {f"{version}{INDICES}": new}
    for base in bases:
        delta = revocation.delta(draft.whole(_SLUG, base), new)
        made[f"{base}-{version}{kinds.DELTAS}"] = delta
    draft.replace(_SLUG, made, keep=[f"{base}{INDICES}" for base in bases])


@dataclass(frozen=True)
class Row:
    """On a file system of `size` bytes, of them `application` for the application as files: how many releases
    were `taken`, with `free` bytes at worst; the code with which the last was `refused`; the first day on
    which the tools `foretold` before the sync that it or the next would be; and whether look-ups always told
    what the list in force says (`right`)."""

    size: int
    application: int
    taken: int
    free: int | None
    refused: str | None
    foretold: int | None
    right: bool


def measure(
    cases: Iterable[tuple[int, Mapping[str, int]]],
    count: int = DAYS,
    tokens: int = flash_budget.NATION,
    advance: Advance = lambda: None,
) -> list[Row]:
    """Tries so many releases on each of `cases`: the size of the file system, and the sizes of the
    application's files by path."""
    gc.freeze()  # the firmware collects garbage at every file: on CPython in all of this process
    try:
        with tempfile.TemporaryDirectory() as name, library_p256.in_use():
            counters: list[_Counter] = []
            for day in days(Path(name), count, tokens):
                if not counters:
                    provision(Path(name) / "flash", _first_root(day), AT)
                    counters = [_Counter(Path(name) / "flash", *case) for case in cases]
                for counter in counters:
                    counter.live(day)
                    advance()
            return [counter.row for counter in counters]
    finally:
        gc.unfreeze()


def _first_root(day: Day) -> bytes:
    source = day.release.source
    if source is None:
        raise ValueError("a release that no courier has")
    return source.metadata(0)["1.root.json"]


class _Measured(ReleaseStore):
    """Notes how much is free when a release takes effect: the old one is still there, and the delta."""

    least: int | None = None

    def commit(self, version: int, time: int, names: dict[str, str]) -> None:
        super().commit(version, time, names)
        free = self.free()
        self.least = free if self.least is None else min(self.least, free)


class _Counter:
    """A terminal at a counter, its file system a copy of the `folder`, the logs full."""

    def __init__(self, folder: Path, size: int, application: Mapping[str, int]) -> None:
        flash = Flash(size // flash_budget.BLOCK)
        files = Files(flash, new=True)
        _copy(folder, files)
        for path, length in application.items():
            put(files, path, bytes(length))
        for log in _logs(files):
            _fill(log)
        self._terminal = Terminal(flash, _Measured)
        self._store = self._terminal.store
        self._store.logs = _logs(self._terminal.files)
        self._courier = Courier(self._terminal)
        self._force: Day | None = None
        self.row = Row(size, flash_budget.application(application), 0, None, None, None, True)

    def live(self, day: Day) -> None:
        """Takes the day's release, or refuses it, and looks up what the list in force says."""
        taken, refused, foretold = self.row.taken, self.row.refused, self.row.foretold
        self._terminal.flash.writes.clear()
        if foretold is None and not self._fits(self._force.targets if self._force else {}):
            foretold = day.release.version
        try:
            self._courier.sync(day.release)
            self._force, taken = day, taken + 1
        except Refused as refusal:
            refused = refusal.code
        right = self.row.right and (self._force is None or self._tells(self._force))
        free = self._store.least if isinstance(self._store, _Measured) else None
        size, application = self.row.size, self.row.application
        self.row = Row(size, application, taken, free, refused, foretold, right)

    def _fits(self, targets: Mapping[str, int]) -> bool:
        """Whether the tools say that there is room for the release after that of `targets`."""
        room = flash_budget.beside(self._store.free(), targets)
        return flash_budget.with_successor(targets or flash_budget.NATIONAL) <= room

    def _tells(self, day: Day) -> bool:
        """Whether look-ups say what the list says, of some revoked indices and their neighbours."""
        some = day.indices[:: len(day.indices) // _LOOK_UPS].tolist()
        asked = [index for one in some for index in (one, one + 1)]
        revoked = np.isin(asked, day.indices).tolist()
        now = day.release.time
        trust = self._terminal.trust
        said = [trust.status(StatusRef(_URI, index, _ISSUER), now) for index in asked]
        return said == [int(one) for one in revoked]


def _copy(folder: Path, files: Files) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            put(files, path.relative_to(folder).as_posix(), path.read_bytes())


def put(files: Files, path: str, data: bytes) -> None:
    """Writes a file, and makes the folders above it."""
    parent = "/"
    for name in path.split("/")[:-1]:
        if name not in files.listdir(parent):
            files.mkdir(f"{parent}{name}")
        parent += name + "/"
    with files.open(path, "wb") as file:
        file.write(data)


def _logs(files: Files) -> list[ChainedLog]:
    return [ChainedLog("/" + log, "T-01", lambda: None, files, files.open) for log in messages.LOGS]


def _fill(log: ChainedLog) -> None:
    """Fills a log, up to its last segment's last line."""
    log.refuse_when_full = True
    try:
        while True:
            log.append(AT, (("verdict", "VALID"), ("detail", "x" * 200)))
    except OSError:  # ENOSPC: it is full
        pass
