"""The label of an image with the application in it: the page after its last one, as borne.image reads it."""

import binascii
import hashlib
import re
from dataclasses import dataclass

from borne import VERSION
from bornetools.on_micropython.uf2_format import PAGE

_TEXT = re.compile(rb"# borne (\S+) (\S+) (\d+)\n([0-9a-f]{64})  image\n([0-9a-f]{8})\n\0*")


@dataclass(frozen=True)
class Label:
    """`size`, `digest` (SHA-256, hexadecimal) and `crc` (CRC-32) are those of the image without its label."""

    version: str
    board: str
    size: int
    digest: str
    crc: int

    @property
    def page(self) -> bytes:
        first = f"# borne {self.version} {self.board} {self.size}"
        return f"{first}\n{self.digest}  image\n{self.crc:08x}\n".encode().ljust(PAGE, b"\0")

    def fits(self, image: bytes) -> bool:
        """Whether it is the label of the `image` that ends with it."""
        return self == _made(image[:-PAGE], self.version, self.board)


def _made(image: bytes, version: str, board: str) -> Label:
    digest = hashlib.sha256(image).hexdigest()
    return Label(version, board, len(image), digest, binascii.crc32(image))


def labelled(binary: bytes, board: str) -> bytes:
    """The image of a board: MicroPython's `binary` in whole pages, and its label."""
    image = binary + bytes(-len(binary) % PAGE)
    return image + _made(image, VERSION, board).page


def of(image: bytes) -> Label | None:
    """The label that an image ends with; None: it is not one with our application."""
    found = _TEXT.fullmatch(image[-PAGE:])
    if found is None:
        return None
    version, board, size, digest, crc = (part.decode() for part in found.groups())
    return Label(version, board, int(size), digest, int(crc, 16))
