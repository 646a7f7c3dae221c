"""Names as the screen can show them."""

import gc

from european_names import NAMES
from fakes_display import BOX, Display, alike

from borne.ui import font, font_6x10, font_7x13b, glyph_file, glyphs, substitutes


def shown(text):
    return "".join([chr(code) for code in substitutes.drawable(text)])


def test_names_of_all_official_languages_have_their_glyphs():
    assert len(NAMES) == 24
    for language, names in NAMES.items():
        for name, _ in names:
            assert shown(name) == name, language
            for face in (font_6x10, font_7x13b):
                display = Display()
                font.draw(display, face, name[:18], 0, 0)
                read = display.text(face, 0, 0, 18)
                assert read == alike(face, name[:18]).rstrip(" ") and BOX not in read, name


def test_decomposed_names_are_composed():
    for names in NAMES.values():
        for name, decomposed in names:
            assert shown(decomposed) == name


def test_a_mark_that_joins_nothing_is_left_out():
    assert shown("\u0301abc") == "abc"
    assert shown("x\u0301y\u0323\u0302z ") == "xŷz "
    assert shown("Ж\u0301\u0301 \u0308") == "Ж "
    assert shown("中\u0301") == "中"
    assert shown("e" + "\u0301" * 50) == "é"


def test_marks_join_in_the_order_in_which_there_are_glyphs():
    assert shown("a\u0323\u0302") == "â"
    assert shown("ι\u0308\u0301") == "ΐ"
    assert shown("u\u0308\u0301") == "ü"


def test_letters_without_a_glyph_have_the_nearest_one_in_their_place():
    for text, nearest in (
        ("Nguyễn Thị Hường", "Nguyên Thi Huong"),
        ("Əliyev Ǧ ẞ", "Eliyev G SS"),
        ("ﬁ ﬃ ﬄ ĳ", "fi ffi ffl ĳ"),
        ("ǅ Ǌ", "Dž NJ"),
        ("Ἀθηνᾶ ὁ ΰ ΐ", "Αθηνα ο ΰ ΐ"),
        ("Қазақ Ұлы Әсел", "Казак Улы Асел"),
        ("Oʼahu", "O’ahu"),
        ("a\u2003b\u202fc", "a b c"),
    ):
        assert shown(text) == nearest


def test_nothing_invisible_is_drawn():
    for code in (
        0xAD,
        0x61C,
        0x200B,
        0x200D,
        0x200E,
        0x200F,
        0x202A,
        0x202E,
        0x2060,
        0x2066,
        0x2069,
        0xFE0F,
        0xFEFF,
    ):
        assert shown("a" + chr(code) + "b") == "ab", code


def test_what_nothing_stands_for_stays_and_is_a_box():
    for character in "\n\0\x7f\x9f中ა\U0001f600\uffff":
        assert len(shown("a" + character + "é")) == 3
        display = Display()
        font.draw(display, font_6x10, substitutes.drawable("a" + character + "Ł"), 0, 0)
        assert display.text(font_6x10, 0, 0, 3) == "a" + BOX + "Ł"


def test_whatever_stands_for_something_has_a_glyph():
    rows = glyphs.DATA[len(glyphs.DATA) - 10 * substitutes._COUNT :]
    assert len(glyphs.DATA) == 314 * glyph_file.GLYPH + 2 + len(rows)
    before = b""
    assert rows
    for at in range(0, len(rows), 10):
        assert before < rows[at : at + 4]
        before = rows[at : at + 4]
        for place in range(at + 4, at + 10, 2):
            code = rows[place] << 8 | rows[place + 1]
            assert code < 0x7F or font.has(code), hex(code)


def test_no_character_is_kept_for_good():
    if not hasattr(gc, "mem_alloc"):
        return  # CPython counts otherwise: the VM's run of this test does
    display = Display()

    def draw(first):
        line = substitutes.drawable(bytes([0xD2, first, 0xD2, first + 1, 0xD2, first + 2]).decode())
        font.draw(display, font_6x10, line, 0, 0)

    draw(0x90)
    gc.collect()
    before = gc.mem_alloc()
    for first in range(0x91, 0xBE):
        draw(first)
    gc.collect()
    assert gc.mem_alloc() <= before
