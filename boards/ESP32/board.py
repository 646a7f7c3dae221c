"""ESP32-WROOM DevKit with PN532 (HSU), SSD1306, RGB LED and buzzer: wiring.md.

Type-checked against the MicroPython stubs only: this file has never run on a board.
"""

from binascii import hexlify

from machine import I2C, PWM, UART, Pin, reset, unique_id
from micropython import const

from borne.link.stdio import Stdio
from borne.nfc.pn532_hsu import Hsu
from borne.ui.ssd1306 import Ssd1306

_PN532_TX = const(17)
_PN532_RX = const(16)
_PN532_RESET = const(4)
_SDA = const(21)
_SCL = const(22)
_RED = const(25)
_GREEN = const(26)
_BLUE = const(27)
_BUZZER = const(32)
_BOOT = const(0)  # the BOOT button of the DevKit

_PN532_BAUD = const(115200)
_I2C_HERTZ = const(400000)
_LED_HERTZ = const(1000)


class Led:
    def __init__(self):
        self._channels = [
            PWM(Pin(pin), freq=_LED_HERTZ, duty_u16=0) for pin in (_RED, _GREEN, _BLUE)
        ]

    def rgb(self, red, green, blue):
        for channel, level in zip(self._channels, (red, green, blue)):
            channel.duty_u16(level * 257)


class Buzzer:
    def __init__(self):
        self._pwm = PWM(Pin(_BUZZER), freq=_LED_HERTZ, duty_u16=0)

    def tone(self, hertz):
        if hertz:
            self._pwm.freq(hertz)
        self._pwm.duty_u16(32768 if hertz else 0)


class Board:
    """The parts of the terminal, for the app."""

    name = "ESP32"
    language = "fr"
    flash = "/borne"
    rtc = None

    def __init__(self):
        self.terminal_id = "ESP32-" + hexlify(unique_id()).decode()
        self.transport = Hsu(
            UART(2, baudrate=_PN532_BAUD, tx=_PN532_TX, rx=_PN532_RX, rxbuf=512, txbuf=512)
        )
        self.reset_pin = Pin(_PN532_RESET, Pin.OUT, value=1)
        self.display = Ssd1306(I2C(0, sda=Pin(_SDA), scl=Pin(_SCL), freq=_I2C_HERTZ))
        self.led = Led()
        self.buzzer = Buzzer()
        self.link = Stdio()
        self._boot = Pin(_BOOT, Pin.IN, Pin.PULL_UP)

    def button(self):
        """Whether the BOOT button is pressed."""
        return self._boot.value() == 0

    def reboot(self):
        reset()


def make():
    return Board()
