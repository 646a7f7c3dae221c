"""The DS3231 real-time clock on I2C (Maxim data sheet 19-5170).

The chip is read for the time and for its only sign of a wrong one: the oscillator stop flag (OSF), set at the
first power-up and whenever both supply and battery have failed.
"""

from micropython import const

from borne.token import dates

if False:  # for types only
    from borne.parts.i2c_bus import Bus

_ADDRESS = const(0x68)

# Figure 1, timekeeping registers: seconds, minutes, hours, day of the week, date, month, year in BCD;
# then the alarms, and at 0Eh and 0Fh control and status.
_TIME = const(0x00)
_CONTROL = const(0x0E)
_STATUS = const(0x0F)
_TIME_SIZE = const(7)

_STOPPED = const(0x80)  # OSF, of the status
_ON_BATTERY = b"\x1c"  # control as at power-up: EOSC 0, it runs on the battery, too; no alarms

_EINVAL = const(22)
_FIRST = const(946684800)  # 2000-01-01 in unix seconds
_AFTER = const(4102444800)  # 2100-01-01


class Ds3231:
    """The chip on `bus`, a Bus."""

    def __init__(self, bus: "Bus") -> None:
        self._bus = bus
        self._registers = bytearray(_STATUS + 1)

    def answers(self) -> bool:
        """Whether there is a chip at its address. If not, the bus is freed, and the chip asked once more."""
        for _ in range(2):
            try:
                self._bus.i2c.readfrom_mem_into(_ADDRESS, _TIME, self._registers)
                return True
            except OSError:
                self._bus.free()
        return False

    def read(self) -> int | None:
        """Unix seconds; None if the chip has stopped, was never set, holds no valid time, or does not
        answer."""
        registers = self._registers
        # One transfer: the chip copies time and date at its start, so that they belong together.
        if not self.answers() or registers[_STATUS] & _STOPPED:
            return None
        second, minute = _bcd(registers[0], 59), _bcd(registers[1], 59)
        # Neither the 12-hour mode nor a second century is ever written here.
        hour, day = _bcd(registers[2], 23), _bcd(registers[4], 31)
        month, year = _bcd(registers[5], 12), _bcd(registers[6], 99)
        if min(second, minute, hour, day, month, year) < 0:
            return None
        if not dates.is_date("20%02d-%02d-%02d" % (year, month, day)):
            return None
        return _seconds(year, month, day) + 3600 * hour + 60 * minute + second

    def write(self, seconds: int) -> None:
        """Sets the chip to unix `seconds` of 2000 to 2099, and clears OSF.

        Raises OSError for any other year, and if the chip does not answer or does not take the time: then OSF
        stays as it was.
        """
        if not _FIRST <= seconds < _AFTER:
            raise OSError(_EINVAL)  # for the caller, one more failure to set the chip
        day = dates.day_of(seconds)
        time = bytearray(_TIME_SIZE)
        time[0] = _to_bcd(seconds % 60)
        time[1] = _to_bcd(seconds // 60 % 60)
        time[2] = _to_bcd(seconds // 3600 % 24)
        time[3] = (seconds // 86400 + 3) % 7 + 1  # 1970-01-01 was a Thursday; 1 is Monday
        time[4] = _to_bcd(int(day[8:]))
        time[5] = _to_bcd(int(day[5:7]))
        time[6] = _to_bcd(int(day[2:4]))
        # All in one transfer: writing the seconds restarts the second, the rest has to follow within it.
        i2c = self._bus.i2c
        i2c.writeto_mem(_ADDRESS, _TIME, time)
        i2c.writeto_mem(_ADDRESS, _CONTROL, _ON_BATTERY)
        # OSF last: a write that is cut short does not clear it.
        i2c.writeto_mem(_ADDRESS, _STATUS, b"\x00")


def _bcd(byte: int, most: int) -> int:
    """The number of two BCD digits; -1 if it is not in 0 to `most`."""
    value = (byte >> 4) * 10 + (byte & 0x0F)
    return -1 if byte & 0x0F > 9 or value > most else value


def _to_bcd(value: int) -> int:
    return value // 10 << 4 | value % 10


def _seconds(year: int, month: int, day: int) -> int:
    """Unix seconds at the start of a day of 2000 + `year`."""
    # Days before the month in a year that begins in March, so that the leap day comes last.
    march = (month + 9) % 12
    if month <= 2:
        year -= 1
    days = 365 * year + year // 4 + (153 * march + 2) // 5 + day - 1
    return _FIRST + 86400 * (days + 60)  # 2000-03-01 is day 60
