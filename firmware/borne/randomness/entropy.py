"""Secret random numbers from several sources, so that no weak source decides (docs/mdoc.md has each).

The generator is HMAC_DRBG with SHA-256 (SP 800-90A section 10.1.2). It is seeded at each start from

- os.urandom;
- a file of SEED_SIZE bytes on the flash, which the generator itself wrote at the start before;
- the microseconds of events, made uneven by the reader's radio and its bus;
- the terminal's id, only to keep two terminals apart whose other sources are equal.

The file is written anew before any other draw: no start uses the seed of another, and the new seed does not
reveal any draw. littlefs keeps old seeds, however, until it erases their blocks: against an attacker with the
flash, the other sources decide. Each draw takes in os.urandom and the microseconds of events since.
"""

import os
import time

from micropython import const

from borne.crypto.comb import N
from borne.crypto.hmac import hmac
from borne.storage import atomic

if False:  # for types only
    from typing import Callable

    from borne.protocols import Bytes, OpenFile

FILE = "seed"
SEED_SIZE = const(32)
_SIZE = const(32)
_AT_START = const(256)  # bytes of os.urandom: on an RP2 each bit is one sample of an oscillator


class Entropy:
    """Random numbers. `saved` is False if the seed for the next start could not be written: that start then
    depends on os.urandom."""

    def __init__(
        self,
        path: str,
        terminal_id: str,
        random: "Callable[[int], bytes]" = os.urandom,
        ticks: "Callable[[], int]" = time.ticks_us,  # type: ignore[assignment]  # the stub's own type
        open_file: "OpenFile" = open,
    ) -> None:
        """`path` is the seed's file, `terminal_id` a str."""
        self._random, self._ticks = random, ticks
        # Changed in place, as new objects would fragment the free heap.
        self._key, self._value = bytearray(_SIZE), bytearray(b"\x01" * _SIZE)
        self._events = bytearray(_SIZE)
        self._count = 0
        try:
            with open_file(path, "rb") as file:
                seed = file.read(SEED_SIZE)
        except OSError:
            seed = b""  # the first start
        self.happened()
        self._update(random(_AT_START), seed, terminal_id.encode(), self._events)
        self.saved = self._save(path, open_file)
        self.happened()  # how long the flash took

    def happened(self) -> None:
        """Takes in the microsecond of an event, unpredictable from outside. Allocates nothing."""
        ticks, at = self._ticks(), self._count % _SIZE
        self._events[at] ^= ticks & 0xFF
        self._events[at ^ 1] ^= ticks >> 8 & 0xFF
        self._count = (self._count + 1) & 0xFFFF

    def random(self, size: int) -> bytes:
        """`size` random bytes, at most 32."""
        if size > _SIZE:
            raise ValueError("at most 32 bytes")
        self.happened()
        self._update(self._random(_SIZE), self._events)
        self._value[:] = hmac(self._key, self._value)
        made = bytes(self._value[:size])
        self._update()  # so that the kept state does not reveal the draw
        return made

    def scalar(self) -> int:
        """A private key of P-256: an int from 1 to N - 1, equally likely (FIPS 186-5 section A.2.2)."""
        while True:
            number = int.from_bytes(self.random(_SIZE), "big")
            if number < N - 1:
                return number + 1

    def _update(self, *data: "Bytes") -> None:
        """Section 10.1.2.2."""
        for step in (b"\x00", b"\x01"):
            self._key[:] = hmac(self._key, self._value, step, *data)
            self._value[:] = hmac(self._key, self._value)
            if not data:
                break

    def _save(self, path: str, open_file: "OpenFile") -> bool:
        try:
            atomic.replace(path, (self.random(SEED_SIZE),), open_file=open_file)
        except OSError:
            return False
        return True
