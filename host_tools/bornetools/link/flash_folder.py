"""A terminal's flash as a folder on this computer: the trust root pinned in it, and a release if wanted.

The firmware's own code writes both, and checks the release as if a courier had brought it.
"""

import hashlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from borne import limits
from borne.errors import TrustError
from borne.trust.clock import Clock
from borne.trust.release_store import ReleaseStore
from borne.trust.tuf import TrustedMetadata
from borne.trust.update import Update
from bornetools.errors import UserError
from bornetools.link.explain import explain
from bornetools.link.source import Source

Pause = Callable[[], Coroutine[Any, Any, None]]


def check_root(data: bytes) -> dict[str, Any]:
    """The signed part of a root.json that is signed by itself. Raises UserError."""
    try:
        root: dict[str, Any] = TrustedMetadata(data).root
        return root
    except TrustError as error:
        raise UserError(f"no trust root for a terminal: {error.code}: {error}") from error


def pin(store: ReleaseStore, root: bytes) -> str:
    """Makes `root` the only file of the store's release. Returns its SHA-256 in hexadecimal."""
    sha256 = hashlib.sha256(root).hexdigest()
    store.begin(sha256, len(root), limits.TUF_ROOT_MAX)
    store.append(sha256, 0, root)
    store.finish(sha256)
    store.commit(0, 0, {"root.json": sha256})
    return sha256


def provision(flash: str | Path, root: bytes, at: int) -> None:
    """Makes the folder `flash` that of a terminal which trusts `root` (metadata/1.root.json), with its
    clock's floor at `at` (unix seconds). Raises UserError if it has a root already, or `root` is none."""
    check_root(root)
    trust = Path(flash) / "trust"
    trust.mkdir(parents=True, exist_ok=True)
    store = ReleaseStore(str(trust))
    if store.names():
        raise UserError(f"{flash}: this terminal has a trust root already")
    pin(store, root)
    Clock(str(Path(flash) / "clock"), lambda: 0).verified(at)


def install(flash: str | Path, source: Source, at: int) -> int:
    """Brings the release of `source` onto the provisioned folder `flash`, as a sync would. Returns its
    version. Raises UserError."""
    try:
        return _result(_install(ReleaseStore(str(Path(flash) / "trust")), source, at))
    except TrustError as error:
        raise UserError(f"{source.base}: {error.code}: {explain(error.code)}") from error


def _result(coroutine: Coroutine[Any, Any, int]) -> int:
    """The result of a coroutine that waits for nothing: no event loop is needed, and one may be running."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        returned: int = end.value
        return returned
    raise RuntimeError("it waits for something")


async def _install(store: ReleaseStore, source: Source, at: int) -> int:
    async def pause() -> None:
        pass

    update = Update(store)
    root = update.root_version()
    if root is None:
        raise TrustError("NO_ROOT", "no root was provisioned")
    for name, data in source.metadata(root).items():
        await _put(update, name, hashlib.sha256(data).digest(), data, pause)
    while wanted := await update.commit(at, pause):
        for name, sha256, size in wanted:
            await _put(update, name, sha256, source.target(name, sha256, size), pause)
    update.collect()
    return store.version


async def _put(update: Update, name: str, sha256: bytes, data: bytes, pause: Pause) -> None:
    if update.begin(name, sha256.hex(), len(data)) < len(data):
        update.append(data)
    await update.finish(pause)
