"""Runs on MicroPython (or CPython): every screen of the firmware, one line of name and hex each.

Its argument is the language, `fr` or `en`.
"""

import sys

import framebuf

from borne.ui.screens import Screens
from borne.verify.verdict import SEVERITIES, Verdict


class _Display(framebuf.FrameBuffer):
    def __init__(self):
        self.buffer = bytearray(1024)
        super().__init__(self.buffer, 128, 64, framebuf.MONO_VLSB)

    def show(self):
        pass


class _Holder:
    family = "LEFEBVRE"
    given = "Élodie"
    birth_date = "1987-02-14"
    until: "str | None" = "2026-12-31"
    delegate = None


class _Uncovered(_Holder):
    until = None


def frames(language):
    """Yields (name, framebuffer of 1024 bytes, MONO_VLSB) for every screen."""
    texts = __import__("borne.ui.texts_" + language, None, None, ("TITLES",))
    display = _Display()
    screens = Screens(display, texts)
    screens.starting()
    yield "STARTING", bytes(display.buffer)
    screens.idle(3 * 86400)
    yield "IDLE", bytes(display.buffer)
    screens.reading()
    yield "READING", bytes(display.buffer)
    for code in SEVERITIES:
        verdict = Verdict(code)
        if verdict.severity in ("accept", "warn"):
            verdict.holder = _Uncovered() if code == "NO_ENTITLEMENT" else _Holder()
        screens.verdict(verdict)
        yield code, bytes(display.buffer)
    for code in ("READER_RESET", "NO_READER"):
        screens.fault(code)
        yield code, bytes(display.buffer)


if __name__ == "__main__":
    for name, frame in frames(sys.argv[1]):
        print(name, frame.hex())
