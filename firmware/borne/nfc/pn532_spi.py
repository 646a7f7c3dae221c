"""PN532 over SPI, mode 0 (UM0701-02, section 6.2.5).

The chip sends and takes the least significant bit first. machine.SPI does that on some ports only
(firstbit is refused on RP2 and by SoftSPI), so bits are reversed here, by a table, and every port runs
and is tested with the same code. Each transfer begins with a byte for its kind, and ends when the chip select
rises.
"""

import asyncio
import time

from borne import limits
from borne.nfc import pn532_frame

if False:  # for types only
    from machine import SPI, Pin

    from borne.protocols import Bytes


def _reversed(byte: int) -> int:
    result = 0
    for bit in range(8):
        result |= (byte >> bit & 1) << (7 - bit)
    return result


_REVERSED = bytes([_reversed(byte) for byte in range(256)])
_DATA_WRITE = _REVERSED[0x01]
_STATUS_READ = bytes((_REVERSED[0x02], 0))
_DATA_READ = bytes((_REVERSED[0x03],))
_READY = _REVERSED[0x01]
_SELECT_US = 100  # the chip needs a moment after chip select before the first clock


class Spi:
    """`spi` is a machine.SPI of up to 5 MHz, polarity 0, phase 0, firstbit MSB; `cs` a machine.Pin,
    output, high at rest.
    """

    def __init__(self, spi: "SPI", cs: "Pin") -> None:
        self._spi = spi
        self._cs = cs
        self._out = bytearray(limits.PN532_FRAME_MAX + 1)
        self._out[0] = _DATA_WRITE
        self._status = bytearray(2)

    async def wake(self) -> None:
        """The chip select alone wakes the chip up."""
        self._cs(0)
        await asyncio.sleep_ms(2)
        self._cs(1)

    def write(self, frame: "Bytes") -> None:
        size = len(frame)
        for index in range(size):
            self._out[index + 1] = _REVERSED[frame[index]]
        self._select()
        try:
            self._spi.write(memoryview(self._out)[: size + 1])
        finally:
            self._cs(1)

    def ready(self) -> bool:
        self._select()
        try:
            self._spi.write_readinto(_STATUS_READ, self._status)
        finally:
            self._cs(1)
        return self._status[1] == _READY

    async def read(self, buffer: bytearray, _expected: int) -> int:
        """Reads a frame in one transfer: the clock may rest between its header and its data."""
        view = memoryview(buffer)
        count = 0
        self._select()
        try:
            self._spi.write(_DATA_READ)
            more = pn532_frame.missing(buffer, count)
            while more:
                self._spi.readinto(view[count : count + more])
                for index in range(count, count + more):
                    buffer[index] = _REVERSED[buffer[index]]
                count += more
                more = pn532_frame.missing(buffer, count)
        finally:
            self._cs(1)
        return count

    def drain(self, buffer: bytearray) -> None:
        if self.ready():
            self._select()
            try:
                self._spi.write(_DATA_READ)
                self._spi.readinto(buffer)
            finally:
                self._cs(1)

    def _select(self) -> None:
        self._cs(0)
        time.sleep_us(_SELECT_US)
