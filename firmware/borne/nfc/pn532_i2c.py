"""PN532 over I2C (UM0701-02, section 6.2.4).

The chip begins every answer with a ready byte, whose bit 0 says whether a frame follows. It stretches the
clock for 440 us and more, in reads and in writes: the timeout of borne.parts.i2c_bus has room for it. If SCL
stays low, only the reset pin helps.
"""

import asyncio
import time

from micropython import const

from borne import limits
from borne.errors import DecodeError
from borne.nfc import pn532_frame

if False:  # for types only
    from typing import Callable

    from machine import I2C

    from borne.protocols import Bytes

_ADDRESS = const(0x24)
_READY = const(0x01)


class I2c:
    """`i2c` is a machine.I2C of up to 400 kHz; `irq`, if wired, a machine.Pin on P70_IRQ, low when
    a frame waits: then the bus rests while the chip works.
    """

    def __init__(self, i2c: "I2C", irq: "Callable[[], int] | None" = None) -> None:
        self._i2c = i2c
        self._irq = irq
        self._status = bytearray(1)

    async def wake(self) -> None:
        """The chip wakes up at its own address, and acknowledges only once its clock runs."""
        for _ in range(limits.PN532_RETRIES):
            try:
                self._i2c.writeto(_ADDRESS, b"\x00")
                return
            except OSError:
                await asyncio.sleep_ms(2)

    def write(self, frame: "Bytes") -> None:
        self._i2c.writeto(_ADDRESS, frame)

    def ready(self) -> int:
        if self._irq is not None:
            return self._irq() == 0
        try:
            self._i2c.readfrom_into(_ADDRESS, self._status)
        except OSError:  # a busy chip does not acknowledge its address
            return False
        return self._status[0] & _READY

    async def read(self, buffer: bytearray, expected: int) -> int:
        """Reads `expected` bytes: a transaction reads a whole frame or loses its rest. A longer frame is
        requested again (NACK), as its length is then known.

        The ready byte in front is skipped like any other byte before the start code.
        """
        count = min(expected + 1, len(buffer))
        more = self._transfer(buffer, count)
        if more:
            self.write(pn532_frame.NACK)
            await self._wait()
            if self._transfer(buffer, count + more):
                raise DecodeError("PN532 frame longer than it was")
            count += more
        return count

    def drain(self, buffer: bytearray) -> None:
        if self.ready():
            self._i2c.readfrom_into(_ADDRESS, buffer)

    def _transfer(self, buffer: bytearray, count: int) -> int:
        self._i2c.readfrom_into(_ADDRESS, memoryview(buffer)[:count])
        if not buffer[0] & _READY:
            raise DecodeError("PN532 is not ready")
        return pn532_frame.missing(buffer, count)

    async def _wait(self) -> None:
        began = time.ticks_ms()
        while not self.ready():
            if time.ticks_diff(time.ticks_ms(), began) > limits.PN532_ACK_TIMEOUT:
                raise DecodeError("PN532 does not send again")
            await asyncio.sleep_ms(1)
