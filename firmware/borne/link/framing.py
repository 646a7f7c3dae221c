"""Frames on a serial line: COBS (Cheshire and Baker, 1999) between 0x00 bytes, with a CRC-32.

A frame is 0x00, COBS(payload || CRC-32 of the payload, little endian), 0x00. No byte within it is 0x00, so
a receiver that has lost synchronisation regains it at the next 0x00. A leading 0x00 ends earlier garbage on
the line: half a frame, noise, a boot loader's output. Two in a row enclose nothing.
"""

from binascii import crc32

from micropython import const

from borne import limits
from borne.errors import DecodeError

_BLOCK = const(254)  # the most bytes without a 0x00 in one COBS block
_CRC = const(4)


def encode(payload: bytes) -> bytearray:
    """The frame, as a bytearray, of a payload (bytes)."""
    data = payload + crc32(payload).to_bytes(_CRC, "little")
    end = len(data)
    frame = bytearray(1)
    at = 0
    while at <= end:
        stop = data.find(b"\0", at, at + _BLOCK)
        if stop < 0:
            stop = min(at + _BLOCK, end)
        frame.append(stop - at + 1)
        frame.extend(data[at:stop])
        full = stop - at == _BLOCK
        if full and stop == end:
            break
        at = stop if full else stop + 1  # a block that is not full stands for its 0x00, too
    frame.append(0)
    return frame


class Receiver:
    """Takes a stream's bytes as they come, and gives whole payloads, in one buffer of fixed size."""

    def __init__(self) -> None:
        self._buffer = bytearray(limits.LINK_FRAME_MAX + 1)  # and the 0x00 that ends it
        self._view = memoryview(self._buffer)
        self._used = 0  # bytes received
        self._taken = 0  # of these, the bytes of the frame that was returned last
        self._skipping = False

    def space(self) -> memoryview:
        """A memoryview, never empty, to read the stream's next bytes into. Invalidates the last payload."""
        self._drop()
        if self._used == len(self._buffer):  # no frame is that long: forget it as far as its end
            self._skipping = True
            self._used = 0
        return self._view[self._used :]

    def received(self, count: int) -> None:
        """Takes the number of bytes that have been read into `space()`."""
        self._used += count

    def payload(self) -> memoryview | None:
        """The next whole payload (memoryview, valid until the next call), or None.

        Raises DecodeError once for each spoiled frame; the next call goes on behind it.
        """
        self._drop()
        while True:
            zero = self._buffer.find(b"\0", 0, self._used)
            if zero < 0:
                return None
            self._taken = zero + 1
            if self._skipping:
                self._skipping = False
                raise DecodeError("frame too long")
            if zero:
                return self._decode(zero)
            self._drop()

    def _drop(self) -> None:
        if self._taken:
            left = self._used - self._taken
            self._view[:left] = self._view[self._taken : self._used]
            self._used = left
            self._taken = 0

    def _decode(self, end: int) -> memoryview:
        """Decodes COBS in place: decoded bytes are never longer than their encoding."""
        view = self._view
        at = size = 0
        while at < end:
            code = view[at]
            stop = at + code
            if stop > end:
                raise DecodeError("frame cut short")
            view[size : size + code - 1] = view[at + 1 : stop]
            size += code - 1
            at = stop
            if code <= _BLOCK and at < end:
                view[size] = 0
                size += 1
        size -= _CRC
        if size < 0 or crc32(view[:size]) != int.from_bytes(view[size : size + _CRC], "little"):
            raise DecodeError("frame spoiled")
        return view[:size]
