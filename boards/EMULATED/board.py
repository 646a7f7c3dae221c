"""The emulated terminal: the unix VM as a board, its parts at the other end of ptys.

BORNE_PN532 is the reader's serial port; BORNE_PANEL carries display, LED, buzzer, button, RTC and the
reader's reset line (bornetools.emulator.panel); BORNE_FLASH is the folder that is the flash; BORNE_LANG is
`fr` or `en`. The serial port of the link is standard input and output.
"""

import os
import select
import sys
import time

import framebuf
from micropython import const

from borne.link.stdio import Stdio
from borne.nfc.pn532_hsu import Hsu

_WIDTH = const(128)
_HEIGHT = const(64)
_RECEIVE_MAX = const(512)

REBOOT = 3  # the exit status that has the emulator start the terminal again


def _setting(name):
    value = os.getenv(name)
    if not value:
        raise SystemExit(name + " is not set")
    return value


class Pty:
    """A pty with the methods of machine.UART that the firmware uses, and a receive buffer as there."""

    def __init__(self, path):
        self._file = open(path, "r+b")  # noqa: SIM115  open as long as the board runs
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)
        self._byte = bytearray(1)
        self._buffer = memoryview(bytearray(_RECEIVE_MAX))
        self._start = self._end = 0

    def any(self):
        """How many bytes can be read. Raises SystemExit when the other end has gone."""
        if self._start == self._end:
            self._start = self._end = 0
            # One at a time: the VM's file waits until the whole of a longer buffer is full.
            while self._end < _RECEIVE_MAX and self._arrived():
                self._file.readinto(self._byte)
                self._buffer[self._end] = self._byte[0]
                self._end += 1
        return self._end - self._start

    def readinto(self, buffer, size):
        """Reads what is there, at most `size` bytes. Returns their number, None for none."""
        size = min(size, self.any())
        buffer[:size] = self._buffer[self._start : self._start + size]
        self._start += size
        return size or None

    def write(self, data):
        view = memoryview(data)
        sent = 0
        while sent < len(view):
            sent += self._file.write(view[sent:])
        return sent

    def _arrived(self):
        for _, event in self._poll.ipoll(0):
            if event & select.POLLHUP:
                raise SystemExit  # as if the terminal were unplugged
            return True
        return False


class Panel:
    """Display, LED, buzzer, button, RTC and reset line: packets of type (1 byte), length (2, LE) and
    payload. Some are answered with bytes whose number the type tells."""

    def __init__(self, path):
        self._pty = Pty(path)

    def send(self, kind, payload):
        self._pty.write(kind + len(payload).to_bytes(2, "little") + payload)

    def ask(self, kind, payload, answer):
        """Sends a packet, and fills the buffer `answer`."""
        self.send(kind, payload)
        got = 0
        while got < len(answer):
            count = self._pty.readinto(memoryview(answer)[got:], len(answer) - got)
            if not count:
                time.sleep_ms(1)
            got += count or 0

    def reset_pin(self, level):
        # The level has to reach the chip before bytes on the other pty do: the panel confirms it.
        self.ask(b"R", bytes((level,)), bytearray(1))

    def pressed(self):
        """Whether the button is."""
        answer = bytearray(1)
        self.ask(b"B", b"", answer)
        return answer[0] == 1

    def rgb(self, red, green, blue):
        self.send(b"L", bytes((red, green, blue)))

    def tone(self, hertz):
        self.send(b"Z", hertz.to_bytes(2, "little"))


class Rtc:
    """The panel's RTC chip; 0 stands for one that has stopped."""

    def __init__(self, panel):
        self._panel = panel

    def read(self):
        """Unix seconds, or None."""
        answer = bytearray(8)
        self._panel.ask(b"C", b"", answer)
        return int.from_bytes(answer, "little") or None

    def write(self, seconds):
        self._panel.send(b"S", seconds.to_bytes(8, "little"))


class Display(framebuf.FrameBuffer):
    """The panel's 128x64 screen."""

    def __init__(self, panel):
        self._panel = panel
        self.buffer = bytearray(_WIDTH * _HEIGHT // 8)
        super().__init__(self.buffer, _WIDTH, _HEIGHT, framebuf.MONO_VLSB)

    def show(self):
        self._panel.send(b"F", self.buffer)


class Board:
    """The parts of the terminal."""

    name = "EMULATED"
    terminal_id = "EMULATED-1"

    def __init__(self):
        panel = Panel(_setting("BORNE_PANEL"))
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

    def reboot(self):
        sys.exit(REBOOT)


def make():
    return Board()
