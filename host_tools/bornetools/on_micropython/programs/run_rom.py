"""Runs on MicroPython: the terminal's program from the ROMFS image that its first argument names.

More arguments are the pipes of the clock in whose time it runs: virtual_time.py.

The image lies in the heap here and in flash on a board, so the caller makes the heap larger by as much.
When the program ends by itself, the prompt follows, as on a board.
"""

import os
import sys

import vfs


def mount(path) -> None:
    with open(path, "rb") as file:
        image = bytearray(file.seek(0, 2))
        file.seek(0)
        file.readinto(image)
    vfs.mount(vfs.VfsRom(image), "/rom")


if sys.argv[2:]:
    import virtual_time

    virtual_time.install(*map(int, sys.argv[2:]))
mount(sys.argv[1])
sys.path.insert(0, "/rom")
import main  # noqa: E402, F401

os.putenv("MICROPYINSPECT", "1")
