"""Builds the image of boards/QEMU_MPS2: MicroPython's qemu port, with the whole terminal frozen into it.

The build, and a digest of its sources, lie in build/qemu of the checkout.
"""

import os
import shutil
from pathlib import Path

from bornetools import firmware
from bornetools.errors import UserError
from bornetools.on_micropython import micropython_source

BOARD = firmware.BOARDS / "QEMU_MPS2"
ARCH = "armv7m"  # of its native code: mpy-cross's -march, for a Cortex-M3

_FOLDER = micropython_source.BUILD / "qemu"
_TOOLS = {  # and the Debian packages that have them
    "qemu-system-arm": "qemu-system-arm",
    "make": "make",
    "gcc": "gcc libc6-dev",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
}


def missing() -> list[str]:
    """The Debian packages that are still needed."""
    return micropython_source.missing(_TOOLS)


def build() -> Path:
    """The path of the image, built if any of its sources has changed. Raises UserError."""
    with micropython_source.locked():
        return _build()


def _build() -> Path:
    source = micropython_source.micropython()
    image = _FOLDER / "board" / "firmware.elf"
    port = micropython_source.digest(str(source), (BOARD,), (".c", ".h", ".mk", ".ld"))
    made_of = port + micropython_source.digest("", (BOARD.parent, firmware.MODULES), (".py",))
    stamp = _FOLDER / "made-of"
    before = stamp.read_text() if image.exists() and stamp.exists() else ""
    if before == made_of:
        return image
    packages = missing()
    if packages:
        raise UserError("the emulated microcontroller needs: apt install " + " ".join(packages))
    micropython_source.fetch_micropython()
    if not before.startswith(port):  # make notices changed programs, not all other changes
        shutil.rmtree(image.parent, ignore_errors=True)
    # MicroPython's own tool goes by the newest of the files: a removed file would stay in the image.
    (image.parent / "frozen_content.c").unlink(missing_ok=True)
    jobs = f"-j{os.cpu_count()}"
    micropython_source.run("make", jobs, "-C", source / "mpy-cross")
    micropython_source.run(
        *("make", jobs, "-C", source / "ports" / "qemu"),
        *(f"BOARD={BOARD.name}", f"BOARD_DIR={BOARD}", f"BUILD={image.parent}"),
    )
    stamp.write_text(made_of)
    return image
