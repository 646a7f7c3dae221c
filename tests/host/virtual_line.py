"""nfcpy's serial line to an emulated chip, in virtual time: neither is ever late for the other."""

import time

import serial
from guard import HUNG
from nfc.clf import transport

from bornetools.emulator.clock import RealTime


class Clock(RealTime):
    """A clock that moves when somebody waits; also what a module has as `time`."""

    def __init__(self):
        self._now = 1000.0

    def now(self):
        return self._now

    monotonic = now

    def sleep(self, seconds):
        self._now += seconds

    def until(self, due):
        return None


class Line(transport.TTY):
    """On `link`, a ChipOnPty in the time of `clock`."""

    def __init__(self, link, clock):
        self._link, self._clock = link, clock
        super().__init__(link.path)

    def open(self, port, baudrate=115200):
        self.close()
        self.tty = _Port(self._link, self._clock, baudrate)


class _Port(serial.Serial):
    """A read waits until the chip has said so much, or has nothing due within the time."""

    def __init__(self, link, clock, baudrate):
        self._link, self._clock = link, clock
        self._sent, self._taken = link.heard, link.said
        super().__init__(link.path, baudrate)

    def write(self, data):
        self._sent += len(data)
        return super().write(data)

    def read(self, size=1):
        ends = self._clock.now() + self.timeout
        self._settle()
        while self._link.said - self._taken < size:
            due = self._link.due
            if due is None or due > ends:
                self._clock.sleep(max(0.0, ends - self._clock.now()))
                break
            self._clock.sleep(max(0.0, due - self._clock.now()))
            self._link.settle()
        return self._take(min(size, self._link.said - self._taken))

    def flushInput(self):
        self._settle()
        self._take(self._link.said - self._taken)

    def flushOutput(self):
        self._settle()

    def _settle(self):
        """Until the chip has all that was written."""
        ends = time.monotonic() + HUNG
        while self._link.heard < self._sent:
            assert time.monotonic() < ends, "bytes are lost between two ends of a line"
            time.sleep(0.0002)
        self._link.settle()

    def _take(self, size):
        """So many bytes, which are on their way."""
        usual, self.timeout = self.timeout, HUNG
        data = super().read(size)
        self.timeout = usual
        assert len(data) == size, "bytes are lost between two ends of a line"
        self._taken += size
        return data
