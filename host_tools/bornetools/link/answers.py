"""A terminal's answers, validated: the fields that docs/link.md lists, and no others."""

from typing import Any

from borne import limits
from borne.errors import DecodeError
from borne.link import messages
from borne.token.posix_tz import PosixTz

_RESULTS = {command[0]: command[2] for command in messages.COMMANDS}
# Fields that are null if the terminal does not know or have them; all others always have a value.
_NULL = {"root", "version", "as_of", "time", "reader", "rtc", "fault"}
_TIMES = {"as_of", "time", "rtc"}


def known(command: str, result: dict[str, Any]) -> dict[str, Any] | None:
    """The results of `command` in an answer's map; None if it is malformed."""
    schema = _RESULTS[command]
    if not messages.matches(result, schema, null=True):
        return None
    names = [item.split(":")[0] for item in schema.split()]
    found = {name: result[name] for name in names if name in result}  # absent ones are optional
    for name, value in found.items():
        if not _possible(name, value):
            return None
    return found


def _possible(name: str, value: Any) -> bool:
    if value is None:
        return name in _NULL
    if name == "time_zone":
        return _is_rule(value)
    if name in _TIMES:
        return bool(value <= limits.TIME_MAX)
    return name != "data" or len(value) <= limits.LINK_CHUNK_MAX


def _is_rule(text: str) -> bool:
    try:
        PosixTz(text)
    except DecodeError:
        return False
    return True
