"""The terminal's time, from sources of which none is believed blindly.

- The floor is the greatest time in verified data, plus the time that the terminal has run since. It is
  kept on flash, and it never falls: a clock can lag, it can never run back.
- The RTC chip is believed while it is not below the floor. Up to the clock skew below, it merely lags,
  and the floor is the time; further below, it has run back and tells nothing.
- Without an RTC, or with one that has run back, the time a courier offered serves until the power goes.
  It may not be below the floor, nor further above it than limits.CLOCK_STEP_MAX unless the operator
  confirms. Only verified data raises the floor, so many small steps reach no further than one.
- Else there is no time: CLOCK_UNSET.
"""

import os

from borne import limits
from borne.errors import DecodeError
from borne.token import cbor
from borne.trust import atomic

_FILE_MAX = 16
# The floor leaves out this fraction of the uptime: a quick crystal must not carry it past a right RTC.
_DRIFT = 1000


class Clock:
    """`path` is the file of the floor; `uptime()` gives seconds that never run back; `rtc()` unix
    seconds, or None when the chip knows that it has stopped."""

    def __init__(self, path, uptime, rtc=None, os_module=os, open_file=open):
        self._path = path
        self._uptime = uptime
        self._rtc = rtc
        self._os = os_module
        self._open = open_file
        self._saved = self._load()
        self._floor, self._floor_at = self._saved, uptime()
        self._offered = None

    def floor(self):
        """The unix seconds before which it cannot be."""
        elapsed = self._uptime() - self._floor_at
        return self._floor + elapsed - elapsed // _DRIFT

    def now(self):
        """Unix seconds, or None: no trustworthy time."""
        least = self.floor()
        seconds = self._rtc() if self._rtc else None
        if seconds is None or seconds < least - limits.CLOCK_SKEW_MAX:
            if self._offered is None:
                return None
            seconds = self._offered + self._uptime() - self._offered_at
            if seconds < least - limits.CLOCK_SKEW_MAX:
                return None
        return max(seconds, least)

    def offer(self, seconds, confirmed=False):
        """A courier says that it is `seconds`; `confirmed` if the operator has agreed.

        Returns None if that is now the time where no RTC is right, else the code of the refusal. An
        RTC that can be set is for the caller to set.
        """
        least = self.floor()
        if seconds < least:
            return "BELOW_FLOOR"
        if not confirmed and seconds - least > limits.CLOCK_STEP_MAX:
            return "STEP_TOO_LARGE"
        self._offered, self._offered_at = seconds, self._uptime()
        return None

    def verified(self, seconds):
        """Raises the floor to a time that has passed, by signed data: the time of a release, the `iat`
        of an accepted token; never an expiry. Raises OSError if it cannot be kept: it counts all the
        same until the power goes."""
        least = self.floor()
        if seconds > least:
            self._floor, self._floor_at = seconds, self._uptime()
            least = seconds
        if least - self._saved >= limits.CLOCK_SAVE_EVERY:
            atomic.replace(self._path, cbor.encode(least), self._os, self._open)
            self._saved = least

    def _load(self):
        # A file that is not there or not a number is no floor: the release's own time is the next one.
        try:
            with self._open(self._path, "rb") as file:
                value = cbor.decode(file.read(_FILE_MAX))
        except (OSError, DecodeError):
            return 0
        return value if isinstance(value, int) and value is not True and value > 0 else 0
