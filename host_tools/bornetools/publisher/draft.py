"""The draft: the trust data that the next release publishes, as plain files.

keys.cbor, policy.cbor         docs/protocol.md
iaca.cbor                      IACA roots, if there are any: docs/mdoc.md
lists.json                     record of each revocation list; not published
status/<list>/<n>.rsl          revocation lists, the greatest n of each is published; .idl: of identifiers
status/<list>/<m>-<n>.rsd      deltas to it, published too
"""

import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

from borne import limits
from borne.errors import DecodeError, TrustError
from borne.storage.file_view import FileView
from borne.trust import kinds
from bornetools import files, times
from bornetools.errors import UserError
from bornetools.issuer import cose

# Targets of one release: each entry takes up to 170 bytes of limits.TUF_TARGETS_MAX.
TARGETS_MAX = 40

SLUG = re.compile(rf"[a-z0-9-]{{1,{limits.LIST_NAME_MAX}}}", re.ASCII)
# File suffixes of lists, by content.
INDICES, IDENTIFIERS = (Path(kind.name).suffix for kind in (kinds.INDICES, kinds.IDENTIFIERS))
_ENDINGS = [Path(kind.name).suffix for kind in kinds.KINDS if kind.name.startswith(kinds.LISTS)]
_WHOLE = re.compile(rf"([1-9]\d{{0,8}})(?:{'|'.join(map(re.escape, _ENDINGS))})", re.ASCII)
_DELTA = re.compile(rf"[1-9]\d{{0,8}}-[1-9]\d{{0,8}}{re.escape(kinds.DELTAS)}", re.ASCII)


class Draft:
    """The draft in the folder `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path) -> "Draft":
        """Makes the folder `path`: no keys and no lists yet, and a policy that leaves all defaults."""
        path.mkdir()
        files.write_new(path / kinds.KEYS.name, cose.encode([]))
        files.write_new(path / kinds.POLICY.name, cose.encode({}))
        files.write_new(path / "lists.json", b"{}\n")
        (path / "status").mkdir()
        return cls(path)

    def targets(self) -> dict[str, Path]:
        """The files to publish by target name, checked as terminals read them. Raises UserError."""
        plain = [kind for kind in kinds.KINDS if not kind.name.startswith(kinds.LISTS)]
        found = {
            kind.name: self.path / kind.name
            for kind in plain
            if kind.needed or (self.path / kind.name).exists()
        }
        slugs = self.slugs()
        if len(slugs) > limits.STATUS_LIST_COUNT_MAX:
            raise UserError(
                f"{len(slugs)} revocation lists: a terminal holds {limits.STATUS_LIST_COUNT_MAX}"
            )
        deltas = []
        for slug in slugs:
            newest = self.wholes(slug)[-1]
            whole = self._file(slug, newest)
            found[f"status/{slug}/{whole.name}"] = whole
            for path in self._deltas(slug, newest):
                saved = whole.stat().st_size - path.stat().st_size
                deltas.append((-saved, f"status/{slug}/{path.name}", path))
        # The deltas that save couriers most, as far as terminals have room for targets.
        for _, name, path in sorted(deltas)[: TARGETS_MAX - len(found)]:
            found[name] = path
        for name, path in found.items():
            check(name, files.read(path, "target"))
        return found

    def slugs(self) -> list[str]:
        """The names of the lists that have a file, sorted."""
        folders = [path for path in (self.path / "status").iterdir() if path.is_dir()]
        return sorted(path.name for path in folders if self.wholes(path.name))

    def wholes(self, slug: str) -> list[int]:
        """The versions of list `slug` in the draft, ascending."""
        return sorted(
            int(match[1])
            for path in (self.path / "status" / slug).glob("*")
            if (match := _WHOLE.fullmatch(path.name))
        )

    def whole(self, slug: str, version: int) -> bytes:
        """The file of a version of list `slug`; empty if absent. Raises UserError."""
        path = self._file(slug, version)
        return files.read(path, "revocation list") if path.exists() else b""

    def suffix(self, slug: str) -> str | None:
        """INDICES or IDENTIFIERS, by the newest version of list `slug` in the draft; None if absent."""
        versions = self.wholes(slug)
        return self._file(slug, versions[-1]).suffix if versions else None

    def _file(self, slug: str, version: int) -> Path:
        """The path of a version of list `slug`, which need not exist."""
        paths = [self.path / "status" / slug / f"{version}{ending}" for ending in _ENDINGS]
        return next((path for path in paths if path.exists()), paths[0])

    def replace(self, slug: str, content: dict[str, bytes], keep: list[str]) -> None:
        """Writes files by name into list `slug`, and removes all other files except those to `keep`."""
        folder = self.path / "status" / slug
        folder.mkdir(exist_ok=True)
        for name, data in content.items():
            files.replace(folder / name, data)
        for path in folder.iterdir():
            if path.name not in content and path.name not in keep:
                path.unlink()

    def remove(self, slug: str) -> None:
        """Removes list `slug` from the draft."""
        shutil.rmtree(self.path / "status" / slug, ignore_errors=True)

    def lists(self) -> dict[str, dict[str, Any]]:
        """The records of lists.json, by slug. Raises UserError."""
        path = self.path / "lists.json"
        try:
            known = json.loads(files.read(path, "record of lists"))
        except ValueError:
            known = None
        if not isinstance(known, dict) or not all(_is_record(one) for one in known.values()):
            raise UserError(f"{path}: not a record of lists")
        return known

    def write_lists(self, known: dict[str, dict[str, Any]]) -> None:
        """Replaces lists.json."""
        files.replace(self.path / "lists.json", json.dumps(known, indent=2).encode() + b"\n")

    def warnings(self, at: int) -> list[str]:
        """Warnings of expired lists, which terminals will miss in this draft at the time `at`."""
        return [
            f"list {slug} has expired at {times.write(record['expires'])}: its tokens are TRUST_STALE"
            for slug, record in self.lists().items()
            if self.wholes(slug) and record["expires"] is not None and record["expires"] <= at
        ]

    def _deltas(self, slug: str, to: int) -> list[Path]:
        """The deltas that lead to version `to`."""
        paths = (self.path / "status" / slug).glob(f"*-{to}{kinds.DELTAS}")
        return sorted(path for path in paths if _DELTA.fullmatch(path.name))


def check(name: str, data: bytes) -> Any:
    """The target `name` as terminals decode it from `data`. Raises UserError unless they can load it."""
    kind = kinds.find(name)
    found = None
    try:
        if kind is not None:
            found = kinds.read(kind, FileView(io.BytesIO(data), 0, len(data)))
            # Terminals leave out roots that they do not understand.
            if kind is kinds.ROOTS and len(found) < len(cose.decode(data, "list of roots")):
                raise DecodeError("a root that terminals cannot use")
        elif len(data) > limits.STATUS_LIST_FILE_MAX:
            raise DecodeError("larger than a terminal takes")
    except (DecodeError, TrustError) as error:
        hint = ": see borne publish keys add" if kind is kinds.KEYS else ""
        raise UserError(f"{name}: {error}{hint}") from error
    return found


def _is_record(value: Any) -> bool:
    """True if `value` has the fields that `status import` writes for a list."""
    if not isinstance(value, dict):
        return False
    texts = all(isinstance(value.get(name), str) for name in ("uri", "issuer", "kid"))
    numbers = all(isinstance(value.get(name), int) for name in ("issued_at", "version"))
    return texts and numbers and isinstance(value.get("expires"), int | None)
