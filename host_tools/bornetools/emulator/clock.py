"""The clock of an emulated terminal and its parts: this computer's, or a virtual one that waits for them.

In virtual time nothing depends on how busy this computer is. The terminal's VM (programs/virtual_time.py)
sends the time until which it waits, and its time stands still until the answer. The answer comes when each
part has taken the VM's bytes, and sent its own that are due by then. Virtual time passes no faster than this
computer's, but at once while a caller on this side waits for the terminal: `hurried`, `asked`.
"""

import contextlib
import math
import os
import select
import threading
import time
from collections.abc import Iterator
from typing import Protocol

_REQUEST = 8  # bytes: microseconds, little endian; the answer likewise
_ANSWER = 10.0  # seconds of terminal time during which an answer is hurried
_START = 1_000_000.0  # seconds: virtual_time.py says why so late


class PartError(Exception):
    """The terminal sent bytes that this part does not accept."""


class Part(Protocol):
    """A part at the other end of a line to the VM."""

    @property
    def due(self) -> float | None:
        """Time of the part's next action of its own; None: it acts only on received bytes."""

    def settle(self) -> None:
        """Takes the bytes that the VM has sent by now, and does everything that is due. Raises PartError."""


class RealTime:
    """This computer's clocks."""

    pipes: tuple[int, ...] = ()  # none: the VM reads the same clocks

    def __enter__(self) -> "RealTime":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def now(self) -> float:
        """Seconds of a monotonic clock."""
        return time.monotonic()

    def unix(self) -> int:
        """Unix seconds."""
        return int(time.time())

    def sleep(self, seconds: float) -> None:
        """Lets time pass."""
        time.sleep(seconds)

    def until(self, due: float | None) -> float | None:
        """Seconds to wait until `due`; None: waiting does not reach it."""
        return None if due is None else max(0.0, due - self.now())

    def plugged(self, *parts: Part) -> None:
        """The VM has power. Time passes only once these parts have settled."""

    def unplugged(self) -> None:
        """The VM has ended: its pending request and answer are dropped, not left to the next VM."""

    def asked(self) -> None:
        """A request to the terminal is pending: its answer is hurried, for _ANSWER seconds at most."""

    def answered(self) -> None:
        """The answer has come."""

    @contextlib.contextmanager
    def hurried(self) -> Iterator[None]:
        """A context manager: until its end, or until `calm`, a caller waits for the terminal."""
        yield

    def calm(self) -> None:
        """The awaited event has come. Called, like `answered`, from any thread, also a part's, so that the
        terminal does nothing after the event in a hurry."""


class VirtualTime(RealTime):
    """A context manager, whose thread answers the VM. The VM inherits the `pipes`, file descriptors: it reads
    answers from the first, and writes requests into the second. A pipe has no name that others could open."""

    def __init__(self) -> None:
        self._now = _START
        self._unix = int(time.time())
        self._waited_until = self._asked_until = 0.0  # in a hurry
        self._changed = threading.Condition()
        self._parts: tuple[Part, ...] = ()
        self._answering = threading.Lock()
        self._request = b""

    def __enter__(self) -> "VirtualTime":
        answers, self._answers = os.pipe()
        self._requests, requests = os.pipe()
        self.pipes = (answers, requests)
        self._stop, self._stopping = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="clock", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplugged()
        os.write(self._stopping, b"x")
        self._thread.join()
        for handle in (self._requests, self._answers, *self.pipes, self._stop, self._stopping):
            os.close(handle)

    def now(self) -> float:
        return self._now

    def unix(self) -> int:
        return self._unix + int(self._now - _START)

    def sleep(self, seconds: float) -> None:
        """Raises ValueError unless `seconds` is 0: only the VM's waiting moves this clock."""
        if seconds:
            raise ValueError("a part that takes real time has no place in virtual time")

    def until(self, due: float | None) -> None:
        return None

    def plugged(self, *parts: Part) -> None:
        self._parts = parts

    def unplugged(self) -> None:
        with self._changed:
            self._parts = ()
            self._changed.notify_all()
        with self._answering:
            self._request = b""
            for pipe in (self._requests, self.pipes[0]):
                while select.select([pipe], [], [], 0)[0]:
                    os.read(pipe, _REQUEST)

    def asked(self) -> None:
        with self._changed:
            self._asked_until = self._now + _ANSWER
            self._changed.notify_all()

    def answered(self) -> None:
        with self._changed:
            self._asked_until = 0.0

    @contextlib.contextmanager
    def hurried(self) -> Iterator[None]:
        with self._changed:
            self._waited_until = math.inf
            self._changed.notify_all()
        try:
            yield
        finally:
            self.calm()

    def calm(self) -> None:
        with self._changed:
            self._waited_until = 0.0

    def _hurried(self) -> bool:
        return self._now < max(self._waited_until, self._asked_until)

    def _serve(self) -> None:
        while self._stop not in select.select([self._requests, self._stop], [], [])[0]:
            with self._answering:
                if select.select([self._requests], [], [], 0)[0]:
                    self._request += os.read(self._requests, _REQUEST - len(self._request))
                if len(self._request) == _REQUEST:
                    self._pass(int.from_bytes(self._request, "little") / 1_000_000)
                    answer = round(self._now * 1_000_000)
                    os.write(self._answers, answer.to_bytes(_REQUEST, "little"))
                    self._request = b""

    def _pass(self, until: float) -> None:
        """Advances to the time `until`, with all actions of the parts by then."""
        while True:
            parts = self._parts
            for part in parts:
                with contextlib.suppress(PartError):  # the part has told its callers
                    part.settle()
            dues = [part.due for part in parts]
            end = min([until, *(due for due in dues if due is not None)])
            if end > self._now:
                self._wait(end)
            if self._now >= until or not self._parts:
                return

    def _wait(self, until: float) -> None:
        began = time.monotonic()
        with self._changed:
            self._changed.wait_for(lambda: self._hurried() or not self._parts, until - self._now)
            passed = time.monotonic() - began
            self._now = until if self._hurried() else min(until, self._now + passed)


class StillTime(VirtualTime):
    """Virtual time that passes only while a caller on this side waits for the terminal: nothing that happens
    depends on when this computer comes to it. It begins at `unix` seconds."""

    def __init__(self, unix: int) -> None:
        super().__init__()
        self._unix = unix

    def advance(self, seconds: float) -> None:
        """Lets the terminal work for so long."""
        with self._changed:
            end = self._waited_until = self._now + seconds
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._now >= end or not self._parts)

    def _wait(self, until: float) -> None:
        with self._changed:
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._hurried() or not self._parts)
            if self._hurried():
                self._now = until
