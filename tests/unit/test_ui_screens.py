import gc

import micropython
from european_names import NAMES
from fakes_display import BOX, Display, alike
from support import words

from borne.token.time_zone import UTC, TimeZone
from borne.ui import font, font_6x10, font_7x13b, texts_en, texts_fr
from borne.ui.screens import Screens
from borne.verify.verdict import SEVERITIES, Verdict

DAY = 86400
MASKED = "x xx xx xx xxx xxx 08"


class Holder:
    def __init__(
        self, family="MARTIN", given="Élodie", until="2026-12-31", delegate=None, name_from="card"
    ):
        self.family = family
        self.given = given
        self.birth_date = "1987-02-14"
        self.nir = "287022A16802508"
        self.until = until
        self.delegate = delegate
        self.name_from = name_from


def drawn(draw, texts=texts_fr):
    display = Display()
    draw(Screens(display, texts))
    assert display.shown[-1] == bytes(display.buffer)
    return display


def verdict(code, holder=None, texts=texts_fr, place=None, whole_nir=False):
    shown = Verdict(code, "", holder)
    return drawn(lambda screens: screens.verdict(shown, place, whole_nir), texts)


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
            assert " ".join(titles(screen)) == words(texts)[code][0], code
            said = aside(screen) if severity in ("accept", "warn") else body(screen)
            assert " ".join(said) == words(texts)[code][1], code


def test_a_clock_that_would_run_back_is_shown_with_both_times():
    old, new = "2027-01-15 08:00 UTC", "2026-11-30 12:34 UTC"
    for texts, said in ((texts_fr, "devient"), (texts_en, "becomes")):
        screen = drawn(lambda screens: screens.question("LOWER_CLOCK", new, old), texts)
        assert titles(screen) == [words(texts)["LOWER_CLOCK"][0]]
        assert " ".join(aside(screen)) == words(texts)["LOWER_CLOCK"][1]
        assert body(screen) == [old, said, new]


def test_severities_differ_by_shape():
    shapes = [icon(verdict(code)) for code in ("VALID", "VALID_STALE", "EXPIRED", "TORN")]
    for place, shape in enumerate(shapes):
        for other in shapes[:place]:
            assert sum(a != b for a, b in zip(shape, other)) > 200


def test_accept_shows_who_and_until_when():
    screen = verdict("VALID", Holder())
    assert aside(screen) == ["jusqu’au", "31/12/2026"]
    assert body(screen) == ["MARTIN Élodie", "né(e) le 14/02/1987", MASKED]
    screen = verdict("VALID", Holder(), texts_en)
    assert aside(screen) == ["until", "2026-12-31"]
    assert body(screen) == ["MARTIN Élodie", "born 1987-02-14", MASKED]


def test_a_warning_shows_what_to_do_and_who_and_until_when():
    screen = verdict("NOT_ELIGIBLE", Holder())
    assert " ".join(aside(screen)) == words(texts_fr)["NOT_ELIGIBLE"][1]
    assert body(screen) == ["MARTIN Élodie", "jusqu’au 31/12/2026", "né(e) le 14/02/1987"]


def test_no_date_where_nothing_ends():
    screen = verdict("NO_ENTITLEMENT", Holder(until=None))
    assert body(screen) == ["MARTIN Élodie", "né(e) le 14/02/1987", MASKED]


def test_the_insured_number_is_whole_only_if_the_policy_says_so():
    whole = ["MARTIN Élodie", "2 87 02 2A 168 025 08", "né(e) le 14/02/1987"]
    assert body(verdict("VALID", Holder(), whole_nir=True)) == whole
    whole = ["MARTIN Élodie", "jusqu’au 31/12/2026", "2 87 02 2A 168 025 08"]
    assert body(verdict("VALID_STALE", Holder(), whole_nir=True)) == whole
    for code in SEVERITIES:
        for other in ("187129999999908", "287022A16802508"):
            holder = Holder()
            holder.nir = other
            screen = verdict(code, holder)
            assert bytes(screen.buffer) == bytes(verdict(code, Holder()).buffer)


def test_another_countrys_number_is_masked_as_well_or_not_there():
    holder = Holder()
    holder.nir = "1237 010180"
    assert body(verdict("VALID", holder))[2] == "xxxxxxxxx80"
    assert body(verdict("VALID", holder, whole_nir=True))[1] == "1237 010180"
    holder.nir = ""
    assert body(verdict("VALID", holder)) == ["MARTIN Élodie", "né(e) le 14/02/1987"]
    holder.nir = "7"
    assert body(verdict("VALID", holder))[2] == "7"


LONG = Holder("LEFEBVRE-DUMONT", "Marie-Charlotte Joséphine")  # 41 columns


