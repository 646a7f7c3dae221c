"""The terminal's time, from sources none of which is believed blindly. docs/trust.md has the rules' table.

- The floor is the greatest time in verified data, plus the time that the terminal has run since. It is
  kept on flash, in two parts: the time stated by releases, and that by other data. The greater part counts.
- The RTC is believed while it is not below the floor. An RTC below it by at most the clock skew lags, and
  the floor is the time; an RTC further below has run back and is ignored.
- While a right RTC or the operator's word gives the time, verified data does not raise the floor beyond
  that time, and a courier's offer changes nothing. An offer that differs by more than the clock skew
  takes the operator's word again.
- Without an RTC, or if the RTC has run back, the time offered by a courier serves: it is written to the
  RTC, or else holds until the power goes. An offer may not be below the floor, nor further above it than
  limits.CLOCK_STEP_MAX unless the operator confirms. Only verified data raises the floor, so many small
  steps reach no further than one.
- Else there is no time: CLOCK_UNSET.
- The floor falls in two ways only (borne.link.lowering), never below the firmware's build date.
"""

import os

from micropython import const

from borne import BUILT, limits
from borne.errors import DecodeError
from borne.storage import atomic
from borne.token import cbor

if False:  # for types only
    from typing import Callable

    from borne.parts.protocols import Rtc
    from borne.protocols import OpenFile, Os
    from borne.trust.release_store import ReleaseStore

_FILE_MAX = const(24)
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
        # The parts of the floor, each less the time that the terminal had run when the part was set.
        rest, releases = self._load()
        self._rest, self._releases = rest - self._ran(), releases - self._ran()
        self._saved = max(rest, releases)
        self._offered: int | None = None
        self._confirmed = False  # the operator has confirmed the offer

    def floor(self) -> int:
        """The earliest time that it can be, in unix seconds."""
        return max(self._rest, self._releases) + self._ran()

    def floor_without_releases(self) -> int:
        """The floor as it would be without the times of releases."""
        return max(self._rest + self._ran(), BUILT)

    def now(self) -> int | None:
        """Unix seconds, or None: no trustworthy time."""
        seconds = self.sure()
        if seconds is None:
            least = self.floor()
            seconds = self._read_offered(least)
            return None if seconds is None else max(seconds, least)
        return seconds

    def sure(self) -> int | None:
        """Unix seconds by the RTC or by the operator's word; None: there is neither."""
        least = self.floor()
        seconds = self._read_rtc(least)
        if seconds is None and self._confirmed:
            seconds = self._read_offered(least)
        return None if seconds is None else max(seconds, least)

    def offer(self, seconds: int, confirmed: bool = False) -> str | None:
        """Takes a courier's offer of the time, `seconds`; `confirmed` if the operator has agreed.

        Returns None if that is the time now, else the code of the refusal.
        """
        least = self.floor()
        if seconds < least:
            return "BELOW_FLOOR"
        if not confirmed:
            sure = self.sure()
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
                pass  # the chip has gone: the offer then holds until the power goes
        return None

    def verified(self, seconds: int) -> None:
        """Raises the floor to a past time in signed data: the `iat` of an accepted token, never an expiry.
        Raises OSError if the floor cannot be written: it counts all the same until the power goes."""
        self._rest = max(self._rest, self._passed(seconds))
        self._save()

    def released(self, store: "ReleaseStore") -> None:
        """As `verified`, by the time of the release in `store`. A release without its timestamp does not
        count: a root has withdrawn the key that signed the time (TUF 5.3.11)."""
        if store.sha256("timestamp.json"):
            self._releases = max(self._releases, self._passed(store.time))
            self._save()

    def lower(self, seconds: int) -> None:
        """Lowers the floor to `seconds`, not below the firmware's build date. Raises OSError: it stays."""
        seconds = max(seconds, BUILT)
        self._write(seconds, 0)
        self._rest, self._releases = seconds - self._ran(), 0

    def _passed(self, seconds: int) -> int:
        """A part of the floor, by data of the time `seconds`: no later than now, if that is known."""
        sure = self.sure()
        return (seconds if sure is None else min(seconds, sure)) - self._ran()

    def _ran(self) -> int:
        ran = self.uptime()
        return ran - ran // _DRIFT

    def _read_rtc(self, least: int) -> int | None:
        try:
            return _above(self._rtc.read() if self._rtc else None, least)
        except OSError:
            return None

    def _read_offered(self, least: int) -> int | None:
        if self._offered is None:
            return None
        return _above(self._offered + self.uptime() - self._offered_at, least)

    def _save(self) -> None:
        if self.floor() - self._saved >= limits.CLOCK_SAVE_EVERY:
            ran = self._ran()
            self._write(max(self._rest + ran, 0), max(self._releases + ran, 0))

    def _write(self, rest: int, releases: int) -> None:
        atomic.replace(self._path, (cbor.encode([rest, releases]),), self._os, self._open)
        self._saved = max(rest, releases)

    def _load(self) -> tuple[int, int]:
        # A missing or malformed file gives no floor: the release's own time is the next one. A single
        # number does not tell the parts apart.
        try:
            with self._open(self._path, "rb") as file:
                value = cbor.decode(file.read(_FILE_MAX))
        except (OSError, DecodeError):
            return 0, 0
        if isinstance(value, list) and len(value) == 2:
            return _number(value[0]), _number(value[1])
        return _number(value), 0


def _number(value: object) -> int:
    return value if isinstance(value, int) and value is not True and value > 0 else 0


def _above(seconds: int | None, least: int) -> int | None:
    """`seconds`; None if below `least` by more than a clock may lag."""
    return None if seconds is None or seconds < least - limits.CLOCK_SKEW_MAX else seconds
