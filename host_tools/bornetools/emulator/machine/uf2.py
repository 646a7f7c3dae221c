"""The content of a UF2 file: what a boot loader writes to a board's flash."""

import struct

from bornetools.errors import UserError

_BLOCK = 512
_HEAD = struct.Struct("<8I")
_FIRST, _SECOND = 0x0A324655, 0x9E5D5157


def onto(flash: bytearray, uf2: bytes, base: int) -> None:
    """Writes the blocks of `uf2` to `flash`, which is at the address `base`. Raises UserError."""
    if not uf2 or len(uf2) % _BLOCK:
        raise UserError("the image is not a UF2 file")
    for at in range(0, len(uf2), _BLOCK):
        first, second, _, address, size, *_ = _HEAD.unpack_from(uf2, at)
        start = address - base
        if (first, second) != (_FIRST, _SECOND) or not 0 <= start <= len(flash) - size:
            raise UserError("the image is not a UF2 file for this board")
        flash[start : start + size] = uf2[at + _HEAD.size : at + _HEAD.size + size]
