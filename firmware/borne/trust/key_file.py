"""The issuers' keys of a release, left in their file."""

from borne.errors import DecodeError, StoreError
from borne.token import cbor, cose_key
from borne.trust import kinds

if False:  # for types only
    from typing import Iterator

    from borne.protocols import Encoded, Store
    from borne.trust.key_combs import KeyCombs

pieces = cose_key.keys_of  # the work of `places`, in pieces


class KeyFile:
    """The issuers' keys, read in place from keys.cbor: RAM holds only kids and offsets. 32 keys took 13 kB.

    `combs_size` is the size in bytes of the combs of all keys (borne.trust.key_combs).
    """

    def __init__(self, store: "Store") -> None:
        """Raises StoreError if the file is not whole."""
        self._store = store
        self.combs: "KeyCombs | None" = None  # once there are any
        self._places, self.combs_size = kinds.load(store, kinds.KEYS)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> "Iterator[cose_key.CoseKey]":
        for _, start, end, _ in self._places:
            yield self._key(start, end)

    def find(self, kid: bytes) -> list[cose_key.CoseKey]:
        """The CoseKeys with this kid."""
        found = []
        for known, start, end, comb_at in self._places:
            if known == kid:
                key = self._key(start, end)
                if key.algorithm.comb:
                    key.combs, key.comb_at = self.combs, comb_at
                found.append(key)
        return found

    def _key(self, start: int, end: int) -> cose_key.CoseKey:
        view = self._store.view(kinds.KEYS.name, kinds.KEYS.most)
        try:
            return cose_key.key(cbor.decode(view[start:end], deterministic=False))
        except DecodeError as error:
            raise StoreError("trust data: " + error.reason)
        finally:
            view.close()


def places(view: "Encoded") -> tuple[list[tuple[bytes | None, int, int, int]], int]:
    """A list of (kid, start, end, offset of its comb) of each key in keys.cbor (FileView or bytes), and the
    end of the combs. Raises DecodeError."""
    found = []
    comb_at = 0
    for key, start, end in pieces(view):
        found.append((key.kid, start, end, comb_at))
        comb_at += key.algorithm.comb
    return found, comb_at
