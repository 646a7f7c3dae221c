"""The evidence of a phone: by the token profile, or else from an mdoc."""

import asyncio
import gc
import time

from borne import limits
from borne.errors import SelectError
from borne.memory.scrub import wipe
from borne.memory.unimport import Unimport
from borne.nfc import apdu, exchange

if False:  # for types only
    from typing import Callable

    from borne.protocols import AnyEvidence, CardChannel, TapRandom, TicksMs
    from borne.provisioned.reader_key import ReaderKey


class Phones:
    """Reads phones for the terminal `terminal_id`. `make_room()` is called before an mdoc is read, to free
    heap."""

    def __init__(
        self,
        terminal_id: str,
        prepared: "TapRandom",
        reader_key: "ReaderKey | None" = None,
        make_room: "Callable[[], None] | None" = None,
    ) -> None:
        self._terminal_id = terminal_id
        self._prepared = prepared
        self._reader_key = reader_key
        self._make_room = make_room
        self._buffer: memoryview | None = None  # for a long response of an mdoc
        self.wallet = False  # a wallet has been read, at least in part, since `done`
        self._declined_at: "TicksMs | None" = None  # when the last wallet declined the reader key
        # From the end of reading to `done`: nothing is awaited in between.
        self._judging: Unimport | None = None

    async def read(
        self, card: "CardChannel", purpose: str, now: int | None, wallets: bool = True
    ) -> "list[AnyEvidence]":
        """Reads the Evidence of each beneficiary, or one MdocEvidence, from the phone that `card` has
        selected. Without `wallets`, raises SelectError rather than ask a wallet for anything.

        `purpose` and `now` as for borne.nfc.exchange.read. Raises the errors of that and of
        borne.nfc.mdoc_exchange.read, and asyncio.TimeoutError.
        """
        # For the next phone only: other wallets are still asked with reader authentication.
        since, self._declined_at = self._declined_at, None
        nonce = self._prepared.nonce()
        reading = exchange.read(card, nonce, self._terminal_id, purpose, now)
        try:
            return await asyncio.wait_for_ms(reading, limits.TAP_TIMEOUT)
        except SelectError:
            if not wallets:
                raise
            # The phone lacks our application: perhaps it is a wallet.
        if self._make_room:
            self._make_room()
        self.wallet = True
        # The modules that read and judge an mdoc are loaded only meanwhile: taps of tokens and updates have
        # the same heap as before, in one piece.
        with Unimport():
            from borne.limits_mdoc import ENVELOPE_MAX, MDOC_TAP_TIMEOUT, RETRY_WITHIN

        # The buffer first, while the free heap is in large pieces; freed if the response needs less.
        try:
            self._buffer = memoryview(bytearray(ENVELOPE_MAX))
        except MemoryError:
            pass  # most responses do without
        with Unimport():  # gone with the exchange
            from borne.nfc.mdoc_exchange import read

        again = since is not None and 0 <= time.ticks_diff(time.ticks_ms(), since) < RETRY_WITHIN
        reader_key = None if again else self._reader_key
        reading = read(card, self._room, self._prepared, reader_key, purpose, self._declined)
        try:
            return await asyncio.wait_for_ms(reading, MDOC_TAP_TIMEOUT)
        finally:
            del read, reading
            # The exchange is over: the objects of judging must not lie scattered among its remains.
            gc.collect()
            self._judging = Unimport()

    def done(self) -> None:
        """The evidence has been judged: an MdocEvidence is void from now on."""
        if not self.wallet:
            return
        apdu.forget()
        if self._buffer is not None:
            wipe(self._buffer)
            self._buffer = None
        if self._judging:
            self._judging.drop()
            self._judging = None
        self.wallet = False  # last: after a failure the next call repeats all of it

    def _declined(self) -> None:
        self._declined_at = time.ticks_ms()

    def _room(self, size: int) -> memoryview | None:
        if size <= limits.APDU_RESPONSE_MAX:
            self._buffer = None
        elif self._buffer is None:
            self._buffer = memoryview(bytearray(size))
        return self._buffer
