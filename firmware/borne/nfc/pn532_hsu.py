"""PN532 over its high speed UART (UM0701-02, section 6.2.3)."""

import asyncio
import time

from micropython import const

from borne.errors import DecodeError
from borne.nfc import pn532_frame

if False:  # for types only
    from borne.parts.protocols import Uart
    from borne.protocols import Bytes

# Section 7.2.11: 0x55 wakes the chip up; bytes that follow while its clock starts are lost.
_WAKE_UP = b"\x55\x55" + bytes(14)
_GAP = const(20)  # ms between two bytes of one frame: many times a byte's 87 us at 115200 baud
_DRAIN_MAX = const(64)  # reads: a line that never rests must not block the event loop


class Hsu:
    """`uart` is a machine.UART, 115200 8N1 after reset, with rxbuf and txbuf of 512 bytes: a frame of 280
    does not fit a port's default of 256. The UART must not block (timeout 0).
    """

    def __init__(self, uart: "Uart") -> None:
        self._uart = uart

    async def wake(self) -> None:
        self._uart.write(_WAKE_UP)
        await asyncio.sleep_ms(2)

    def write(self, frame: "Bytes") -> None:
        self._uart.write(frame)

    def ready(self) -> bool:
        return self._uart.any() > 0

    async def read(self, buffer: bytearray, _expected: int) -> int:
        """Takes exactly one frame from the stream, and the garbage in front of it."""
        view = memoryview(buffer)
        count = 0
        more = pn532_frame.missing(buffer, count)
        while more:
            await self._wait()
            count += self._uart.readinto(view[count:], min(more, self._uart.any())) or 0
            more = pn532_frame.missing(buffer, count)
        return count

    def drain(self, buffer: bytearray) -> None:
        for _ in range(_DRAIN_MAX):
            if not self._uart.any():
                break
            self._uart.readinto(buffer, min(len(buffer), self._uart.any()))

    async def _wait(self) -> None:
        began = time.ticks_ms()
        while not self._uart.any():
            if time.ticks_diff(time.ticks_ms(), began) > _GAP:
                raise DecodeError("PN532 frame cut short")
            await asyncio.sleep_ms(1)
