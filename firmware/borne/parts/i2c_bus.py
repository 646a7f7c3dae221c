"""The I2C bus of a pin table, freed of a chip that holds it.

A chip that was sending when the processor restarted waits for clocks, and holds SDA low until it has them
(NXP UM10204, section 3.1.16).
"""

import time

from machine import I2C, Pin
from micropython import const

if False:  # for types only
    from borne.parts.protocols import Part

_HERTZ = const(400000)
# Microseconds. For the whole transfer on rp2, and on ESP32 by ESP-IDF 5.5.2 and later; elsewhere for one
# stretch of the clock. At 9 clocks a byte the longest transfers take:
#   23.1 ms  an SSD1306's picture: address, control byte, 1,024 bytes
#    6.3 ms  a PN532's longest frame: address, ready byte, limits.PN532_FRAME_MAX, and stretches of the clock
# Twice the longest, as interrupts delay a transfer, too.
_TIMEOUT = const(50000)

_PULSES = const(9)  # the bits of a byte and its acknowledgement
_HALF = const(5)  # microseconds: half a clock of the standard mode, which every chip takes


class Bus:
    """`i2c` is the machine.I2C: ports have one object for each bus, so it stays when the bus is freed."""

    def __init__(self, pins: "Part") -> None:
        self._pins = pins
        self.free()

    def free(self) -> None:
        """Has a chip that holds SDA send its byte to the end, ends the transfer by a STOP, and sets up the
        bus anew. A chip that holds SCL is beyond that."""
        scl = Pin(self._pins["scl"], Pin.OPEN_DRAIN, value=1)
        sda = Pin(self._pins["sda"], Pin.OPEN_DRAIN, value=1)
        for _ in range(_PULSES):
            if sda():
                break
            _pulse(scl)
        scl(0)
        sda(0)
        time.sleep_us(_HALF)
        scl(1)
        time.sleep_us(_HALF)
        sda(1)
        time.sleep_us(_HALF)
        self.i2c = I2C(
            self._pins["id"],
            scl=scl,
            sda=sda,
            freq=_HERTZ,
            timeout=_TIMEOUT,
        )


def _pulse(scl: Pin) -> None:
    scl(0)
    time.sleep_us(_HALF)
    scl(1)
    time.sleep_us(_HALF)
