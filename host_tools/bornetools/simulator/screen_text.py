"""The texts on the terminal's screen, read back from its pixels with the firmware's own fonts.

So a screen reader speaks the texts that are shown, not those that are expected.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import framebuf

from borne.ui import font, font_6x10, font_7x13b
from bornetools.emulator.machine.blocks import HEIGHT, WIDTH

_LEAST = 2  # glyphs that make a text: a lone glyph may be a part of an icon
_ASCII = [chr(code) for code in range(0x20, 0x7F)]
_LOOK_PLAIN = "ЀЍѐѝ"  # the fonts have them without their accents
_BEYOND = [chr(code) for code in range(0xA0, 0x2100) if font.has(code)]
_CHARACTERS = _ASCII + [character for character in _BEYOND if character not in _LOOK_PLAIN]
_WORD = re.compile(r"\w+")


class _Run(NamedTuple):
    """A text of one line: `x` and `y` of its top left corner, `width` and `height` in pixels."""

    marks: int
    x: int
    y: int
    width: int
    height: int
    text: str

    def overlaps(self, other: "_Run") -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@lru_cache(maxsize=64)
def lines(frame: bytes) -> tuple[str, ...]:
    """The texts of a framebuffer (1024 bytes, MONO_VLSB), from top to bottom."""
    columns = [
        sum(frame[page * WIDTH + x] << 8 * page for page in range(HEIGHT // 8))
        for x in range(WIDTH)
    ]
    runs = [run for face, known in _fonts() for run in _runs(columns, face, known)]
    found: list[_Run] = []
    for run in sorted(runs, reverse=True):  # of overlapping texts, the one with the most glyphs
        if not any(run.overlaps(other) for other in found):
            found.append(run)
    return tuple(run.text for run in sorted(found, key=lambda run: (run.y, run.x)))


def _runs(columns: Any, face: Any, known: dict[Any, str]) -> Iterator[Any]:
    for y in range(HEIGHT - face.HEIGHT + 1):
        mask = (1 << face.HEIGHT) - 1
        row = [column >> y & mask for column in columns]
        read = [known.get(tuple(row[x : x + face.WIDTH])) for x in range(WIDTH - face.WIDTH + 1)]
        for first in range(face.WIDTH):
            cells = read[first :: face.WIDTH]
            at = 0
            while at < len(cells):
                end = at
                while end < len(cells) and cells[end] is not None:
                    end += 1
                text = "".join(cell or "" for cell in cells[at:end])
                begin = at + len(text) - len(text.lstrip(" "))
                text = text.strip(" ")
                marks = len(text) - text.count(" ")
                if marks >= _LEAST and "   " not in text:
                    x, width = first + begin * face.WIDTH, len(text) * face.WIDTH
                    yield _Run(marks, x, y, width, face.HEIGHT, _in_one_alphabet(face, text))
                at = end + 1


@lru_cache(maxsize=1)
def _fonts() -> list[Any]:
    """Each font with its characters by their columns, bit 0 at the top."""
    return [(face, _characters(face)) for face in (font_7x13b, font_6x10)]


def _characters(face: Any) -> dict[Any, str]:
    known: dict[tuple[int, ...], str] = {}
    for character in _CHARACTERS:
        known.setdefault(_columns(face, character), " " if character == "\xa0" else character)
    return known


def _columns(face: Any, character: str) -> tuple[int, ...]:
    rows = bytearray(face.HEIGHT)
    font.draw(
        framebuf.FrameBuffer(rows, face.WIDTH, face.HEIGHT, framebuf.MONO_HLSB),
        *(face, character, 0, 0),
    )
    return tuple(
        sum((row >> 7 - x & 1) << y for y, row in enumerate(rows)) for x in range(face.WIDTH)
    )


@lru_cache(maxsize=2)
def _alike(face: Any) -> list[dict[str, str]]:
    """For Greek and for Cyrillic: its letters, by the character that each is read as (Latin if alike)."""
    known = _characters(face)
    alphabets = []
    for first, end in ((0x370, 0x400), (0x400, 0x500)):
        letters = [character for character in _CHARACTERS if first <= ord(character) < end]
        alike: dict[str, str] = {}
        for letter in letters:
            alike.setdefault(known[_columns(face, letter)], letter)
        alphabets.append(alike)
    return alphabets


def _in_one_alphabet(face: Any, text: str) -> str:
    """`text`; a word with a Greek or Cyrillic letter is written in that alphabet as a whole."""

    def word(found: re.Match[str]) -> str:
        for alike in _alike(face):
            if all(letter in alike for letter in found[0]) and any(
                alike[letter] == letter for letter in found[0]
            ):
                return "".join(alike[letter] for letter in found[0])
        return found[0]

    return _WORD.sub(word, text)
