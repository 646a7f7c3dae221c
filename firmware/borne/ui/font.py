"""Text on a monochrome framebuffer: ASCII, Latin-1 and what French needs beside them."""

from micropython import const

if False:  # for types only
    from borne.parts.protocols import Display
    from borne.protocols import Font

# The order of the glyphs in font_6x10.py and font_7x13b.py; the last glyph of all is a box.
_LATIN_FIRST = const(0xA0)
_LATIN_END = const(0x100)
_LATIN_AT = const(0x7F - 0x20)
_BEYOND = const("ŒœŸ€…’")
_BEYOND_AT = const(_LATIN_AT + _LATIN_END - _LATIN_FIRST)
_BOX_AT = _BEYOND_AT + len(_BEYOND)

_SCREEN_WIDTH = const(128)


def _beyond_ascii(character: str) -> int:
    code = ord(character)
    if _LATIN_FIRST <= code < _LATIN_END:
        return _LATIN_AT + code - _LATIN_FIRST
    beyond = _BEYOND.find(character)
    return _BEYOND_AT + beyond if beyond >= 0 else _BOX_AT


def draw(frame: "Display", font: "Font", text: str, x: int, y: int) -> None:
    """Draws `text` in white with its top left corner at (x, y).

    `font` is one of the font modules. A character it lacks is drawn as a box; one that does not stand
    whole between the screen's sides is not drawn.
    """
    width, height = font.WIDTH, font.HEIGHT
    glyphs, cell = font.PICTURE, font.CELL
    last = _SCREEN_WIDTH - width
    for character in text:
        if x > last:
            break
        if x >= 0 and character != " ":
            place = ord(character) - 0x20
            if not 0 <= place < _LATIN_AT:
                place = _beyond_ascii(character)
            # The cell is a window onto the picture of all glyphs: this allocates nothing.
            cell.blit(glyphs, 0, -place * height)
            frame.blit(cell, x, y, 0)
        x += width


def wrap(text: str, columns: int, rows: int) -> list[str]:
    """`text` in at most `rows` lines of at most `columns` characters, broken at spaces.

    A longer word is cut across lines; what does not fit the last line ends in an ellipsis.
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
