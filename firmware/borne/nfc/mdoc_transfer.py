"""NFC data transfer of an mdoc, as the reader (ISO/IEC 18013-5:2021 clause 8.3.3.1.2).

    SELECT A0000002480400 > ENVELOPE DO'53' (in chained commands) > DO'53', by GET RESPONSE

A DO'53' is the tag 53, a length of BER-TLV and one message. Short APDUs with chaining carry everything: an
engagement's maximum lengths are at least 255 bytes of a command, and 256 of a response.
"""

from micropython import const

from borne import limits, limits_mdoc
from borne.errors import ApduError, DecodeError, GoneError, SelectError, UnsupportedError
from borne.nfc import apdu, ndef
from borne.nfc.exchange import Timed

if False:  # for types only
    from borne.protocols import Bytes, CardChannel, Room

AID = b"\xa0\x00\x00\x02\x48\x04\x00"

_SELECT = const(0xA4)
_ENVELOPE = const(0xC3)
_BY_NAME = const(0x04)
_DO = const(0x53)
_CHAINED = const(0x10)  # CLA: ISO/IEC 7816-4 section 5.4.1

_VERSION = const(1)  # of the carrier configuration record, clause 8.2.2.2, and its data types
_COMMAND = const(1)
_RESPONSE = const(2)
_COMMAND_MIN = const(255)  # the standard's lower bounds of the maximum lengths
_RESPONSE_MIN = const(256)
# Our record, with our own maximum lengths: the standard's example sends the version alone, but widespread
# wallets cannot read a record without lengths, and the others ignore them.
_OFFERED = const(b"\x01\x02\x01\xff\x03\x02\x01\x00")


class NfcCarrier:
    """NFC as a Carrier. The phone's `command_max` and `response_max` (bytes of an APDU's data
    field) are at least those of short APDUs."""

    name = "NFC"
    tnf, type, id = ndef.EXTERNAL, b"iso.org:18013:nfc", b"nfc"

    def offered(self) -> bytes:
        return _OFFERED

    def chosen(self, payload: memoryview) -> None:
        """`payload`: the version, then fields (length, type, value)."""
        if not len(payload):
            raise DecodeError("NFC carrier record")
        if payload[0] != _VERSION:
            raise UnsupportedError("NFC carrier version")
        found = {}
        at = 1
        while at < len(payload):
            end = at + 1 + payload[at]
            if payload[at] not in (2, 3, 4) or end > len(payload):
                raise DecodeError("NFC carrier record")
            found[payload[at + 1]] = int.from_bytes(payload[at + 2 : end], "big")
            at = end
        self.command_max, self.response_max = found.get(_COMMAND, 0), found.get(_RESPONSE, 0)
        if self.command_max < _COMMAND_MIN or self.response_max < _RESPONSE_MIN:
            raise DecodeError("NFC carrier's maximum lengths")

    async def open(self, card: "CardChannel") -> "NfcTransfer":
        """Raises SelectError if the phone has no mdoc application, and what apdu.transmit raises."""
        try:
            await apdu.transmit(card, _SELECT, _BY_NAME, 0, AID)
        except ApduError as error:
            raise SelectError(error.sw, apdu.sw_name(error.sw))
        return NfcTransfer(card)


class NfcTransfer:
    """A Transfer in APDUs to `card`, whose mdoc application is selected."""

    def __init__(self, card: "CardChannel") -> None:
        self._card = card
        self._timed = Timed(card)
        self.gone = False

    @property
    def round_trip_us(self) -> int | None:
        return self._timed.round_trip_us

    async def exchange(self, message: "Bytes", room: "Room") -> memoryview:
        """Raises DecodeError, ValueError for a message beyond limits.py, and what apdu.transmit raises."""
        head = _wrapping(len(message))
        if len(head) + len(message) > limits.APDU_COMMAND_MAX:
            raise ValueError("more data than a command may have")
        message = memoryview(message)
        end = limits.APDU_DATA_MAX - len(head)
        data: "Bytes" = head + bytes(message[:end])
        try:
            if len(message) > end:
                # The first command by itself: a copy of the whole message would take heap in one piece.
                await apdu.transmit(self._timed, _ENVELOPE, 0, 0, data, 0, _CHAINED)
                data = message[end:]
            answer = await apdu.transmit(
                self._timed,
                _ENVELOPE,
                0,
                0,
                data,
                room=lambda part: room(sum(_head(part))),
            )
        except GoneError:
            self.gone = True
            raise
        return opened(answer)

    async def end(self, message: bytes | None = None) -> None:
        """`message` fits one short APDU. Raises ChipError."""
        if message is None or self.gone:
            return
        data = wrapped(message)
        try:
            await self._card.exchange(bytes((0, _ENVELOPE, 0, 0, len(data))) + data + b"\0")
        except GoneError:
            self.gone = True


def wrapped(message: bytes) -> bytes:
    """The DO'53' of `message`."""
    return _wrapping(len(message)) + message


def _wrapping(size: int) -> bytes:
    """Tag and length of the DO'53' of a message of `size` bytes."""
    if size < 0x80:
        return bytes((_DO, size))
    if size < 0x100:
        return bytes((_DO, 0x81, size))
    return bytes((_DO, 0x82, size >> 8, size & 0xFF))


def opened(data: memoryview) -> memoryview:
    """The message in the DO'53' `data`. Raises DecodeError."""
    begin, size = _head(data)
    if size != len(data) - begin:
        raise DecodeError("length of the DO'53'")
    return data[begin:]


def _head(data: memoryview) -> tuple[int, int]:
    """Offset and length of the value of the DO'53' that begins with `data`."""
    if len(data) < 2 or data[0] != _DO:
        raise DecodeError("no DO'53' in the response")
    begin = 2
    size = data[1]
    if size >= 0x80:
        begin += size & 0x7F
        # ISO/IEC 7816-4 section 5.2.2.2: up to four bytes; 80 would be the indefinite form.
        if not 2 < begin <= 6 or begin > len(data):
            raise DecodeError("length of the DO'53'")
        size = int.from_bytes(data[2:begin], "big")
    if not size or size > limits_mdoc.MESSAGE_MAX:
        raise DecodeError("message empty or too long")
    return begin, size
