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

# A UF2 block: github.com/microsoft/uf2, "File format".
_UF2_BLOCK = 512
_UF2_HEADER = struct.Struct("<8I")
_UF2_START = (0x0A324655, 0x9E5D5157)
_UF2_END = 0x0AB16F30
_UF2_NOT_MAIN_FLASH, _UF2_FAMILY = 0x0001, 0x2000
_UF2_DATA_MAX = 476
# RP2350 datasheet, erratum E10: a file may begin with one block of this family that is no part of it.
_UF2_ABSOLUTE = 0xE48BFF57

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
    if not data or len(data) % _UF2_BLOCK:
        raise UserError(f"{path}: not a UF2 file, or not the whole of one")
    blocks = [_uf2_block(data, at, path) for at in range(0, len(data), _UF2_BLOCK)]
    if blocks[0][2] == _UF2_ABSOLUTE:
        del blocks[0]
    for number, (index, count, family) in enumerate(blocks):
        if family != loader.family:
            raise UserError(f"{path}: an image for {_uf2_chip(family)}, not for {board.name}")
        if (index, count) != (number, len(blocks)):
            raise UserError(f"{path}: block {number} of this UF2 file is missing or out of order")
    if not blocks:
        raise UserError(f"{path}: this UF2 file has no image in it")


def _uf2_chip(family: int) -> str:
    for chip in CHIPS.values():
        if isinstance(chip.loader, Uf2Loader) and chip.loader.family == family:
            return chip.family
    if family == _UF2_RISCV:
        return "RP2350's RISC-V cores"
    return f"another chip (family {family:#010x})"


def _uf2_block(data: bytes, at: int, path: str) -> tuple[int, int, int]:
    """(number, count, family) of the block at `at`. Raises UserError."""
    *start, flags, _, size, index, count, family = _UF2_HEADER.unpack_from(data, at)
    (end,) = struct.unpack_from("<I", data, at + _UF2_BLOCK - 4)
    if tuple(start) != _UF2_START or end != _UF2_END or size > _UF2_DATA_MAX:
        raise UserError(f"{path}: damaged at byte {at}: fetch it anew")
    if not flags & _UF2_FAMILY or flags & _UF2_NOT_MAIN_FLASH:
        raise UserError(f"{path}: not an image for the flash of an RP2 chip")
    return index, count, family
