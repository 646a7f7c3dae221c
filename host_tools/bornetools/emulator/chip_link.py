"""The emulated PN532 on a pseudo-terminal, served by a thread: what a host takes for a serial port."""

import contextlib
import os
import pty
import select
import threading
import time
import tty
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from bornetools.emulator.field import Field
from bornetools.emulator.pace import NoPace, Pace
from bornetools.emulator.pn532 import Pn532

_READ_MAX = 1024
_SLICE = 16  # bytes: 1.4 ms at 115200 baud


class ChipOnPty:
    """A context manager: a PN532 over `field` answers at the pseudo-terminal `path` meanwhile.

    With a `pace` it takes the time that a real one would. `tamper` may be set to a function that is
    given every outgoing frame and returns the bytes to send instead; it may also take its time.
    `watch(to_host, data)` may be set to see what passes on the line, in either direction.
    Leaving the context raises what a phone raised in the thread, if it was not Gone or Busy.
    """

    def __init__(self, field: Field, pace: Pace | None = None) -> None:
        self._pace = pace or NoPace()
        self.chip = Pn532(field, self._pace)
        self.tamper: Callable[[bytes], bytes] = bytes
        self.watch: Callable[[bool, bytes], None] = lambda to_host, data: None
        self.path = ""
        self._lock = threading.Lock()

    def __enter__(self) -> "ChipOnPty":
        # The other end stays open here: a host may come, go, and come back.
        self._controller, self._terminal = pty.openpty()
        tty.setraw(self._terminal)
        os.set_blocking(self._controller, False)
        self._stop_reader, self._stop_writer = os.pipe()
        self.path = os.ttyname(self._terminal)
        self._executor = ThreadPoolExecutor(1, "pn532")
        self._served: Future[None] = self._executor.submit(self._serve)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._stop_writer)
        self._executor.shutdown()
        for descriptor in (self._stop_reader, self._controller, self._terminal):
            os.close(descriptor)
        self._served.result()

    def reset(self, level: int) -> None:
        """Drives the chip's reset line: 0 holds it in reset, 1 lets it go. From any thread."""
        with self._lock:
            self.chip.reset(level)

    def _serve(self) -> None:
        while True:
            due = self.chip.due
            wait = None if due is None else max(0.0, due - time.monotonic())
            ready, _, _ = select.select([self._controller, self._stop_reader], [], [], wait)
            if self._stop_reader in ready:
                return
            if self._controller in ready:
                received = os.read(self._controller, _READ_MAX)
                self._take_bus_time(received)
                self.watch(False, received)
                with self._lock:
                    answers = self.chip.receive(received, time.monotonic())
                self._send(answers)
            with self._lock:
                answers = self.chip.advance(time.monotonic())
            self._send(answers)

    def _send(self, answers: list[bytes]) -> None:
        for frame in answers:
            out = self.tamper(frame)
            self.watch(True, out)
            # In slices: a frame's first bytes arrive long before its last, as on a real line.
            for start in range(0, len(out), _SLICE):
                part = out[start : start + _SLICE]
                self._take_bus_time(part)
                with contextlib.suppress(BlockingIOError):  # nobody reads: lost, as on a real line
                    os.write(self._controller, part)

    def _take_bus_time(self, data: bytes) -> None:
        time.sleep(self._pace.bus(len(data), self.chip.baud))
