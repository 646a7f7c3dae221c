"""A display that falls silent and comes back, by each driver."""

from fakes_display import Bus

from borne.ui.sh1106 import Sh1106
from borne.ui.ssd1306 import Ssd1306

DRIVERS = (Ssd1306, Sh1106)


def test_nobody_answers_at_start():
    for driver in DRIVERS:
        bus = Bus(silent=True)
        display = driver(bus)
        assert not display.answers and bus.freed == 2
        bus.silent = False
        display.show()
        assert display.answers


def test_silent_for_a_while_and_set_up_anew():
    """It has lost power meanwhile: set-up and picture are those of a start."""
    for driver in DRIVERS:
        bus = Bus()
        display = driver(bus)
        display.fill(1)
        bus.silent = True
        display.show()
        display.show()
        assert not display.answers
        bus.silent = False
        bus.written.clear()
        display.show()
        assert display.answers
        again = list(bus.written)
        fresh = Bus()
        other = driver(fresh)
        other.fill(1)
        fresh.written.clear()
        other.show()
        assert again == fresh.written
        assert again[0][-1] == 0xAF  # and turned on


def test_a_loss_of_power_that_nobody_saw():
    for driver in DRIVERS:
        bus = Bus()
        display = driver(bus)
        start = bus.written[0]
        bus.written.clear()
        display.show()
        assert bus.written[0] == start


def test_one_transfer_that_fails_costs_no_picture():
    """Whichever it is; the bus is freed in between."""
    for driver in DRIVERS:
        whole = Bus()
        display = driver(whole)
        for fails in range(len(whole.written)):
            bus = Bus()
            display._bus = bus
            real, left = bus.writeto, [fails]

            def writeto(address, data, real=real, left=left):
                left[0] -= 1
                if left[0] == -1:
                    raise OSError(110)
                real(address, data)

            bus.writeto = writeto
            display.show()
            assert display.answers and bus.freed == 1
            assert bus.written[fails:] == whole.written
