"""Time zones as people name them, turned into the rules that terminals take (borne.token.posix_tz)."""

import re
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path

from borne import limits
from borne.errors import DecodeError
from borne.token.posix_tz import PosixTz
from borne.token.time_zone import TimeZone
from bornetools import times
from bornetools.errors import UserError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}", re.ASCII)
_YEARS = 10  # for which a rule has to agree with the zone's own data


def rule(text: str) -> str:
    """`text` if it is a rule, else the rule of the IANA zone with this name, such as Europe/Paris.

    Raises UserError for a rule that terminals do not understand, and for a zone that no rule describes.
    """
    try:
        PosixTz(text)
        return text
    except DecodeError as error:
        footer = _footer(text)
        if footer is None:
            raise UserError(
                f"{text!r} is neither a rule in POSIX form, such as CET-1CEST,M3.5.0,M10.5.0/3"
                f" ({error.reason}), nor a zone that this computer knows, such as Europe/Paris"
            ) from error
    try:
        PosixTz(footer)
    except DecodeError:
        raise UserError(f"terminals do not understand the rule of {text}: {footer!r}") from None
    if _differs(text, footer):
        raise UserError(
            f"no rule says all changes of {text}'s clock in the next {_YEARS} years: give one"
        )
    return footer


def says(zone: str, seconds: int) -> str:
    """The local time by the rule `zone` at `seconds` since 1970, `YYYY-MM-DD HH:MM`."""
    return times.write(TimeZone(zone).local(seconds))[:16].replace("T", " ")


def _footer(name: str) -> str | None:
    """The rule at the end of a zone's file (RFC 9636, section 3.3); None: this computer has no such file."""
    if not _NAME.fullmatch(name):
        return None
    for folder in zoneinfo.TZPATH:
        try:
            data = (Path(folder) / name).read_bytes()
        except OSError:
            continue
        if data.startswith(b"TZif"):
            return data.rstrip(b"\n").rsplit(b"\n", 1)[-1].decode(errors="replace")
    return None


def _differs(name: str, footer: str) -> bool:
    """Whether zone and rule differ on any day of the next _YEARS: the data of some zones lists changes that
    follow the moon."""
    zone, its_rule = zoneinfo.ZoneInfo(name), PosixTz(footer)
    first = times.now() // times.DAY * times.DAY
    for seconds in range(first, min(first + _YEARS * 366 * times.DAY, limits.TIME_MAX), times.DAY):
        offset = datetime.fromtimestamp(seconds, UTC).astimezone(zone).utcoffset()
        if offset != timedelta(seconds=its_rule.span(seconds)[2]):
            return True
    return False
