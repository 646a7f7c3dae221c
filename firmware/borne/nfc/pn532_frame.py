"""Frames between host and PN532 (UM0701-02, section 6.2.1): built, measured and opened in place.

    normal    00  00 FF  LEN LCS               TFI PD0 .. PDn  DCS  00
    extended  00  00 FF  FF FF LENM LENL LCS   TFI PD0 .. PDn  DCS  00
    ACK       00  00 FF  00 FF  00
    NACK      00  00 FF  FF 00  00

LEN counts TFI and PD0..PDn. A length and its LCS, and the data and their DCS, add up to 0 modulo 256.
"""

from micropython import const

from borne import limits
from borne.errors import DecodeError

ACK = b"\x00\x00\xff\x00\xff\x00"
NACK = b"\x00\x00\xff\xff\x00\x00"
CHIP = const(0xD5)  # TFI, PN532 to host
SYNTAX_ERROR = const(0x7F)  # in the place of TFI: the chip did not understand, section 6.2.1.5
DATA = const(10)  # offset of a command's parameters in an outgoing buffer, after the longest header

_HOST = const(0xD4)  # TFI, host to PN532
_START = const(b"\x00\xff")
_SHORTEST = const(5)  # ACK from its start code on: the preamble may be lost


def build(buffer: bytearray, command: int, size: int) -> memoryview:
    """Returns a memoryview of the frame of `command` and its `size` bytes at buffer[DATA:].

    `buffer` is a bytearray of PN532_FRAME_MAX bytes. Raises ValueError if one frame cannot carry them.
    """
    length = size + 2
    if length > limits.PN532_DATA_MAX:
        raise ValueError("more than one frame carries")
    if length < 256:
        first = 3
        buffer[3:8] = bytes((0, 0, 0xFF, length, -length & 0xFF))
    else:
        first = 0
        high, low = length >> 8, length & 0xFF
        buffer[0:8] = bytes((0, 0, 0xFF, 0xFF, 0xFF, high, low, -(high + low) & 0xFF))
    buffer[DATA - 2] = _HOST
    buffer[DATA - 1] = command
    end = DATA + size
    view = memoryview(buffer)
    buffer[end] = -sum(view[DATA - 2 : end]) & 0xFF
    buffer[end + 1] = 0
    return view[first : end + 2]


def missing(buffer: bytearray, count: int) -> int:
    """The least number of bytes that the frame in buffer[:count] lacks: 0 when it is whole.

    Bytes in front of the start code do not count. The number never exceeds the frame, so that a reader of a
    stream takes no bytes of the next one. Raises DecodeError if the bytes cannot become a frame that fits
    into `buffer` (bytearray).
    """
    _, end = _measure(buffer, count)
    if end > len(buffer):
        raise DecodeError("PN532 frame longer than the buffer")
    return max(0, end - count)


def opened(buffer: bytearray, count: int) -> memoryview | None:
    """Returns a memoryview of TFI, PD0..PDn of the frame in buffer[:count], or None if it is an ACK.

    Raises DecodeError if the frame is not whole or a checksum is wrong.
    """
    first, end = _measure(buffer, count)
    if end > count:
        raise DecodeError("PN532 frame cut short")
    if first == end:
        return None
    data = memoryview(buffer)[first : end - 1]
    if sum(data) & 0xFF:
        raise DecodeError("PN532 data checksum")
    return data[:-1]


def _measure(buffer: bytearray, count: int) -> tuple[int, int]:
    """Offsets of TFI and of the frame's end, as far as buffer[:count] tells; an ACK has no TFI."""
    start = buffer.find(_START, 0, count)
    if start < 0:
        begun = count > 0 and buffer[count - 1] == _START[0]
        return 0, count + _SHORTEST - begun
    if count < start + _SHORTEST:
        return 0, start + _SHORTEST
    length, check = buffer[start + 2], buffer[start + 3]
    if length == 0x00 and check == 0xFF:
        return start + _SHORTEST, start + _SHORTEST
    first = start + 4
    if length == 0xFF and check == 0xFF:
        first = start + 7
        if count < first:
            return 0, first
        length = buffer[start + 4] << 8 | buffer[start + 5]
        check = buffer[start + 4] + buffer[start + 5] + buffer[start + 6]
    else:
        check += length
    if check & 0xFF:
        raise DecodeError("PN532 length checksum")
    if not 0 < length <= limits.PN532_DATA_MAX:
        raise DecodeError("PN532 frame length")
    return first, first + length + 2
