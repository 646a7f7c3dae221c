"""`make glyphs`: writes firmware/borne/ui/glyphs.py, from the fonts in Debian's package xfonts-base.

borne.ui.font defines the characters with a glyph, and their order. Substitutes for the others follow from
Unicode's decompositions and names, and from a few letters that are spelt out here.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pcf

ROOT = Path(__file__).resolve().parent.parent
FONTS = Path("/usr/share/fonts/X11/misc")
FACES = {"6x10.pcf.gz": (10, 8), "7x13B.pcf.gz": (13, 11)}  # height and ascent in pixels
TARGET = ROOT / "firmware" / "borne" / "ui" / "glyphs.py"

_RANGES = (range(0x100, 0x180), range(0x384, 0x3CF), range(0x400, 0x460))
_SINGLE = "ȘșȚțҐґ‐‑–—‘‚“”„"
CODES = [code for codes in _RANGES for code in codes] + [ord(character) for character in _SINGLE]

# Characters in between that the fonts lack look like others, or like no character.
_LIKE = dict(zip("ЀЍѐѝ", "ЕИеи", strict=True))
# The box for a missing character, as in the font modules.
_BOX = bytes.fromhex("00f88888888888f800000000fc84848484848484fc0000")

_RESIDENT = {*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, "€…’")} - {0xAD}
_SHOWN = _RESIDENT | {code for code in CODES if unicodedata.category(chr(code)) != "Cn"}
# Blocks with letters of names, for which some glyph can stand.
_LETTERS = (
    *(range(0x180, 0x2B0), range(0x370, 0x530), range(0x1E00, 0x2000), range(0xFB00, 0xFB07)),
)
_LETTER = re.compile(r"((?:LATIN|CYRILLIC) (?:CAPITAL|SMALL) LETTER \w+?) WITH .*")
_SPELT = {
    **dict(zip("ƏəƎǝƐɛƆɔƱʊƷʒƖɩȢȣǷƿȜȝ", "EeEeEeOoUuZzIiOoWwYy", strict=True)),
    **dict(zip("ӘәӨөҮүҰұҺһӀӏѢѣІіѲѳѴѵ", "АаОоУуУуХхІіЕеІіФфИи", strict=True)),
    **dict(zip("ʼʻʹ‛‟′‒―−", "’‘’‘“’–—-", strict=True)),
    "ẞ": "SS",
}
_SPACES = (*range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
_INVISIBLE = (
    *(0x61C, 0xFEFF, *range(0x200B, 0x2010), *range(0x2028, 0x202F)),
    *(*range(0x2060, 0x2065), *range(0x2066, 0x2070), *range(0xFE00, 0xFE10)),
)

_HEAD = '''"""The fonts' glyphs beyond Latin-1, and what stands in place of characters without one.

Written by `make glyphs` (.ci/glyphs.py). The glyphs are X.Org's misc-fixed 6x10 and 7x13B, which are in the
public domain. This module is for frozen code, whose bytes lie in flash. Where the application lies in files
there is the file glyphs.bin, read by offset: docs/decisions/2026-11-30-glyphs-by-offset.md.
"""

DATA = (
    # A character's 10 rows of 6x10, then its 13 of 7x13B, the leftmost pixel in bit 7; borne.ui.font says
    # in which order.
'''


def cells(fonts: Path = FONTS) -> dict[int, bytes]:
    """The rows of both faces by code point."""
    faces = [pcf.glyphs(fonts / name, *size) for name, size in FACES.items()]
    drawn = {code: ord(_LIKE.get(chr(code), chr(code))) for code in CODES}
    return {
        code: b"".join(face[like] for face in faces) if code in _SHOWN else _BOX
        for code, like in drawn.items()
    }


def replacements() -> dict[tuple[int, int], str]:
    """The characters to draw for (character, combining mark), which compose one, or for (character, 0).

    At most three, all with glyphs.
    """
    found: dict[tuple[int, int], str] = {}
    for code in sorted(_SHOWN):
        parts = unicodedata.normalize("NFD", chr(code))
        if len(parts) > 1:
            base = unicodedata.normalize("NFC", parts[:-1])
            found[ord(base), ord(parts[-1])] = chr(code)
    for code in (code for codes in _LETTERS for code in codes):
        text = _replaced(chr(code))
        if code not in _SHOWN and text:
            found[code, 0] = text
    found.update(
        {
            (ord(character), 0): text
            for character, text in _SPELT.items()
            if ord(character) not in _SHOWN
        }
    )
    found.update({(code, 0): " " for code in _SPACES})
    found.update({(code, 0): "" for code in _INVISIBLE})
    return dict(sorted(found.items()))


def _replaced(character: str) -> str:
    """The nearest characters with glyphs, by decomposition and name; an empty text if there are none."""
    if ord(unicodedata.normalize("NFC", character)) in _SHOWN:
        return unicodedata.normalize("NFC", character)
    if character in _SPELT:
        return _SPELT[character]
    canonical = unicodedata.normalize("NFD", character)
    for end in range(len(canonical) - 1, 0, -1):
        # Without its last marks, or with only one of these: the first such character that has a glyph.
        for mark in ("", *canonical[end:]):
            shorter = unicodedata.normalize("NFC", canonical[:end] + mark)
            if len(shorter) == 1 and ord(shorter) in _SHOWN:
                return shorter
    whole = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", character))
    if whole != character and whole[0] != " ":
        parts = [_replaced(part) for part in whole]
        return "".join(parts) if all(parts) and len(parts) <= 3 else ""
    if len(canonical) > 1:
        return _replaced(canonical[0])
    named = _LETTER.fullmatch(unicodedata.name(character, ""))
    try:
        return _replaced(unicodedata.lookup(named[1])) if named else ""
    except KeyError:
        return ""


def source(fonts: Path = FONTS) -> str:
    """The text of the module."""
    return _HEAD + "".join(f"    {line}\n" for line in _lines(fonts)) + ")\n"


def _lines(fonts: Path) -> Iterator[str]:
    for code, rows in cells(fonts).items():
        name = chr(code) if code in _SHOWN else "none"
        yield f"{_literal(rows)}  # {name}"
    table = replacements()
    yield "# The number of rows, and the rows in ascending order: a character, a combining mark or 0, and up"
    yield "# to three characters to be drawn for them, as 16 bits each."
    yield _literal(len(table).to_bytes(2, "big"))
    for (code, mark), text in table.items():
        numbers = (code, mark, *map(ord, text.ljust(3, "\0")))
        row = b"".join(number.to_bytes(2, "big") for number in numbers)
        parts = f"U+{code:04X}" + (f" U+{mark:04X}" if mark else "")
        yield f"{_literal(row)}  # {parts}: {text}".rstrip()


def _literal(data: bytes) -> str:
    return 'b"' + "".join(f"\\x{byte:02x}" for byte in data) + '"'


if __name__ == "__main__":
    TARGET.write_text(source(Path(sys.argv[1]) if sys.argv[1:] else FONTS), encoding="utf-8")
