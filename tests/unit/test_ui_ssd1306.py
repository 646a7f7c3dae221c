from fakes_display import Bus

from borne.ui.ssd1306 import Ssd1306


def test_set_up_ends_on():
    bus = Bus()
    Ssd1306(bus)
    start = bus.written[0]
    assert start[0] == 0x00 and start[-1] == 0xAF
    assert b"\x8d\x14" in start and b"\x20\x00" in start and b"\xa8\x3f" in start


def test_start_up_clears_the_screen():
    bus = Bus()
    Ssd1306(bus)
    assert bus.written[-1] == b"\x40" + bytes(1024)


def test_show_sends_the_whole_picture():
    bus = Bus()
    display = Ssd1306(bus)
    bus.written.clear()
    display.pixel(0, 0, 1)
    display.pixel(127, 63, 1)
    display.show()
    start, picture = bus.written
    assert b"\x21\x00\x7f\x22\x00\x07" in start  # the window is the whole screen
    assert len(picture) == 1025
    assert picture[0] == 0x40 and picture[1] == 0x01 and picture[-1] == 0x80
    assert not any(picture[2:-1])
