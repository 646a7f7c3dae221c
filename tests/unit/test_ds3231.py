import fakes_machine
from support import raises, scratch

from borne.parts.ds3231 import Ds3231
from borne.parts.i2c_bus import Bus
from borne.trust.clock import Clock


class Chip:
    """A DS3231: nineteen registers, and a pointer that a write sets and that wraps at the end."""

    def __init__(self):
        self.registers = bytearray(0x13)
        self.registers[0x0E] = 0x1C
        self.registers[0x0F] = 0x88  # OSF and EN32kHz, as when it first has power
        self.pointer = 0
        self.writes = []

    def write(self, data):
        self.pointer = data[0]
        if len(data) > 1:
            self.writes.append(data)
        for byte in data[1:]:
            if self.pointer == 0x0F:  # the flags can be cleared, not set
                byte &= self.registers[0x0F] | 0x08
            self.registers[self.pointer] = byte
            self.pointer = (self.pointer + 1) % 0x13

    def read(self, count):
        data = bytearray()
        for _ in range(count):
            data.append(self.registers[self.pointer])
            self.pointer = (self.pointer + 1) % 0x13
        return bytes(data)


def clock(*time, status=0x08):
    """A chip whose time registers are `time`, and its driver."""
    chip = Chip()
    chip.registers[: len(time)] = bytes(time)
    chip.registers[0x0F] = status
    fakes_machine.I2C.chips = {0x68: chip}
    return chip, Ds3231(Bus({"id": 0, "scl": 1, "sda": 2}))


NOON = (0x56, 0x34, 0x12, 3, 0x25, 0x11, 0x26)  # 2026-11-25 12:34:56
NOON_SECONDS = 1795610096


def test_reads_what_the_registers_say():
    _, rtc = clock(*NOON)
    assert rtc.read() == NOON_SECONDS


def test_no_time_once_the_oscillator_has_stopped():
    _, rtc = clock(*NOON, status=0x88)
    assert rtc.read() is None


def test_writing_is_one_transfer_of_the_time_and_clears_the_flag_last():
    chip, rtc = clock(status=0x88)
    rtc.write(NOON_SECONDS)
    assert chip.writes == [b"\x00" + bytes(NOON), b"\x0e\x1c", b"\x0f\x00"]
    assert rtc.read() == NOON_SECONDS


def test_times_all_over_the_century_come_back():
    chip, rtc = clock(status=0x88)
    # A step that meets all hours, days of the week and months.
    for seconds in range(946684800, 4102444800, 86400 * 41 + 3661):
        rtc.write(seconds)
        chip.writes.clear()
        assert rtc.read() == seconds
        assert 1 <= chip.registers[3] <= 7


def test_first_and_last_second():
    chip, rtc = clock(status=0x88)
    rtc.write(946684800)
    assert bytes(chip.registers[:7]) == b"\x00\x00\x00\x06\x01\x01\x00"  # a Saturday
    assert rtc.read() == 946684800
    rtc.write(4102444799)
    assert bytes(chip.registers[:7]) == b"\x59\x59\x23\x04\x31\x12\x99"
    assert rtc.read() == 4102444799


def test_another_century_cannot_be_written():
    chip, rtc = clock()
    for seconds in (946684799, 4102444800, 0, -1):
        raises(OSError, rtc.write, seconds)
    assert chip.writes == []


def test_registers_that_are_no_time():
    wrong = (
        (0, 0x5A),  # not BCD
        (0, 0x60),
        (0, 0xD6),  # a bit that is always 0
        (1, 0x60),
        (1, 0x0A),
        (2, 0x24),
        (2, 0x52),  # 12-hour mode, 12 o'clock
        (2, 0x1F),
        (4, 0x00),
        (4, 0x31),  # of November
        (4, 0x32),
        (5, 0x00),
        (5, 0x13),
        (5, 0x91),  # the century bit
        (6, 0xA0),
        (6, 0x9A),
    )
    for place, byte in wrong:
        chip, rtc = clock(*NOON)
        chip.registers[place] = byte
        assert rtc.read() is None, (place, byte)


def test_leap_days():
    _, rtc = clock(0, 0, 0, 1, 0x29, 0x02, 0x24)
    assert rtc.read() == 1709164800
    _, rtc = clock(0, 0, 0, 1, 0x29, 0x02, 0x25)
    assert rtc.read() is None


def test_a_chip_that_does_not_answer():
    _, rtc = clock(*NOON)
    assert rtc.answers()
    fakes_machine.I2C.chips = {}
    assert not rtc.answers()
    assert rtc.read() is None
    raises(OSError, rtc.write, NOON_SECONDS)


def test_a_chip_that_falls_silent_leaves_the_clock_without_a_time_and_nothing_more():
    _, rtc = clock(*NOON)
    clocks = Clock(scratch("clock") + "/clock", lambda: 0, rtc)
    assert clocks.now() == NOON_SECONDS
    fakes_machine.I2C.chips = {}
    assert clocks.now() is None
    assert clocks.offer(NOON_SECONDS + 60, confirmed=True) is None
    assert clocks.now() == NOON_SECONDS + 60


def test_a_bus_that_hangs_is_freed_and_the_chip_asked_once_more():
    _, rtc = clock(*NOON)
    fakes_machine.Pin.holder = fakes_machine.Holder(1, 2, 9)
    try:
        assert rtc.read() == NOON_SECONDS
    finally:
        fakes_machine.Pin.holder = None


def test_a_write_that_is_cut_short_leaves_the_flag():
    chip, rtc = clock(status=0x88)
    whole = chip.write

    def fail(data):
        if data[0] == 0x0E:
            raise OSError(5)
        whole(data)

    chip.write = fail
    raises(OSError, rtc.write, NOON_SECONDS)
    assert rtc.read() is None