def test_a_long_name_moves_and_comes_back():
    display = Display()
    screens = Screens(display, texts_fr)
    screens.verdict(Verdict("VALID", "", LONG))
    first = bytes(display.buffer)
    rest = body(display)[1:]
    seen = []
    for elapsed in range(0, 20_000, 50):
        screens.scroll(elapsed)
        name, *others = body(display)
        assert others == rest
        if not seen or seen[-1] != name:
            seen.append(name)
    text = "LEFEBVRE-DUMONT Marie-Charlotte Joséphine"
    once = [text[at : at + 21].rstrip(" ") for at in range(len(text) - 20)]
    # A column at a time to its last letter, and from there back to the beginning.
    found = [name.lstrip(" ") for name in seen]
    assert found[: len(once) + 1] == [part.lstrip(" ") for part in once] + once[:1]
    assert len(display.shown) == len(seen)  # sent only when it had changed
    assert display.shown[0] == first


def test_beginning_and_end_of_a_long_name_stay_for_a_second():
    display = Display()
    screens = Screens(display, texts_fr)
    screens.verdict(Verdict("VALID", "", LONG))
    times = {}
    for elapsed in range(0, 6800, 100):
        screens.scroll(elapsed)
        name = body(display)[0]
        times[name] = times.get(name, 0) + 100
    assert times["LEFEBVRE-DUMONT Marie"] >= 1000
    assert times["arie-Charlotte Joséphine"[-21:]] >= 1000


def test_a_short_name_stays():
    display = Display()
    screens = Screens(display, texts_fr)
    screens.verdict(Verdict("VALID", "", Holder("V" * 21, "")))
    for elapsed in range(0, 10_000, 100):
        screens.scroll(elapsed)
    assert len(display.shown) == 1
    assert body(display)[0] == "V" * 21


def test_two_long_names_move_to_their_ends_and_nothing_moves_after_them():
    display = Display()
    screens = Screens(display, texts_fr)
    delegate = ("DE LA ROCHEFOUCAULD-MONTBEL", "Anne-Sophie", "2026-06-30")
    screens.verdict(Verdict("VALID", "", Holder("LEFEBVRE-DUMONT", "Chloé-Marie", None, delegate)))
    ends = set()
    for elapsed in range(0, 30_000, 100):
        screens.scroll(elapsed)
        ends.add(tuple(body(display)[:2]))
    names = (
        "LEFEBVRE-DUMONT Chloé-Marie"[-21:],
        "par " + "DE LA ROCHEFOUCAULD-MONTBEL Anne-Sophie"[-17:],
    )
    assert names in ends
    for other in (lambda: screens.idle(0), screens.pattern):
        screens.verdict(Verdict("VALID", "", Holder("V" * 22, "", None)))
        other()
        count = len(display.shown)
        for elapsed in range(0, 30_000, 100):
            screens.scroll(elapsed)
        assert len(display.shown) == count


def test_moving_a_name_allocates_nothing():
    if not hasattr(micropython, "heap_lock"):
        return  # CPython
    display = Display()
    display.show = lambda: None
    screens = Screens(display, texts_fr)
    greek = Holder("Παπαδοπούλου-Γεωργίου", "Ελένη", delegate=("Łukasiewicz-Święćkowski", "Ж", ""))
    for holder in (LONG, greek):
        screens.verdict(Verdict("VALID", "", holder))
        elapsed = 0
        micropython.heap_lock()
        try:
            while elapsed < 9000:
                screens.scroll(elapsed)
                elapsed += 100
        finally:
            micropython.heap_unlock()


def test_a_greek_name_takes_at_most_a_kilobyte_more_than_a_latin_one():
    if not hasattr(gc, "mem_alloc"):
        return  # CPython does not count: the VM's run of this test does
    display = Display()
    display.show = lambda: None
    screens = Screens(display, texts_fr)

    def taken(family, given):
        acting = Verdict("VALID", "", Holder(family, given, None, (family, given, "2026-06-30")))
        screens.verdict(acting)
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        screens.verdict(acting)
        after = gc.mem_alloc()  # all that is made, garbage, too: the most that a tap can need
        gc.enable()
        return after - before

    latin = taken("PAPADOPOULOU-GEORGIOU", "Eleni-Aikaterini")
    assert taken("ΠΑΠΑΔΟΠΟΥΛΟΥ-ΓΕΩΡΓΙΟΥ", "Ελένη-Αικατερίνη") - latin <= 1024
    assert taken("ΓΕΩΡΓΙΕΒΑ-ЙОРДАНОВА-Щ", "Ѝордан-Άννα-Łódź") - latin <= 1024


def test_the_longest_name():
    screen = verdict("VALID", Holder("W" * 128, "W" * 128))
    assert body(screen)[0] == "W" * 21
    assert not any(screen.pixel(x, y) for x in (126, 127) for y in range(34, 64))


def test_one_of_several_beneficiaries_says_which():
    assert body(verdict("VALID", Holder(), place=(2, 3)))[0] == "2/3 MARTIN Élodie"
    assert (
        " ".join(body(verdict("REVOKED", place=(1, 4)))) == "1/4 " + words(texts_fr)["REVOKED"][1]
    )


def test_a_name_beyond_the_font_is_shown_in_boxes():
    assert body(verdict("VALID", Holder("ა中", "Œ")))[0] == BOX + BOX + " Œ"
    assert body(verdict("VALID", Holder("ŁUKASZ", "Œ")))[0] == "ŁUKASZ Œ"


