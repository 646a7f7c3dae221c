"""The 128x64 OLED display with an SSD1306 on I2C (Solomon Systech data sheet, revision 1.1)."""

from micropython import const

from borne.ui.oled import ADDRESS, DATA, HEIGHT, WIDTH, Oled

if False:  # for types only
    from borne.parts.i2c_bus import Bus

# Section 10 and the application note's start-up sequence, for a 128x64 panel with charge pump. After a reset
# the display is off: it need not be turned off first.
_START = const(
    b"\x00"  # commands follow: section 8.1.5.2
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
    b"\x21\x00\x7f"  # columns 0 to 127
    b"\x22\x00\x07"  # pages 0 to 7
    b"\xaf"  # display on
)


class Ssd1306(Oled):
    """The display on `bus`, a Bus."""

    def __init__(self, bus: "Bus") -> None:
        # The control byte stands before the picture, so that both are sent without a copy.
        self._message = bytearray(1 + WIDTH * HEIGHT // 8)
        self._message[0] = DATA
        super().__init__(bus, memoryview(self._message)[1:], WIDTH)

    def _send(self) -> None:
        """Set-up and 1 KiB of picture: 24 ms on a bus at 400 kHz."""
        i2c = self._bus.i2c
        i2c.writeto(ADDRESS, _START)
        i2c.writeto(ADDRESS, self._message)
