"""borne.parts.board: what is built from a pin table, and what happens when parts are missing."""

import fakes_machine

from borne.nfc.pn532_hsu import Hsu
from borne.nfc.pn532_i2c import I2c
from borne.nfc.pn532_spi import Spi
from borne.parts import board as module
from borne.parts.absent import Absent
from borne.parts.board import Board
from borne.parts.ds3231 import Ds3231
from borne.parts.rgb_led import RgbLed
from borne.parts.ws2812 import Ws2812
from borne.ui.sh1106 import Sh1106
from borne.ui.ssd1306 import Ssd1306


class Pins:
    """The smallest pin table."""

    BOARD = "TEST"
    I2C = {"id": 0, "sda": 21, "scl": 22}
    PN532 = {"bus": "hsu", "id": 2, "tx": 17, "rx": 16}
    DISPLAY = {"kind": "ssd1306"}
    RTC = LED = BUZZER = BUTTON = None


class Silent:
    """A chip on the bus that takes everything, and reads as zeros."""

    def __init__(self, refusals=0):
        self.refusals = refusals

    def write(self, data):
        if self.refusals:
            self.refusals -= 1
            raise OSError(19)

    def read(self, count):
        return bytes(count)


module.Stdio = object  # on CPython under pytest there is no standard input to poll


def made(chips, **parts):
    """The board of the smallest pin table with `parts` changed, `chips` on its bus, and what was
    built for it."""

    class Changed(Pins):
        pass

    for name, part in parts.items():
        setattr(Changed, name, part)
    fakes_machine.I2C.chips = chips
    fakes_machine.built.clear()
    return Board(Changed), list(fakes_machine.built)


def test_the_least():
    board, built = made({0x3C: Silent()})
    assert board.name == "TEST" and board.terminal_id == "TEST-240ac4123456"
    assert len("ESP32_S3" + board.terminal_id[4:]) <= 32  # limits.TERMINAL_ID_MAX
    assert isinstance(board.display, Ssd1306) and isinstance(board.transport, Hsu)
    assert isinstance(board.led, Absent) and isinstance(board.buzzer, Absent)
    assert board.rtc is None and board.button is None and board.reset_pin is None
    assert board.language == "fr" and board.flash == ""
    assert built == [
        ("I2C", 0, {"scl": 22, "sda": 21, "freq": 400000, "timeout": 50000}),
        ("UART", 2, {"baudrate": 115200, "tx": 17, "rx": 16, "txbuf": 512, "rxbuf": 512}),
    ]


def test_reboot():
    board, _ = made({0x3C: Silent()})
    before = fakes_machine.machine.resets
    board.reboot()
    assert fakes_machine.machine.resets == before + 1


def test_reset_pin_is_high_at_rest():
    board, built = made(
        {0x3C: Silent()}, PN532={"bus": "hsu", "id": 2, "tx": 1, "rx": 2, "reset": 4}
    )
    assert built[-1] == ("Pin", 4, {"mode": 1, "pull": None, "value": 1})
    board.reset_pin(0)
    assert board.reset_pin.level == 0


def test_pn532_on_the_displays_i2c_bus():
    board, built = made({0x3C: Silent()}, PN532={"bus": "i2c", "irq": 5})
    assert isinstance(board.transport, I2c)
    assert [kind for kind, _, _ in built] == ["I2C", "Pin"]
    assert built[1] == ("Pin", 5, {"mode": 0, "pull": None, "value": None})
    board, built = made({0x3C: Silent()}, PN532={"bus": "i2c"})
    assert [kind for kind, _, _ in built] == ["I2C"]


def test_pn532_on_spi():
    pins = {"bus": "spi", "id": 1, "sck": 14, "mosi": 13, "miso": 35, "cs": 15}
    board, built = made({0x3C: Silent()}, PN532=pins)
    assert isinstance(board.transport, Spi)
    assert built[1] == ("SPI", 1, {"baudrate": 1000000, "sck": 14, "mosi": 13, "miso": 35})
    assert built[2] == ("Pin", 15, {"mode": 1, "pull": None, "value": 1})


def test_parts_by_their_kind():
    led = {"kind": "rgb", "red": 25, "green": 26, "blue": 27}
    parts = {
        "LED": led,
        "BUZZER": {"pin": 32},
        "BUTTON": {"pin": 33},
        "DISPLAY": {"kind": "sh1106"},
    }
    board, built = made({0x3C: Silent()}, **parts)
    assert isinstance(board.led, RgbLed) and isinstance(board.display, Sh1106)
    assert [pin for kind, pin, _ in built if kind == "PWM"] == [25, 26, 27, 32]
    assert ("Pin", 33, {"mode": 0, "pull": 2, "value": None}) in built
    assert board.button() is False
    board, built = made({0x3C: Silent()}, LED={"kind": "ws2812", "data": 3})
    assert isinstance(board.led, Ws2812)
    assert ("Pin", 3, {"mode": 1, "pull": None, "value": None}) in built


def test_the_rtc_is_used_if_it_answers():
    board, _ = made({0x3C: Silent(), 0x68: Silent()}, RTC={"kind": "ds3231"})
    assert isinstance(board.rtc, Ds3231)
    board, _ = made({0x3C: Silent()}, RTC={"kind": "ds3231"})
    assert board.rtc is None


def test_a_display_that_does_not_answer_stops_nothing():
    for chips, answers in (({}, False), ({0x3C: Silent(refusals=1)}, True)):
        board, _ = made(chips, RTC={"kind": "ds3231"})
        assert board.display.answers is answers
        assert isinstance(board.transport, Hsu)