def test_names_of_all_official_languages():
    for names in NAMES.values():
        for name, decomposed in names:
            plain = verdict("VALID", Holder(name, ""))
            read = body(plain)[0]
            assert read == alike(font_6x10, name) and BOX not in read, name
            for severity in ("VALID", "VALID_STALE"):
                composed = verdict(severity, Holder(name, "", delegate=(name, "", "2026-06-30")))
                assert body(composed)[1] == alike(font_6x10, "par " + name)[:21].rstrip(" ")
                acting = Holder(decomposed, "", delegate=(decomposed, "", "2026-06-30"))
                assert bytes(verdict(severity, acting).buffer) == bytes(composed.buffer)


def test_the_words_before_a_delegates_name_stay_while_it_moves():
    name = "Παπαδοπούλου-Γεωργίου Ελένη-Αικατερίνη"
    for texts, held in ((texts_fr, "par "), (texts_en, "by ")):
        display = Display()
        screens = Screens(display, texts)
        acting = Holder(delegate=(name, "", "2026-06-30"))
        screens.verdict(Verdict("VALID", "", acting))
        first = body(display)
        seen = []
        for elapsed in range(0, 20_000, 100):
            screens.scroll(elapsed)
            holder, delegate, born = body(display)
            assert (holder, born) == (first[0], first[2])
            assert delegate.startswith(held)
            if not seen or seen[-1] != delegate:
                seen.append(delegate)
        columns = 21 - len(held)
        once = [name[at:][:columns] for at in range(len(name) - columns + 1)]
        expected = [held + alike(font_6x10, part).rstrip(" ") for part in once]
        assert seen[: len(once) + 1] == expected + expected[:1]


def test_a_delegate_is_shown_as_such():
    acting = Holder(delegate=("DURAND", "Zoë", "2026-06-30"))
    assert body(verdict("VALID", acting))[:2] == ["MARTIN Élodie", "par DURAND Zoë"]
    assert body(verdict("VALID_STALE", acting))[:2] == ["MARTIN Élodie", "par DURAND Zoë"]


def test_a_name_from_the_pid_is_shown_as_such_beside_its_birth_date():
    for texts, mark in (
        (texts_fr, ["(nom d’après le PID)", "né(e) le 14/02/1987"]),
        (texts_en, ["(name from the PID)", "born 1987-02-14"]),
    ):
        for code in ("IDENTITY_NOT_BOUND", "VALID", "NO_ENTITLEMENT"):
            screen = verdict(code, Holder(name_from="pid"), texts)
            assert body(screen) == ["MARTIN Élodie"] + mark
        assert mark[0] not in body(verdict("IDENTITY_NOT_BOUND", Holder(), texts))
    screen = verdict("IDENTITY_NOT_BOUND", Holder(name_from="pid"), texts_en)
    assert " ".join(aside(screen)) == "Check identity document"


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
    for draw in (screens.starting, screens.reading, screens.busy, lambda: screens.idle(None)):
        draw()
        left = display.shown[-1]
        display.fill(0)
        draw()
        assert left == display.shown[-1]


def test_idle_says_how_old_the_trust_data_is():
    for age, text in (
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
        assert body(screen) == ["Données : " + text]


def test_idle_says_what_time_it_is():
    def clock(texts, now, rule=UTC):
        def idle(screens):
            screens.idle(0, None, screens.clock(now, TimeZone(rule)))

        return body(drawn(idle, texts))[0]

    assert clock(texts_fr, 1_800_000_000) == "15/01/2027 08:00 UTC"
    assert clock(texts_en, 1_800_000_000 + 16 * 3600 - 1) == "2027-01-15 23:59 UTC"
    assert clock(texts_en, 1_800_000_000 + 16 * 3600) == "2027-01-16 00:00 UTC"
    # At the counter, where a rule is given: the summer of Paris, and a day behind or ahead of it.
    paris = "CET-1CEST,M3.5.0,M10.5.0/3"
    assert clock(texts_fr, 1_800_000_000, paris) == "15/01/2027 09:00"
    assert clock(texts_fr, 1_800_000_000 + 180 * 86400, paris) == "14/07/2027 10:00"
    assert clock(texts_fr, 1_800_000_000 + 17 * 3600, "<-10>10") == "15/01/2027 15:00"
    assert clock(texts_en, 1_800_000_000 + 12 * 3600, "<+11>-11") == "2027-01-16 07:00"


def test_states_have_their_own_screens():
    screens = [
        drawn(lambda screens: screens.starting()),
        drawn(lambda screens: screens.reading()),
        drawn(lambda screens: screens.busy()),
        drawn(lambda screens: screens.fault("READER_RESET")),
        drawn(lambda screens: screens.fault("NO_READER")),
    ]
    keys = ("STARTING", "READING", "BUSY", "READER_RESET", "NO_READER")
    for key, screen in zip(keys, screens):
        assert " ".join(titles(screen)) == words(texts_fr)[key][0]
        assert " ".join(body(screen)) == words(texts_fr)[key][1]


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
