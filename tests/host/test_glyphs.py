"""The fonts' glyphs are those of X.Org's fonts, and what stands for missing ones is what Unicode says."""

import pcf
import pytest
from glyphs import CODES, FACES, FONTS, TARGET, cells, replacements, source

from borne.ui import font_6x10, font_7x13b, glyph_file, glyphs

installed = pytest.mark.skipif(
    not all((FONTS / name).exists() for name in FACES), reason="no fonts: apt install xfonts-base"
)


@pytest.mark.root
@installed
def test_the_module_is_what_is_generated():
    assert TARGET.read_text(encoding="utf-8") == source()
    assert glyphs.DATA.startswith(b"".join(cells().values()))


@pytest.mark.root
@installed
def test_the_font_modules_have_the_same_fonts():
    for face, (name, size) in zip((font_6x10, font_7x13b), FACES.items(), strict=True):
        drawn = pcf.glyphs(FONTS / name, *size)
        for code in [*range(0x20, 0x7F), *range(0xA1, 0x100)]:
            place = code - 0x20 if code < 0x7F else 95 + code - 0xA0
            rows = face.GLYPHS[place * face.HEIGHT :][: face.HEIGHT]
            assert rows == drawn[code], (name, chr(code))


def test_what_stands_for_missing_characters_is_what_is_generated():
    table = glyphs.DATA[len(CODES) * glyph_file.GLYPH :]
    expected = replacements()
    assert int.from_bytes(table[:2], "big") == len(expected)
    rows = [table[at : at + 10] for at in range(2, len(table), 10)]
    found = {}
    for row in rows:
        code, mark, *letters = (int.from_bytes(row[at : at + 2], "big") for at in range(0, 10, 2))
        found[code, mark] = "".join(chr(letter) for letter in letters if letter)
    assert found == expected
    assert list(found) == sorted(found)
