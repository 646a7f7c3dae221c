"""The label of an image with the application in it: the page after its last one, as borne.image reads it."""

import hashlib
import re
from dataclasses import dataclass

from borne import VERSION
from bornetools.on_micropython.uf2_format import PAGE

_TEXT = re.compile(rb"# borne (\S+) (\S+) (\d+)\n([0-9a-f]{64})  image\n\0*")


@dataclass(frozen=True)
class Label:
    """`digest` is the image's SHA-256 in hexadecimal, `size` its bytes; the label is no part of either."""

    version: str
    board: str
    size: int
    digest: str

    @property
    def page(self) -> bytes:
        first = f"# borne {self.version} {self.board} {self.size}"
        return f"{first}\n{self.digest}  image\n".encode().ljust(PAGE, b"\0")

    def fits(self, image: bytes) -> bool:
        """Whether it is the label of the `image` that ends with it."""
        rest = image[:-PAGE]
        return (len(rest), hashlib.sha256(rest).hexdigest()) == (self.size, self.digest)


def labelled(binary: bytes, board: str) -> bytes:
    """The image of a board: MicroPython's `binary` in whole pages, and its label."""
    image = binary + bytes(-len(binary) % PAGE)
    return image + Label(VERSION, board, len(image), hashlib.sha256(image).hexdigest()).page


def of(image: bytes) -> Label | None:
    """The label that an image ends with; None: it is not one with our application."""
    found = _TEXT.fullmatch(image[-PAGE:])
    if found is None:
        return None
    return Label(found[1].decode(), found[2].decode(), int(found[3]), found[4].decode())
