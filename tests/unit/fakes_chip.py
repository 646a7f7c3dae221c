"""The emulated PN532 behind the fakes' buses, in a time that passes by itself; for tests on CPython."""

import asyncio
import contextlib
import gc
import selectors
import time
from unittest import mock

from bornetools.emulator.pn532 import Pn532

_WAKE_UP = b"\x55\x55" + bytes(14)


class _Instant(selectors.BaseSelector):
    """Waits for nothing: who sleeps is woken at once, and the clock has moved on."""

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
    """An event loop with its own clock, which is the firmware's too while it runs something."""

    def __init__(self):
        self._instant = _Instant()
        super().__init__(self._instant)

    def time(self):
        return self._instant.now


def run(loop, coroutine):
    """The result of a coroutine in `loop`, which is closed then."""
    ticks = {
        "ticks_ms": lambda: int(loop.time() * 1000) % (1 << 30),
        "ticks_us": lambda: int(loop.time() * 1_000_000) % (1 << 30),
    }
    # A collection of all that a test run has on CPython takes longer than everything else here.
    collect = mock.patch.object(gc, "collect", lambda: None)
    with contextlib.closing(loop), mock.patch.multiple(time, **ticks), collect:
        return loop.run_until_complete(coroutine)


class ChipLine:
    """As fakes_pn532.Line, with an emulated chip over `field` in place of a trace.

    `to_host` and `to_chip` may be set to functions that spoil what goes that way, bytes to bytes.
    """

    def __init__(self, loop, field):
        self._loop = loop
        self.chip = Pn532(field)
        self._said = []
        self.to_host = bytes
        self.to_chip = bytes

    def host(self, said):
        if said == "reset":
            self.chip.reset(0)
            self.chip.reset(1)
            self._said.clear()
            return
        data = self.to_chip(_WAKE_UP if said == "wake" else bytes(said))
        self._hear(self.chip.receive(data, self._loop.time()))

    def ready(self):
        due = self.chip.due
        if due is not None and due <= self._loop.time():
            self._hear(self.chip.advance(self._loop.time()))
        return bool(self._said)

    def take(self):
        return self._said.pop(0)

    def peek(self):
        return self._said[0]

    def put_back(self, said):
        self._said.insert(0, said)

    def _hear(self, frames):
        self._said += [out for out in map(self.to_host, frames) if out]
