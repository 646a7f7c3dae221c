"""The emulated terminal: the firmware on the real MicroPython, its parts at the ends of ptys.

It runs on a Machine: UnixVm (unix_vm.py) or Qemu (qemu.py). No wait here is a sleep: the firmware reports
over its link what it has done.
"""

import contextlib
import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from borne import limits
from bornetools.emulator.chip.chip_link import ChipOnPty
from bornetools.emulator.chip.field import Field, Phone
from bornetools.emulator.chip.pace import Pace
from bornetools.emulator.clock import RealTime
from bornetools.emulator.machine.cable import Cable
from bornetools.emulator.machine.panel import Panel, Rtc
from bornetools.emulator.machine.unix_vm import UnixVm
from bornetools.errors import UserError
from bornetools.languages import DEFAULT

# Seconds until a terminal counts as hung: on a busy computer it is slow.
_START_TIMEOUT = 120
TAP_TIMEOUT = 120


class Machine(Protocol):
    """The machine that a terminal runs on."""

    REBOOT: int  # the exit status of a process that is to be started again
    HEARS: float  # seconds after which a request that it did not answer may have been lost

    def plug(self, flash: str | Path) -> None:
        """Takes the flash's content from the folder `flash`."""

    def start(
        self, language: str, link: str, reader: str, panel: str, pipes: tuple[int, ...]
    ) -> subprocess.Popen[bytes]:
        """Starts the process, with a pipe for stderr. `link`, `reader` and `panel` are names of ttys for its
        serial ports, `pipes` the pipes of its clock."""

    def save(self, flash: str | Path) -> None:
        """Writes the flash's present content to the folder `flash`."""

    def unplug(self) -> None:
        """The process has ended."""


class TerminalError(UserError):
    """The firmware stopped, or an awaited event did not come in time."""


@dataclass(frozen=True)
class Tap:
    """The outcome of one tap: the firmware's verdict, and what a person sees of it.

    `us` has the microseconds spent on `bus`, `phone`, `verify` and in `total`; `frame` is the screen
    (1024 bytes, MONO_VLSB) and `led` its colour (red, green, blue).
    """

    code: str
    severity: str
    detail: str
    us: dict[str, int]
    frame: bytes
    led: tuple[int, int, int]

    def ms(self, part: str) -> int:
        """The milliseconds of one of `us`, rounded."""
        return round(self.us[part] / 1000)

    def summary(self) -> str:
        """One line: the verdict, its reason, and where the time went."""
        spent = ", ".join(f"{part} {self.ms(part)} ms" for part in ("bus", "phone", "verify"))
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.code}{detail}: {spent}"


