"""A status list (IETF Token Status List): two bits for each token, at the index that the token states.

Two bits are enough for the three values of the profile. Values are packed from the least significant
bits of each byte on, and compressed by zlib, as in the draft's section 4.1.
"""

import zlib
from typing import Any

from bornetools.errors import UserError

_WINDOW_BITS = 10  # inflation needs 1 KiB: a terminal has 100 kB for everything
BITS = 2
VALID, REVOKED, SUSPENDED = 0, 1, 2
NAMES = {VALID: "valid", REVOKED: "revoked", SUSPENDED: "suspended"}
CAPACITY = 100_000
CAPACITY_MAX = 1_000_000

_PER_BYTE = 8 // BITS
_MASK = (1 << BITS) - 1


class StatusList:
    """The values of `capacity` tokens, all VALID at first."""

    def __init__(self, capacity: int) -> None:
        if not 1 <= capacity <= CAPACITY_MAX:
            raise UserError(f"a status list holds 1 to {CAPACITY_MAX} tokens")
        self._packed = bytearray(-(-capacity // _PER_BYTE))

    @classmethod
    def from_claim(cls, claim: Any, capacity: int) -> "StatusList":
        """The list in claim 65533 of a status list token. Raises UserError."""
        made = cls(capacity)
        size = len(made._packed)
        try:
            packed = zlib.decompressobj().decompress(claim["lst"], size + 1)
            bits = claim["bits"]
        except (zlib.error, KeyError, TypeError):
            raise UserError("the status list cannot be unpacked") from None
        if bits != BITS or len(packed) != size:
            raise UserError("the status list is not of this issuer's size")
        made._packed[:] = packed
        return made

    def claim(self) -> dict[str, Any]:
        """Claim 65533 of a status list token."""
        return {"bits": BITS, "lst": zlib.compress(self._packed, 9, _WINDOW_BITS)}

    def __getitem__(self, index: int) -> int:
        return self._packed[index // _PER_BYTE] >> index % _PER_BYTE * BITS & _MASK

    def __setitem__(self, index: int, value: int) -> None:
        place = index % _PER_BYTE * BITS
        kept = self._packed[index // _PER_BYTE] & ~(_MASK << place)
        self._packed[index // _PER_BYTE] = kept | value << place
