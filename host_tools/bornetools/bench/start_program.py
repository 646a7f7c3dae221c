"""Runs on the emulated microcontroller in place of its board: the terminal's start, in steps, a line of JSON
for each: {"step": ..., "instructions": ...}.

It lies on the flash as `board`, which the main program imports first.
"""

# mypy: ignore-errors

import json
import os
import sys
import time

_began = time.ticks_us()
_rows = [("MicroPython", _began)]


def end(step) -> None:
    global _began
    now = time.ticks_us()
    _rows.append((step, time.ticks_diff(now, _began)))
    _began = time.ticks_us()


class Board:
    """Parts that cost nothing. The reader is never asked."""

    name = terminal_id = "QEMU-1"
    language = "fr"
    flash = ""
    transport = reset_pin = button = rtc = None

    def __init__(self) -> None:
        from replay import Display

        self.display = Display()
        self.led = self.buzzer = self.link = self

    def claim(self) -> None:
        pass

    def rgb(self, red, green, blue) -> None:
        pass

    def tone(self, hertz) -> None:
        pass


def make():
    return _board


def main():
    del sys.modules["borne.starting"]  # which waits for this module
    end("")  # not the terminal's
    as_files = "app.sha256" in os.listdir()
    if as_files:
        from borne import integrity
    from borne.starting import parts

    end("first picture")
    if as_files:
        if integrity.find_fault():
            raise ValueError("the application is not whole")
        end("hashes of the files")
    from borne.composition import Composition

    end("modules")
    terminal = Composition(parts)
    end("parts")
    terminal.app._rest()
    end("first screen")
    for step, took in _rows:
        if step:
            print(json.dumps({"step": step, "instructions": took * 1000}))
    print("end")
    while True:
        time.sleep(1)


_board = Board()
main()
