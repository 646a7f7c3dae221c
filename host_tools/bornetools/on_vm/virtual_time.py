"""Runs on MicroPython: a clock that only waiting moves, in place of the module `time`.

`install` comes before anything imports `time` or `asyncio`. Work takes no time; each look at the clock takes
a microsecond, so that whoever only looks at it sees it move.

With a `line` (a file opened "r+b") bornetools.emulator.clock keeps the time: 8 bytes (microseconds, little
endian) say until when this program waits, and 8 bytes the time at which it goes on. Without one, nobody else
is waited for, and it goes on at once.
"""

import sys
import time as real

# Later than the VM's own ticks will ever be, by which its task queue in C orders what is ready: that is then
# overdue, and comes before what waits.
_START = 1_000_000_000_000
_PERIOD_MASK = (1 << 30) - 1  # ticks wrap here, too


class VirtualTime:
    def __init__(self, line=None):
        self._line = line
        self._buffer = bytearray(8)
        self._now = _START
        if line is not None:
            self.wait_until(0)

    def __getattr__(self, name):
        return getattr(real, name)

    def wait_until(self, us):
        """Waits until that time, in microseconds."""
        if self._line is None:
            self._now = max(self._now, us)
            return
        self._line.write(us.to_bytes(8, "little"))
        self._line.readinto(self._buffer)
        self._now = max(self._now, int.from_bytes(self._buffer, "little"))

    def ticks_us(self):
        self._now += 1
        return self._now & _PERIOD_MASK

    def ticks_ms(self):
        self._now += 1
        return self._now // 1000 & _PERIOD_MASK

    def sleep_us(self, us):
        self.wait_until(self._now + max(0, us))

    def sleep_ms(self, ms):
        self.sleep_us(ms * 1000)

    def sleep(self, seconds):
        self.sleep_us(int(seconds * 1_000_000))


def install(line=None):
    """From now on this is the time of this program, and of asyncio in it."""
    clock = sys.modules["time"] = VirtualTime(line)
    from asyncio import core

    class Queue(core.IOQueue):
        def wait_io_event(self, dt):
            if dt > 0:
                clock.sleep_ms(dt)
            super().wait_io_event(0)

    core._io_queue = Queue()
