"""The emulated terminals' screen, LED, buzzer, button, RTC and reset line, on a serial port of their own.

bornetools.emulator.machine.panel is at its other end, and documents the packets.
"""

import time

import framebuf
from micropython import const

if False:  # for types only
    from borne.parts.protocols import Uart
    from borne.protocols import Bytes

_WIDTH = const(128)
_HEIGHT = const(64)


class Panel:
    """Display, LED, buzzer, button, RTC and reset line: packets of type (1 byte), length (2, LE) and
    payload. The type tells the size of the answer, if there is one."""

    def __init__(self, uart: "Uart") -> None:
        self._uart = uart

    def send(self, kind: bytes, payload: "Bytes") -> None:
        packet = memoryview(kind + len(payload).to_bytes(2, "little") + payload)
        sent = 0
        while sent < len(packet):
            sent += self._uart.write(packet[sent:]) or 0

    def ask(self, kind: bytes, payload: "Bytes", answer: bytearray) -> None:
        """Sends a packet, and fills the buffer `answer`."""
        self.send(kind, payload)
        got = 0
        while got < len(answer):
            count = self._uart.readinto(memoryview(answer)[got:], len(answer) - got)
            if not count:
                time.sleep_ms(1)
            got += count or 0

    def reset_pin(self, level: int) -> None:
        # The level has to reach the chip before bytes on the other pty do: the panel confirms it.
        self.ask(b"R", bytes((level,)), bytearray(1))

    def pressed(self) -> bool:
        """Whether the button is pressed."""
        answer = bytearray(1)
        self.ask(b"B", b"", answer)
        return answer[0] == 1

    def rgb(self, red: int, green: int, blue: int) -> None:
        self.send(b"L", bytes((red, green, blue)))

    def tone(self, hertz: int) -> None:
        self.send(b"Z", hertz.to_bytes(2, "little"))


class Rtc:
    """The panel's RTC chip; 0 stands for a stopped chip."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    def read(self) -> int | None:
        """Unix seconds, or None."""
        answer = bytearray(8)
        self._panel.ask(b"C", b"", answer)
        return int.from_bytes(answer, "little") or None

    def write(self, seconds: int) -> None:
        self._panel.send(b"S", seconds.to_bytes(8, "little"))


class Display(framebuf.FrameBuffer):
    """The panel's 128x64 screen."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self.buffer = bytearray(_WIDTH * _HEIGHT // 8)
        self._answer = bytearray(1)
        self.answers = True
        super().__init__(self.buffer, _WIDTH, _HEIGHT, framebuf.MONO_VLSB)

    def show(self) -> None:
        self._panel.ask(b"F", self.buffer, self._answer)
        self.answers = self._answer[0] == 1
