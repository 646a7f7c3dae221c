"""A display that is read back: what stands on the screen is found by its pixels."""

import framebuf

_CHARACTERS = [chr(code) for code in range(0x20, 0x7F)]
_CHARACTERS += [chr(code) for code in range(0xA0, 0x100)]
_CHARACTERS += list("ŒœŸ€…’")
BOX = "\0"
_WIDTH, _PAGES = 128, 8
_characters = {}  # of a font module, by _key of their pixels


class Display(framebuf.FrameBuffer):
    def __init__(self):
        self.buffer = bytearray(_WIDTH * _PAGES)
        self.shown = []
        super().__init__(self.buffer, _WIDTH, 8 * _PAGES, framebuf.MONO_VLSB)

    def show(self):
        self.shown.append(bytes(self.buffer))

    def text(self, face, x: int, y: int, columns: int) -> str:
        """The text at (x, y) in the font module `face`, up to its last character; BOX for no glyph."""
        if face not in _characters:
            _characters[face] = _glyphs(face)
        found = ""
        for left in range(x, x + columns * face.WIDTH, face.WIDTH):
            found += _characters[face].get(self._key(left, y, face), "\1")
        return found.rstrip(" ")

    def _key(self, left: int, top: int, face) -> tuple:
        """The pixels of a cell of `face`: an int for each column, the topmost row in bit 0."""
        mask = (1 << face.HEIGHT) - 1
        first, last = top // 8, (top + face.HEIGHT - 1) // 8
        key = []
        for x in range(left, left + face.WIDTH):
            column = 0
            for page in range(last, first - 1, -1):
                column = column << 8 | self.buffer[page * _WIDTH + x]
            key.append(column >> top % 8 & mask)
        return tuple(key)


def _glyphs(face) -> dict:
    """The characters of `face` by `_key`."""
    glyphs = {}
    for place, character in enumerate(_CHARACTERS + [BOX]):
        rows = face.GLYPHS[place * face.HEIGHT :][: face.HEIGHT]
        key = []
        for column in range(face.WIDTH):
            bits = [(row >> (7 - column) & 1) << y for y, row in enumerate(rows)]
            key.append(sum(bits))
        glyphs.setdefault(tuple(key), character)
    return glyphs


class Bus:
    """A machine.I2C that notes what is written to address 0x3C."""

    def __init__(self):
        self.written = []

    def writeto(self, address, data):
        assert address == 0x3C
        self.written.append(bytes(data))
