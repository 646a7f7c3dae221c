from fakes_display import BOX, Display

from borne.ui import font, font_6x10, font_7x13b, texts_en, texts_fr
from borne.ui.screens import Screens
from borne.verify.verdict import SEVERITIES, Verdict

DAY = 86400


class Holder:
    def __init__(self, family="MARTIN", given="Élodie", until="2026-12-31", delegate=None):
        self.family = family
        self.given = given
        self.birth_date = "1987-02-14"
        self.until = until
        self.delegate = delegate


def drawn(draw, texts=texts_fr):
    display = Display()
    draw(Screens(display, texts))
    assert display.shown[-1] == bytes(display.buffer)
    return display


def verdict(code, holder=None, texts=texts_fr):
    return drawn(lambda screens: screens.verdict(Verdict(code, "", holder)), texts)


def lines(display, x, first, last, columns, face=font_6x10):
    """All texts of that column of the screen, wherever between the rows `first` and `last`."""
    found = []
    y = first
    while y + face.HEIGHT <= last:
        text = display.text(face, x, y, columns)
        if text and "\1" not in text:
            found.append(text)
            y += face.HEIGHT
        else:
            y += 1
    return found


def titles(display):
    return lines(display, 36, 0, 33, 13, font_7x13b)


def aside(display):
    return lines(display, 36, 12, 34, 15)


def body(display):
    return lines(display, 0, 34, 64, 21)


def icon(display):
    return [display.pixel(x, y) for y in range(32) for x in range(32)]


def test_every_verdict_has_its_title_and_its_instruction():
    for texts in (texts_fr, texts_en):
        for code, severity in SEVERITIES.items():
            screen = verdict(code, texts=texts)
            assert " ".join(titles(screen)) == texts.TITLES[code], code
            said = aside(screen) if severity in ("accept", "warn") else body(screen)
            assert " ".join(said) == texts.LINES[code], code


def test_severities_differ_by_shape():
    shapes = [icon(verdict(code)) for code in ("VALID", "VALID_STALE", "EXPIRED", "TORN")]
    for place, shape in enumerate(shapes):
        for other in shapes[:place]:
            assert sum(a != b for a, b in zip(shape, other)) > 200


def test_accept_shows_who_and_until_when():
    screen = verdict("VALID", Holder())
    assert aside(screen) == ["jusqu’au", "31/12/2026"]
    assert body(screen) == ["MARTIN Élodie", "né(e) le 14/02/1987"]
    screen = verdict("VALID", Holder(), texts_en)
    assert aside(screen) == ["until", "2026-12-31"]
    assert body(screen) == ["MARTIN Élodie", "born 1987-02-14"]


def test_a_warning_shows_what_to_do_and_who_and_until_when():
    screen = verdict("NOT_ELIGIBLE", Holder())
    assert " ".join(aside(screen)) == texts_fr.LINES["NOT_ELIGIBLE"]
    assert body(screen) == ["MARTIN Élodie", "jusqu’au 31/12/2026", "né(e) le 14/02/1987"]


def test_no_date_where_nothing_ends():
    screen = verdict("NO_ENTITLEMENT", Holder(until=None))
    assert body(screen) == ["MARTIN Élodie", "né(e) le 14/02/1987"]


def test_a_long_name_is_wrapped_or_cut():
    long = Holder("LEFEBVRE-DUMONT", "Marie-Charlotte Joséphine")
    assert body(verdict("VALID", long)) == [
        "LEFEBVRE-DUMONT",
        "Marie-Charlotte José…",
        "né(e) le 14/02/1987",
    ]
    assert body(verdict("VALID_STALE", long))[0] == "LEFEBVRE-DUMONT Mari…"


def test_the_longest_and_the_shortest_name():
    assert body(verdict("VALID", Holder("W" * 128, "W" * 128)))[:2] == ["W" * 21, "W" * 20 + "…"]
    assert body(verdict("VALID_STALE", Holder("V" * 21, "")))[0] == "V" * 21


def test_a_name_beyond_the_font_is_shown_in_boxes():
    assert body(verdict("VALID", Holder("ŁUKASZ", "Œ")))[0] == BOX + "UKASZ Œ"


def test_a_delegate_is_shown_as_such():
    acting = Holder(delegate=("DURAND", "Zoë", "2026-06-30"))
    assert body(verdict("VALID", acting))[:2] == ["MARTIN Élodie", "par DURAND Zoë"]
    assert body(verdict("VALID_STALE", acting))[:2] == ["MARTIN Élodie", "par DURAND Zoë"]


def test_a_refusal_shows_nothing_of_the_holder():
    for code, severity in SEVERITIES.items():
        if severity in ("refuse", "retry"):
            shown = Verdict(code)
            shown.holder = Holder()  # even if one were handed over by mistake
            screen = drawn(lambda screens: screens.verdict(shown))  # noqa: B023  called at once
            assert bytes(screen.buffer) == bytes(verdict(code).buffer)


def test_nothing_of_the_last_holder_stays():
    display = Display()
    screens = Screens(display, texts_fr)
    screens.verdict(Verdict("VALID", "", Holder("W" * 40, "W" * 40)))
    for draw in (screens.starting, screens.reading, lambda: screens.idle(None)):
        draw()
        left = display.shown[-1]
        display.fill(0)
        draw()
        assert left == display.shown[-1]


def test_idle_says_how_old_the_trust_data_is():
    for age, words in (
        (None, "âge inconnu"),
        (0, "à l’instant"),
        (59, "à l’instant"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 heure"),
        (DAY - 1, "23 heures"),
        (DAY, "1 jour"),
        (40 * DAY, "40 jours"),
    ):
        screen = drawn(lambda screens: screens.idle(age))  # noqa: B023  called at once
        assert body(screen) == ["Données : " + words]


def test_states_have_their_own_screens():
    screens = [
        drawn(lambda screens: screens.starting()),
        drawn(lambda screens: screens.reading()),
        drawn(lambda screens: screens.fault("READER_RESET")),
        drawn(lambda screens: screens.fault("NO_READER")),
    ]
    keys = ("STARTING", "READING", "READER_RESET", "NO_READER")
    for key, screen in zip(keys, screens):
        assert " ".join(titles(screen)) == texts_fr.TITLES[key]
        assert " ".join(body(screen)) == texts_fr.LINES[key]


def test_a_pattern_reaches_each_edge_and_has_light_beside_dark():
    screen = drawn(lambda screens: screens.pattern())
    for x in range(128):
        assert screen.pixel(x, 0) and screen.pixel(x, 63)
    for y in range(64):
        assert screen.pixel(0, y) and screen.pixel(127, y)
    squares = [[screen.pixel(x, y) for x in range(12, 116, 8)] for y in range(12, 56, 8)]
    for y, row in enumerate(squares):
        for x, light in enumerate(row):
            assert x == 0 or light != row[x - 1]
            assert y == 0 or light != squares[y - 1][x]


def test_lines_are_read_from_pixels():
    display = Display()
    font.draw(display, font_6x10, "abc", 0, 40)
    assert body(display) == ["abc"]
