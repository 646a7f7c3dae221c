"""The 128x64 OLED display with an SH1106 on I2C (Sino Wealth data sheet, version 2.3).

The chip takes most of the SSD1306's commands, but has no addressing across pages. Its RAM is 132 columns
wide; a 128-column panel shows the columns from 2 on.
"""

from micropython import const

from borne.ui.oled import ADDRESS, DATA, Oled

if False:  # for types only
    from borne.parts.i2c_bus import Bus

_PAGES = const(8)
_STRIDE = const(129)  # a page of the picture and its control byte

# Section "Commands"; values without a remark are those after reset. The DC-DC converter is on after reset,
# and its command is for a display that is off: it stays away.
_START = const(
    b"\x00"  # commands follow: section "I2C-bus protocol"
    b"\xd5\x50"  # clock: divide by 1, oscillator frequency
    b"\xa8\x3f"  # multiplex ratio: 64 rows
    b"\xd3\x00"  # no display offset
    b"\x40"  # start line 0
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


class Sh1106(Oled):
    """The display on `bus`, a Bus."""

    def __init__(self, bus: "Bus") -> None:
        # Before each page stands its control byte, so that both are sent without a copy.
        message = bytearray(_PAGES * _STRIDE)
        self._pages = [
            memoryview(message)[at : at + _STRIDE] for at in range(0, len(message), _STRIDE)
        ]
        for page in self._pages:
            page[0] = DATA
        self._page = bytearray(b"\x00\xb0\x02\x10")  # commands: page, column 2
        super().__init__(bus, memoryview(message)[1:], _STRIDE)

    def _send(self) -> None:
        """Set-up and 1 KiB of picture: 25 ms on a bus at 400 kHz."""
        i2c = self._bus.i2c
        i2c.writeto(ADDRESS, _START)
        for number in range(_PAGES):
            self._page[1] = _PAGE_0 | number
            i2c.writeto(ADDRESS, self._page)
            i2c.writeto(ADDRESS, self._pages[number])
