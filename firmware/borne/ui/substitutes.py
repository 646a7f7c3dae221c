"""Text as the fonts can show it: accents joined to their letters, and the nearest letters for missing ones.

Joining is Unicode's composition (NFC) as far as there are glyphs. Invisible characters, such as those that
turn the direction of writing, are left out. A character without a substitute stays, and is drawn as a box.
"""

from array import array

from micropython import const

from borne.ui import font, glyph_file

# borne.ui.glyphs has the table behind the glyphs: the number of its rows, and the rows in ascending order.
_TABLE = const(314 * 23)
_ROW = const(10)
_SOFT_HYPHEN = const(0xAD)
_LATIN_END = const(0x100)
_MARKS_FIRST = const(0x300)  # marks combine with the letter before them
_MARKS_END = const(0x370)

_row = bytearray(_ROW)
glyph_file.read(_TABLE, _row)
_COUNT = _row[0] << 8 | _row[1]


def drawable(text: str) -> "bytes | array[int]":
    """The code points to draw for `text`."""
    codes = font.codes(text)
    if isinstance(codes, bytes) or max(codes) < _LATIN_END and "\xad" not in text:
        return codes
    return _substituted(codes)


def _substituted(codes: "array[int]") -> "array[int]":
    made = array("H")
    for code in codes:
        if code == _SOFT_HYPHEN:
            continue
        if _MARKS_FIRST <= code < _MARKS_END:
            # A mark that joins nothing is left out: better a letter without it than a box.
            if made and _find(made[-1], code):
                made[-1] = _number(4)
        elif code < _LATIN_END or font.has(code) or not _find(code, 0):
            made.append(code)
        else:
            for at in range(4, _ROW, 2):
                if _number(at):
                    made.append(_number(at))
    return made


def _find(code: int, mark: int) -> bool:
    """Looks for the row of a character and a mark, or 0, and leaves it in `_row`."""
    low, high = 0, _COUNT
    while low < high:
        middle = (low + high) // 2
        glyph_file.read(_TABLE + 2 + middle * _ROW, _row)
        order = _number(0) - code or _number(2) - mark
        if not order:
            return True
        if order < 0:
            low = middle + 1
        else:
            high = middle
    return False


def _number(at: int) -> int:
    return _row[at] << 8 | _row[at + 1]
