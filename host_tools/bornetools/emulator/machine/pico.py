"""A machine for an emulated terminal: a Raspberry Pi Pico, as boards/PICO, emulated by npm's rp2040js.

It runs an image as a board gets it (UF2), and keeps its flash, all of it, for as long as this object lives.
Its time is the clock's of the terminal, a VirtualTime: no other part is ever late.
"""

import hashlib
import json
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from borne.provisioned import settings
from bornetools.boards import board
from bornetools.boards.board import Board
from bornetools.emulator.machine import pico_build
from bornetools.emulator.machine.flash_image import pack, unpack
from bornetools.errors import UserError
from bornetools.on_micropython import rp2_image, uf2_format

BOARD = "PICO"

_FLASH_BASE = 0x10000000
_FLASH_SIZE = 2 << 20
_FILES = rp2_image.AREA["RPI_PICO"]  # offset of the file system, which is the rest
_LANGUAGE = "fr"  # of borne/parts/board.py, where the flash has no settings
_COUNTS = struct.Struct("<10d")


@dataclass(frozen=True)
class Counts:
    """What the machine has counted since it was plugged in or reset; `nanos` is its own time.

    Of MicroPython's heap, `free` are the free bytes, `piece` the largest piece of them, `size` all; garbage
    that has not been collected is not free. `writes` counts what was written to the flash in one go, `erased`
    its sectors, `programmed` its pages; `lost` the bytes that came while the UART's FIFO was full.
    """

    nanos: int
    instructions: int
    cycles: int
    free: int
    piece: int
    size: int
    writes: int
    erased: int
    programmed: int
    lost: int


class Pico:
    """Runs `image`, a UF2 file, on the board `of`; None: boards/PICO, and its image, built if
    needed. `profile`: a file for
    the sampled program counters. Raises UserError.

    `cut` may be set to the write to the flash at which power fails, halfway through it, counted from the
    next start on."""

    REBOOT = 3  # pico.mjs: the chip has been reset
    HEARS = 60.0  # its USB port keeps what comes while it starts

    def __init__(
        self,
        image: Path | None = None,
        of: Board | None = None,
        profile: Path | None = None,
    ) -> None:
        pico_build.build()
        self._board = of or board.find(BOARD)
        self._image = image or rp2_image.build(self._board)
        self._profile = profile
        self._folder = tempfile.TemporaryDirectory(prefix="borne-pico-")
        self._path = Path(self._folder.name)
        self._flash = self._path / "flash"
        self._saved = ""
        self.cut = 0

    def plug(self, flash: str | Path) -> None:
        self._files = Path(flash)
        self._files.mkdir(parents=True, exist_ok=True)
        self._plugged = True
        (self._path / "state").unlink(missing_ok=True)

    def start(
        self, language: str, link: str, reader: str, panel: str, pipes: tuple[int, ...]
    ) -> subprocess.Popen[bytes]:
        if not pipes:
            raise UserError("an emulated Pico needs a clock that waits for it")
        if self._plugged:
            self._write_flash(language)
            self._plugged = False
        wired: dict[str, Any] = {
            "pipes": pipes,
            "link": link,
            "reader": reader,
            "panel": panel,
            "pins": {part: dict(values) for part, values in self._board.pins.parts.items()},
            "bootrom": str(pico_build.BOOT_ROM),
            "flash": str(self._flash),
            "cut": self.cut,
            "state": str(self._path / "state"),
            "counts": str(self._path / "counts"),
            "profile": str(self._profile) if self._profile else None,
        }
        self.cut = 0
        path = self._path / "settings.json"
        path.write_text(json.dumps(wired))
        return subprocess.Popen(
            ["node", str(pico_build.DRIVER), str(path)],
            pass_fds=pipes,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def _write_flash(self, language: str) -> None:
        if language != _LANGUAGE and not (self._files / settings.FILE).exists():
            spoken = settings.Settings(self._board.name, language)
            (self._files / settings.FILE).write_bytes(spoken.encode())
        if _digest(self._files) == self._saved:
            return  # the flash as it was, with what a power cut has left of a write
        content = bytearray(b"\xff" * _FLASH_SIZE)
        for block in uf2_format.read(self._image.read_bytes(), str(self._image)):
            start = block.address - _FLASH_BASE
            content[start : start + len(block.data)] = block.data
        content[_FILES:] = pack(self._files, _FLASH_SIZE - _FILES)
        self._flash.write_bytes(content)

    def counts(self) -> Counts:
        """The present counts: those of the last half millisecond, or better."""
        return Counts(*map(int, _COUNTS.unpack((self._path / "counts").read_bytes())))

    def save(self, flash: str | Path) -> None:
        unpack(self._flash.read_bytes()[_FILES:], Path(flash))
        self._saved = _digest(Path(flash))

    def unplug(self) -> None:
        pass  # the flash is kept


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        data = b"" if path.is_dir() else path.read_bytes()
        digest.update(f"{path.relative_to(folder)}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()
