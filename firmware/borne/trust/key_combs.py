"""Combs (borne.crypto.comb) of the issuers' keys: they make it cheap to verify a known key's signature.

    objects/<sha256 of keys.cbor>.combs     a comb of comb.WIDTH for each key whose algorithm has one, in the
                                            order of keys.cbor; then SHA-256 of all before

The terminal derives combs from a new keys.cbor, and keeps them as long as a release names that file
(ReleaseStore.collect). Keys work without combs while these are being made, or if they are missing or damaged.
The hash detects damage. It is no protection against an attacker who can write the flash: another keys.cbor
under the same name would do as well.
"""

import asyncio
import hashlib
import os

from micropython import const

from borne.crypto import comb
from borne.errors import StoreError
from borne.storage import atomic
from borne.trust import kinds
from borne.trust.key_file import KeyFile

if False:  # for types only
    from typing import Callable

    from borne.protocols import File, Pause
    from borne.trust.release_store import ReleaseStore

_DIGEST = const(32)
_PIECE = const(512)
_AGAIN = const(1000)  # ms between checks whether the courier has gone


class KeyCombs:
    """`store` is a ReleaseStore; `away()` is True while no courier needs the heap."""

    def __init__(self, store: "ReleaseStore", away: "Callable[[], bool]") -> None:
        self._store = store
        self._away = away
        self.want(None)

    def want(self, keys: object) -> None:
        """Requests the combs of `keys`, a KeyFile; this object becomes its `combs` when they are there. With
        anything else as `keys`, no combs are requested."""
        self._keys = keys if isinstance(keys, KeyFile) else None

    async def run(self, pause: "Pause") -> None:
        """Makes the requested combs. Never returns; `pause` is awaited between pieces of work."""
        while True:
            await asyncio.sleep_ms(_AGAIN)
            await pause()  # a wallet that is being read needs the heap that the first piece takes
            await self.provide(pause)

    async def provide(self, pause: "Pause") -> None:
        """Makes the requested combs, unless a courier comes meanwhile."""
        keys = self._keys
        if keys is None or not self._away():
            return
        try:
            await self._provide(keys, pause)
        except Exception as error:  # noqa: BLE001 - keys work without combs
            self.want(None)
            # No room on flash or in RAM, or no keys. Any other exception is a fault.
            if not isinstance(error, (OSError, StoreError, MemoryError)):
                raise

    def opened(self) -> "File":
        """The opened file of combs. Raises OSError."""
        return open(self._path(), "rb")

    async def _provide(self, keys: KeyFile, pause: "Pause") -> None:
        path = self._path()
        if not await self._is_whole(path, keys.combs_size, pause):
            if self._store.free() < keys.combs_size + _DIGEST:
                raise StoreError("no room for combs")
            if not await self._make(path + ".new", keys, pause):
                return  # later
            os.rename(path + ".new", path)
            if not await self._is_whole(path, keys.combs_size, pause):
                raise StoreError("combs are not what was written")
        if self._keys is keys:
            keys.combs = self
            self.want(None)

    async def _is_whole(self, path: str, size: int, pause: "Pause") -> bool:
        digest = hashlib.sha256()
        buffer = memoryview(bytearray(_PIECE))
        left = size
        try:
            with open(path, "rb") as file:
                while left:
                    length = file.readinto(buffer)
                    if not length:
                        return False
                    length = min(length, left)
                    digest.update(buffer[:length])
                    left -= length
                    await pause()
                file.seek(size)
                return file.read(_DIGEST + 1) == digest.digest()
        except OSError:
            return False

    async def _make(self, path: str, keys: KeyFile, pause: "Pause") -> bool:
        """Writes the file. Returns False if it was interrupted."""
        digest = hashlib.sha256()
        with open(path, "wb") as file:
            for key in keys:
                if not key.algorithm.comb:
                    continue
                for piece in comb.building(key.x, key.y, comb.WIDTH):
                    if piece:
                        digest.update(piece)
                        file.write(piece)
                    await pause()
                    if keys is not self._keys or not self._away():
                        return False
            file.write(digest.digest())
            atomic.sync(file, os)
        return True

    def _path(self) -> str:
        return self._store.path_beside(kinds.KEYS.name)
