"""The terminal's time, from sources of which none is believed blindly.

- The floor is the greatest time in verified data, plus the time that the terminal has run since. It is
  kept on flash, and it never falls: a clock can lag, it can never run back.
- The RTC chip is believed while it is not below the floor. Up to the clock skew below, it merely lags,
  and the floor is the time; further below, it has run back and tells nothing.
- Without an RTC, or with one that has run back, the time a courier offered serves: it is written to the
  RTC, or else holds until the power goes. It may not be below the floor, nor further above it than
  limits.CLOCK_STEP_MAX unless the operator confirms. Only verified data raises the floor, so many small
  steps reach no further than one.
- While a right RTC, or the operator's word, says what the time is, a courier's offer changes nothing. An
  offer that differs by more than the clock skew takes the operator's word again.
- Else there is no time: CLOCK_UNSET.
"""

import os

from micropython import const

from borne import limits
from borne.errors import DecodeError
from borne.storage import atomic
from borne.token import cbor

if False:  # for types only
    from typing import Callable

    from borne.parts.protocols import Rtc
    from borne.protocols import OpenFile, Os

_FILE_MAX = const(16)
# The floor leaves out this fraction of the uptime: a quick crystal must not carry it past a right RTC.
_DRIFT = const(1000)


class Clock:
    """`path` is the file of the floor; `uptime()` gives seconds that never run back."""

    def __init__(
        self,
        path: str,
        uptime: "Callable[[], int]",
        rtc: "Rtc | None" = None,
        os_module: "Os" = os,
        open_file: "OpenFile" = open,
    ) -> None:
        self._path = path
        self.uptime = uptime
        self._rtc = rtc
        self._os = os_module
        self._open = open_file
        self._saved = self._load()
        self._floor, self._floor_at = self._saved, uptime()
        self._offered: int | None = None
        self._confirmed = False  # it was the operator who said what was offered

    def floor(self) -> int:
        """The unix seconds before which it cannot be."""
        elapsed = self.uptime() - self._floor_at
        return self._floor + elapsed - elapsed // _DRIFT

    def now(self) -> int | None:
        """Unix seconds, or None: no trustworthy time."""
        least = self.floor()
        seconds = self._read_rtc(least)
        if seconds is None:
            seconds = self._read_offered(least)
        return None if seconds is None else max(seconds, least)

    def offer(self, seconds: int, confirmed: bool = False) -> str | None:
        """A courier says that it is `seconds`; `confirmed` if the operator has agreed.

        Returns None if that is the time now, else the code of the refusal.
        """
        least = self.floor()
        if seconds < least:
            return "BELOW_FLOOR"
        if not confirmed:
            sure = self._read_rtc(least)
            if sure is None and self._confirmed:
                sure = self._read_offered(least)
            if sure is not None:
                return None if abs(seconds - sure) <= limits.CLOCK_SKEW_MAX else "STEP_TOO_LARGE"
            if seconds - least > limits.CLOCK_STEP_MAX:
                return "STEP_TOO_LARGE"
        self._offered, self._offered_at = seconds, self.uptime()
        self._confirmed = confirmed
        if self._rtc:
            try:
                self._rtc.write(seconds)
            except OSError:
                pass  # a chip that has gone: what was offered then holds until the power goes
        return None

    def verified(self, seconds: int) -> None:
        """Raises the floor to a time that has passed, by signed data: the time of a release, the `iat`
        of an accepted token; never an expiry. Raises OSError if it cannot be kept: it counts all the
        same until the power goes."""
        least = self.floor()
        if seconds > least:
            self._floor, self._floor_at = seconds, self.uptime()
            least = seconds
        if least - self._saved >= limits.CLOCK_SAVE_EVERY:
            atomic.replace(self._path, (cbor.encode(least),), self._os, self._open)
            self._saved = least

    def _read_rtc(self, least: int) -> int | None:
        try:
            return _above(self._rtc.read() if self._rtc else None, least)
        except OSError:
            return None

    def _read_offered(self, least: int) -> int | None:
        if self._offered is None:
            return None
        return _above(self._offered + self.uptime() - self._offered_at, least)

    def _load(self) -> int:
        # A file that is not there or not a number is no floor: the release's own time is the next one.
        try:
            with self._open(self._path, "rb") as file:
                value = cbor.decode(file.read(_FILE_MAX))
        except (OSError, DecodeError):
            return 0
        return value if isinstance(value, int) and value is not True and value > 0 else 0


def _above(seconds: int | None, least: int) -> int | None:
    """`seconds`, None if they lie below the floor by more than a clock may lag."""
    return None if seconds is None or seconds < least - limits.CLOCK_SKEW_MAX else seconds
