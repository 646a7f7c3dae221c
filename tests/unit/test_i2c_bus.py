"""The I2C bus: the longest transfer fits its timeout, and a chip that holds it lets go."""

import fakes_machine
from fakes_machine import Holder
from support import raises

from borne import limits
from borne.nfc.pn532_i2c import I2c
from borne.parts.i2c_bus import Bus
from borne.ui.sh1106 import Sh1106
from borne.ui.ssd1306 import Ssd1306

PINS = {"id": 0, "scl": 22, "sda": 21}


class Chip:
    """Takes everything, and reads as ones; the sizes of its transfers are noted."""

    def __init__(self):
        self.sizes = []

    def write(self, data):
        self.sizes.append(len(data))

    def read(self, count):
        self.sizes.append(count)
        return b"\xff" * count


class Held:
    """Within it, a chip holds SDA until it has seen `clocks`."""

    def __init__(self, clocks):
        self._holder = Holder(22, 21, clocks)

    def __enter__(self):
        fakes_machine.Pin.holder = self._holder
        return self._holder

    def __exit__(self, *_):
        fakes_machine.Pin.holder = None


def test_the_longest_transfers_fit_the_timeout_of_the_whole_transfer():
    display, reader = Chip(), Chip()
    fakes_machine.I2C.chips = {0x3C: display, 0x24: reader}
    bus = Bus(PINS)
    for driver in (Ssd1306, Sh1106):
        assert driver(bus).answers
    assert max(display.sizes) == 1 + 1024
    transport = I2c(bus.i2c)
    transport.write(bytes(limits.PN532_FRAME_MAX))
    transport.drain(bytearray(limits.PN532_FRAME_MAX))
    assert reader.sizes == [limits.PN532_FRAME_MAX, 1, limits.PN532_FRAME_MAX]


def test_the_fake_times_out_as_rp2_does():
    fakes_machine.I2C.chips = {0x3C: Chip()}
    short = fakes_machine.I2C(0, 22, 21, freq=400000, timeout=10000)
    short.writeto(0x3C, bytes(443))  # 9,990 us
    assert raises(OSError, short.writeto, 0x3C, bytes(444)).args[0] == 110


def test_a_held_bus_is_freed_before_it_is_set_up():
    fakes_machine.I2C.chips = {0x3C: Chip()}
    for clocks in range(10):
        with Held(clocks) as holder:
            bus = Bus(PINS)
            assert holder.seen == clocks + 1, clocks  # no more than it takes, and the STOP's
            assert holder.stops == 1
            bus.i2c.writeto(0x3C, b"\x00")


def test_a_bus_that_is_held_for_ever_stops_nobody():
    fakes_machine.I2C.chips = {0x3C: Chip()}
    with Held(1000) as holder:
        display = Ssd1306(Bus(PINS))
        assert not display.answers
        assert holder.seen == 3 * (9 + 1)  # at the start, and after each of two attempts
    display.show()
    assert display.answers


def test_a_display_whose_bus_hangs_later_shows_its_picture():
    fakes_machine.I2C.chips = {0x3C: Chip()}
    display = Ssd1306(Bus(PINS))
    with Held(7) as holder:
        display.show()
        assert display.answers and holder.stops == 1
