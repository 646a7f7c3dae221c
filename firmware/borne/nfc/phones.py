"""What a phone has to show, by the way that it offers: the token profile, or else an mdoc."""

import asyncio
import os

from borne import limits
from borne.errors import SelectError
from borne.nfc import exchange


class Phones:
    """Reads them for the terminal `terminal_id` (str). `key_pairs` (borne.key_pairs.KeyPairs) and
    `reader_key` (borne.reader_key.ReaderKey, or None) are for mdocs."""

    def __init__(self, terminal_id, key_pairs, reader_key=None):
        self._terminal_id = terminal_id
        self._key_pairs = key_pairs
        self._reader_key = reader_key

    async def read(self, card, purpose, now):
        """Reads the Evidence of each beneficiary, or one MdocEvidence, as a list, from the phone that `card`
        (a Pn532) has selected.

        `purpose` and `now` as of borne.nfc.exchange.read. Raises as that and borne.nfc.mdoc_exchange.read,
        and asyncio.TimeoutError.
        """
        nonce = os.urandom(limits.NONCE_SIZE)
        reading = exchange.read(card, nonce, self._terminal_id, purpose, now)
        try:
            return await asyncio.wait_for_ms(reading, limits.TAP_TIMEOUT)
        except SelectError:
            pass  # it has not our application: perhaps a wallet
        from borne.nfc import mdoc_exchange  # not before it is needed: RAM

        reading = mdoc_exchange.read(card, self._key_pairs, self._reader_key, purpose)
        return await asyncio.wait_for_ms(reading, limits.MDOC_TAP_TIMEOUT)