class Terminal:
    """A context manager: a terminal whose flash is the folder `flash`.

    `language`: one of bornetools.languages; it may be changed while the terminal is off. `pace`: a
    bornetools.emulator.chip.pace.Pace, None: buses and air take no time. `ahead`: seconds by which the RTC is
    ahead, None: it has stopped. `machine`: a Machine, None: UnixVm. `baud`: the serial line's rate, None: the
    line takes no time. `clock`: a VirtualTime, in which the terminal neither waits nor is late, None: real
    time.

    `port` is the name of the serial port. `watch(event)` may be set to see each event, in a thread of the
    terminal's own. `field`, `chip` (ChipOnPty) and `panel` (Panel, with the RTC) are there for tests to
    meddle with.
    """

    def __init__(
        self,
        flash: str | Path,
        language: str = DEFAULT,
        pace: Pace | None = None,
        ahead: int | None = 0,
        machine: Machine | None = None,
        baud: int | None = None,
        clock: RealTime | None = None,
    ) -> None:
        self.clock = clock or RealTime()
        self.field = Field()
        self.chip = ChipOnPty(self.field, pace, self.clock)
        self.panel = Panel(self.chip.reset, Rtc(ahead, self.clock), self.clock)
        self.port = ""
        self._flash = flash
        self.language = language
        self.watch: Callable[[dict[str, Any]], None] = lambda event: None
        self._machine = machine or UnixVm()
        self._baud = baud
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._awaited: tuple[str, ...] = ()  # names of events
        self._on = False
        self._switch = threading.Lock()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.clock)
            stack.enter_context(self.chip)
            stack.enter_context(self.panel)
            stack.callback(self.power_off)
            self.power_on()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def power_on(self, ready: bool = True) -> None:
        """Plugs the terminal in: it starts, and has a new `port`. With `ready`, waits until it is ready."""
        self._cable = Cable(
            lambda name, fields: self._heard({"event": name, **fields}), self._baud, self.clock
        )
        self._cable.__enter__()
        self.port = self._cable.port
        self.clock.plugged(self.chip, self.panel, self._cable)
        self._machine.plug(self._flash)
        self._on = True
        self._start()
        self._watcher = threading.Thread(target=self._watch, name="terminal", daemon=True)
        self._watcher.start()
        if ready:
            self.subscribe(_START_TIMEOUT)
            self.wait_event("ready", timeout=_START_TIMEOUT)

    def power_off(self) -> None:
        """Pulls the plug, at an arbitrary byte."""
        if not self._on:
            return
        with self._switch:
            self._on = False
            self._process.kill()
        self._watcher.join()
        self.clock.unplugged()
        self._machine.save(self._flash)
        self._machine.unplug()
        self.panel.unplugged()
        # A program that still looks for this port must not find another terminal's under its name.
        self._cable.pull()
        self._stack.callback(os.close, self._cable.kept)
        while not self._events.empty():
            self._events.get()

    def save(self) -> None:
        """Brings the folder up to what is on the running terminal's flash."""
        self._machine.save(self._flash)

    def carried(self) -> tuple[int, int]:
        """Bytes on the serial line since the terminal was plugged in: to it, and from it."""
        return self._cable.down.carried, self._cable.up.carried

    def subscribe(self, timeout: float = TAP_TIMEOUT) -> None:
        """Subscribes to the terminal's events: another program on its port may have ended the subscription.

        Raises TerminalError if it does not answer within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        most = limits.LINK_SUBSCRIPTION_MAX
        while self._cable.request("subscribe", self._machine.HEARS, seconds=most) is None:
            if not self._watcher.is_alive():
                self.wait_event("stopped", timeout=1)
            if time.monotonic() > deadline:
                raise TerminalError(f"the terminal does not answer within {timeout} s")

    def wait_event(self, *names: str, timeout: float = TAP_TIMEOUT) -> dict[str, Any]:
        """The firmware's next event (dict) with one of `names`; earlier events are dropped.

        Raises TerminalError if it does not come within `timeout` seconds or the firmware stops.
        """
        dropped: list[dict[str, Any]] = []
        while True:
            try:
                event = self._next_event(names, timeout)
            except queue.Empty:
                alive = (
                    self._cable.request("subscribe", 5, seconds=limits.LINK_SUBSCRIPTION_MAX)
                    is not None
                )
                raise TerminalError(
                    f"the terminal did not say {' or '.join(names)} in {timeout} s, but {dropped}; now it"
                    f" {'answers' if alive else 'does not answer'}, its LED is {self.panel.led}"
                ) from None
            if event["event"] == "stopped":
                raise TerminalError("the firmware stopped: " + event["output"])
            if event["event"] in names:
                return event
            dropped.append(event)

    def _next_event(self, names: tuple[str, ...], timeout: float) -> dict[str, Any]:
        """The next event; in virtual time the hurry ends with an event of these `names`."""
        self._awaited = (*names, "stopped")
        with contextlib.suppress(queue.Empty):
            return self._events.get_nowait()  # without a hurry, in which time would pass
        with self.clock.hurried():
            return self._events.get(timeout=timeout)

    def tap(self, phone: Phone, timeout: float = TAP_TIMEOUT) -> Tap:
        """Holds `phone` to the reader until the verdict, then takes it away. Returns Tap.

        If this computer made the chip late, the chip is restarted, and the previous phone may still count as
        present. If the terminal then asks for its removal, `phone` is held there once more.
        """
        self.subscribe()
        for names in (("verdict", "remove"), ("verdict",)):
            self.field.put(phone)
            try:
                event = self.wait_event(*names, timeout=timeout)
                if event["event"] == "verdict":
                    return self._tapped(event)
            finally:
                self.field.remove()
                # After a fault in between, "ready" comes in place of "gone".
                self.wait_event("gone", "ready", timeout=timeout)
        raise TerminalError("the terminal wants the phone to be removed")

    def verdict(self, timeout: float = TAP_TIMEOUT) -> Tap:
        """The next verdict, with the screen that shows it. Returns Tap."""
        return self._tapped(self.wait_event("verdict", timeout=timeout))

    def _tapped(self, event: dict[str, Any]) -> Tap:
        self.panel.settle()
        return Tap(
            event["code"],
            event["severity"],
            event["detail"],
            event["us"],
            self.panel.frame,
            self.panel.led,
        )

    def _heard(self, event: dict[str, Any]) -> None:
        self.watch(event)
        self._events.put(event)
        if event["event"] in self._awaited:
            self.clock.calm()

    def _start(self) -> None:
        self._process = self._machine.start(
            self.language,
            os.ttyname(self._cable.terminal),
            self.chip.path,
            self.panel.path,
            self.clock.pipes,
        )

    def _watch(self) -> None:
        """Waits for the program's end, and starts it again if its exit status is REBOOT."""
        while True:
            output = self._process.communicate()[1].decode(errors="replace")
            with self._switch:
                if not self._on or self._process.returncode != self._machine.REBOOT:
                    break
                self._start()
            self._heard({"event": "restarted"})
        self._heard({"event": "stopped", "output": output[-2000:]})
