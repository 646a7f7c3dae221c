"""A courier's trust repository: at a URL, or in a folder such as a USB stick."""

import hashlib
import json
import threading
from pathlib import Path
from urllib.parse import urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError
from tuf.ngclient import Urllib3Fetcher
from urllib3.exceptions import HTTPError

from borne import limits
from bornetools import files
from bornetools.errors import UserError

_ABSENT = (403, 404)  # how web servers and object stores say that there is no such file
_VERSION_MAX = 10**19 - 1  # the largest that terminals take in a file's name
_LONGEST = {
    "root": limits.TUF_ROOT_MAX,
    "timestamp": limits.TUF_TIMESTAMP_MAX,
    "snapshot": limits.TUF_SNAPSHOT_MAX,
    "targets": limits.TUF_TARGETS_MAX,
}


class Source:
    """The repository at `base`, a URL or a folder, with `metadata/` and `targets/` in it.

    Each file is read once, however many terminals it goes to, and from several threads. Files are only
    checked to be whole here: the terminals verify them.
    """

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        self._fetcher = Urllib3Fetcher() if self.base.startswith(("http://", "https://")) else None
        self._lock = threading.Lock()
        self._have: dict[str, bytes | None] = {}

    def check(self) -> None:
        """Raises UserError if `base` can be no repository. Called before any terminal is asked; asks no
        server."""
        if self._fetcher:
            if not urlsplit(self.base).hostname:
                raise UserError(f"{self.base}: no web address: it names no server")
        elif not self.base or not Path(self.base).is_dir():
            raise UserError(
                f"no trust repository {self.base!r}: it is neither a folder nor a web address"
            )

    def metadata(self, root: int) -> dict[str, bytes]:
        """The metadata files for a terminal that has root version `root`, by name, in order: all later
        roots, timestamp, snapshot, targets. Raises UserError."""
        found = {}
        for version in range(root + 1, root + 1 + limits.TUF_ROOT_ROTATIONS_MAX):
            name = f"{version}.root.json"
            data = self._read("metadata/" + name, limits.TUF_ROOT_MAX)
            if data is None:
                break
            found[name] = data
        name, role = "timestamp.json", "snapshot"
        found[name] = self._file(name, "timestamp")
        for role in ("snapshot", "targets"):
            version = self._named(name, found[name], role + ".json")
            name = f"{version}.{role}.json"
            found[name] = self._file(name, role)
        return found

    def target(self, name: str, sha256: bytes, size: int) -> bytes:
        """A target file. Raises UserError unless it is what the terminal asks for."""
        folder, _, last = name.rpartition("/")
        path = f"targets/{folder + '/' if folder else ''}{sha256.hex()}.{last}"
        data = self._read(path, size)
        if data is None:
            raise UserError(f"{self.base}: {path} is not there: fetch the repository anew")
        if hashlib.sha256(data).digest() != sha256:
            raise UserError(f"{self.base}: {path} is spoiled: fetch the repository anew")
        return data

    def targets_version(self, found: dict[str, bytes]) -> int:
        """The version of the targets in what `metadata` returned."""
        return int(list(found)[-1].partition(".")[0])

    def _file(self, name: str, role: str) -> bytes:
        data = self._read("metadata/" + name, _LONGEST[role])
        if data is None:
            raise UserError(f"{self.base} is not a trust repository: there is no metadata/{name}")
        return data

    def _named(self, name: str, data: bytes, other: str) -> int:
        """The version of `other` that the metadata file `name` states."""
        try:
            version = json.loads(data)["signed"]["meta"][other]["version"]
        except (ValueError, KeyError, TypeError, RecursionError):
            version = None
        if type(version) is not int or not 1 <= version <= _VERSION_MAX:
            raise UserError(f"{self.base}: metadata/{name} is not TUF metadata")
        return version

    def _read(self, path: str, most: int) -> bytes | None:
        with self._lock:
            if path not in self._have:
                self._have[path] = (
                    self._fetch(path, most) if self._fetcher else self._load(path, most)
                )
            return self._have[path]

    def _load(self, path: str, most: int) -> bytes | None:
        return files.read_below(self.base, path, most, "file of a trust repository")

    def _fetch(self, path: str, most: int) -> bytes | None:
        assert self._fetcher  # noqa: S101 - the base is a URL
        try:
            return self._fetcher.download_bytes(f"{self.base}/{path}", most)
        except DownloadHTTPError as error:
            if error.status_code in _ABSENT:
                return None
            raise UserError(
                f"{self.base}/{path}: the server answers {error.status_code}"
            ) from error
        except (DownloadError, HTTPError) as error:  # urllib3's own, where a download breaks off
            reason = str(error) or "the server does not answer"
            raise UserError(f"{self.base}/{path}: cannot fetch: {reason}") from error
