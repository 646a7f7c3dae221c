"""Each language says everything, and all of it fits the screen."""

import os

from fakes_display import BOX, Display
from support import words

from borne.ui import font, font_6x10, font_7x13b, texts_en
from borne.verify.verdict import SEVERITIES

FOLDER = texts_en.__file__.rpartition("/")[0]
CODES = [name[6:-3] for name in sorted(os.listdir(FOLDER)) if name.startswith("texts_")]
LANGUAGES = [__import__("borne.ui.texts_" + code, None, None, ("SAID",)) for code in CODES]
STATES = {"STARTING", "IDLE", "READING", "REMOVE", "BUSY", "READER_RESET", "NO_READER", "SET_CLOCK"}
STATES |= {"LOWER_CLOCK"}
BESIDE = {"IDLE", "LOWER_CLOCK"}  # stand beside the icon, as accepted and warned of do
BELOW_OTHERS = {"TRUST_STALE", "CLOCK_UNSET", "SET_CLOCK"}  # one of three lines is taken there


def fits(face, text, x, columns, rows):
    """Whether the whole text stands in that box, found again in its pixels, inside the screen."""
    lines = font.wrap(text, columns, rows)
    for line in lines:
        display = Display()
        font.draw(display, face, line, x, 0)
        assert display.text(face, x, 0, columns) == line
        assert BOX not in line
        assert x + len(line) * face.WIDTH <= 128
    return " ".join(lines) == text


def test_every_verdict_and_state_has_a_title_and_a_line_in_both_languages():
    wanted = set(SEVERITIES) | STATES
    for texts in LANGUAGES:
        assert sorted([key for key, _, _ in texts.SAID]) == sorted(wanted)


def test_both_languages_have_the_same_names():
    def public(texts):
        return {name for name in dir(texts) if name.isupper() and not name.startswith("_")}

    assert "en" in CODES and "fr" in CODES
    for texts in LANGUAGES:
        assert public(texts) == public(texts_en)
        assert len(texts.AGES) == len(texts_en.AGES)


def test_no_two_verdicts_have_the_same_title():
    for texts in LANGUAGES:
        assert len({title for _, title, _ in texts.SAID}) == len(texts.SAID)


def test_titles_fit():
    for texts in LANGUAGES:
        for key, title, _ in texts.SAID:
            beside = SEVERITIES.get(key) in ("accept", "warn") or key in BESIDE
            assert fits(font_7x13b, title, 36, 13, 1 if beside else 2), title


def test_lines_fit():
    for texts in LANGUAGES:
        for key, _, line in texts.SAID:
            if SEVERITIES.get(key) in ("accept", "warn") or key in BESIDE:
                assert fits(font_6x10, line, 36, 15, 2), line
            else:
                assert fits(font_6x10, line, 0, 21, 2 if key in BELOW_OTHERS else 3), line


def test_instructions_fit_behind_the_place_of_one_of_several():
    for texts in LANGUAGES:
        for key, severity in SEVERITIES.items():
            if severity in ("refuse", "retry"):
                assert fits(font_6x10, texts.PLACE.format(4, 4) + words(texts)[key][1], 0, 21, 3), (
                    key
                )


def test_dates_and_ages_fit():
    for texts in LANGUAGES:
        day = texts.DATE.format("2026", "12", "31")
        assert fits(font_6x10, texts.BORN.format(day), 0, 21, 1)
        assert fits(font_6x10, texts.UNTIL.format(day), 0, 21, 1)
        assert fits(font_6x10, texts.UNTIL.format(day), 36, 15, 2)
        assert fits(font_6x10, texts.CLOCK.format(day, "23:59"), 0, 21, 1)
        assert fits(font_6x10, texts.BECOMES, 0, 21, 1)
        ages = [texts.AGE_NOW, texts.AGE_UNKNOWN]
        for (_, one, several), most in zip(texts.AGES, (999, 23, 59)):
            ages += [one, several.format(most)]
        for age in ages:
            assert fits(font_6x10, texts.TRUST.format(age), 0, 21, 1), age
