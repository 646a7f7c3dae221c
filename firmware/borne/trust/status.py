"""An IETF Token Status List in its CWT form, read in place.

The list's bytes stay in the file: they are hashed in place when the list is opened, and a look-up
inflates them from their start to the index. Host tools read these lists; terminals get revocation lists.
"""

import io

import deflate

from borne import limits
from borne.errors import DecodeError
from borne.token import cose, cwt
from borne.trust import signed_list

if False:  # for types only
    from typing import Iterable

    from borne.protocols import Buffer, Encoded, Store
    from borne.token.cose_key import CoseKey

_STATUS_LIST = 65533
_TYP = ("application/statuslist+cwt", "statuslist+cwt")  # RFC 9596: "application/" may be left out
_BITS = (1, 2, 4, 8)
_SKIP = 256


class StatusList(signed_list.SignedList):
    """A SignedList; `bits` of a status, `compressed` (bytes or FileView) statuses."""

    states = 0  # it knows all statuses
    identifiers = False

    def __init__(
        self, view: "Encoded", keys: "Iterable[CoseKey]", store: "Store | None" = None
    ) -> None:
        """`view` is the CWT (bytes or FileView); `keys` and `store` give its possible signers, as in
        list_signer.find.

        Raises DecodeError if it is no status list, UntrustedError if no trusted signer has signed it.
        """
        message, payload = signed_list.message(view, _TYP)
        claims = cwt.claims_map(payload)
        entry = claims.get(_STATUS_LIST)
        if not isinstance(entry, dict):
            raise DecodeError("no status list in it")
        bits, compressed = entry.get("bits"), entry.get("lst")
        if isinstance(bits, bool) or bits not in _BITS:
            raise DecodeError("bits of a status")
        if not cose.is_bytes(compressed) or not compressed:
            raise DecodeError("no statuses in it")
        self.bits: int = bits
        self.compressed = compressed
        super().__init__(message, claims, keys, store)
        self._check_end()

    def value(self, index: int, now: int) -> int | None:
        """The status (int) at `index`, or None where the list cannot tell: outside its time, or too short."""
        if not self.counts(now):
            return None
        at = index * self.bits
        left = at >> 3
        inflated = self._inflated(self.compressed, left + _SKIP)
        buffer = bytearray(_SKIP)
        try:
            while left >= _SKIP:
                if inflated.readinto(buffer) < _SKIP:
                    return None
                left -= _SKIP
            if inflated.readinto(buffer) <= left:
                return None
        except (OSError, EOFError):
            return None
        # Least significant bits first within a byte.
        return buffer[left] >> (at & 7) & ((1 << self.bits) - 1)

    def _check_end(self) -> None:
        """Raises DecodeError if the list is too long, or if bytes come after the compressed statuses: these
        are then whole without the last byte, too. A damaged or truncated list passes, and tells nothing."""
        left = (limits.STATUS_INDEX_MAX + 1) * self.bits // 8
        inflated = self._inflated(self.compressed[: len(self.compressed) - 1], left)
        buffer = bytearray(_SKIP)
        try:
            while left >= 0:
                length = inflated.readinto(buffer)
                if not length:
                    raise DecodeError("bytes after the compressed statuses")
                left -= length
        except (OSError, EOFError):
            return
        raise DecodeError("status list too long")

    def _inflated(self, data: "Encoded", length: int) -> deflate.DeflateIO:
        """A stream that inflates `data`, of which `length` bytes are wanted. No match reaches further back
        than the beginning, so most look-ups need less than the window of 32 KiB that compressors ask for."""
        bits = (self.compressed[0] >> 4) + 8  # CINFO: RFC 1950 section 2.2
        while bits > 8 and 1 << (bits - 1) >= length:
            bits -= 1
        return deflate.DeflateIO(_Source(data), deflate.ZLIB, min(bits, 15))


class _Source(io.IOBase):
    """The compressed bytes as the stream that deflate reads."""

    def __init__(self, data: "Encoded") -> None:
        super().__init__()
        self._data = data
        self._at = 0

    def readinto(self, buffer: "Buffer") -> int:
        if isinstance(self._data, (bytes, bytearray, memoryview)):
            chunk = self._data[self._at : self._at + len(buffer)]
            length = len(chunk)
            buffer[:length] = chunk
        else:
            length = self._data.readinto_at(self._at, buffer)
        self._at += length
        return length
