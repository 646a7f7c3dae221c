"""The random numbers of a tap, drawn and calculated while no phone is read: a nonce, a key pair.

Both keep their places in the heap when they are made anew: objects that come and go between taps fragment
the free heap.
"""

import asyncio
import gc

from borne import limits
from borne.memory.unimport import Unimport

if False:  # for types only
    from borne.crypto.ecdh import KeyPair
    from borne.protocols import Pause
    from borne.randomness.entropy import Entropy

_NUMBER = 32


class Prepared:
    """Keeps one nonce and one key pair ready; each serves once."""

    def __init__(self, entropy: "Entropy") -> None:
        """`entropy` is a borne.randomness.entropy.Entropy."""
        self._entropy = entropy
        self._nonce = bytearray(limits.NONCE_SIZE)
        self._pair = bytearray(3 * _NUMBER)  # private key, x, y
        self._has_nonce = self._has_pair = False
        self._taken = asyncio.Event()
        self._taken.set()

    async def run(self, pause: "Pause") -> None:
        """Makes a taken nonce or key pair anew. `pause` is a coroutine function that returns when no phone
        is read. Never returns."""
        while True:
            await self._taken.wait()
            self._taken.clear()
            await pause()
            if not self._has_nonce:
                self._draw()
            await pause()
            if not self._has_pair:
                gc.collect()  # modules loaded once for it must not lie scattered among garbage
                self._make()

    def nonce(self) -> bytes:
        """NONCE_SIZE random bytes that were never used."""
        self._entropy.happened()  # when a phone comes
        if not self._has_nonce:
            self._draw()
        self._has_nonce = False
        self._taken.set()
        return bytes(self._nonce)

    def key_pair(self) -> "KeyPair":
        """A borne.crypto.ecdh.KeyPair that was never used."""
        with Unimport():  # gone with the pair
            from borne.crypto.ecdh import KeyPair

        self._entropy.happened()  # how long the phone took so far
        if not self._has_pair:
            self._make()
        numbers = [
            int.from_bytes(self._pair[at : at + _NUMBER], "big")
            for at in range(0, len(self._pair), _NUMBER)
        ]
        self._has_pair = False
        self._taken.set()
        return KeyPair(numbers[0], numbers[1:])

    def _draw(self) -> None:
        self._nonce[:] = self._entropy.random(limits.NONCE_SIZE)
        self._has_nonce = True

    def _make(self) -> None:
        with Unimport():  # needed for a moment at each mdoc only
            from borne.crypto.ecdh import KeyPair

            private = self._entropy.scalar()
            pair = KeyPair(private)
            for place, number in enumerate((private, pair.x, pair.y)):
                at = place * _NUMBER
                self._pair[at : at + _NUMBER] = number.to_bytes(_NUMBER, "big")
        self._has_pair = True
