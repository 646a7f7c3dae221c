"""The screens, 128x64 pixels: an icon, a title and what to do, for one second of attention.

    0        36              127
    +------+-------------------+ 0    title: 13 columns of 7x13
    | icon | title             |      aside: 15 columns of 6x10
    | 32x32| aside (2 lines)   |
    +------+-------------------+ 34
    | body (3 lines)           |      body: 21 columns of 6x10
    +--------------------------+ 64

Every screen is drawn over a cleared one: nothing of the last holder outlives it.
"""

from framebuf import MONO_HLSB
from micropython import const

from borne.ui import font, font_6x10, font_7x13b, icons

_WIDTH = const(128)
_HEIGHT = const(64)
_SQUARE = const(8)
_ICON_SIZE = const(32)
_ASIDE_X = const(36)
_BODY_Y = const(34)
_TITLE_COLUMNS = const(13)
_ASIDE_COLUMNS = const(15)
_BODY_COLUMNS = const(21)
_TITLE_ROWS = const(2)
_ASIDE_ROWS = const(2)
_BODY_ROWS = const(3)

_ICONS = {
    "accept": icons.ACCEPT,
    "warn": icons.WARN,
    "refuse": icons.REFUSE,
    "retry": icons.RETRY,
}


class Screens:
    """Draws on `display`, a framebuf.FrameBuffer of 128x64 with `show()`, in the words of `texts`
    (one of the modules borne.ui.texts_*)."""

    def __init__(self, display, texts):
        self._display = display
        self._texts = texts

    def starting(self):
        self._instruction(icons.WAIT, "STARTING")

    def idle(self, trust_age, problem=None):
        """Ready for a phone; `trust_age` of the trust data in seconds, None if it is not known. `problem`
        is the verdict's code for which every token would be refused, TRUST_STALE or CLOCK_UNSET."""
        age = self._texts.TRUST.format(self._age(trust_age))
        if problem:
            body = font.wrap(self._texts.LINES[problem], _BODY_COLUMNS, _BODY_ROWS - 1)
            self._draw(icons.WARN, problem, (), body + [age])
            return
        aside = font.wrap(self._texts.LINES["IDLE"], _ASIDE_COLUMNS, _ASIDE_ROWS)
        self._draw(icons.READY, "IDLE", aside, ("", "", age))

    def question(self, key, text):
        """Asks for the button; `text` is what it is about."""
        body = font.wrap(self._texts.LINES[key], _BODY_COLUMNS, _BODY_ROWS - 1)
        self._draw(icons.WARN, key, (), [text] + body)

    def pattern(self):
        """A checkerboard in a frame: each edge of the screen, and light beside dark."""
        display = self._display
        display.fill(0)
        display.rect(0, 0, _WIDTH, _HEIGHT, 1)
        for y in range(_SQUARE, _HEIGHT - _SQUARE, _SQUARE):
            for x in range(_SQUARE + y % (2 * _SQUARE), _WIDTH - _SQUARE, 2 * _SQUARE):
                display.fill_rect(x, y, _SQUARE, _SQUARE, 1)
        display.show()

    def reading(self):
        self._instruction(icons.READING, "READING")

    def fault(self, code):
        """A part is broken; `code` is READER_RESET (while it is being reset), NO_READER or
        INTERNAL."""
        self._instruction(icons.FAULT, code)

    def verdict(self, verdict):
        """Shows a borne.verify.verdict.Verdict; its holder only if it is accepted or warned of."""
        icon = _ICONS[verdict.severity]
        if verdict.severity in ("accept", "warn"):
            self._holder(icon, verdict.code, verdict.holder, verdict.severity == "accept")
        else:
            self._instruction(icon, verdict.code)

    def _instruction(self, icon, key):
        self._draw(icon, key, (), font.wrap(self._texts.LINES[key], _BODY_COLUMNS, _BODY_ROWS))

    def _holder(self, icon, code, holder, accepted):
        # The end of the cover stands beside the icon when nothing has to be done.
        texts, body = self._texts, []
        aside = texts.LINES[code]
        if holder:
            until = holder.until and texts.UNTIL.format(self._date(holder.until))
            if accepted and until:
                aside, until = until, None
            rows = 2 if accepted and not holder.delegate else 1
            body = self._name(holder.family, holder.given, rows)
            if holder.delegate:
                family, given, _ = holder.delegate
                body += self._name(texts.DELEGATE.format(family), given, 1)
            if until:
                body.append(until)
            body.append(texts.BORN.format(self._date(holder.birth_date)))
        self._draw(icon, code, font.wrap(aside, _ASIDE_COLUMNS, _ASIDE_ROWS), body[:_BODY_ROWS])

    def _name(self, family, given, rows):
        return font.wrap((family + " " + given).strip(" "), _BODY_COLUMNS, rows)

    def _date(self, date):
        return self._texts.DATE.format(date[:4], date[5:7], date[8:10])

    def _age(self, seconds):
        if seconds is None:
            return self._texts.AGE_UNKNOWN
        for unit, one, several in self._texts.AGES:
            if seconds >= unit:
                count = seconds // unit
                return one if count == 1 else several.format(count)
        return self._texts.AGE_NOW

    def _draw(self, icon, key, aside, body):
        display = self._display
        display.fill(0)
        display.blit((icon, _ICON_SIZE, _ICON_SIZE, MONO_HLSB), 0, 0)
        titles = font.wrap(self._texts.TITLES[key], _TITLE_COLUMNS, _TITLE_ROWS)
        used = len(titles) * font_7x13b.HEIGHT + len(aside) * font_6x10.HEIGHT
        y = max(0, _ICON_SIZE - used) // 2
        y = self._lines(font_7x13b, titles, _ASIDE_X, y)
        self._lines(font_6x10, aside, _ASIDE_X, y)
        y = _BODY_Y + (_BODY_ROWS - len(body)) * font_6x10.HEIGHT // 2
        self._lines(font_6x10, body, 0, y)
        display.show()

    def _lines(self, face, lines, x, y):
        for line in lines:
            font.draw(self._display, face, line, x, y)
            y += face.HEIGHT
        return y
