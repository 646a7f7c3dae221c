"""Identifier lists as terminals keep them (.idl): which mdocs of an issuer's identifier list are revoked.

docs/revocation.md has the format: a header, and then the truncated SHA-256 of each revoked identifier, in
increasing order. A look-up bisects over these in the file, so none of it is in RAM. The file was verified
when it was fetched (TUF).
"""

import hashlib
import struct

from micropython import const

from borne.errors import TrustError
from borne.trust import revocation
from borne.trust.revocation import read, require

if False:  # for types only
    from borne.storage.file_view import FileView

_MAGIC = const(b"BRIL")
_FORMAT = const(1)
_FIXED = const(">4sBBIIQQH")  # the header but for the URI
_FIXED_SIZE = const(32)
_DIGEST = const(16)  # two identifiers share so many bytes of SHA-256 by chance once in 2^128 pairs


class IdentifierFile(revocation.Vouched):
    """`uri` str, `value` (the status that the list stands for), `version`, `count`, `issued_at` and `expires`
    (unix seconds; expires None: never)."""

    identifiers = True

    def __init__(self, view: "FileView") -> None:
        """Reads the header of a FileView. Raises TrustError: UNSUPPORTED for another version of the format,
        FORMAT for anything else."""
        fields = struct.unpack(_FIXED, read(view, 0, _FIXED_SIZE))
        magic, form, self.value, self.version, self.count, issued_at, expires, uri_size = fields
        require(magic == _MAGIC, "not an identifier list")
        if form != _FORMAT:
            raise TrustError("UNSUPPORTED", "identifier list of another format")
        require(self.value > 0, "value")
        super().__init__(view, _FIXED_SIZE, issued_at, expires, uri_size)
        require(len(view) == self.end + self.count * _DIGEST, "length")
        self._view = view

    def contains(self, identifier: bytes) -> bool:
        """True if `identifier` (bytes) is in the list. Raises TrustError if the digests do not increase, as
        far as the look-up sees them."""
        wanted = hashlib.sha256(identifier).digest()[:_DIGEST]
        low, high = 0, self.count
        least, most = b"", b"\xff" * (_DIGEST + 1)
        while low < high:
            middle = (low + high) // 2
            found = bytes(read(self._view, self.end + middle * _DIGEST, _DIGEST))
            require(least < found < most, "identifiers do not increase")
            if found == wanted:
                return True
            if found < wanted:
                low, least = middle + 1, found
            else:
                high, most = middle, found
        return False
