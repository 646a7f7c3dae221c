"""The emulated terminal: the firmware on the real MicroPython VM, a PN532 and a panel on ptys.

Nothing here sleeps to wait for something: the firmware says on its serial port what it has done.
"""

import contextlib
import json
import queue
import subprocess
import tempfile
import threading
from dataclasses import dataclass

from bornetools import vm
from bornetools.compiler import compile_terminal
from bornetools.emulator.chip_link import ChipOnPty
from bornetools.emulator.field import Field
from bornetools.emulator.panel import Panel
from bornetools.errors import UserError

_START_TIMEOUT = 30  # seconds
TAP_TIMEOUT = 30


class TerminalError(UserError):
    """The firmware stopped, or did not do in time what it was waited for."""


@dataclass(frozen=True)
class Tap:
    """What one tap led to: the firmware's verdict, and what a person sees of it.

    `us` has the microseconds spent on `bus`, `phone`, `verify` and in `total`; `frame` is the screen
    (1024 bytes, MONO_VLSB) and `led` its colour (red, green, blue).
    """

    code: str
    severity: str
    detail: str
    us: dict
    frame: bytes
    led: tuple


class Terminal:
    """A context manager: a terminal with the trust set in the folder `store`.

    `language` is "fr" or "en"; `clock` the seconds by which its clock is ahead, or "unset"; `heap` the
    VM's bytes of heap; `pace` a bornetools.emulator.pace.Pace, without which buses and air take no
    time. `field`, `link` (ChipOnPty) and `panel` (Panel) are there for tests to meddle with.
    """

    def __init__(
        self, store, language="fr", clock=0, pace=None, heap=vm.WORD_FACTOR * vm.BOARD_HEAP
    ):
        self.field = Field()
        self.link = ChipOnPty(self.field, pace)
        self.panel = Panel(self.link.reset)
        self._settings = {
            "BORNE_STORE": str(store),
            "BORNE_LANG": language,
            "BORNE_CLOCK": str(clock),
        }
        self._heap = heap
        self._events: queue.Queue[dict] = queue.Queue()
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.link)
            stack.enter_context(self.panel)
            self._settings.update(BORNE_PN532=self.link.path, BORNE_PANEL=self.panel.path)
            # Compiled, as on a board: the heap then holds the firmware and not its source besides.
            code = stack.enter_context(tempfile.TemporaryDirectory(prefix="borne-terminal-"))
            compile_terminal(code, "EMULATED")
            self._process = subprocess.Popen(
                vm.arguments("-m", "main", heap=self._heap),
                env={**vm.environment(code), **self._settings},
                cwd=code,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            assert self._process.stdout  # noqa: S101 - a pipe, as asked for
            self._output = self._process.stdout
            stack.callback(self._stop)
            self._reader = threading.Thread(target=self._listen, name="terminal", daemon=True)
            self._reader.start()
            self.wait_event("ready", timeout=_START_TIMEOUT)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def wait_event(self, *names, timeout=TAP_TIMEOUT):
        """The firmware's next event of one of these names (dict); others before it are dropped.

        Raises TerminalError if it does not come within `timeout` seconds or the firmware stops.
        """
        while True:
            try:
                event = self._events.get(timeout=timeout)
            except queue.Empty:
                raise TerminalError(
                    f"the terminal did not say {' or '.join(names)} in {timeout} s"
                ) from None
            if event["event"] == "stopped":
                raise TerminalError("the firmware stopped: " + event["output"])
            if event["event"] in names:
                return event

    def tap(self, phone, timeout=TAP_TIMEOUT):
        """Holds `phone` to the reader until the verdict, then takes it away. Returns Tap."""
        self.field.put(phone)
        try:
            return self.verdict(timeout)
        finally:
            self.field.remove()
            # After a fault in between it is ready anew, and has not seen the phone go.
            self.wait_event("gone", "ready", timeout=timeout)

    def verdict(self, timeout=TAP_TIMEOUT):
        """The next verdict, with the screen that shows it. Returns Tap."""
        event = self.wait_event("verdict", timeout=timeout)
        self.panel.settle()
        return Tap(
            event["code"],
            event["severity"],
            event["detail"],
            event["us"],
            self.panel.frame,
            self.panel.led,
        )

    def _listen(self):
        rest = []
        for line in self._output:
            try:
                self._events.put(json.loads(line))
            except ValueError:
                rest.append(line.decode(errors="replace"))
        self._events.put({"event": "stopped", "output": "".join(rest)[-2000:]})

    def _stop(self):
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._output.close()
