"""A display that is read back: what stands on the screen is found by its pixels."""

import framebuf

_CHARACTERS = [chr(code) for code in range(0x20, 0x7F)]
_CHARACTERS += [chr(code) for code in range(0xA0, 0x100)]
_CHARACTERS += list("ŒœŸ€…’")
BOX = "\0"


class Display(framebuf.FrameBuffer):
    def __init__(self):
        self.buffer = bytearray(1024)
        self.shown = []
        super().__init__(self.buffer, 128, 64, framebuf.MONO_VLSB)

    def show(self):
        self.shown.append(bytes(self.buffer))

    def text(self, face, x, y, columns):
        """The text at (x, y) in the font module `face`, up to its last character; BOX for no glyph."""
        glyphs = {}
        for place, character in enumerate(_CHARACTERS + [BOX]):
            start = place * face.HEIGHT
            glyphs.setdefault(face.GLYPHS[start : start + face.HEIGHT], character)
        found = ""
        for left in range(x, x + columns * face.WIDTH, face.WIDTH):
            rows = bytearray()
            for top in range(y, y + face.HEIGHT):
                bits = [self.pixel(left + column, top) for column in range(face.WIDTH)]
                rows.append(sum(bit << (7 - column) for column, bit in enumerate(bits)))
            found += glyphs.get(bytes(rows), "\1")
        return found.rstrip(" ")
