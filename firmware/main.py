"""Wiring only: pick the board, build the terminal on it, run it."""

import gc
import sys

# At each import of one of these modules MicroPython looks, on the flash and in frozen code, for a file that
# extends it, unless sys.modules has it. No such file exists: the search took a fourth of all loading.
for name in ("binascii", "framebuf", "hashlib", "io", "json", "os", "struct", "time"):
    sys.modules[name] = __import__(name)

# While modules load, garbage is collected before it scatters lasting objects: the heap's free part is then
# one block, not holes of a few kilobytes.
gc.threshold(16384)

# First: what follows takes seconds, and the screen says so by then.
from borne.starting import parts

import asyncio
import time

from borne import limits
from borne.composition import Composition

if False:  # for types only
    from borne.parts.protocols import Board


def main() -> None:
    if parts.button and parts.button():
        print("Button held at start: no terminal runs, this is the prompt.")
        return
    try:
        terminal = Composition(parts)
        gc.collect()
        gc.threshold(limits.GARBAGE_MAX)
        asyncio.run(terminal.run())
    except Exception as error:  # noqa: BLE001 - never to a prompt: red, until somebody looks
        sys.print_exception(error)
        stop(parts, "STOP: " + type(error).__name__ + ": " + str(error))


def stop(parts: "Board", text: str) -> None:
    """Red, and the error on the screen in the framebuffer's own font: nothing else is sure to work."""
    parts.led.rgb(255, 0, 0)
    parts.display.fill(0)
    for row in range(7):
        parts.display.text(text[16 * row : 16 * row + 16], 0, 9 * row)
    parts.display.show()
    while True:
        time.sleep(1)


main()
