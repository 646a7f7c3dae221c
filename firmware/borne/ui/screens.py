"""The screens, 128x64 pixels: an icon, a title and an instruction, for one second of attention.

    0        36              127
    +------+-------------------+ 0    title: 13 columns of 7x13
    | icon | title             |      aside: 15 columns of 6x10
    | 32x32| aside (2 lines)   |
    +------+-------------------+ 34
    | body (3 lines)           |      body: 21 columns of 6x10
    +--------------------------+ 64

Every screen is drawn over a cleared one: nothing of the last holder outlives it. Names longer than a line
move; the words before a delegate's name stay.
"""

from framebuf import MONO_HLSB
from micropython import const

from borne.token import dates
from borne.token.time_zone import UTC
from borne.ui import font, font_6x10, font_7x13b, icons, substitutes

if False:  # for types only
    from typing import Sequence

    from borne.parts.protocols import Display
    from borne.protocols import Font, Texts
    from borne.token.time_zone import TimeZone
    from borne.verify.verdict import Verdict

_WIDTH = const(128)
_HEIGHT = const(64)
_SQUARE = const(8)
_ICON_SIZE = const(32)
_ASIDE_X = const(36)
_BODY_Y = const(34)
_LINE_WIDTH = const(128)
_TITLE_COLUMNS = const(13)
_ASIDE_COLUMNS = const(15)
_BODY_COLUMNS = const(21)
_TITLE_ROWS = const(2)
_ASIDE_ROWS = const(2)
_BODY_ROWS = const(3)

_STEP = const(200)  # ms between two moves of a line, by a column each
_HOLD = const(6)  # steps for which its beginning and its end stay

_NIR_LENGTH = const(15)
_NIR_SHOWN = const(13)  # where the control key begins

_ICONS = {
    "accept": icons.ACCEPT,
    "warn": icons.WARN,
    "refuse": icons.REFUSE,
    "retry": icons.RETRY,
}


