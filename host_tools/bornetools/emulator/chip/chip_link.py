"""The emulated PN532 on a pseudo-terminal, served by a thread: a serial port to the host."""

import contextlib
import os
import pty
import select
import threading
import tty
from collections.abc import Callable

from bornetools.emulator.chip.field import Field
from bornetools.emulator.chip.pace import NoPace, Pace
from bornetools.emulator.chip.pn532 import Pn532
from bornetools.emulator.clock import RealTime

_READ_MAX = 1024
_SLICE = 16  # bytes: 1.4 ms at 115200 baud


class ChipOnPty:
    """A context manager: a PN532 over `field` answers at the pseudo-terminal `path` meanwhile.

    With a `pace` the chip takes the time of a real one, by `clock`. `tamper(frame)` may be set to return
    other bytes for an outgoing frame, `delay(frame)` to return the seconds by which a frame is late.
    `watch(to_host, data)` may be set to see the bytes on the line, in either direction. `heard` and `said`
    count the bytes received and sent. Leaving the context raises a phone's exception other than Gone or Busy;
    after such an exception the chip is silent.
    """

    def __init__(
        self, field: Field, pace: Pace | None = None, clock: RealTime | None = None
    ) -> None:
        self._pace = pace or NoPace()
        self._clock = clock or RealTime()
        self.chip = Pn532(field, self._pace)
        self.tamper: Callable[[bytes], bytes] = bytes
        self.delay: Callable[[bytes], float] = lambda frame: 0.0
        self.watch: Callable[[bool, bytes], None] = lambda to_host, data: None
        self.path = ""
        self.heard = self.said = 0
        self._late: list[tuple[float, bytes]] = []  # frames, and the times when they are due
        self._failure: Exception | None = None
        self._lock = threading.RLock()

    def __enter__(self) -> "ChipOnPty":
        # The other end stays open here: a host may open the port, close it, and open it again.
        self._controller, self._terminal = pty.openpty()
        tty.setraw(self._terminal)
        os.set_blocking(self._controller, False)
        self._stop_reader, self._stop_writer = os.pipe()
        self.path = os.ttyname(self._terminal)
        self._thread = threading.Thread(target=self._serve, name="pn532", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._stop_writer)
        self._thread.join()
        for descriptor in (self._stop_reader, self._controller, self._terminal):
            os.close(descriptor)
        if self._failure:
            raise self._failure

    def reset(self, level: int) -> None:
        """Drives the chip's reset line: 0 holds it in reset, 1 lets it go. From any thread."""
        with self._lock:
            self.chip.reset(level)

    @property
    def due(self) -> float | None:
        """Time at which `settle` has work without new bytes; None: only with bytes."""
        with self._lock:
            dues = [when for when, _ in self._late]
            if self.chip.due is not None:
                dues.append(self.chip.due)
            return min(dues, default=None)

    def settle(self) -> None:
        """Reads the received bytes, and sends the frames that are due. From any thread."""
        with self._lock:
            try:
                self._settle()
            except Exception as error:  # noqa: BLE001 - a phone's, raised at the context's end
                self._failure = self._failure or error
                self.chip.silent = True

    def _serve(self) -> None:
        while True:
            wait = self._clock.until(self.due)
            ready, _, _ = select.select([self._controller, self._stop_reader], [], [], wait)
            if self._stop_reader in ready:
                return
            self.settle()

    def _settle(self) -> None:
        received = b""
        with contextlib.suppress(BlockingIOError):
            received = os.read(self._controller, _READ_MAX)
        if received:
            self.heard += len(received)
            self._take_bus_time(received)
            self.watch(False, received)
            self._send(self.chip.receive(received, self._clock.now()))
        while self._late and self._late[0][0] <= self._clock.now():
            self._write(self._late.pop(0)[1])
        self._send(self.chip.advance(self._clock.now()))

    def _send(self, answers: list[bytes]) -> None:
        for frame in answers:
            out = self.tamper(frame)
            if late := self.delay(frame):
                self._late.append((self._clock.now() + late, out))
            else:
                self._write(out)

    def _write(self, frame: bytes) -> None:
        self.watch(True, frame)
        # In slices: a frame's first bytes arrive long before its last, as on a real line.
        for start in range(0, len(frame), _SLICE):
            part = frame[start : start + _SLICE]
            self._take_bus_time(part)
            with contextlib.suppress(BlockingIOError):  # no reader: lost, as on a real line
                self.said += os.write(self._controller, part)

    def _take_bus_time(self, data: bytes) -> None:
        self._clock.sleep(self._pace.bus(len(data), self.chip.baud))
