"""Text of somebody else's: what of it reaches a screen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import examples

from bornetools.printable import printable


@pytest.mark.parametrize(
    "text",
    [
        "",
        "VALID",
        "Lefèvre-Müller Élodie",
        "Ελένη Παπαδοπούλου",
        "Зорница Йорданова",
        "L’Haÿ\N{NO-BREAK SPACE}Jérôme",
        unicodedata.normalize("NFD", "Ősz Ångström"),
        "日本 € – “…”",
    ],
)
def test_what_people_write_stays(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    "character",
    [
        *map(chr, (*range(0x20), 0x7F, 0x85, 0x9B)),  # 0x9B: an escape sequence begins, in one byte
        *map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)),  # bidi
        *map(chr, (0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD, 0x034F, 0x3164, 0xFE0F)),
        *map(chr, (0x2028, 0x2029, 0xE000, 0x10FFFF, 0x0378, 0xFFFE, 0xD800, 0xE0041, 0xE0101)),
    ],
    ids=ascii,
)
def test_what_is_not_seen_is_replaced(character: str) -> None:
    assert printable(f"a{character}b") == "a\ufffdb"


def test_an_escape_sequence_does_nothing() -> None:
    assert printable("VALID\x1b[2J\x1b]0;x\x07") == "VALID\ufffd[2J\ufffd]0;x\ufffd"


def test_it_is_bounded_and_says_so() -> None:
    assert printable("x" * 200) == "x" * 200
    assert printable("x" * 201) == "x" * 199 + "…"
    assert printable("abcdef", 3) == "ab…"


def test_what_is_no_text_is_written_as_python_does() -> None:
    assert printable(None) == "None"
    assert printable(b"\x1b") == r"b'\x1b'"
    assert printable(["\x1b"]) == r"['\x1b']"


@examples(300)
@given(st.text(), st.integers(1, 50))
def test_anything_is_printable(text: str, most: int) -> None:
    shown = printable(text, most)
    assert len(shown) == min(len(text), most)
    assert printable(shown, most) == shown
    assert all(one.isprintable() or unicodedata.category(one) == "Zs" for one in shown)
    assert shown.encode().decode() == shown  # no lone surrogate
