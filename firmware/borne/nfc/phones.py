"""What a phone has to show, by the way that it offers: the token profile, or else an mdoc."""

import asyncio
import gc

from borne import limits
from borne.errors import SelectError
from borne.nfc import apdu, exchange
from borne.unload import unload

# What an mdoc takes beside the rest, to be read and then to be judged: loaded for that, and then no more, so
# that taps of tokens and updates have the heap that they had, in one piece. Not borne.crypto's: machine code,
# once loaded, may stay for good.
_READING = (
    "borne.nfc.ndef",
    "borne.nfc.type4",
    "borne.nfc.carriers",
    "borne.nfc.handover",
    "borne.nfc.mdoc_transfer",
    "borne.nfc.mdoc_exchange",
    "borne.token.engagement",
    "borne.token.mdoc_session",
    "borne.token.device_request",
    "borne.crypto.gcm",
    "borne.crypto.ecdsa_sign",
)
_JUDGING = (
    "borne.limits_mdoc",
    "borne.token.attributes",
    "borne.token.cbor_open",
    "borne.token.x509",
    "borne.token.mso",
    "borne.token.mdoc",
    "borne.token.mdoc_cover",
    "borne.trust.roots",
    "borne.trust.identifiers",
    "borne.verify.mdoc_credential",
)


class Phones:
    """Reads them for the terminal `terminal_id` (str). `prepared` is a borne.prepared.Prepared, `reader_key`
    a borne.reader_key.ReaderKey, or None; `make_room()` is called before an mdoc is read, and gives back
    what heap it can."""

    def __init__(self, terminal_id, prepared, reader_key=None, make_room=None):
        self._terminal_id = terminal_id
        self._prepared = prepared
        self._reader_key = reader_key
        self._make_room = make_room
        self._buffer = None  # for a long response of an mdoc
        self._mdoc = False  # one has been read, or part of one
        # Once now: what stays of it lies at the begin of the heap, the tables of modules among it.
        for name in _READING + _JUDGING:
            __import__(name)
        unload(_READING + _JUDGING)

    async def read(self, card, purpose, now):
        """Reads the Evidence of each beneficiary, or one MdocEvidence, as a list, from the phone that `card`
        (a Pn532) has selected.

        `purpose` and `now` as of borne.nfc.exchange.read. Raises as that and borne.nfc.mdoc_exchange.read,
        and asyncio.TimeoutError.
        """
        nonce = self._prepared.nonce()
        reading = exchange.read(card, nonce, self._terminal_id, purpose, now)
        try:
            return await asyncio.wait_for_ms(reading, limits.TAP_TIMEOUT)
        except SelectError:
            pass  # it has not our application: perhaps a wallet
        if self._make_room:
            self._make_room()
        # First, while the free heap is in large pieces; it is given back if the response needs less.
        from borne import limits_mdoc

        self._mdoc = True
        try:
            self._buffer = memoryview(bytearray(limits_mdoc.ENVELOPE_MAX))
        except MemoryError:
            pass  # most responses do without
        from borne.nfc import mdoc_exchange

        reading = mdoc_exchange.read(card, self._room, self._prepared, self._reader_key, purpose)
        try:
            return await asyncio.wait_for_ms(reading, limits.MDOC_TAP_TIMEOUT)
        finally:
            unload(_READING)
            # The exchange is over. What judging takes is not to lie scattered among what that has left.
            gc.collect()

    def done(self):
        """What was read has been judged: an MdocEvidence is void from now on."""
        if not self._mdoc:
            return
        self._mdoc = False
        apdu.forget()
        if self._buffer is not None:
            zeros = bytes(64)
            for at in range(0, len(self._buffer), len(zeros)):
                part = self._buffer[at : at + len(zeros)]
                part[:] = zeros[: len(part)]
            self._buffer = None
        unload(_READING + _JUDGING)

    def _room(self, size):
        if size <= limits.APDU_RESPONSE_MAX:
            self._buffer = None
        elif self._buffer is None:
            self._buffer = memoryview(bytearray(size))
        return self._buffer
