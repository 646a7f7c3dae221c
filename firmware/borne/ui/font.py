"""Text on a monochrome framebuffer: Latin, Greek and Cyrillic.

The font modules hold ASCII, Latin-1 and the further characters of French. All other glyphs are read, one at a
time, from borne.ui.glyph_file.
"""

from array import array

from micropython import const

from borne.ui import glyph_file

if False:  # for types only
    from borne.parts.protocols import Display
    from borne.protocols import Font

# The order of the glyphs in font_6x10.py and font_7x13b.py; the last glyph of all is a box.
_LATIN_FIRST = const(0xA0)
_LATIN_END = const(0x100)
_LATIN_AT = const(0x7F - 0x20)
_BEYOND_AT = const(_LATIN_AT + _LATIN_END - _LATIN_FIRST)
_BOX_AT = const(_BEYOND_AT + 6)

# The order in glyphs.py.
_EXTENDED_FIRST = const(0x100)
_EXTENDED_END = const(0x180)
_GREEK_FIRST = const(0x384)
_GREEK_END = const(0x3CF)
_GREEK_AT = const(_EXTENDED_END - _EXTENDED_FIRST)
_CYRILLIC_FIRST = const(0x400)
_CYRILLIC_END = const(0x460)
_CYRILLIC_AT = const(_GREEK_AT + _GREEK_END - _GREEK_FIRST)
_SINGLE_AT = const(_CYRILLIC_AT + _CYRILLIC_END - _CYRILLIC_FIRST)

_SCREEN_WIDTH = const(128)

# Code points of 16 bits.
_RESIDENT = b"\x01\x52\x01\x53\x01\x78\x20\xac\x20\x26\x20\x19"  # ŒœŸ€…’
_SINGLE = (  # ȘșȚțҐґ‐‑–—‘‚“”„
    b"\x02\x18\x02\x19\x02\x1a\x02\x1b\x04\x90\x04\x91"
    b"\x20\x10\x20\x11\x20\x13\x20\x14\x20\x18\x20\x1a\x20\x1c\x20\x1d\x20\x1e"
)


def codes(text: str) -> "bytes | array[int]":
    """The code points of `text`; 0xFFFF, which is no character, for those beyond 16 bits.

    MicroPython keeps for good every character taken out of a string: names are not walked through that way.
    """
    encoded = text.encode()
    if len(encoded) == len(text):
        return encoded  # ASCII
    found = array("H", bytes(2 * len(text)))
    place = -1
    code = 0
    for byte in encoded:
        if byte < 0x80:
            place += 1
            code = byte
        elif byte < 0xC0:
            code = min(code << 6 | byte & 0x3F, 0xFFFF)
        else:
            place += 1
            # A sequence of four bytes is more than 16 bits in any case.
            code = byte & (0x1F if byte < 0xE0 else 0x0F) if byte < 0xF0 else 0xFFFF
        found[place] = code
    return found


def _beyond_ascii(code: int) -> int:
    """The place of a glyph in the font modules or, inverted, in the glyph file."""
    if _LATIN_FIRST <= code < _LATIN_END:
        return _LATIN_AT + code - _LATIN_FIRST
    place = _index(_RESIDENT, code)
    if place >= 0:
        return _BEYOND_AT + place
    if _EXTENDED_FIRST <= code < _EXTENDED_END:
        return ~(code - _EXTENDED_FIRST)
    if _GREEK_FIRST <= code < _GREEK_END:
        return ~(_GREEK_AT + code - _GREEK_FIRST)
    if _CYRILLIC_FIRST <= code < _CYRILLIC_END:
        return ~(_CYRILLIC_AT + code - _CYRILLIC_FIRST)
    place = _index(_SINGLE, code)
    return ~(_SINGLE_AT + place) if place >= 0 else _BOX_AT


def _index(among: bytes, code: int) -> int:
    for at in range(0, len(among), 2):
        if among[at] << 8 | among[at + 1] == code:
            return at // 2
    return -1


def has(code: int) -> bool:
    """Whether there is a glyph for a code point beyond ASCII."""
    return _beyond_ascii(code) != _BOX_AT


def draw(frame: "Display", font: "Font", text: "str | bytes | array[int]", x: int, y: int) -> None:
    """Draws `text`, a string of the firmware or the `codes` of any text, in white with its top left corner at
    (x, y).

    `font` is one of the font modules. A character that the font lacks is drawn as a box; a character cut by a
    side of the screen is not drawn.
    """
    width, height = font.WIDTH, font.HEIGHT
    glyphs, cell = font.PICTURE, font.CELL
    last = _SCREEN_WIDTH - width
    for character in text:
        if x > last:
            break
        code = character if isinstance(character, int) else ord(character)
        if x >= 0 and code != 0x20:
            place = code - 0x20
            if not 0 <= place < _LATIN_AT:
                place = _beyond_ascii(code)
            if place >= 0:
                # The cell is a window onto the picture of all glyphs.
                cell.blit(glyphs, 0, -place * height)
            else:
                glyph_file.read(~place * glyph_file.GLYPH + font.IN_FILE, font.ROWS)
            frame.blit(cell, x, y, 0)
        x += width


def wrap(text: str, columns: int, rows: int) -> list[str]:
    """`text` in at most `rows` lines of at most `columns` characters, broken at spaces.

    A longer word is cut across lines; text beyond the last line becomes an ellipsis.
    """
    lines = []
    while text:
        if len(text) <= columns:
            lines.append(text)
            break
        if len(lines) == rows - 1:
            lines.append(text[: columns - 1].rstrip(" ") + "…")
            break
        end = text.rfind(" ", 0, columns + 1)
        if end < 0:
            end = columns
        lines.append(text[:end])
        text = text[end:].lstrip(" ")
    return lines
