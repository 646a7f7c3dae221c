"""A machine for an emulated terminal: QEMU's mps2-an385, a Cortex-M3, as boards/QEMU_MPS2.

Its UARTs are ttys that the caller has made. Its flash is a RAM of the machine, which QEMU keeps in a file:
written data stay, however the emulation ends.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from bornetools.emulator.machine.flash import BLOCK_SIZE, Files, Flash
from bornetools.emulator.machine.qemu_build import build

FLASH_SIZE = 2048 * BLOCK_SIZE  # mps2/flash.c
_PSRAM_SIZE = 16 << 20


class Qemu:
    """Runs the image that `make qemu` builds, and builds it first if needed.

    With `counted`, one instruction takes one nanosecond of machine time, so that counts repeat; otherwise
    machine time is this computer's. `heap`: its bytes, None: as many as a terminal gets. Raises UserError.
    """

    REBOOT = 0  # QEMU ends where the machine would restart

    def __init__(self, counted: bool = False, heap: int | None = None) -> None:
        self._image = build()
        self._heap = heap
        self._counted = counted

    def plug(self, flash: str | Path) -> None:
        Path(flash).mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(prefix="borne-qemu-")
        self._psram = Path(self._folder.name) / "psram"
        with self._psram.open("wb") as file:
            file.write(_pack(Path(flash)))
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
            files = Files(Flash(image=file.read(FLASH_SIZE)))
        for path in Path(flash).iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        _unpack(files, ".", Path(flash))

    def unplug(self) -> None:
        self._folder.cleanup()


def _serial(name: str, path: str | None) -> tuple[str, ...]:
    # An open tty rather than QEMU's own pty, which drops bytes sent while no program has it open.
    return "-chardev", f"serial,id={name},path={path}", "-serial", f"chardev:{name}"


def _pack(folder: Path) -> bytearray:
    """A flash image with the content of `folder`."""
    flash = Flash(blocks=FLASH_SIZE // BLOCK_SIZE)
    files = Files(flash, new=True)
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_dir():
            files.mkdir(name)
        else:
            with files.open(name, "wb") as file:
                file.write(path.read_bytes())
    return flash.buffer


def _unpack(files: Files, name: str, target: Path) -> None:
    for entry in files.listdir(name):
        path = f"{name}/{entry}"
        try:
            with files.open(path, "rb") as file:
                (target / entry).write_bytes(file.read())
        except OSError:  # a folder
            (target / entry).mkdir()
            _unpack(files, path, target / entry)
