"""MicroPython's images, checked before anything is erased: hash, and that they are for this board's chip.

The content counts, not the file's name.
"""

import hashlib
import struct
from pathlib import Path

from esptool.targets import CHIP_DEFS

from bornetools import files
from bornetools.boards.board import Board
from bornetools.boards.chips import CHIPS, EspLoader, Uf2Loader
from bornetools.errors import UserError
from bornetools.on_micropython import image_label, uf2_format
from bornetools.on_micropython.image_label import Label

# The header of an ESP image: esptool documentation, "Firmware Image Format".
_ESP_MAGIC = 0xE9
_ESP_CHIP_ID = 12  # offset of the 16 bits
_ESP_HEADER = 24
_ESP_SIZE_AT = (
    3  # offset of the byte whose upper four bits are the flash size it was made for, from 1 MB on
)
_MB = 1024 * 1024
# The start of an application without boot loader and partition table: ESP-IDF, esp_app_desc.h.
_ESP_APPLICATION = struct.pack("<I", 0xABCD5432)

_UF2_RISCV = 0xE48BFF5A  # an RP2350 has Arm and RISC-V cores, and ours is an image for Arm


def load(board: Board, path: Path | None, sha256: str | None) -> bytes:
    """The image's bytes. `sha256` is the expected hash, or None. Raises UserError."""
    wanted = (
        f"MicroPython's image for {board.name} is at {board.page} and called like {board.example}"
    )
    if path is None:
        raise UserError(f"--firmware is needed. {wanted}")
    if not path.exists():
        raise UserError(f"{path}: no such file. {wanted}")
    data = files.read(path, "MicroPython image")
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256.strip().lower():
        raise UserError(f"{path}: its SHA-256 is {found}, not the one given: fetch it anew")
    check(board, data, str(path))
    return data


def check(board: Board, data: bytes, path: str) -> None:
    """Raises UserError unless `data` is an image for the board's chip; `path` names it to the user."""
    match board.chip.loader:
        case EspLoader() as loader:
            _check_esp(board, loader, data, path)
        case Uf2Loader() as loader:
            _check_uf2(board, loader, data, path)


def label(board: Board, data: bytes) -> Label | None:
    """The label of a checked image that has our application in it; None: it has none."""
    if not isinstance(board.chip.loader, Uf2Loader):
        return None
    return image_label.of(b"".join(block.data for block in uf2_format.read(data, board.name)))


def flash_needed(loader: EspLoader, image: bytes) -> int:
    """The bytes of flash that a checked `image` needs: up to its end, and no less than it was made for."""
    made_for = _MB << (image[_ESP_SIZE_AT] >> 4)
    return max(loader.offset + len(image), made_for)


def _check_esp(board: Board, loader: EspLoader, data: bytes, path: str) -> None:
    if len(data) < _ESP_HEADER or data[0] != _ESP_MAGIC:
        raise UserError(f"{path}: not an image for an ESP chip, or not the whole of one")
    (chip_id,) = struct.unpack_from("<H", data, _ESP_CHIP_ID)
    if chip_id != loader.chip_id:
        found = _esp_chip(chip_id)
        raise UserError(
            f"{path}: an image for {found}, and {board.name} has an {board.chip.family}"
        )
    if data[_ESP_HEADER + 8 :].startswith(_ESP_APPLICATION):
        raise UserError(
            f"{path}: an application without boot loader, for updates over the air: MicroPython's image to"
            f" begin with is at {board.page}"
        )


def _esp_chip(chip_id: int) -> str:
    for target in CHIP_DEFS.values():
        if chip_id == target.IMAGE_CHIP_ID:
            return str(target.CHIP_NAME)
    return f"another chip (id {chip_id})"


def _check_uf2(board: Board, loader: Uf2Loader, data: bytes, path: str) -> None:
    blocks = uf2_format.read(data, path)
    for number, block in enumerate(blocks):
        if block.family != loader.family:
            raise UserError(f"{path}: an image for {_uf2_chip(block.family)}, not for {board.name}")
        if (block.number, block.count) != (number, len(blocks)):
            raise UserError(f"{path}: block {number} of this UF2 file is missing or out of order")
    image = b"".join(block.data for block in blocks)
    found = image_label.of(image)
    if found and found.board != board.name:
        raise UserError(
            f"{path}: the application in this image is for {found.board}, not for {board.name}"
        )
    if found and not found.fits(image):
        raise UserError(f"{path}: this image is not what was built: build it anew")


def _uf2_chip(family: int) -> str:
    for chip in CHIPS.values():
        if isinstance(chip.loader, Uf2Loader) and chip.loader.family == family:
            return chip.family
    if family == _UF2_RISCV:
        return "RP2350's RISC-V cores"
    return f"another chip (family {family:#010x})"
