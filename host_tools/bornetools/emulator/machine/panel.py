"""The host's end of the emulated terminal's panel: screen, LED, buzzer, button, RTC, the reader's reset line.

boards/EMULATED/board.py sends packets on a pty: type (1 ASCII byte), length (2 bytes, little endian),
payload. `F` 1024-byte framebuffer (MONO_VLSB), answered with one byte, 0 from a silent screen; `L` red green
blue, `Z` hertz (2 bytes, little endian), `R` level of the reset line, answered with one byte once the chip
has it; `B` asks for the button, answered with one byte, 1 while it is pressed; `C` asks the RTC for its time,
answered with unix seconds (8 bytes, little endian), 0 if it has stopped; `S` sets it.
"""

import os
import select
import termios
import threading
import tty
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from bornetools.emulator.clock import PartError, RealTime

T = TypeVar("T")

FRAME_SIZE = 1024  # 128x64 pixels
_SIZES = {b"F": FRAME_SIZE, b"L": 3, b"Z": 2, b"R": 1, b"B": 0, b"C": 0, b"S": 8}
_HISTORY = 1000


class PanelError(PartError):
    """The terminal sent bytes that are no panel packet."""


class Rtc:
    """The terminal's RTC chip, `ahead` seconds ahead of `clock`; None: it has stopped."""

    def __init__(self, ahead: int | None = 0, clock: RealTime | None = None) -> None:
        self.ahead = ahead
        self._clock = clock or RealTime()

    def read(self) -> int:
        """Unix seconds; 0: it has stopped."""
        return 0 if self.ahead is None else self._clock.unix() + self.ahead

    def write(self, seconds: int) -> None:
        """Sets the RTC to unix `seconds`; it runs from there."""
        self.ahead = seconds - self._clock.unix()


