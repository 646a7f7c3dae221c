"""The serial line of an emulated terminal, and the port at its end where other programs plug in.

All bytes pass unchanged, with a `baud` at most at that rate. The emulator itself listens for events, and
inserts its own requests between those of the program on the port.
"""

import itertools
import os
import select
import threading
import time
import tty
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from borne.link import messages
from bornetools.emulator.clock import RealTime
from bornetools.link import frames

_FIRST_SEQ = 0xF0000000
_PIECE = 4096
_PACED = 64  # bytes at once on a line with a baud rate: a part of a UART's buffer
_LATE = 0.005  # seconds
_NUMBERS = 16  # tried; some requests have that byte with any
_CTRL_C = 3
_PATIENCE = 1.0  # seconds for a frame from the port to come to its end


class Cable:
    """A context manager. `terminal` is the file descriptor for the terminal's end, `port` the name of the
    other; `on_event(name, fields)` is called for each event, in the cable's own thread; `baud` is None for a
    line that takes no time."""

    due = None  # it does nothing by itself

    def __init__(
        self,
        on_event: Callable[[str, dict[str, Any]], None],
        baud: int | None = None,
        clock: RealTime | None = None,
    ) -> None:
        self._on_event = on_event
        self._clock = clock or RealTime()
        self.down, self.up = _Direction(baud), _Direction(baud)  # to the terminal, and back
        self._master, self.terminal = _pty()
        # The other end of the port is kept open: no hang-up between two programs on it.
        self._public, self.kept = _pty()
        self.port = os.ttyname(self.kept)
        self._stop, self._stopping = os.pipe()
        self._seq = itertools.count(_FIRST_SEQ)
        self._answers: dict[int, list[Any]] = {}
        self._answered = threading.Condition()
        self._own: deque[bytes] = deque()
        self._out = b""  # on its way to the terminal
        self._within: float | None = None  # since when the port is within a frame
        self._thread = threading.Thread(target=self._run, name="cable", daemon=True)

    def __enter__(self) -> "Cable":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.pull()
        os.close(self.kept)

    def pull(self) -> None:
        """Removes the cable and its port; the port's name is not reused before `kept` is closed."""
        os.write(self._stopping, b"x")
        self._thread.join()
        for handle in (self._master, self.terminal, self._public, self._stop, self._stopping):
            os.close(handle)

    def settle(self) -> None:
        """Waits until all bytes that the terminal has sent by now have been handled."""
        with self._answered:
            while self._thread.is_alive() and select.select([self._master], [], [], 0)[0]:
                self._answered.wait(_PATIENCE)

    def request(self, command: str, timeout: float, **fields: object) -> dict[str, Any] | None:
        """The terminal's answer to one of messages.COMMANDS, None if none comes in `timeout` seconds."""
        seq, frame = self._numbered(command, fields)
        with self._answered:
            self._own.append(frame)
            os.write(self._stopping, b"w")
            # Sent before time passes: it comes at the same time whenever this is run.
            self._answered.wait_for(lambda: not self._own and not self._out, _PATIENCE)
            with self._clock.hurried():
                self._answered.wait_for(lambda: seq in self._answers, timeout)
            answer = self._answers.pop(seq, None)
        return answer[2] if answer and answer[1] == messages.OK else None

    def _numbered(self, command: str, fields: dict[str, object]) -> tuple[int, bytes]:
        """A request's number and frame, if possible without the byte ctrl-C: a board that still loads stops
        by it."""
        for _ in range(_NUMBERS):
            seq = next(self._seq)
            frame = frames.encode([seq, frames.NUMBERS[command], fields])
            if _CTRL_C not in frame:
                break
        return seq, frame

    def _run(self) -> None:
        arrived = b""
        while True:
            down, up = self.down.wait(), self.up.wait()
            readers = [self._stop] if up else [self._stop, self._master]
            if len(self._out) < _PIECE:
                readers.append(self._public)
            writers = [self._master] if self._out and not down else []
            patience = min(_PATIENCE / 4, down or _PATIENCE, up or _PATIENCE)
            readable, writable, _ = select.select(readers, writers, [], patience)
            if self._stop in readable and b"x" in os.read(self._stop, _PIECE):
                return
            if self._public in readable:
                self._from_port(_read(self._public))
            self._add_own()
            if writable:
                sent = _write(self._master, self._out[: self.down.most])
                self.down.moved(sent)
                self._out = self._out[sent:]
                with self._answered:
                    self._answered.notify_all()
            if self._master in readable:
                # Read and handled under one lock: `settle` then knows that nothing is under way.
                with self._answered:
                    data = _read(self._master, self.up.most)
                    self.up.moved(len(data))
                    _write(
                        self._public, data
                    )  # bytes that do not fit into a port without a reader are lost
                    *whole, arrived = (arrived + data)[-(1 << 16) :].split(b"\0")
                    for frame in whole:
                        self._take(frame)
                    self._answered.notify_all()

    def _from_port(self, data: bytes) -> None:
        self._out += data
        if data:
            self._within = None if data.endswith(b"\0") else time.monotonic()
            if self._within is None:
                self._clock.asked()

    def _add_own(self) -> None:
        """Adds the emulator's requests between frames; a frame that never ends does not hold them up."""
        if self._within is not None and time.monotonic() - self._within < _PATIENCE:
            return
        while self._own:
            self._out += self._own.popleft()
            self._within = None

    def _take(self, frame: bytes) -> None:
        message = frames.decode(frame)
        if message is None:
            return
        event = frames.event(message)
        if event:
            self._on_event(*event)
        elif message[0] < _FIRST_SEQ:
            self._clock.answered()
        else:
            self._answers[message[0]] = message
            self._clock.calm()


class _Direction:
    """One direction of the line. `baud`: bits per second, ten to a byte; None: no limit. `carried`: its
    bytes."""

    def __init__(self, baud: int | None) -> None:
        self.carried = 0
        self.most = _PACED if baud else _PIECE  # bytes at once
        self._byte = 10 / baud if baud else 0.0
        self._free = 0.0  # when the line is free

    def wait(self) -> float:
        """Seconds until the line takes more bytes."""
        return max(0.0, self._free - time.monotonic()) if self._byte else 0.0

    def moved(self, count: int) -> None:
        """`count` more bytes are on the line. This thread may catch up a delay of up to _LATE seconds."""
        self.carried += count
        self._free = max(self._free, time.monotonic() - _LATE) + count * self._byte


def _pty() -> tuple[int, int]:
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    return master, slave


def _read(handle: int, most: int = _PIECE) -> bytes:
    with suppress(BlockingIOError):
        return os.read(handle, most)
    return b""


def _write(handle: int, data: bytes) -> int:
    with suppress(BlockingIOError):
        return os.write(handle, data)
    return 0
