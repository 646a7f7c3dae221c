import gc

from fakes_display import BOX, Display, alike
from fakes_display import rows as glyph

from borne.ui import font, font_6x10, font_7x13b

FACES = (font_6x10, font_7x13b)


def test_each_font_has_the_same_characters_and_a_box():
    for face in FACES:
        assert len(face.GLYPHS) == face.HEIGHT * (95 + 96 + 6 + 1)


def test_no_two_letters_look_the_same():
    letters = [chr(code) for code in range(0x21, 0x7F)]
    # In 10 rows x is its own multiplication sign, and the ring of Å a circumflex.
    letters += [chr(code) for code in range(0xC0, 0x100) if chr(code) not in "×Å"] + list("ŒœŸ€")
    for face in FACES:
        drawn = set()
        for letter in letters:
            display = Display()
            font.draw(display, face, letter, 0, 0)
            drawn.add(bytes(display.buffer))
        assert len(drawn) == len(letters)


def test_what_is_drawn_can_be_read_back():
    for face in FACES:
        for text in ("ABC xyz 0189 .,:?!", "ÀÉÈÊËÎÏÔÙÛÜÇ", "àéèêëîïôùûüÿç", "ŒœŸ€…’«»°"):
            display = Display()
            font.draw(display, face, text, 2, 5)
            assert display.text(face, 2, 5, 18) == text


def test_greek_cyrillic_and_the_rest_of_latin_are_read_by_offset():
    for face in FACES:
        for text in ("ĀāĄąŁłŐőŽžſ", "ΆΈΉΐΑΩαωώς", "АЯаяЁёЙйЎўџ", "ȘșȚțҐґ", "‐‑–—‘‚“”„"):
            display = Display()
            font.draw(display, face, text, 2, 5)
            read = display.text(face, 2, 5, 18)
            assert read == alike(face, text) and BOX not in read


def test_letters_of_one_alphabet_differ():
    for first, end in ((0x391, 0x3AA), (0x3B1, 0x3CA), (0x410, 0x430), (0x430, 0x450)):
        letters = [chr(code) for code in range(first, end) if code != 0x3A2]
        for face in FACES:
            assert len({glyph(face, letter) for letter in letters}) == len(letters)


def test_codes_are_those_of_the_characters():
    for text in ("", "aé€", "Łódź Ελένη Жук", "a\U0001f600b\U0010ffffc", "\0\x7f\uffff\u0301"):
        assert list(font.codes(text)) == [min(ord(character), 0xFFFF) for character in text]


def test_a_character_without_a_glyph_is_a_box():
    for character in "Ǝ\n\0\x7f\x9fﬁ中\U0001f600\u0301\u200b\u202e\uffff΋":
        display = Display()
        font.draw(display, font_6x10, "a" + character + "b", 0, 0)
        assert display.text(font_6x10, 0, 0, 3) == "a" + BOX + "b"


def test_a_glyph_leaves_its_neighbours_alone():
    display = Display()
    font.draw(display, font_7x13b, "g", 0, 0)
    font.draw(display, font_6x10, "Éà", 7, 0)
    assert display.text(font_7x13b, 0, 0, 1) == "g"
    assert display.text(font_6x10, 7, 0, 2) == "Éà"
    assert not any(display.pixel(x, 13) for x in range(128))


def test_text_may_run_off_the_screen():
    display = Display()
    font.draw(display, font_6x10, "abcdef", 120, 60)
    font.draw(display, font_6x10, "abcdef", -9, -4)


def test_drawing_allocates_nothing():
    if not hasattr(gc, "mem_alloc"):
        return  # CPython does not count: the VM's run of this test does
    display, text = Display(), font.codes("Présenter à Ελένη Łuć")
    font.draw(display, font_6x10, text, 0, 0)
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    font.draw(display, font_6x10, text, 0, 0)
    after = gc.mem_alloc()
    gc.enable()
    assert after - before <= 64, after - before


def test_wrap_breaks_at_spaces():
    assert font.wrap("", 5, 2) == []
    assert font.wrap("ab cd", 5, 2) == ["ab cd"]
    assert font.wrap("ab cd ef", 5, 2) == ["ab cd", "ef"]
    assert font.wrap("abcde fg", 5, 2) == ["abcde", "fg"]
    assert font.wrap("ab   cdef", 5, 2) == ["ab  ", "cdef"]


def test_wrap_cuts_a_word_that_is_too_long():
    assert font.wrap("abcdefgh", 5, 2) == ["abcde", "fgh"]


def test_wrap_ends_what_does_not_fit_in_an_ellipsis():
    assert font.wrap("abcdefgh", 5, 1) == ["abcd…"]
    assert font.wrap("ab cdefg hij", 5, 2) == ["ab", "cdef…"]
    assert font.wrap("abc def", 5, 1) == ["abc…"]


def test_wrap_never_exceeds_its_box():
    text = "de la Fontaine-Marguerite  X " * 4
    for columns in range(2, 30):
        for rows in range(1, 4):
            lines = font.wrap(text, columns, rows)
            assert len(lines) <= rows
            assert max(len(line) for line in lines) <= columns
