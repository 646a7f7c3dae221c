"""The 128x64 OLED display with an SSD1306 on I2C (Solomon Systech data sheet, revision 1.1)."""

import framebuf
from micropython import const

if False:  # for types only
    from machine import I2C

_WIDTH = const(128)
_HEIGHT = const(64)
_ADDRESS = const(0x3C)  # SA0 low, as on nearly every module

# Control bytes, section 8.1.5.2: what follows is commands, or data for the display's RAM.
_COMMANDS = b"\x00"
_DATA = const(0x40)

# Section 10 and the application note's start-up sequence, for a 128x64 panel with charge pump.
_START = (
    b"\xae"  # display off
    b"\xd5\x80"  # clock: divide by 1, default oscillator frequency
    b"\xa8\x3f"  # multiplex ratio: 64 rows
    b"\xd3\x00"  # no display offset
    b"\x40"  # start line 0
    b"\x8d\x14"  # charge pump on
    b"\x20\x00"  # horizontal addressing: one write fills the RAM page by page, as MONO_VLSB
    b"\xa1\xc8"  # column 127 is SEG0, scan from COM63: the module's pins are above the screen
    b"\xda\x12"  # alternative COM pins, as 64-row panels are wired
    b"\x81\xcf"  # contrast
    b"\xd9\xf1"  # pre-charge 1 and 15 clocks, for the charge pump
    b"\xdb\x40"  # VCOMH deselect level
    b"\xa4\xa6"  # show the RAM, not inverted
    b"\xaf"  # display on
)
_WHOLE = b"\x21\x00\x7f\x22\x00\x07"  # columns 0 to 127, pages 0 to 7


class Ssd1306(framebuf.FrameBuffer):
    """The display on `i2c`, a machine.I2C. Raises OSError if nothing answers at the address."""

    def __init__(self, i2c: "I2C") -> None:
        self._i2c = i2c
        # The control byte stands before the picture, so that show() sends both without a copy.
        self._message = bytearray(1 + _WIDTH * _HEIGHT // 8)
        self._message[0] = _DATA
        super().__init__(memoryview(self._message)[1:], _WIDTH, _HEIGHT, framebuf.MONO_VLSB)
        self.fill(0)
        self._i2c.writeto(_ADDRESS, _COMMANDS + _START)
        self.show()

    def show(self) -> None:
        """Sends the picture: 1 KiB, 23 ms on a bus at 400 kHz."""
        self._i2c.writeto(_ADDRESS, _COMMANDS + _WHOLE)
        self._i2c.writeto(_ADDRESS, self._message)
