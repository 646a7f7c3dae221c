"""The firmware's TUF client for any repository.

The rules are the firmware's (borne.trust.tuf); this module fetches over HTTP, keeps metadata in a folder, and
adds what a terminal leaves out: delegated targets (specification, section 5.6.7), Ed25519, RSA and other
ECDSA keys, SHA-512, and larger files.
"""

import fnmatch
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Key, Signature
from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError
from tuf.ngclient.config import UpdaterConfig
from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher
from urllib3.exceptions import HTTPError

from borne.crypto import algorithms
from borne.errors import TrustError
from borne.trust import canonical_json, tuf, tuf_format, tuf_signatures
from bornetools import files
from bornetools.errors import UserError

if TYPE_CHECKING:
    from borne.protocols import Metadata

Fetch = Callable[[str, int], bytes | None]

DELEGATIONS_MAX = UpdaterConfig.max_delegations


class WidePayload(tuf_signatures.Payload):
    """Checks signatures by every kind of key that securesystemslib knows; the firmware checks those by the
    kinds that a terminal knows."""

    def __init__(self, signed: dict[str, Any]) -> None:
        super().__init__(signed)
        pieces: list[bytes] = []
        canonical_json.write(signed, pieces.append)
        self._bytes = b"".join(pieces)

    def signer(self, key: dict[str, Any], signature: str) -> object:
        """See borne.trust.tuf_signatures.Payload. A key is the same under any type, scheme and spelling."""
        try:
            if algorithms.find("tuf", (key["keytype"], key["scheme"])):
                if super().signer(key, signature) is None:
                    return None
            else:
                one = Key.from_dict("", {**key, "keyval": dict(key["keyval"])})
                one.verify_signature(Signature("", signature), self._bytes)
            return _key_info(key)
        except (KeyError, TypeError, ValueError, UnsupportedAlgorithm, UnverifiedSignatureError):
            return None


def _key_info(key: dict[str, Any]) -> bytes:
    """The SubjectPublicKeyInfo (RFC 5280) of a key in metadata. Raises ValueError or UnsupportedAlgorithm."""
    text = key["keyval"]["public"]
    if key["keytype"] == "ed25519":
        public: PublicKeyTypes = Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    else:
        public = load_pem_public_key(text.encode())
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class WideMetadata(tuf.TrustedMetadata):
    """TrustedMetadata with delegated targets, more kinds of keys and hashes, and python-tuf's bounds."""

    payload = WidePayload
    hashes = ("sha256", "sha512")
    longest = {
        "root": UpdaterConfig.root_max_length,
        "timestamp": UpdaterConfig.timestamp_max_length,
        "snapshot": UpdaterConfig.snapshot_max_length,
        "targets": UpdaterConfig.targets_max_length,
    }

    def search(
        self, path: str, store: "MetadataFolder", fetch: Fetch, now: int
    ) -> dict[str, Any] | None:
        """The entry (`length`, `hashes`) of target `path` in the first role, in preorder, that names it.

        Only roles to which `path` is delegated are loaded; a terminating one ends the search outside of
        its own delegations. Raises TrustError if a role on the way is refused.
        """
        to_visit: list[tuple[Any, ...]] = [("targets", None, None)]
        visited: set[str] = set()
        while to_visit and len(visited) <= DELEGATIONS_MAX:
            name, keys, delegation = to_visit.pop()
            if name in visited:
                continue
            visited.add(name)
            signed = self._targets
            if delegation:
                signed = self._load_delegated(name, keys, delegation, store, fetch, now)
            if path in signed["targets"]:
                entry: dict[str, Any] = signed["targets"][path]
                return entry
            delegations = signed.get("delegations", {"roles": []})
            children = []
            for role in delegations["roles"]:
                if is_delegated(role, path):
                    children.append((role["name"], delegations["keys"], role))
                    if role["terminating"]:
                        to_visit.clear()
                        break
            to_visit += reversed(children)
        return None

    def _load_delegated(
        self,
        name: str,
        keys: dict[str, Any],
        role: dict[str, Any],
        store: "MetadataFolder",
        fetch: Fetch,
        now: int,
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}

        def update(data: "Metadata", stored: bool) -> None:
            nonlocal found
            found = self._new_targets(name, data, keys, role, now)

        entry = self.entry_of(name)
        for _ in tuf.loading(self, store, fetch, quote(name, ""), entry, update):
            pass
        return found

    def _compact(self, targets: dict[str, Any]) -> None:
        """Keeps all entries as they are: memory suffices here, and other hashes count, too."""

    def _parsed(self, role: str, data: "Metadata") -> Any:
        parsed = super()._parsed(role, data)
        if "delegations" in parsed[0] and role == "targets":
            _check_delegations(parsed[0]["delegations"])
        return parsed


