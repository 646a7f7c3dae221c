"""An IETF Token Status List in its CWT form, read from where it lies.

The list's bytes stay in the file: they are hashed in place when the list is opened, and a look-up
inflates them from their start to the index it needs. Host tools read these; terminals get revocation lists.
"""

import io

import deflate

from borne import limits
from borne.errors import DecodeError
from borne.token import cbor, cose, cwt
from borne.trust import list_signer

if False:  # for types only
    from typing import Iterable

    from borne.protocols import Buffer, Encoded, Store
    from borne.storage.file_view import FileView
    from borne.token.cose_key import CoseKey

_SUB, _EXP, _IAT, _TTL = 2, 4, 6, 65534
_STATUS_LIST = 65533
_TYP = ("application/statuslist+cwt", "statuslist+cwt")  # RFC 9596: "application/" may be left out
_BITS = (1, 2, 4, 8)
_SKIP = 256


class StatusList:
    """A verified list: `uri` str, `issued_at` unix seconds, `issuer` as list_signer.issuer has it."""

    states = 0  # it knows all statuses
    identifiers = False

    def __init__(
        self, view: "Encoded", keys: "Iterable[CoseKey]", store: "Store | None" = None
    ) -> None:
        """`view` is the CWT (bytes or FileView); `keys` and `store` are those who may have signed it, as
        list_signer.issuer takes them.

        Raises DecodeError if it is no status list, UntrustedError if no signer that counts has signed it.
        """
        message = cwt.message(view)
        typ = message.protected.get(cose.HEADER_TYP)
        if not isinstance(typ, str) or typ not in _TYP:
            raise DecodeError("not a status list")
        if message.payload is None:
            raise DecodeError("status list without a payload")
        claims = cwt.claims_map(message.payload)
        self.uri = cwt.text(claims, _SUB, limits.URI_MAX)
        self.issued_at = cwt.numeric_date(claims, _IAT)
        self._expires = cwt.optional_date(claims, _EXP)
        cwt.optional_date(claims, _TTL)
        entry = claims.get(_STATUS_LIST)
        if not isinstance(entry, dict) or entry.get("bits") not in _BITS:
            raise DecodeError("not a status list")
        self._bits = entry["bits"]
        compressed = entry.get("lst")
        if isinstance(compressed, (int, str, list, dict, cbor.Tag)) or not compressed:
            raise DecodeError("not a status list")
        self._list = compressed
        self.issuer = list_signer.issuer(message, keys, store, self.issued_at)

    def value(self, index: int, now: int) -> int | None:
        """The status (int) at `index`, or None where the list cannot tell: expired, or too short."""
        if self._expires is not None and now >= self._expires:
            return None
        at = index * self._bits
        left = at >> 3
        inflated = deflate.DeflateIO(_Source(self._list), deflate.ZLIB, self._window(left + _SKIP))
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
        return buffer[left] >> (at & 7) & ((1 << self._bits) - 1)

    def _window(self, length: int) -> int:
        """The window, as a power of two, for inflating `length` bytes: no match reaches further back
        than the beginning, so most look-ups do without the 32 KiB that compressors ask for."""
        bits = (self._list[0] >> 4) + 8  # CINFO: RFC 1950 section 2.2
        while bits > 8 and 1 << (bits - 1) >= length:
            bits -= 1
        return min(bits, 15)


class _Source(io.IOBase):
    """The compressed bytes as the stream that deflate reads."""

    def __init__(self, data: "bytes | memoryview | FileView") -> None:
        super().__init__()
        self._data = data
        self._at = 0

    def readinto(self, buffer: "Buffer") -> int:
        if isinstance(self._data, (bytes, memoryview)):
            chunk = self._data[self._at : self._at + len(buffer)]
            length = len(chunk)
            buffer[:length] = chunk
        else:
            length = self._data.readinto_at(self._at, buffer)
        self._at += length
        return length
