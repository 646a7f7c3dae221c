"""Ephemeral key pairs for mdoc sessions, made while no phone is read."""

import asyncio
import gc


class KeyPairs:
    """Keeps one key pair ready; each serves once."""

    def __init__(self, entropy):
        """`entropy` has scalar() (borne.entropy)."""
        self._entropy = entropy
        self._ready = None
        self._taken = asyncio.Event()
        self._taken.set()

    async def run(self, pause):
        """Makes the next pair after each that was taken. `pause` is a coroutine function that returns when no
        phone is read. Never returns."""
        while True:
            await self._taken.wait()
            await pause()
            if self._ready is None:
                gc.collect()  # what stays must not lie scattered among garbage
                self._ready = self._make()
            self._taken.clear()

    def take(self):
        """A borne.crypto.ecdh.KeyPair that was never used: the one that is ready, or one made now."""
        pair, self._ready = self._ready or self._make(), None
        self._taken.set()
        return pair

    def happened(self):
        """Something did just now that nobody outside can predict to the microsecond."""
        self._entropy.happened()

    def _make(self):
        from borne.crypto.ecdh import KeyPair  # not before it is needed: RAM

        return KeyPair(self._entropy.scalar())
