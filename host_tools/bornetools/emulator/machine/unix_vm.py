"""A machine for an emulated terminal: the MicroPython VM on this computer, as boards/EMULATED."""

import os
import subprocess
import tempfile
from pathlib import Path

from bornetools.on_micropython import vm
from bornetools.on_micropython.compiler import rom_image

_PROGRAM = vm.PROGRAMS / "run_rom.py"


# Code that is executed in place has its names and the objects for functions and constants in the heap; frozen
# code has them in flash: docs/decisions/2026-11-25-romfs.md.
_LOADED = 66_000
_CLOCK = 8_000  # bytes of heap that programs/virtual_time.py takes


class UnixVm:
    """The flash is the folder itself. The VM's heap is `heap` bytes, plus the data that a board has in
    flash."""

    REBOOT = 3  # boards/EMULATED/board.py
    HEARS = 1.0

    def __init__(self, heap: int = vm.WORD_FACTOR * vm.BOARD_HEAP) -> None:
        self._rom = rom_image("EMULATED")
        self._heap = heap + len(self._rom) + _LOADED

    def plug(self, flash: str | Path) -> None:
        self._flash = flash
        self._image = tempfile.NamedTemporaryFile(suffix=".romfs")  # noqa: SIM115 - until unplug
        self._image.write(self._rom)
        self._image.flush()

    def start(
        self, language: str, link: str, reader: str, panel: str, pipes: tuple[int, ...]
    ) -> subprocess.Popen[bytes]:
        settings = {
            "BORNE_FLASH": str(self._flash),
            "BORNE_LANG": language,
            "BORNE_PN532": reader,
            "BORNE_PANEL": panel,
        }
        port = os.open(link, os.O_RDWR | os.O_NOCTTY)
        try:
            return subprocess.Popen(
                vm.arguments(
                    _PROGRAM, self._image.name, *pipes, heap=self._heap + (_CLOCK if pipes else 0)
                ),
                pass_fds=pipes,
                env={**vm.environment(), **settings},
                stdin=port,
                stdout=port,
                stderr=subprocess.PIPE,
            )
        finally:
            os.close(port)

    def save(self, flash: str | Path) -> None:
        pass  # the VM writes to the folder itself

    def unplug(self) -> None:
        self._image.close()