class Screens:
    """Draws on `display` in the words of `texts`."""

    def __init__(self, display: "Display", texts: "Texts") -> None:
        self._display = display
        self._texts = texts
        self._moving: tuple | list = ()  # (held, rest, y) of lines too long for the screen
        self._overflow = 0  # columns that the longest lacks
        self._moved = 0  # columns

    @property
    def answers(self) -> bool:
        """Whether the display took the last picture."""
        return self._display.answers

    def starting(self) -> None:
        self._instruction(icons.WAIT, "STARTING")

    def idle(self, trust_age: int | None, problem: str | None = None, clock: str = "") -> None:
        """Ready for a phone; `trust_age` of the trust data in seconds, None if unknown; `clock` is the time
        as text, from the method `clock`. `problem` is the verdict's code by which every token would be
        refused, TRUST_STALE or CLOCK_UNSET."""
        age = self._texts.TRUST.format(self._age(trust_age))
        if problem:
            body = font.wrap(self._said(problem)[2], _BODY_COLUMNS, _BODY_ROWS - 1)
            self._draw(icons.WARN, problem, (), body + [age])
            return
        aside = font.wrap(self._said("IDLE")[2], _ASIDE_COLUMNS, _ASIDE_ROWS)
        self._draw(icons.READY, "IDLE", aside, ("", clock, age))

    def clock(self, seconds: int, zone: "TimeZone") -> str:
        """Day and time of unix `seconds` at the counter, in one line."""
        local = zone.local(seconds)
        text = self._texts.CLOCK.format(self._date(dates.day_of(local)), dates.time_of(local))
        return text + " UTC" if zone.rule == UTC else text

    def question(self, key: str, text: str, before: str = "") -> None:
        """Asks for the button; `text` is the subject, `before` the value that it would replace."""
        if before:
            aside = font.wrap(self._said(key)[2], _ASIDE_COLUMNS, _ASIDE_ROWS)
            self._draw(icons.WARN, key, aside, (before, self._texts.BECOMES, text))
            return
        body = font.wrap(self._said(key)[2], _BODY_COLUMNS, _BODY_ROWS - 1)
        self._draw(icons.WARN, key, (), [text] + body)

    def pattern(self) -> None:
        """A checkerboard in a frame: each edge of the screen, and light beside dark."""
        display = self._display
        self._moving = ()
        display.fill(0)
        display.rect(0, 0, _WIDTH, _HEIGHT, 1)
        for y in range(_SQUARE, _HEIGHT - _SQUARE, _SQUARE):
            for x in range(_SQUARE + y % (2 * _SQUARE), _WIDTH - _SQUARE, 2 * _SQUARE):
                display.fill_rect(x, y, _SQUARE, _SQUARE, 1)
        display.show()

    def reading(self) -> None:
        self._instruction(icons.READING, "READING")

    def busy(self) -> None:
        """A verification is running, and takes its time."""
        self._instruction(icons.WAIT, "BUSY")

    def remove(self) -> None:
        """The phone or card on the reader has to be taken away."""
        self._instruction(icons.REMOVE, "REMOVE")

    def fault(self, code: str) -> None:
        """A part is broken; `code` is READER_RESET (while it is being reset), NO_READER or
        INTERNAL."""
        self._instruction(icons.FAULT, code)

    def verdict(
        self, verdict: "Verdict", place: tuple[int, int] | None = None, whole_nir: bool = False
    ) -> None:
        """Shows a borne.verify.verdict.Verdict; its holder only for the severities accept and warn.

        `place` is (number, count) if the phone carries several beneficiaries; `whole_nir` shows the
        insured number unmasked.
        """
        icon = _ICONS[verdict.severity]
        before = self._texts.PLACE.format(*place) if place else ""
        if verdict.severity in ("accept", "warn"):
            self._holder(icon, verdict, before, whole_nir)
        else:
            self._instruction(icon, verdict.code, before)

    def scroll(self, elapsed: int) -> None:
        """Moves lines too long for the screen; `elapsed` is the ms since they were drawn.

        To be called again and again: it allocates nothing, and draws only changes.
        """
        if not self._moving:
            return
        step = elapsed // _STEP % (self._overflow + 2 * _HOLD) - _HOLD
        moved = min(max(step, 0), self._overflow)
        if moved == self._moved:
            return
        self._moved = moved
        for held, rest, y in self._moving:
            x = len(held) * font_6x10.WIDTH
            columns = min(moved, len(held) + len(rest) - _BODY_COLUMNS)
            self._display.fill_rect(0, y, _LINE_WIDTH, font_6x10.HEIGHT, 0)
            font.draw(self._display, font_6x10, rest, x - columns * font_6x10.WIDTH, y)
            self._display.fill_rect(0, y, x, font_6x10.HEIGHT, 0)
            font.draw(self._display, font_6x10, held, 0, y)
        self._display.show()

    def _instruction(self, icon: bytes, key: str, before: str = "") -> None:
        line = before + self._said(key)[2]
        self._draw(icon, key, (), font.wrap(line, _BODY_COLUMNS, _BODY_ROWS))

    def _holder(self, icon: bytes, verdict: "Verdict", before: str, whole_nir: bool) -> None:
        # The first three of these lines. The end of the cover stands beside the icon when no action is
        # needed. A PID's name needs its birth date beside it: both are compared with a document.
        texts, body, holder = self._texts, [], verdict.holder
        held = 0
        aside = self._said(verdict.code)[2]
        if holder:
            body.append(before + _name(holder.family, holder.given))
            if holder.delegate:
                family, given, _ = holder.delegate
                held = texts.DELEGATE.find("{")
                body.append(texts.DELEGATE.format(_name(family, given)))
            from_pid = holder.name_from == "pid"
            if from_pid:
                body.append(texts.FROM_PID)
            until = holder.until and texts.UNTIL.format(self._date(holder.until))
            if until and verdict.severity == "accept":
                aside = until
            elif until and not from_pid:
                body.append(until)
            born = texts.BORN.format(self._date(holder.birth_date))
            number = _insured(holder.nir, whole_nir)
            body += [number, born] if number and whole_nir else [born, number]
        lines = font.wrap(aside, _ASIDE_COLUMNS, _ASIDE_ROWS)
        self._draw(icon, verdict.code, lines, body[:_BODY_ROWS], held)

    def _said(self, key: str) -> "tuple[str, str, str]":
        for row in self._texts.SAID:
            if row[0] == key:
                return row
        raise KeyError(key)

    def _date(self, date: str) -> str:
        return self._texts.DATE.format(date[:4], date[5:7], date[8:10])

    def _age(self, seconds: int | None) -> str:
        if seconds is None:
            return self._texts.AGE_UNKNOWN
        for unit, one, several in self._texts.AGES:
            if seconds >= unit:
                count = seconds // unit
                return one if count == 1 else several.format(count)
        return self._texts.AGE_NOW

    def _draw(
        self,
        icon: bytes,
        key: str,
        aside: "Sequence[str]",
        body: "Sequence[str]",
        held: int = 0,
    ) -> None:
        """`held` columns of the body's second line stay where they are when the rest of it moves."""
        display = self._display
        display.fill(0)
        display.blit((icon, _ICON_SIZE, _ICON_SIZE, MONO_HLSB), 0, 0)
        titles = font.wrap(self._said(key)[1], _TITLE_COLUMNS, _TITLE_ROWS)
        used = len(titles) * font_7x13b.HEIGHT + len(aside) * font_6x10.HEIGHT
        y = max(0, _ICON_SIZE - used) // 2
        y = self._lines(font_7x13b, titles, _ASIDE_X, y)
        self._lines(font_6x10, aside, _ASIDE_X, y)
        self._body(body, held)
        display.show()

    def _body(self, body: "Sequence[str]", held: int) -> None:
        y = _BODY_Y + (_BODY_ROWS - len(body)) * font_6x10.HEIGHT // 2
        moving = []
        self._overflow = self._moved = 0
        for row, text in enumerate(body):
            line = substitutes.drawable(text)
            font.draw(self._display, font_6x10, line, 0, y)
            if len(line) > _BODY_COLUMNS:
                stays = held if row == 1 else 0
                moving.append((line[:stays], line[stays:], y))
                self._overflow = max(self._overflow, len(line) - _BODY_COLUMNS)
            y += font_6x10.HEIGHT
        # Without moving lines the constant (), not a new list somewhere in the free heap.
        self._moving = moving or ()

    def _lines(self, face: "Font", lines: "Sequence[str]", x: int, y: int) -> int:
        for line in lines:
            font.draw(self._display, face, line, x, y)
            y += face.HEIGHT
        return y


def _name(family: str, given: str) -> str:
    return (family + " " + given).strip(" ")


def _insured(number: str, whole: bool) -> str:
    if len(number) == _NIR_LENGTH:
        return _nir(number) if whole else _masked(number)
    # Another country's number, or none: its last two characters are also enough to tell two people apart.
    return number if whole else "x" * (len(number) - 2) + number[-2:]


def _nir(number: str) -> str:
    """Grouped as it is printed on a card: sex, year, month, département, commune, order, key."""
    ends = (1, 3, 5, 7, 10, 13, 15)
    return " ".join([number[start:end] for start, end in zip((0,) + ends, ends)])


def _masked(number: str) -> str:
    # The control key tells one number from another 96 times in 97, and reveals the least of it: digits of the
    # number itself would add to the birth date above.
    return _nir("x" * _NIR_SHOWN + number[_NIR_SHOWN:])
