"""A line of a journal or of receipts, exactly as a terminal writes it (docs/journal.md).

A line that a terminal would have written otherwise, byte for byte, is none: the hash shows that nothing was
changed, and this module that the line means something.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any

from borne import limits
from borne.trust.policy_rules import PURPOSES
from borne.verify.verdict import SEVERITIES

Entry = dict[str, Any]

_NUMBER_MAX = 10**18
_TEXT_MAX = 256  # borne/journal/journal.py
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PSEUDONYM = re.compile(r"[0-9a-f]{12}")
_PLAIN = re.compile(r"[ !#-\[\]-~]*")  # without characters that JSON escapes


class NotALine(Exception):
    """`reason` says what is wrong, in a few words behind "entry 7: "."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_digest(value: object) -> bool:
    """Whether this is a SHA-256 in hexadecimal, as lines have it."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def parse(line: bytes) -> Entry:
    """The entry of a line, without its end. Raises NotALine."""
    try:
        text = line.decode("ascii")
        entry = json.loads(text)
        same = json.dumps(entry) == text
    except (ValueError, RecursionError):
        raise NotALine("a line that is no entry") from None
    if not isinstance(entry, dict) or "n" not in entry:
        raise NotALine("a line that is no entry")
    form = _form(entry)
    for name, value in entry.items():
        if name not in form or not form[name](value):
            raise NotALine(f"{name[:40]!a} is nothing that a terminal writes")
    if not same:
        raise NotALine("not written as a terminal writes it")
    return entry


def body(line: bytes) -> bytes:
    """The bytes of a line that its hash covers."""
    return line[: -len(', "hash": ""}') - 64]


def _form(entry: Entry) -> "_Form":
    """The form of each field of an entry. Raises NotALine unless these are the fields of an entry."""
    names = " ".join(entry)
    for fields, form in _FORMS:
        if fields.fullmatch(names):
            return form
    known = {name for _, form in _FORMS for name in form}
    for name in entry:
        if name not in known:
            raise NotALine(f"a field that no terminal writes: {name[:40]!a}")
    raise NotALine("fields are missing, or out of order")


_Form = dict[str, Callable[[Any], bool]]


def _number(least: int, most: int = _NUMBER_MAX) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _or_none(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _among(values: Any) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in values


def _plain(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _TEXT_MAX and bool(_PLAIN.fullmatch(value))


def _name(value: Any) -> bool:
    return _plain(value) and value != ""


def _bytes(size: int) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        try:
            data = base64.b64decode(value, validate=True)
        except (TypeError, ValueError, binascii.Error):
            return False
        return len(data) == size and base64.b64encode(data).decode() == value

    return check


_SECONDS = _number(0, limits.TIME_MAX)
_TIME = _or_none(_SECONDS)
_ALL = {"n": _number(1), "time": _TIME, "hash": is_digest}
_COUNTED = {"count": _number(1), "first": _TIME, "last": _TIME}
_FORMS: list[tuple[re.Pattern[str], _Form]] = [
    (re.compile(f"n time {fields} hash"), {**_ALL, **form})
    for fields, form in (
        (
            "begin firmware exported oldest lost before",
            {
                "begin": _name,
                "firmware": _name,
                "exported": _number(0),
                "oldest": _number(1),
                "lost": _number(0),
                "before": is_digest,
            },
        ),
        (
            "verdict( detail)? release( purpose)?(( issuer)? token( receipt)?)?",
            {
                "verdict": _among(SEVERITIES),
                "detail": _name,
                "release": _or_none(_number(1)),
                "purpose": _among(PURPOSES),
                "issuer": _name,
                "token": lambda value: isinstance(value, str) and bool(_PSEUDONYM.fullmatch(value)),
                "receipt": _or_none(_number(1)),
            },
        ),
        ("verdict count first last", {"verdict": _among(SEVERITIES), **_COUNTED}),
        ("fault detail", {"fault": _name, "detail": _plain}),
        (
            "floor_before floor detail",
            {"floor_before": _SECONDS, "floor": _SECONDS, "detail": _name},
        ),
        ("fault count first last", {"fault": _name, **_COUNTED}),
        (
            "terminal purpose nonce token key uv method signature",
            {
                "terminal": _name,
                "purpose": _among(PURPOSES),
                "nonce": _bytes(limits.NONCE_SIZE),
                "token": _bytes(32),
                "key": _bytes(64),
                "uv": lambda value: isinstance(value, bool),
                "method": _name,
                "signature": _bytes(64),
            },
        ),
    )
]


def is_of(log: str, entry: Entry) -> bool:
    """Whether a log of this name has such entries."""
    return "begin" in entry or ("signature" in entry) == (log == "receipts")
