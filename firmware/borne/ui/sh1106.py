"""The 128x64 OLED display with an SH1106 on I2C (Sino Wealth data sheet, version 2.3).

The chip takes most of the SSD1306's commands, but has no addressing across pages. Its RAM is 132 columns
wide; a 128-column panel shows the columns from 2 on.
"""

import framebuf
from micropython import const

if False:  # for types only
    from machine import I2C

_WIDTH = const(128)
_HEIGHT = const(64)
_PAGES = const(8)
_ADDRESS = const(0x3C)  # SA0 low, as on nearly every module

# Control bytes, section "I2C-bus protocol": what follows is commands, or data for the display's RAM.
_COMMANDS = b"\x00"
_DATA = const(0x40)
_STRIDE = const(129)  # a page of the picture and its control byte

# Section "Commands"; values without a remark are those after reset.
_START = (
    b"\xae"  # display off
    b"\xd5\x50"  # clock: divide by 1, oscillator frequency
    b"\xa8\x3f"  # multiplex ratio: 64 rows
    b"\xd3\x00"  # no display offset
    b"\x40"  # start line 0
    b"\xad\x8b"  # DC-DC converter on
    b"\x32"  # pump voltage 8.0 V
    b"\xa1\xc8"  # segments and rows reversed: the module's pins are above the screen
    b"\xda\x12"  # alternative COM pins, as 64-row panels are wired
    b"\x81\x80"  # contrast
    b"\xd9\x22"  # pre-charge and dis-charge 2 clocks each
    b"\xdb\x35"  # VCOMH deselect level
    b"\xa4\xa6"  # show the RAM, not inverted
    b"\xaf"  # display on
)
_PAGE_0 = const(0xB0)


class Sh1106(framebuf.FrameBuffer):
    """The display on `i2c`, a machine.I2C. Raises OSError if nothing answers at the address."""

    def __init__(self, i2c: "I2C") -> None:
        self._i2c = i2c
        # Before each page stands its control byte, so that show() sends both without a copy.
        message = bytearray(_PAGES * _STRIDE)
        self._pages = [
            memoryview(message)[at : at + _STRIDE] for at in range(0, len(message), _STRIDE)
        ]
        for page in self._pages:
            page[0] = _DATA
        super().__init__(memoryview(message)[1:], _WIDTH, _HEIGHT, framebuf.MONO_VLSB, _STRIDE)
        self._page = bytearray(b"\x00\xb0\x02\x10")  # commands: page, column 2
        self.fill(0)
        self._i2c.writeto(_ADDRESS, _COMMANDS + _START)
        self.show()

    def show(self) -> None:
        """Sends the picture: 1 KiB, 24 ms on a bus at 400 kHz."""
        for number in range(_PAGES):
            self._page[1] = _PAGE_0 | number
            self._i2c.writeto(_ADDRESS, self._page)
            self._i2c.writeto(_ADDRESS, self._pages[number])
