"""The POSIX form of a time zone's rule (IEEE Std 1003.1, section 8.3), such as CET-1CEST,M3.5.0,M10.5.0/3:

    std offset [dst [offset] , start [/time] , end [/time]]

A name is of three letters or more, or stands in < >. An offset is positive west of Greenwich: it leads from
local time to UTC. Without an offset of its own, `dst` is an hour ahead of `std`. The dates of change are Jn
(1 to 365, 29 February does not count), n (0 to 365) or Mm.w.d (week 5 is the month's last, day 0 a Sunday).
Their times, 02:00:00 if left out, are on the clock before the change, from -167 to 167 hours (RFC 9636,
section 3.3.1). Section 8.3 leaves missing dates of change to the system: such a rule is refused.
"""

from micropython import const

from borne import limits
from borne.errors import DecodeError
from borne.token.dates import day_number, day_of, is_digits

if False:  # for types only
    from typing import NoReturn

_HOUR = const(3600)
_DAY = const(86400)
_NAME_MIN = const(3)
_OFFSET_HOURS = const(24)
_CHANGE_HOURS = const(167)
_CHANGE_TIME = const(7200)
_THURSDAY = const(4)  # the day of the week of 1 January 1970
_LEAP_DAY = const(60)  # the number of 29 February in its year; Jn does not count this day


class PosixTz:
    """A parsed rule, which gives the offset at any second."""

    def __init__(self, text: object) -> None:
        """Raises DecodeError if `text` is not a rule in this form."""
        if not isinstance(text, str) or len(text) > limits.TIME_ZONE_MAX:
            raise DecodeError("time zone is no text or too long")
        self._text = text
        self._at = 0
        # Offsets in seconds east of UTC; `_dst` is None if the clock never changes.
        self._name()
        self._std = -self._time(_OFFSET_HOURS)
        self._dst: int | None = None
        if self._next():
            self._name()
            ahead = self._next() in ("", ",")
            self._dst = self._std + _HOUR if ahead else -self._time(_OFFSET_HOURS)
            self._start, self._end = self._change(), self._change()
        if self._next():
            self._lacks("its end")

    def span(self, seconds: int) -> tuple[int, int, int]:
        """(since, until, offset): from unix second `since` up to, not including, `until`, local time is UTC
        plus `offset` seconds. `seconds`, 0 to limits.TIME_MAX, lies between them."""
        since, until = 0, limits.TIME_MAX + 1
        offset = self._std
        if self._dst is None:
            return since, until, offset
        year = int(day_of(seconds)[:4])
        # A change may lie a week outside its year, and a southern summer ends in the next year.
        for one in range(year - 2, year + 3):
            start = self._instant(self._start, one) - self._std
            end = self._instant(self._end, one) - self._dst
            if end <= start:
                end = self._instant(self._end, one + 1) - self._dst
            if start <= seconds < end:
                offset = self._dst
            for change in (start, end):
                if change <= seconds:
                    since = max(since, change)
                else:
                    until = min(until, change)
        return since, until, offset

    def _instant(self, change: tuple[str, int, int, int, int], year: int) -> int:
        """The unix second of a change in that year if the clock were UTC's."""
        form, month, week, day, time = change
        days = day_number(year, 1, 1)
        if form == "M":
            first = day_number(year, month, 1)
            days = first + (day - first - _THURSDAY) % 7 + 7 * (week - 1)
            if days >= day_number(year + month // 12, month % 12 + 1, 1):
                days -= 7  # the month has only four such days
        elif form == "J":
            leap = day_number(year, 3, 1) - days == _LEAP_DAY
            days += day - 1 + (leap and day >= _LEAP_DAY)
        else:
            days += day
        return days * _DAY + time

    def _change(self) -> tuple[str, int, int, int, int]:
        """The next `,date[/time]`: (form, month, week, day, seconds after the midnight of that day)."""
        self._need(",")
        month = week = 0
        form = ""
        if self._took("M"):
            form = "M"
            month = self._number(2, 1, 12)
            self._need(".")
            week = self._number(1, 1, 5)
            self._need(".")
            day = self._number(1, 0, 6)
        elif self._took("J"):
            form = "J"
            day = self._number(3, 1, 365)
        else:
            day = self._number(3, 0, 365)
        return (
            form,
            month,
            week,
            day,
            self._time(_CHANGE_HOURS) if self._took("/") else _CHANGE_TIME,
        )

    def _time(self, hours: int) -> int:
        """The seconds of the next [+-]hh[:mm[:ss]]."""
        west = self._took("-")
        if not west:
            self._took("+")
        seconds = self._number(3, 0, hours) * _HOUR
        if self._took(":"):
            seconds += self._number(2, 0, 59, 2) * 60
            if self._took(":"):
                seconds += self._number(2, 0, 59, 2)
        return -seconds if west else seconds

    def _name(self) -> None:
        first = self._at
        quoted = self._took("<")
        while _is_named(self._next(), quoted):
            self._at += 1
        if self._at - first - quoted < _NAME_MIN:
            self._lacks("a name of three letters")
        if quoted:
            self._need(">")

    def _number(self, digits: int, least: int, most: int, fewest: int = 1) -> int:
        first = self._at
        while self._at - first < digits and is_digits(self._next()):
            self._at += 1
        text = self._text[first : self._at]
        if len(text) < fewest or not least <= int(text) <= most:
            self._at = first
            self._lacks("a number from %d to %d" % (least, most))
        return int(text)

    def _next(self) -> str:
        """The next character, "" at the end."""
        return self._text[self._at : self._at + 1]

    def _took(self, character: str) -> bool:
        """Whether `character` is next; if so, it is consumed."""
        found = self._next() == character
        self._at += found
        return found

    def _need(self, character: str) -> None:
        if not self._took(character):
            self._lacks("a " + character)

    def _lacks(self, what: str) -> "NoReturn":
        raise DecodeError("time zone lacks " + what + " behind '" + self._text[: self._at] + "'")


def _is_named(character: str, quoted: bool) -> bool:
    if "A" <= character <= "Z" or "a" <= character <= "z":
        return True
    return quoted and (is_digits(character) or character in ("+", "-"))