class Panel:
    """A context manager: the terminal opens `path`, and what it shows appears here. While `silent` is set the
    screen neither answers nor shows anything.

    `frames` (bytes of FRAME_SIZE; the same one once more is nothing new), `leds` ((red, green, blue), 0 to
    255) and `tones` (hertz, 0 for silence) hold the latest 1000 of each, the newest last; `pressed` is the
    button's state (`press` keeps a short press until the terminal has looked), and `rtc` the Rtc.
    `watch(kind, payload)` may be set to see each packet that shows something: b"F", b"L" or b"Z", in the
    panel's own thread. `on_reset` is called there, too, with each level (0 or 1) of the reset line, before
    the terminal goes on. With a virtual `clock`, waits here take no real time.
    """

    due = None  # it does nothing by itself

    def __init__(
        self,
        on_reset: Callable[[int], None] | None = None,
        rtc: Rtc | None = None,
        clock: RealTime | None = None,
    ) -> None:
        self._clock = clock or RealTime()
        self.silent = False
        self.pressed = False
        self._unseen = False  # a press that the terminal has not read yet
        self._told = False  # the state that the terminal read last
        self.watch: Callable[[bytes, bytes], None] = lambda kind, payload: None
        self.rtc = rtc or Rtc()
        self.frames = deque([bytes(FRAME_SIZE)], _HISTORY)
        self.leds = deque([(0, 0, 0)], _HISTORY)
        self.tones = deque([0], _HISTORY)
        self._on_reset = on_reset
        self._changed = threading.Condition()
        self._error: PanelError | None = None
        self._awaited: Callable[[], bool] | None = None  # the condition of `wait_for`
        # The terminal's end stays open here too, so that one terminal can follow another.
        self._host, self._terminal = os.openpty()
        tty.setraw(self._terminal)
        os.set_blocking(self._host, False)
        self._pending = b""
        self.path = os.ttyname(self._terminal)
        self._stop, self._stopping = os.pipe()
        self._thread = threading.Thread(target=self._run, name="panel", daemon=True)

    def __enter__(self) -> "Panel":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._stopping, b"x")
        self._thread.join()
        for handle in (self._host, self._terminal, self._stop, self._stopping):
            os.close(handle)

    @property
    def frame(self) -> bytes:
        """What the screen shows now."""
        return self.frames[-1]

    @property
    def led(self) -> tuple[int, int, int]:
        """The LED's colour now: (red, green, blue)."""
        return self.leds[-1]

    def press(self, down: bool) -> None:
        """Presses the button, or releases it. No press is too short for the terminal: it sees each press made
        while it polls the button, and the end of the press before."""
        self.pressed = down
        self._unseen = self._unseen or down

    def wait_for(self, predicate: Callable[["Panel"], T], timeout: float) -> T:
        """Waits until `predicate(panel)` is true, at most `timeout` seconds, and returns its value.

        The predicate is tried now and after every packet. Raises TimeoutError, or PanelError.
        """

        found: T | None = None

        def met() -> bool:
            nonlocal found
            found = None if self._error else predicate(self)
            if self._error or found:
                self._clock.calm()
                return True
            return False

        with self._changed, self._clock.hurried():
            self._awaited = met
            self._changed.wait_for(met, timeout)
            self._awaited = None
            if self._error:
                raise self._error
            if not found:
                raise TimeoutError(f"the panel did not show it within {timeout} s")
            return found

    def settle(self) -> None:
        """Waits until all packets that the terminal has sent by now have been handled. Raises PanelError."""
        with self._changed:
            while not self._error and select.select([self._host], [], [], 0)[0]:
                self._changed.wait()
            if self._error:
                raise self._error

    def unplugged(self) -> None:
        """The terminal is without power: unfinished and unread bytes are dropped, not left to the next
        one."""
        with self._changed:
            while select.select([self._host], [], [], 0)[0]:
                os.read(self._host, 4096)
            termios.tcflush(self._terminal, termios.TCIFLUSH)
            self._pending = b""
            self._unseen = self._told = False

    def _run(self) -> None:
        while self._stop not in select.select([self._host, self._stop], [], [])[0]:
            # Read and handled under one lock: `settle` then knows that nothing is under way.
            with self._changed:
                with suppress(BlockingIOError):  # `unplugged` was faster
                    self._pending += os.read(self._host, 4096)
                try:
                    self._pending = self._packets(self._pending)
                except PanelError as error:
                    self._error = error
                if self._awaited:
                    self._awaited()  # here: before the terminal goes on
                self._changed.notify_all()
            if self._error:
                return

    def _packets(self, data: bytes) -> bytes:
        while len(data) >= 3:
            kind, size = data[:1], int.from_bytes(data[1:3], "little")
            if _SIZES.get(kind) != size:
                raise PanelError(f"not a panel packet: type {kind!r}, {size} bytes")
            if len(data) < 3 + size:
                break
            self._packet(kind, data[3 : 3 + size])
            data = data[3 + size :]
        return data

    def _packet(self, kind: bytes, payload: bytes) -> None:
        if kind == b"R":
            if self._on_reset:
                self._on_reset(payload[0])
            os.write(self._host, b"R")
            return
        if kind == b"B":
            if self._unseen:
                self._told = not self._told
                self._unseen = not self._told
            else:
                self._told = self.pressed
            os.write(self._host, bytes([self._told]))
        elif kind == b"C":
            os.write(self._host, self.rtc.read().to_bytes(8, "little"))
        elif kind == b"S":
            self.rtc.write(int.from_bytes(payload, "little"))
        elif kind == b"F":
            seen = not self.silent and payload not in list(self.frames)[-1:]
            if seen:
                self.frames.append(payload)
            os.write(self._host, bytes([not self.silent]))
            if not seen:
                return
        elif kind == b"L":
            self.leds.append((payload[0], payload[1], payload[2]))
        else:
            self.tones.append(int.from_bytes(payload, "little"))
        if kind in b"FLZ":
            self.watch(kind, payload)
