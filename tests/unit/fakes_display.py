"""A display that is read back: what stands on the screen is found by its pixels."""

import gc
from array import array

import framebuf

from borne.ui import glyphs

_CHARACTERS = [chr(code) for code in range(0x20, 0x7F)]
_CHARACTERS += [chr(code) for code in range(0xA0, 0x100)]
BOX = "\0"
_CHARACTERS += list("ŒœŸ€…’" + BOX)
# In borne.ui.glyphs.
_BEYOND = [chr(code) for code in range(0x100, 0x180)]
_BEYOND += [chr(code) for code in range(0x384, 0x3CF)]
_BEYOND += [chr(code) for code in range(0x400, 0x460)]
_BEYOND += list("ȘșȚțҐґ‐‑–—‘‚“”„")
_WIDTH, _PAGES = 128, 8
_characters = {}  # of a font module, by _key of their pixels


def rows(face, character: str) -> bytes:
    """The rows of a glyph in the font module `face`."""
    if character in _BEYOND:
        at = _BEYOND.index(character) * (10 + 13) + face.IN_FILE
        return glyphs.DATA[at : at + face.HEIGHT]
    at = _CHARACTERS.index(character) * face.HEIGHT
    return face.GLYPHS[at : at + face.HEIGHT]


def alike(face, text: str) -> str:
    """`text` as `Display.text` reads it: of letters that look the same in `face` it knows the first."""
    return "".join([_known(face)[_columns(face, rows(face, character))] for character in text])


class Display(framebuf.FrameBuffer):
    answers = True

    def __init__(self):
        self.buffer = bytearray(_WIDTH * _PAGES)
        self.shown = []
        super().__init__(self.buffer, _WIDTH, 8 * _PAGES, framebuf.MONO_VLSB)

    def show(self):
        self.shown.append(bytes(self.buffer))

    def text(self, face, x: int, y: int, columns: int) -> str:
        """The text at (x, y) in the font module `face`, up to its last character; BOX for no glyph."""
        known = _known(face)
        found = ""
        for left in range(x, x + columns * face.WIDTH, face.WIDTH):
            found += known.get(self._key(left, y, face), "\1")
        return found.rstrip(" ")

    def _key(self, left: int, top: int, face) -> bytes:
        """The pixels of a cell of `face`: 16 bits for each column, the topmost row in bit 0."""
        mask = (1 << face.HEIGHT) - 1
        first, last = top // 8, (top + face.HEIGHT - 1) // 8
        key = array("H")
        for x in range(left, left + face.WIDTH):
            column = 0
            for page in range(last, first - 1, -1):
                column = column << 8 | self.buffer[page * _WIDTH + x]
            key.append(column >> top % 8 & mask)
        return bytes(key)


def _known(face) -> dict:
    """The characters of `face` by `_key`."""
    if face not in _characters:
        known = {}
        for characters in (_CHARACTERS, _BEYOND):
            for character in characters:
                known.setdefault(_columns(face, rows(face, character)), character)
            gc.collect()  # else what stays lies scattered over the whole heap
        _characters[face] = known
    return _characters[face]


def _columns(face, glyph: bytes) -> bytes:
    key = array("H", bytes(2 * face.WIDTH))
    for column in range(face.WIDTH):
        for y, row in enumerate(glyph):
            key[column] |= (row >> (7 - column) & 1) << y
    return bytes(key)


class Bus:
    """A borne.parts.i2c_bus.Bus that notes what is written to address 0x3C; with `silent` nobody answers."""

    def __init__(self, silent=False):
        self.i2c = self
        self.written = []
        self.silent = silent
        self.freed = 0

    def free(self):
        self.freed += 1

    def writeto(self, address, data):
        assert address == 0x3C
        if self.silent:
            raise OSError(5)
        self.written.append(bytes(data))
