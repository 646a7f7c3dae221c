"""Builds the image of a board with an RP2 chip: MicroPython with the whole terminal frozen into it.

Everything comes from Debian packages. An image lies in build/image of the checkout, beside the folder of its
build with a digest of its sources.
"""

import os
import shutil
import sys
from pathlib import Path

from bornetools import files, firmware
from bornetools.boards.board import Board
from bornetools.boards.chips import Uf2Loader
from bornetools.errors import UserError
from bornetools.on_micropython import image_label, micropython_source, uf2_format

FOLDER = micropython_source.BUILD / "image"

# The flash before the file system, by MicroPython's board: MICROPY_HW_FLASH_STORAGE_BYTES of mpconfigboard.h
# is what follows.
AREA = {"RPI_PICO": 640 * 1024, "RPI_PICO2": 1024 * 1024}

_FLASH = 0x10000000  # address: RP2040 datasheet, section 2.2, and RP2350 datasheet, section 2.2
_TOOLS = {  # and the Debian packages that have them
    "make": "make",
    "cmake": "cmake",
    "gcc": "gcc libc6-dev",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
}
_SOURCES = (".py", ".c", ".h", ".cmake")
_LIBRARIES = {  # below MicroPython's lib/: the Debian package, and the part of a binary one
    "pico-sdk": ("pico-sdk-source", "usr/src/pico-sdk"),
    "tinyusb": ("tinyusb-source", "usr/src/tinyusb"),
    "mbedtls": ("mbedtls", None),
}


def path(board: Board) -> Path:
    """The path of the board's image."""
    return FOLDER / f"{board.name}.uf2"


def missing() -> list[str]:
    """The Debian packages that are still needed."""
    packages = micropython_source.missing(_TOOLS)
    if not _has_cpp_library():
        packages.append("libstdc++-arm-none-eabi-newlib")
    return packages


def build(board: Board) -> Path:
    """The path of the image, built if any of its sources has changed; beside it lies the .elf, for debuggers.
    Raises UserError."""
    loader = board.chip.loader
    if not isinstance(loader, Uf2Loader) or board.pins.image not in AREA:
        raise UserError(
            f"images are built for {' and '.join(AREA)}, and MicroPython's image of {board.name} is"
            f" {board.pins.image}"
        )
    with micropython_source.locked():
        return _build(board, loader)


def _build(board: Board, loader: Uf2Loader) -> Path:
    source = micropython_source.micropython()
    folder = FOLDER / board.name
    image, elf, stamp = path(board), path(board).with_suffix(".elf"), folder / "made-of"
    port = f"{source}\n{board.folder}\n"
    sources = (firmware.BOARDS, board.folder, firmware.MODULES, Path(__file__).parent)
    made_of = port + micropython_source.digest("", sources, _SOURCES)
    before = stamp.read_text() if stamp.exists() else ""
    if before == made_of and image.exists() and elf.exists():
        return image
    packages = missing()
    if packages:
        raise UserError("an image needs: apt install " + " ".join(packages))
    # What a build leaves behind that was killed is no image, and nothing that a next build goes on with.
    for old in (image, elf, stamp):
        old.unlink(missing_ok=True)
    if not before.startswith(port):
        shutil.rmtree(folder, ignore_errors=True)
    micropython_source.fetch_micropython()
    _fetch_libraries(source)
    _make(board, source, folder)
    made = image_label.labelled((folder / "firmware.bin").read_bytes(), board.name)
    area = AREA[board.pins.image]
    if len(made) > area:
        raise UserError(
            f"the image is {len(made):,} bytes, and {board.pins.image} has {area:,} for it"
        )
    files.replace(elf, (folder / "firmware.elf").read_bytes())
    files.replace(image, uf2_format.write(made, _FLASH, loader.family))
    stamp.write_text(made_of)
    return image


def _fetch_libraries(source: Path) -> None:
    """Fetches the libraries that Debian's source of MicroPython leaves out."""
    wanted = {name: source / "lib" / name for name in _LIBRARIES}
    packages = [
        micropython_source.Package(_LIBRARIES[name][0], folder, _LIBRARIES[name][1])
        for name, folder in wanted.items()
        if not (folder.is_dir() and any(folder.iterdir()))
    ]
    if packages and "MICROPY_SRC" in os.environ:
        raise UserError(
            f"MICROPY_SRC: {source} has no submodules: make -C {source / 'ports' / 'rp2'} submodules"
        )
    if packages:
        micropython_source.fetch(*packages)


def _make(board: Board, source: Path, folder: Path) -> None:
    jobs = f"-j{os.cpu_count()}"
    sdk = source / "lib" / "pico-sdk" / "src"
    options = {
        "MICROPY_BOARD": board.pins.image,
        "MICROPY_FROZEN_MANIFEST": firmware.BOARDS / "manifest.py",
        "USER_C_MODULES": firmware.NATIVE / "micropython.cmake",
        # The manifest needs no package of it; asked for is that there is a README.md.
        "MICROPY_LIB_DIR": source,
        # A part of the SDK since 2.1, which MicroPython 1.26 does not know.
        "MICROPY_CPP_INC_EXTRA": sdk / "rp2_common" / "pico_platform_common" / "include",
        "PICO_NO_PICOTOOL": 1,  # uf2_format makes the file
        "PICO_CLIB": "newlib",  # else another C library that happens to be installed
        "Python3_EXECUTABLE": sys.executable,
    }
    micropython_source.run("make", jobs, "-C", source / "mpy-cross")
    micropython_source.run(
        *("cmake", "-S", source / "ports" / "rp2", "-B", folder),
        *(f"-D{name}={value}" for name, value in options.items()),
    )
    # MicroPython's own tool goes by the newest of the files: a removed file would stay in the image.
    (folder / "frozen_content.c").unlink(missing_ok=True)
    micropython_source.run("env", f"BORNE_BOARD={board.folder}", "make", jobs, "-C", folder)


def _has_cpp_library() -> bool:
    """Whether there is a compiler and it finds a C++ library; else it says no more than the name."""
    if not shutil.which("arm-none-eabi-g++"):
        return False
    said = micropython_source.run("arm-none-eabi-g++", "-print-file-name=libstdc++.a")
    return Path(said.strip()).is_absolute()
