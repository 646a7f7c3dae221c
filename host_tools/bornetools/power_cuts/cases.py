"""The cases: a published trust repository, and the flash of a terminal before each sync."""

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from borne.trust import kinds
from bornetools import revocation
from bornetools.emulator.machine.flash import Files, Flash
from bornetools.issuer.issuer import Issuer
from bornetools.link.flash_folder import provision
from bornetools.link.source import Source
from bornetools.power_cuts.in_process import Courier, Terminal
from bornetools.publisher import issuer_keys
from bornetools.publisher.draft import INDICES
from bornetools.publisher.repository import Repository
from bornetools.times import DAY

_BLOCKS = 128
_PROVISIONED = 1_800_000_000
_TOKENS = 60_000_000  # of a list; few are revoked, far apart: a long list that is quickly read
# What a terminal has beside its trust data, and must not lose.
OTHERS = {"/journal": b'{"time": 1, "verdict": "VALID"}\n' * 40, "/settings": b"\xa1\x01\x02"}


@dataclass(frozen=True)
class Release:
    """`files` are contents (bytes) by the name that a terminal gives them, `source` the courier's copy."""

    version: int
    time: int
    files: dict[str, Any] = field(repr=False)
    source: Source | None = None

    @property
    def names(self) -> dict[str, str]:
        """SHA-256 in hexadecimal by name."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}

    def with_metadata_of(self, new: "Release") -> "Release":
        """This release with the metadata of `new` that TUF persists once verified (5.3.8, 5.4.5, 5.5.7)."""
        kept = {name: new.files[name] for name in ("root.json", "timestamp.json", "snapshot.json")}
        return Release(self.version, self.time, {**self.files, **kept})


@dataclass(frozen=True)
class Case:
    """A sync from the Release `old` to `new`: `image` is the flash before it, `floor` the clock's floor."""

    name: str
    image: bytes = field(repr=False)
    floor: int
    old: Release
    new: Release


def cases(folder: Path) -> list[Case]:
    """All cases; the files that they need are made in the empty `folder`."""
    folder = Path(folder)
    root, first, second = _publish(folder)
    provisioned = Release(0, 0, {"root.json": root})
    image = _provisioned(folder / "flash", root)
    terminal = Terminal(Flash(image=image))
    Courier(terminal).sync(first)
    return [
        Case("first sync", _abandoned(image), _PROVISIONED, provisioned, first),
        Case("delta and new root", _abandoned(terminal.flash.buffer), first.time, first, second),
    ]


def _publish(folder: Path) -> tuple[bytes, Release, Release]:
    """The first root, and two releases: keys, policy, a list beyond limits.STORE_SYNC and a short one; then
    with a root that has other keys for itself and the timestamp, and the short list's next version, to
    which a delta leads."""
    at = _PROVISIONED + DAY
    repository = Repository.create(folder / "repository", _PROVISIONED)
    issuer = Issuer.create(folder / "issuer", "https://issuer.example/", at, capacity=8)
    repository.add_keys(issuer_keys.load(issuer.path))
    status = repository.draft.path / "status"
    long, short = _lists("long", at, 9_600), _lists("short", at, 1_200)
    for name, lists in (("long", long), ("short", short)):
        (status / name).mkdir()
        (status / name / f"1{INDICES}").write_bytes(lists[0])
    repository.release(at)
    first = _copied(repository, at, folder / "first")
    (status / "short" / f"2{INDICES}").write_bytes(short[1])
    (status / "short" / f"1-2{kinds.DELTAS}").write_bytes(revocation.delta(*short))
    repository.rotate(["root", "timestamp"], at + DAY)
    repository.release(at + DAY)
    second = _copied(repository, at + DAY, folder / "second")
    return repository.first_root.read_bytes(), first, second


def _lists(name: str, at: int, revoked: Any) -> Any:
    """Two versions of a list: the second has `revoked` revoked tokens, 50 more than the first."""
    indices = np.sort(np.random.default_rng(1).choice(_TOKENS, revoked, replace=False))
    uri = "https://issuer.example/" + name
    return [
        revocation.write(some, _TOKENS, uri, version, 1, at, at + 90 * DAY)
        for version, some in ((1, np.delete(indices, slice(0, None, revoked // 50))), (2, indices))
    ]


def _copied(repository: Repository, at: int, folder: Path) -> Release:
    """The Release that `repository` has published at `at`, from a copy in `folder`."""
    for name in ("metadata", "targets"):
        shutil.copytree(repository.path / name, folder / name)
    source = Source(str(folder))
    files = {}
    for name, data in source.metadata(0).items():
        files[name.split(".")[-2] + ".json"] = data  # the last root counts
    targets = json.loads(files["targets.json"])["signed"]
    for name, entry in targets["targets"].items():
        if not name.endswith(kinds.DELTAS):
            digest = bytes.fromhex(entry["hashes"]["sha256"])
            files[name] = source.target(name, digest, entry["length"])
    return Release(targets["version"], at, files, source)


def _provisioned(folder: Path, root: bytes) -> bytearray:
    """The flash of a terminal that has nothing but a root, the time, and OTHERS."""
    provision(folder, root, _PROVISIONED)
    flash = Flash(_BLOCKS)
    files = Files(flash, new=True)
    for path in sorted(folder.rglob("*")):
        name = "/" + path.relative_to(folder).as_posix()
        if path.is_dir():
            files.mkdir(name)
        else:
            _write(files, name, path.read_bytes())
    for name, data in OTHERS.items():
        _write(files, name, data)
    return flash.buffer


def _write(files: Files, name: str, data: bytes) -> None:
    with files.open(name, "wb") as file:
        file.write(data)


def _abandoned(image: bytes | bytearray) -> bytes:
    """`image`, with two uploads that another courier left: one whole, one not."""
    terminal = Terminal(Flash(image=image))
    courier = Courier(terminal)
    data = b"abandoned" * 100
    for name, size in (("90.targets.json", len(data)), ("91.targets.json", 5000)):
        digest = hashlib.sha256(data if size == len(data) else name.encode()).digest()
        courier.request("put", name=name, sha256=digest, size=size, offset=0, data=data)
    terminal.store.close()
    return bytes(terminal.flash.buffer)
