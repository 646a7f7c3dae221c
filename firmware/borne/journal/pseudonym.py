"""Pseudonyms that tell whether a token came again to this terminal on the same day, and nothing else."""

import hashlib
from binascii import hexlify

from micropython import const

if False:  # for types only
    from typing import Callable

_KEY_SIZE = const(32)
_SIZE = const(6)  # bytes: two of 1000 tokens a day fall together once in 500 million days
_DAY = const(86400)


class Pseudonyms:
    """The key is random, for one UTC day, and in RAM only: littlefs would leave a file's old content on the
    flash. So the key is lost at the end of the day or at a power cut, and a restart draws a new one."""

    def __init__(self, random: "Callable[[int], bytes]") -> None:
        """`random(size)` gives random bytes, of Entropy: os.urandom alone may be weak (docs/mdoc.md)."""
        self._random = random
        self._key = bytearray(_KEY_SIZE)  # changed in place: a new one would fragment the free heap
        self._fresh = False
        self._day: int | None = None

    def of(self, digest: bytes, now: int | None) -> str:
        """The pseudonym (12 hexadecimal digits) of a token, by `digest` (32 bytes), at `now` (unix
        seconds; None: days cannot be told apart)."""
        day = None if now is None else now // _DAY
        if day != self._day or not self._fresh:
            self._key[:] = self._random(_KEY_SIZE)
            self._fresh, self._day = True, day
        # A MAC, as the text has a fixed length and the result is truncated: other texts would need HMAC.
        return hexlify(hashlib.sha256(self._key + digest).digest()[:_SIZE]).decode()
