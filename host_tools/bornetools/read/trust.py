"""The trust data that a reader on this computer verifies with."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from borne.errors import DecodeError, StoreError, UntrustedError
from borne.token.key_set import KeySet
from borne.trust import policy, trustset
from borne.trust.status import StatusList
from borne.trust.store import FolderStore
from bornetools import files
from bornetools.errors import UserError

T = TypeVar("T")


def trust_folder(path: Path, complain: Callable[[str], None]) -> trustset.TrustSet:
    """The TrustSet in a folder as on a terminal. `complain` gets a line for each file that is left
    out. Raises UserError."""
    try:
        return trustset.load(
            FolderStore(str(path)), lambda name, reason: complain(f"{name}: {reason}")
        )
    except StoreError as error:
        raise UserError(f"{path}: {error}") from error


def trust_files(
    keys: Path,
    status: tuple[Path, ...],
    rules: Path | None,
    now: int,
    complain: Callable[[str], None],
) -> trustset.TrustSet:
    """The TrustSet of single files, which count as fresh at `now`. `complain` gets a line for each list that
    is left out. Raises UserError."""
    key_set = _decoded(KeySet.decode, keys, "key set")
    lists = []
    for path in status:
        try:
            lists.append(_decoded(lambda data: StatusList(data, key_set), path, "status list"))
        except UntrustedError as error:
            complain(f"{path}: left out: {error.reason}")
    chosen = _decoded(policy.decode, rules, "policy") if rules else policy.Policy()
    return trustset.TrustSet(key_set, chosen, now, lists)


def _decoded(decode: Callable[[bytes], T], path: Path, what: str) -> T:
    data = files.read_binary_or_hex(path, what)
    try:
        return decode(data)
    except UntrustedError:
        raise
    except DecodeError as error:
        raise UserError(f"{path}: not a usable {what}: {error.reason}") from error
