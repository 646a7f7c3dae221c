"""An event loop whose time only waiting moves, which is the firmware's time too; for tests on CPython.

On MicroPython bornetools/on_micropython/programs/virtual_time.py does that.
"""

import asyncio
import contextlib
import gc
import selectors
import time
from unittest import mock

_PERIOD = 1 << 30  # ticks wrap, as on MicroPython


class Clock(selectors.BaseSelector):
    """A time, `now`, in seconds. As a selector it waits for nothing: who sleeps is woken at once, and the
    time has moved on."""

    def __init__(self):
        self.now = 1000.0

    def select(self, timeout=None):
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing will happen")
        self.now += max(0.0, timeout)
        return []

    def register(self, fileobj, events, data=None):
        pass

    def unregister(self, fileobj):
        pass

    def get_map(self):
        return {}


class Loop(asyncio.SelectorEventLoop):
    """An event loop in the time of `clock`, None: one of its own."""

    def __init__(self, clock=None):
        self.clock = clock or Clock()
        super().__init__(self.clock)

    def time(self):
        return self.clock.now


def run(loop, coroutine):
    """The result of a coroutine in `loop`, which is closed then. Its time is the firmware's meanwhile."""
    with contextlib.closing(loop), ticking(loop.clock):
        return loop.run_until_complete(coroutine)


@contextlib.contextmanager
def ticking(clock):
    """From its begin to its end, the firmware's ticks are the clock's."""

    def ticks_us():
        clock.now += 1e-6  # who only looks at the clock sees it move
        return int(clock.now * 1_000_000) % _PERIOD

    def ticks_ms():
        clock.now += 1e-6
        return int(clock.now * 1000) % _PERIOD

    def sleep_ms(ms):
        clock.now += ms / 1000

    def sleep_us(us):
        sleep_ms(us / 1000)

    names = {"ticks_ms": ticks_ms, "ticks_us": ticks_us, "sleep_ms": sleep_ms, "sleep_us": sleep_us}
    # A collection of all that a test run has on CPython takes longer than everything else here.
    with mock.patch.multiple(time, **names), mock.patch.object(gc, "collect"):
        yield
