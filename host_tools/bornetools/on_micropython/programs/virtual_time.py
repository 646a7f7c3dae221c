"""Runs on MicroPython: a clock that only waiting moves, in place of the module `time`.

`install` comes before anything imports `time` or `asyncio`. Work takes no time; each look at the clock takes
a microsecond, so that a loop that only looks at it sees it move.

With two file descriptors of pipes bornetools.emulator.clock keeps the time: 8 bytes (microseconds, little
endian) on the second say until when this program waits, and 8 bytes on the first when it goes on. Without
them the program waits for no other, and goes on at once.
"""

import sys
import time as real

# Later than the VM's own ticks will ever be, by which its task queue in C orders ready tasks: these are then
# overdue, and come before waiting ones.
_START = 1_000_000_000_000


class VirtualTime:
    def __init__(self, *pipes) -> None:
        self._pipes = ()
        if pipes:
            answers, requests = (f"/dev/fd/{pipe}" for pipe in pipes)
            self._pipes = open(answers, "rb"), open(requests, "wb")  # noqa: SIM115 - as long as it runs
        self._buffer = bytearray(8)
        self._now = _START
        if pipes:
            self.wait_until(0)

    def __getattr__(self, name):
        return getattr(real, name)

    def wait_until(self, us) -> None:
        """Waits until the time `us`, in microseconds."""
        if not self._pipes:
            self._now = max(self._now, us)
            return
        self._pipes[1].write(us.to_bytes(8, "little"))
        self._pipes[0].readinto(self._buffer)
        self._now = max(self._now, int.from_bytes(self._buffer, "little"))

    def ticks_us(self):
        self._now += 1
        return self._now

    def ticks_ms(self):
        self._now += 1
        return self._now // 1000

    def sleep_us(self, us) -> None:
        self.wait_until(self._now + max(0, us))

    def sleep_ms(self, ms) -> None:
        self.sleep_us(ms * 1000)

    def sleep(self, seconds) -> None:
        self.sleep_us(int(seconds * 1_000_000))


def install(*pipes) -> None:
    """Makes this the clock of the program, and of asyncio in it."""
    clock = sys.modules["time"] = VirtualTime(*pipes)
    from asyncio import core

    class Queue(core.IOQueue):
        def wait_io_event(self, dt) -> None:
            if dt > 0:
                clock.sleep_ms(dt)
            super().wait_io_event(0)

    core._io_queue = Queue()
