"""A machine for an emulated terminal: QEMU's mps2-an385, a Cortex-M3, as boards/QEMU_MPS2.

Its UARTs are ttys that the caller has made. Its flash is a RAM of the machine, which QEMU keeps in a file:
written data stay, however the emulation ends.
"""

import subprocess
import tempfile
from pathlib import Path

from bornetools.emulator.machine.flash import BLOCK_SIZE
from bornetools.emulator.machine.flash_image import pack, unpack
from bornetools.emulator.machine.qemu_build import build

FLASH_SIZE = 2048 * BLOCK_SIZE  # mps2/flash.c
_PSRAM_SIZE = 16 << 20


class Qemu:
    """Runs the image that `make qemu` builds, and builds it first if needed.

    With `counted`, one instruction takes one nanosecond of machine time, so that counts repeat; otherwise
    machine time is this computer's. `heap`: its bytes, None: as many as a terminal gets. Raises UserError.
    """

    REBOOT = 0  # QEMU ends where the machine would restart
    HEARS = 1.0

    def __init__(self, counted: bool = False, heap: int | None = None) -> None:
        self._image = build()
        self._heap = heap
        self._counted = counted

    def plug(self, flash: str | Path) -> None:
        Path(flash).mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(prefix="borne-qemu-")
        self._psram = Path(self._folder.name) / "psram"
        with self._psram.open("wb") as file:
            file.write(pack(Path(flash), FLASH_SIZE))
            file.truncate(_PSRAM_SIZE)

    def start(
        self, language: str, link: str, reader: str, panel: str, pipes: tuple[int, ...] = ()
    ) -> subprocess.Popen[bytes]:
        if pipes:
            raise ValueError("an emulated microcontroller keeps its own time")
        arguments = f"arg={language}" + ("" if self._heap is None else f",arg={self._heap}")
        return subprocess.Popen(
            [
                "qemu-system-arm",
                *("-machine", "mps2-an385,memory-backend=mps.ram"),
                "-object",
                f"memory-backend-file,id=mps.ram,size={_PSRAM_SIZE},mem-path={self._psram},share=on",
                *("-kernel", str(self._image)),
                *("-semihosting-config", f"enable=on,target=native,{arguments}"),
                *("-display", "none", "-monitor", "none", "-no-reboot"),
                *(("-icount", "shift=0") if self._counted else ()),
                *_serial("link", link),
                *_serial("reader", reader),
                *_serial("panel", panel),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def save(self, flash: str | Path) -> None:
        with self._psram.open("rb") as file:
            unpack(file.read(FLASH_SIZE), Path(flash))

    def unplug(self) -> None:
        self._folder.cleanup()


def _serial(name: str, path: str | None) -> tuple[str, ...]:
    # An open tty rather than QEMU's own pty, which drops bytes sent while no program has it open.
    return "-chardev", f"serial,id={name},path={path}", "-serial", f"chardev:{name}"
