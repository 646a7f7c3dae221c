"""Runs on the emulated microcontroller in place of its board: the terminal's start, in steps, a line of JSON
for each: {"step": ..., "instructions": ...}.

It lies on the flash as `board`, which the main program imports first.
"""

# mypy: ignore-errors

import asyncio
import json
import os
import time

_began = time.ticks_us()
_rows = [("MicroPython", _began)]


def end(step):
    global _began
    now = time.ticks_us()
    _rows.append((step, time.ticks_diff(now, _began)))
    _began = time.ticks_us()


class Board:
    """Parts that are there at once and answer as in the case."""

    name = terminal_id = "QEMU-1"
    language = "fr"
    flash = ""
    reset_pin = button = rtc = None

    def __init__(self):
        from replay import Display, Line, case

        self.display = Display()
        self.transport = Line(case["frames"])
        self.led = self.buzzer = self.link = self

    def rgb(self, red, green, blue):
        pass

    def tone(self, hertz):
        pass

    def any(self):
        return 0


def main():
    if "app.sha256" in os.listdir():
        from borne import integrity

        if integrity.find_fault():
            raise ValueError("the application is not whole")
        end("hashes of the files")
    from borne.terminal import Terminal

    end("modules")
    board = Board()
    end("")  # not the terminal's
    terminal = Terminal(board)
    end("parts")

    terminal.events.report = ready
    asyncio.run(terminal.run())


def ready(event):
    """Takes the terminal's first event, and goes no further."""
    if event != {"event": "ready"}:
        raise ValueError(event)
    end("reader, and its screen")
    for step, took in _rows:
        if step:
            print(json.dumps({"step": step, "instructions": took * 1000}))
    print("end")
    while True:
        time.sleep(1)


main()
