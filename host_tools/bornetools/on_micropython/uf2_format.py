"""UF2 files, which boot loaders take: blocks of flash, each with its address.

github.com/microsoft/uf2, "File format".
"""

import struct
from dataclasses import dataclass

from bornetools.errors import UserError

PAGE = 256  # bytes of data in a block of an RP2 chip's file: what its flash is written in

_BLOCK = 512
_HEADER = struct.Struct("<8I")
_START = (0x0A324655, 0x9E5D5157)
_END = struct.pack("<I", 0x0AB16F30)
_NOT_MAIN_FLASH, _FAMILY = 0x0001, 0x2000
_DATA_MAX = 476
# RP2350 datasheet, erratum E10: a file may begin with one block of this family that is no part of it.
_ABSOLUTE = 0xE48BFF57


@dataclass(frozen=True)
class Block:
    number: int
    count: int
    family: int
    address: int
    data: bytes


def write(image: bytes, address: int, family: int) -> bytes:
    """The UF2 file of an image, whole pages, that begins at `address` of the flash."""
    count = len(image) // PAGE
    file = bytearray()
    for number in range(count):
        page = image[PAGE * number : PAGE * (number + 1)]
        header = _HEADER.pack(
            *_START, _FAMILY, address + PAGE * number, PAGE, number, count, family
        )
        file += header + page.ljust(_BLOCK - len(header) - len(_END), b"\0") + _END
    return bytes(file)


def read(data: bytes, path: str) -> list[Block]:
    """The blocks of an image for flash; `path` names it to the user. Raises UserError."""
    if not data or len(data) % _BLOCK:
        raise UserError(f"{path}: not a UF2 file, or not the whole of one")
    blocks = [_block(data, at, path) for at in range(0, len(data), _BLOCK)]
    if blocks[0].family == _ABSOLUTE:
        del blocks[0]
    if not blocks:
        raise UserError(f"{path}: this UF2 file has no image in it")
    return blocks


def _block(data: bytes, at: int, path: str) -> Block:
    *start, flags, address, size, number, count, family = _HEADER.unpack_from(data, at)
    block = data[at : at + _BLOCK]
    if tuple(start) != _START or not block.endswith(_END) or size > _DATA_MAX:
        raise UserError(f"{path}: damaged at byte {at}: fetch it anew")
    if not flags & _FAMILY or flags & _NOT_MAIN_FLASH:
        raise UserError(f"{path}: not an image for the flash of an RP2 chip")
    return Block(number, count, family, address, block[_HEADER.size :][:size])
