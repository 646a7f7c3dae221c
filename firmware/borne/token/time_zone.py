"""The counter's time zone: the day and the time of day there."""

from borne import limits
from borne.memory.unimport import Unimport
from borne.token import dates

UTC = "UTC0"  # where no rule is given


class TimeZone:
    """By a `rule` in POSIX form (borne.token.posix_tz), which is read anew at each change of its clock only:
    what reads it is not to stay in RAM."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self._since = self._until = self._offset = 0

    def local(self, seconds: int) -> int:
        """Unix `seconds` as dates.day_of and dates.time_of take them to say what the counter's clock says.
        The calendar ends with the year 9999."""
        if not self._since <= seconds < self._until:
            with Unimport():
                from borne.token.posix_tz import PosixTz

                self._since, self._until, self._offset = PosixTz(self.rule).span(seconds)
        return min(seconds + self._offset, limits.TIME_MAX)

    def day(self, seconds: int) -> str:
        """The counter's day at a unix time, "YYYY-MM-DD"."""
        return dates.day_of(self.local(seconds))
