"""A terminal on a microcontroller, built from its pin table by boards/board.py.

A pin table (boards/<BOARD>/pins.py) is constants, listed in docs/porting.md. A part that is not fitted is
None there, and its driver is not loaded.
"""

from binascii import hexlify

from machine import SPI, UART, Pin, reset, unique_id
from micropython import const

from borne.parts.absent import Absent
from borne.parts.i2c_bus import Bus
from borne.parts.stdio import Stdio

if False:  # for types only
    from typing import Callable

    from borne.parts.protocols import Buzzer, Display, Led, Part, Pins, Rtc, Transport

_PN532_BAUD = const(115200)  # after reset: UM0701-02, section 6.2.3
_PN532_BUFFER = const(512)
_SPI_HERTZ = const(1000000)  # the chip takes 5 MHz; jumper wires do not always


class Board:
    """A borne.protocols.Board of the parts in a pin table."""

    language = "fr"
    # The root, not "/borne": a folder of that name is, or comes before, the package borne.
    flash = ""

    def __init__(self, pins: "Pins") -> None:
        self.name = pins.BOARD
        self.terminal_id = pins.BOARD + "-" + hexlify(unique_id()).decode()
        self.led = _led(pins.LED)
        self.buzzer = _buzzer(pins.BUZZER)
        bus = Bus(pins.I2C)
        self.display = _display(pins.DISPLAY, bus)
        self.rtc = _rtc(pins.RTC, bus)
        self.button = _button(pins.BUTTON)
        self.transport = _transport(pins.PN532, bus)
        level = pins.PN532.get("reset")
        self.reset_pin = None if level is None else Pin(level, Pin.OUT, value=1)
        self.link = Stdio()

    def reboot(self) -> None:
        reset()


def set_rtc(pins: "Pins", seconds: int) -> bool:
    """Sets the board's RTC to unix `seconds`, without building the rest, for `borne provision`.

    Returns False if no RTC answers. Raises OSError.
    """
    chip = _rtc(pins.RTC, Bus(pins.I2C))
    if chip:
        chip.write(seconds)
    return chip is not None


def _display(display: "Part", bus: Bus) -> "Display":
    # Declared, not detected: both chips have the same address, and an SSD1306's answers to the reads of an
    # SH1106 are undefined.
    if display["kind"] == "sh1106":
        from borne.ui.sh1106 import Sh1106

        return Sh1106(bus)
    from borne.ui.ssd1306 import Ssd1306

    return Ssd1306(bus)


def _transport(pn532: "Part", bus: Bus) -> "Transport":
    if pn532["bus"] == "i2c":
        from borne.nfc.pn532_i2c import I2c

        irq = pn532.get("irq")
        return I2c(bus.i2c, irq=None if irq is None else Pin(irq, Pin.IN))
    if pn532["bus"] == "spi":
        from borne.nfc.pn532_spi import Spi

        spi = SPI(
            pn532["id"],
            baudrate=_SPI_HERTZ,
            sck=Pin(pn532["sck"]),
            mosi=Pin(pn532["mosi"]),
            miso=Pin(pn532["miso"]),
        )
        return Spi(spi, Pin(pn532["cs"], Pin.OUT, value=1))
    from borne.nfc.pn532_hsu import Hsu

    return Hsu(
        UART(
            pn532["id"],
            baudrate=_PN532_BAUD,
            tx=Pin(pn532["tx"]),
            rx=Pin(pn532["rx"]),
            txbuf=_PN532_BUFFER,
            rxbuf=_PN532_BUFFER,
        )
    )


def _led(led: "Part | None") -> "Led":
    if led is None:
        return Absent()
    if led["kind"] == "ws2812":
        from borne.parts.ws2812 import Ws2812

        return Ws2812(led["data"])
    from borne.parts.rgb_led import RgbLed

    return RgbLed(led["red"], led["green"], led["blue"])


def _buzzer(buzzer: "Part | None") -> "Buzzer":
    if buzzer is None:
        return Absent()
    from borne.parts.buzzer import Buzzer

    return Buzzer(buzzer["pin"])


def _rtc(rtc: "Part | None", bus: Bus) -> "Rtc | None":
    """None, too, for a declared RTC that does not answer: the part is optional."""
    if rtc is None:
        return None
    from borne.parts.ds3231 import Ds3231

    chip = Ds3231(bus)
    return chip if chip.answers() else None


def _button(button: "Part | None") -> "Callable[[], bool] | None":
    if button is None:
        return None
    from borne.parts.button import Button

    return Button(Pin(button["pin"], Pin.IN, Pin.PULL_UP))
