"""The counter's time zone: the day and the time of day there."""

import gc
from array import array

from borne import limits
from borne.memory.unimport import Unimport
from borne.token import dates

UTC = "UTC0"  # where no rule is given


class TimeZone:
    """The time zone of a `rule` in POSIX form (borne.token.posix_tz). The rule is parsed again at each change
    of the clock only: the parser does not stay in RAM."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        # The result of PosixTz.span, written in place: a new object would lie amid the free heap.
        self._span = array("q", (0, limits.TIME_MAX + 1 if rule == UTC else 0, 0))

    def local(self, seconds: int) -> int:
        """The counter's local time at unix `seconds`, in seconds for dates.day_of and dates.time_of. The
        calendar ends with the year 9999."""
        span = self._span
        if not span[0] <= seconds < span[1]:
            with Unimport():
                from borne.token.posix_tz import PosixTz

                span[0], span[1], span[2] = PosixTz(self.rule).span(seconds)
            gc.collect()  # lasting objects must not be allocated behind this garbage
        return min(seconds + span[2], limits.TIME_MAX)

    def day(self, seconds: int) -> str:
        """The counter's day at a unix time, "YYYY-MM-DD"."""
        return dates.day_of(self.local(seconds))
