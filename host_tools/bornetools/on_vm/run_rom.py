"""Runs on MicroPython: the terminal's program from the ROMFS image that its first argument names.

The second is the pty of the clock in whose time it runs (virtual_time.py), or empty: this computer's.

The image lies in the heap here and in flash on a board, so the caller makes the heap larger by as much.
When the program ends by itself, the prompt follows, as on a board.
"""

import os
import sys

import vfs


def mount(path):
    with open(path, "rb") as file:
        image = bytearray(file.seek(0, 2))
        file.seek(0)
        file.readinto(image)
    vfs.mount(vfs.VfsRom(image), "/rom")


if sys.argv[2]:
    import virtual_time

    virtual_time.install(open(sys.argv[2], "r+b"))  # noqa: SIM115 - as long as it runs
mount(sys.argv[1])
sys.path.insert(0, "/rom")
import main  # noqa: E402, F401

os.putenv("MICROPYINSPECT", "1")
