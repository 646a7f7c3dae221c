from fakes_display import Bus

from borne.ui.sh1106 import Sh1106


class Panel:
    """The glass: what an SH1106 shows after commands and data, column 2 at the left edge."""

    def __init__(self, written):
        self.ram = [bytearray(132) for _ in range(8)]
        self.page = self.column = 0
        for message in written:
            if message[0] == 0x40:
                for byte in message[1:]:
                    self.ram[self.page][self.column] = byte
                    self.column += 1  # and never on to another page
            else:
                for command in message[1:]:
                    if command >> 3 == 0xB0 >> 3:
                        self.page = command & 7
                    elif command >> 4 == 0:
                        self.column = self.column & 0xF0 | command
                    elif command >> 4 == 1:
                        self.column = self.column & 0x0F | command << 4 & 0xF0

    def pixel(self, x, y):
        return self.ram[y // 8][x + 2] >> y % 8 & 1


def test_set_up_ends_on():
    bus = Bus()
    Sh1106(bus)
    start = bus.written[0]
    assert start[0] == 0x00 and start[-1] == 0xAF
    assert b"\xa8\x3f" in start
    assert b"\xad" not in start  # the DC-DC command is for a display that is off
    assert b"\x20\x00" not in start  # it has no addressing modes


def test_start_up_clears_the_screen():
    bus = Bus()
    Sh1106(bus)
    assert bus.written[1:] == [
        part
        for page in range(8)
        for part in (bytes((0, 0xB0 + page, 0x02, 0x10)), b"\x40" + bytes(128))
    ]


def test_the_picture_stands_where_it_was_drawn():
    bus = Bus()
    display = Sh1106(bus)
    bus.written.clear()
    drawn = ((0, 0), (127, 0), (0, 63), (127, 63), (64, 8), (3, 7))
    for x, y in drawn:
        display.pixel(x, y, 1)
    display.show()
    panel = Panel(bus.written)
    seen = [(x, y) for y in range(64) for x in range(128) if panel.pixel(x, y)]
    assert sorted(seen) == sorted(drawn)


def test_filling_leaves_the_control_bytes():
    bus = Bus()
    display = Sh1106(bus)
    bus.written.clear()
    display.fill(1)
    display.show()
    assert bus.written[2::2] == [b"\x40" + b"\xff" * 128] * 8
    display.fill(0)
    display.show()
    assert bus.written[-1] == b"\x40" + bytes(128)
