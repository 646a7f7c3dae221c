"""Times as people write them: ISO 8601 in UTC, or whole seconds since 1970 (NumericDate)."""

import time
from datetime import UTC, datetime

from borne import limits
from bornetools.errors import UserError

DAY = 86_400


def now() -> int:
    """The computer's clock, in whole seconds since 1970."""
    return int(time.time())


def parse(text: str) -> int:
    """Seconds since 1970 of `2026-01-31T08:30:00Z`, `2026-01-31` (midnight) or `1769848200`.

    A time without a zone is UTC; one with another zone is converted. Raises UserError.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        seconds = int(text.lstrip("0")[:20] or "0")
    else:
        try:
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            seconds = int(moment.timestamp())
        except (ValueError, OverflowError):
            raise UserError(
                f"{text!r} is not a time: write 2026-01-31T08:30:00Z, 2026-01-31 or whole seconds"
            ) from None
    if not 0 <= seconds <= limits.TIME_MAX:
        raise UserError(f"{text!r} is not a time between 1970 and 9999")
    return seconds


def write(seconds: int) -> str:
    """`seconds` since 1970 as ISO 8601 in UTC: the inverse of `parse`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def date(seconds: int) -> str:
    """The UTC day of `seconds` since 1970, `YYYY-MM-DD`."""
    return write(seconds)[:10]
