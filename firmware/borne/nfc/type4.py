"""The reader of an NFC Forum Type 4 Tag (Technical Specification, mapping versions 2.0 and 3.0).

SELECT the NDEF application > SELECT and READ the capability container > SELECT the NDEF file
READ BINARY: NLEN, then the message            UPDATE BINARY: NLEN 0, the message, NLEN
"""

from micropython import const

from borne import limits, limits_mdoc
from borne.errors import ApduError, DecodeError, SelectError, UnsupportedError
from borne.nfc import apdu

if False:  # for types only
    from borne.protocols import Bytes, CardChannel

AID = b"\xd2\x76\x00\x00\x85\x01\x01"

_SELECT = const(0xA4)
_READ_BINARY = const(0xB0)
_UPDATE_BINARY = const(0xD6)
_BY_NAME = const(0x04)  # P1
_FIRST_NO_FCI = const(0x0C)  # P2
_CAPABILITIES = const(b"\xe1\x03")
_CC_SIZE = const(15)  # CCLEN, version, MLe, MLc, and the NDEF File Control TLV
_FILE_CONTROL = const(b"\x04\x06")  # T and L
_RESERVED_FILES = const((0x0000, 0xE102, 0xE103, 0x3F00, 0x3FFF, 0xFFFF))
_MLE_MIN = const(15)
_OPEN = const(0)  # access without any security
_NLEN_SIZE = const(2)


class Tag:
    """A tag whose NDEF file is selected on `card`: `writable` (bool)."""

    def __init__(self, card: "CardChannel", capabilities: memoryview) -> None:
        """`capabilities` is the start of the capability container. Raises DecodeError, UnsupportedError."""
        if len(capabilities) != _CC_SIZE or _uint(capabilities, 0) < _CC_SIZE:
            raise DecodeError("capability container cut short")
        if capabilities[2] >> 4 not in (2, 3):
            raise UnsupportedError("Type 4 Tag mapping version")
        if bytes(capabilities[7:9]) != _FILE_CONTROL:
            raise UnsupportedError("no NDEF File Control TLV")
        read_size, write_size = _uint(capabilities, 3), _uint(capabilities, 5)
        self.file = bytes(capabilities[9:11])
        if read_size < _MLE_MIN or write_size == 0 or _uint(capabilities, 9) in _RESERVED_FILES:
            raise DecodeError("capability container")
        if capabilities[13] != _OPEN:
            raise UnsupportedError("NDEF file that is not open")
        self._card = card
        self._read_size = min(read_size, limits.APDU_DATA_MAX)
        self._write_size = min(write_size, limits.APDU_DATA_MAX)
        self._size = _uint(capabilities, 11)
        self.writable = capabilities[14] == _OPEN

    async def read(self) -> memoryview:
        """Returns the message, a memoryview of its own; empty where NLEN is 0.

        Raises DecodeError, and what apdu.transmit raises.
        """
        size = _uint(await _read(self._card, 0, _NLEN_SIZE, self._read_size), 0)
        if size > limits_mdoc.NDEF_MESSAGE_MAX or size > self._size - _NLEN_SIZE:
            raise DecodeError("NDEF message too long")
        return await _read(self._card, _NLEN_SIZE, size, self._read_size)

    async def write(self, message: bytes) -> None:
        """Writes `message` (bytes). Raises UnsupportedError if the file is not writable or too small, and
        what apdu.transmit raises."""
        if not self.writable or len(message) > self._size - _NLEN_SIZE:
            raise UnsupportedError("NDEF file cannot be written")
        data = memoryview(message)
        await self._update(0, b"\0\0")
        at = 0
        while at < len(data):
            part = data[at : at + self._write_size]
            await self._update(_NLEN_SIZE + at, part)
            at += len(part)
        await self._update(0, len(data).to_bytes(_NLEN_SIZE, "big"))

    async def _update(self, offset: int, data: "Bytes") -> None:
        await apdu.transmit(self._card, _UPDATE_BINARY, offset >> 8, offset & 0xFF, data, 0)


async def select(card: "CardChannel") -> Tag:
    """Returns the Tag on `card`. Raises SelectError if there is no NDEF application, and what apdu.transmit
    and Tag raise."""
    try:
        await apdu.transmit(card, _SELECT, _BY_NAME, 0, AID)
    except ApduError as error:
        raise SelectError(error.sw, apdu.sw_name(error.sw))
    await _select_file(card, _CAPABILITIES)
    tag = Tag(card, await _read(card, 0, _CC_SIZE, _MLE_MIN))
    await _select_file(card, tag.file)
    return tag


async def _select_file(card: "CardChannel", name: bytes) -> None:
    await apdu.transmit(card, _SELECT, 0, _FIRST_NO_FCI, name, 0)


async def _read(card: "CardChannel", offset: int, size: int, most: int) -> memoryview:
    """`size` bytes of the selected file, by commands for at most `most` each. A card may return fewer bytes
    than asked for (ISO/IEC 7816-4, section 11.3.3), but not none: each command brings the end nearer."""
    data = memoryview(bytearray(size))
    at = 0
    while at < size:
        where, asked = offset + at, min(most, size - at)
        part = await apdu.transmit(card, _READ_BINARY, where >> 8, where & 0xFF, le=asked)
        if not 0 < len(part) <= asked:
            raise DecodeError("READ BINARY of another length")
        data[at : at + len(part)] = part
        at += len(part)
    return data


def _uint(data: memoryview, at: int) -> int:
    return data[at] << 8 | data[at + 1]
