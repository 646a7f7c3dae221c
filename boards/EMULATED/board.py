"""The emulated terminal: the unix VM as a board, its parts at the other end of ptys.

BORNE_PN532 is the reader's serial port; BORNE_PANEL carries display, LED, buzzer, button, RTC and the
reader's reset line (bornetools.emulator.machine.panel); BORNE_FLASH is the folder that serves as the flash;
BORNE_LANG is `fr` or `en`. The serial port of the link is standard input and output.
"""

import os
import select
import sys

from micropython import const

from borne.nfc.pn532_hsu import Hsu
from borne.parts.stdio import Stdio
from panel import Display, Panel, Rtc

if False:  # for types only
    from borne.protocols import Buffer, Bytes

_RECEIVE_MAX = const(512)

REBOOT = 3  # exit status on which the emulator starts the terminal again


def _setting(name: str) -> str:
    value = os.getenv(name)
    if not value:
        raise SystemExit(name + " is not set")
    return value


class Pty:
    """A pty with the methods of machine.UART that the firmware uses, and with its receive buffer."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "r+b")  # noqa: SIM115  open as long as the board runs
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)
        self._byte = bytearray(1)
        self._buffer = memoryview(bytearray(_RECEIVE_MAX))
        self._start = self._end = 0

    def any(self) -> int:
        """The number of bytes that can be read. Raises SystemExit when the other end has gone."""
        if self._start == self._end:
            self._start = self._end = 0
            # A byte at a time: the VM's file waits until the whole of a longer buffer is full.
            while self._end < _RECEIVE_MAX and self._arrived():
                self._file.readinto(self._byte)
                self._buffer[self._end] = self._byte[0]
                self._end += 1
        return self._end - self._start

    def readinto(self, buffer: "Buffer", size: int) -> int | None:
        """Reads the bytes available, at most `size`. Returns their number, None for none."""
        size = min(size, self.any())
        end = self._start + size
        buffer[:size] = self._buffer[self._start : end]
        self._buffer[self._start : end] = bytes(
            size
        )  # a UART's ring is soon overwritten, this one not
        self._start = end
        return size or None

    def write(self, data: "Bytes") -> int:
        view = memoryview(data)
        sent = 0
        while sent < len(view):
            sent += self._file.write(view[sent:])
        return sent

    def _arrived(self) -> bool:
        for _, event in self._poll.ipoll(0):
            if event & select.POLLHUP:
                raise SystemExit  # as if the terminal were unplugged
            return True
        return False


class Board:
    """The parts of the terminal."""

    name = "EMULATED"
    terminal_id = "EMULATED-1"

    def __init__(self) -> None:
        panel = Panel(Pty(_setting("BORNE_PANEL")))
        self.language = os.getenv("BORNE_LANG", "fr")
        self.transport = Hsu(Pty(_setting("BORNE_PN532")))
        self.reset_pin = panel.reset_pin
        self.display = Display(panel)
        self.led = panel
        self.buzzer = panel
        self.button = panel.pressed
        self.rtc = Rtc(panel)
        self.flash = _setting("BORNE_FLASH")
        self.link = Stdio()

    def reboot(self) -> None:
        sys.exit(REBOOT)


def make() -> Board:
    return Board()
