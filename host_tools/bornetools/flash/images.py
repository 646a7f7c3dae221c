"""MicroPython's images, checked before anything is erased: name, hash, and that they are for this board."""

import hashlib
import struct
from pathlib import Path

from bornetools import files
from bornetools.errors import UserError
from bornetools.flash.boards import Board, EspBoard, Uf2Board

# The header of an ESP image: esptool documentation, "Firmware Image Format".
_ESP_MAGIC = 0xE9
_ESP_CHIP_ID = 12  # offset of the 16 bits
_ESP_HEADER = 24

# A UF2 block: github.com/microsoft/uf2, "File format".
_UF2_BLOCK = 512
_UF2_HEADER = struct.Struct("<8I")
_UF2_START = (0x0A324655, 0x9E5D5157)
_UF2_END = 0x0AB16F30
_UF2_NOT_MAIN_FLASH, _UF2_FAMILY = 0x0001, 0x2000
_UF2_DATA_MAX = 476
# RP2350 datasheet, erratum E10: a file may begin with one block of this family that is no part of it.
_UF2_ABSOLUTE = 0xE48BFF57

_FAMILIES = {0xE48BFF56: "RP2040", 0xE48BFF59: "RP2350", 0xE48BFF5A: "RP2350's RISC-V cores"}
_CHIPS = {0: "ESP32", 2: "ESP32-S2", 5: "ESP32-C3", 9: "ESP32-S3", 13: "ESP32-C6", 16: "ESP32-H2"}


def load(board: Board, path: Path | None, sha256: str | None) -> bytes:
    """The image's bytes. `sha256` is the hash that it has to have, or None. Raises UserError."""
    wanted = (
        f"MicroPython's image for {board.name} is at {board.page} and called like {board.example}"
    )
    if path is None:
        raise UserError(f"--firmware is needed. {wanted}")
    if not board.matches(path.name):
        raise UserError(f"{path.name} is not called like an image for {board.name}. {wanted}")
    data = files.read(path, "MicroPython image")
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256.strip().lower():
        raise UserError(f"{path}: its SHA-256 is {found}, not the one given: fetch it anew")
    check(board, data, str(path))
    return data


def check(board: Board, data: bytes, path: str) -> None:
    """Raises UserError unless `data` is an image for the board's chip; `path` names it to the user."""
    if isinstance(board, EspBoard):
        _check_esp(board, data, path)
    elif isinstance(board, Uf2Board):
        _check_uf2(board, data, path)


def _check_esp(board: EspBoard, data: bytes, path: str) -> None:
    if len(data) < _ESP_HEADER or data[0] != _ESP_MAGIC:
        raise UserError(f"{path}: not an image for an ESP chip, or not the whole of one")
    (chip_id,) = struct.unpack_from("<H", data, _ESP_CHIP_ID)
    if chip_id != board.chip_id:
        chip = _CHIPS.get(chip_id, f"another chip (id {chip_id})")
        raise UserError(f"{path}: an image for {chip}, and {board.name} has an {board.chip}")


def _check_uf2(board: Uf2Board, data: bytes, path: str) -> None:
    if not data or len(data) % _UF2_BLOCK:
        raise UserError(f"{path}: not a UF2 file, or not the whole of one")
    blocks = [_uf2_block(data, at, path) for at in range(0, len(data), _UF2_BLOCK)]
    if blocks[0][2] == _UF2_ABSOLUTE:
        del blocks[0]
    for number, (index, count, family) in enumerate(blocks):
        if family != board.family:
            chip = _FAMILIES.get(family, f"another chip (family {family:#010x})")
            raise UserError(f"{path}: an image for {chip}, not for {board.name}")
        if (index, count) != (number, len(blocks)):
            raise UserError(f"{path}: block {number} of this UF2 file is missing or out of order")
    if not blocks:
        raise UserError(f"{path}: this UF2 file has no image in it")


def _uf2_block(data: bytes, at: int, path: str) -> tuple[int, int, int]:
    """(number, count, family) of the block at `at`. Raises UserError."""
    *start, flags, _, size, index, count, family = _UF2_HEADER.unpack_from(data, at)
    (end,) = struct.unpack_from("<I", data, at + _UF2_BLOCK - 4)
    if tuple(start) != _UF2_START or end != _UF2_END or size > _UF2_DATA_MAX:
        raise UserError(f"{path}: damaged at byte {at}: fetch it anew")
    if not flags & _UF2_FAMILY or flags & _UF2_NOT_MAIN_FLASH:
        raise UserError(f"{path}: not an image for the flash of an RP2 chip")
    return index, count, family