def is_delegated(role: dict[str, Any], path: str) -> bool:
    """Whether the delegated `role` speaks for target `path`: path patterns, or prefixes of its hash."""
    if "path_hash_prefixes" in role:
        digest = hashlib.sha256(path.encode()).hexdigest()
        return any(digest.startswith(prefix) for prefix in role["path_hash_prefixes"])
    parts = path.split("/")
    for pattern in role["paths"]:
        patterns = pattern.split("/")
        # A wildcard does not reach across a slash (section 4.5).
        if len(patterns) == len(parts) and all(map(fnmatch.fnmatchcase, parts, patterns)):
            return True
    return False


def _check_delegations(delegations: Any) -> None:
    """The form of `delegations` (section 4.5). Raises TrustError."""
    tuf_format.check_keys(tuf_format.typed(delegations, dict).get("keys"))
    names = set()
    for role in tuf_format.typed(delegations.get("roles"), list):
        tuf_format.check_role(role)
        name = tuf_format.typed(role.get("name"), str)
        tuf_format.require(
            name and name not in tuf_format.ROLES and name not in names,
            "FORMAT",
            "name of a delegated role",
        )
        names.add(name)
        tuf_format.typed(role.get("terminating"), bool)
        by = [field for field in ("paths", "path_hash_prefixes") if field in role]
        tuf_format.require(len(by) == 1, "FORMAT", "paths or prefixes, and not both")
        for text in tuf_format.typed(role[by[0]], list):
            tuf_format.typed(text, str)


class MetadataFolder:
    """Stored metadata: `<role>.json`, without a version, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, role: str) -> bytes | None:
        """The bytes of the role's file, or None if there is none. Raises UserError."""
        path = self._path(role)
        return files.read(path, "metadata file") if path.exists() else None

    def write(self, role: str, data: bytes) -> None:
        """Replaces the role's file in one step. Raises UserError."""
        files.replace(self._path(role), data)

    def delete(self, role: str) -> None:
        """Removes the role's file if it is there."""
        self._path(role).unlink(missing_ok=True)

    def _path(self, role: str) -> Path:
        return self._folder / f"{role}.json"


@dataclass
class Web:
    """Files below a URL, by HTTP."""

    url: str

    def __post_init__(self) -> None:
        self._fetcher = Urllib3Fetcher(app_user_agent="borne")

    def fetch(self, name: str, most: int) -> bytes | None:
        """The bytes of a file of at most `most` bytes; None: the server has none.

        Raises TrustError LENGTH if it is longer, UserError if the server cannot be reached.
        """
        url = self.url if self.url.endswith("/") else self.url + "/"
        try:
            return self._fetcher.download_bytes(url + name, most)
        except DownloadLengthMismatchError:
            raise TrustError("LENGTH", "file longer than allowed") from None
        except DownloadHTTPError as error:
            if error.status_code in (403, 404):
                return None
            raise UserError(f"{url}{name}: the server answers {error.status_code}") from error
        except (DownloadError, HTTPError) as error:  # urllib3's own, where a download breaks off
            raise UserError(f"{url}{name}: {error}") from error


def download_target(
    trusted: WideMetadata,
    store: "MetadataFolder",
    metadata: Web,
    targets: Web,
    name: str,
    folder: Path,
    now: int,
) -> Path:
    """Downloads target `name` into `folder`, unless it is there already. Returns its path.

    Raises TrustError if it is unknown or not what is signed.
    """
    entry = trusted.search(name, store, metadata.fetch, now)
    if entry is None:
        raise TrustError("MISSING", "no such target")
    if name in ("", ".", ".."):
        raise TrustError("MISSING", "no such target")
    path = folder / quote(name, "")
    if path.exists():
        try:
            trusted.require_content(entry, path.read_bytes())
            return path
        except TrustError:
            pass  # another version: replaced
    remote = name
    if trusted.root.get("consistent_snapshot"):
        parent, slash, base = name.rpartition("/")
        digest = entry["hashes"].get("sha256") or next(iter(entry["hashes"].values()))
        remote = f"{parent}{slash}{digest}.{base}"
    data = targets.fetch(remote, entry["length"])
    if data is None:
        raise TrustError("MISSING", "target file not there")
    trusted.require_content(entry, data)
    files.replace(path, data)
    return path
