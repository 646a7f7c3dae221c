"""The images of `borne image`, built from Debian's packages: what is in them, and for whom they are."""

import re
import subprocess

import pytest

from borne import VERSION
from bornetools import firmware
from bornetools.boards import board as boards
from bornetools.errors import UserError
from bornetools.flash import images
from bornetools.on_micropython import micropython_source, rp2_image, uf2_format

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(
        bool(rp2_image.missing()),
        reason="no toolchain: apt install " + " ".join(rp2_image.missing()),
    ),
]
NAMES = ("PICO", "PICO2")


@pytest.fixture(scope="module", params=NAMES)
def board(request):
    return boards.find(request.param)


@pytest.fixture(scope="module")
def built(board):
    return rp2_image.build(board)


def binary(path):
    return b"".join(block.data for block in uf2_format.read(path.read_bytes(), str(path)))


def test_flash_takes_it_for_its_own_board_alone(board, built):
    label = images.label(board, images.load(board, built, None))
    assert (label.version, label.board) == (VERSION, board.name)
    for name in set(NAMES) - {board.name}:
        with pytest.raises(UserError):
            images.load(boards.find(name), built, None)


def test_the_whole_application_is_in_it_and_native_code_of_c(board, built):
    image = binary(built)
    modules = [
        path.relative_to(firmware.MODULES).as_posix()
        for path in (firmware.MODULES / "borne").rglob("*.py")
    ]
    for name in (*modules, "main.py", "terminal.py", "board.py", "pins.py"):
        assert b"\0" + name.encode() + b"\0" in image, name
    symbols = subprocess.run(
        ["arm-none-eabi-nm", built.with_suffix(".elf")], capture_output=True, text=True, check=True
    ).stdout
    names = {line.split()[-1] for line in symbols.splitlines()}
    assert {"mp_state_ctx", "borne_image", "field_mul"} <= names


def test_it_fits_before_the_file_system(board, built):
    """MicroPython's own figure, in bytes or as what is left of the flash."""
    folder = micropython_source.micropython() / "ports" / "rp2" / "boards" / board.pins.image
    (size,) = re.findall(
        r"MICROPY_HW_FLASH_STORAGE_BYTES +\((.*)\)", (folder / "mpconfigboard.h").read_text()
    )
    flash = {"RPI_PICO": 2, "RPI_PICO2": 4}[board.pins.image] * 1024 * 1024
    files = eval(size.replace("PICO_FLASH_SIZE_BYTES", str(flash)))
    assert flash - files == rp2_image.AREA[board.pins.image]
    assert len(binary(built)) <= rp2_image.AREA[board.pins.image]


def test_what_has_not_changed_is_not_built_again(board, built):
    before = built.stat().st_mtime_ns
    assert rp2_image.build(board) == built
    assert built.stat().st_mtime_ns == before
