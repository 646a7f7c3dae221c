"""The events for software: made anew, field by field, from a terminal's messages on the link.

Only fields named here are passed on, so that a field of a newer terminal cannot be an identity without
permission. A value of another type, or larger than any terminal's, is not understood; text is passed on
without characters that a screen would obey or not show.
"""

import re
from typing import Any

from borne import limits
from borne.verify.verdict import SEVERITIES
from bornetools import times
from bornetools.bridge import texts
from bornetools.printable import printable

_DETAIL_MAX = 256  # a detail is a fixed text of the firmware, and shorter
_ABOUT_MAX = 64  # names of a terminal, its board and its firmware
_NUMBER_MAX = 0xFFFFFFFF  # of events lost, or of a beneficiary
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,31}", re.ASCII)
# Fields of the holder's identity on the link (docs/link.md), and their types.
IDENTITY: dict[str, Any] = {
    "family": str,
    "given": str,
    "birth_date": str,
    "nir": str,
    "rank": int,
    "until": (str, type(None)),
    "delegate": (list, type(None)),
    "name_from": str,
}
_DELEGATE = ("family", "given", "until")
_VERIFIED = ("accept", "warn")


class NotUnderstood(Exception):
    """A message of the terminal that this version does not know. No text is kept: it could be anything."""


def from_link(kind: str, fields: dict[str, Any], identity: bool) -> dict[str, Any]:
    """The event for one of messages.EVENTS; with `identity`, a verdict has its `holder` if the terminal sends
    it. Raises NotUnderstood."""
    event: dict[str, Any] = {"event": kind, "lost": _number(fields.get("lost", 0))}
    if kind == "verdict":
        event |= _verdict(fields, identity)
    elif kind == "fault":
        code = fields.get("code")
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            raise NotUnderstood
        event |= {
            "code": code,
            "detail": _text(fields.get("detail"))[:_DETAIL_MAX],
            **texts.of(code),
        }
    return event


def not_understood() -> dict[str, Any]:
    """The event in place of one that is not understood."""
    code = "NOT_UNDERSTOOD"
    return {"event": "fault", "lost": 0, "code": code, "detail": "", **texts.of(code)}


def hello(told: dict[str, Any]) -> dict[str, Any]:
    """A terminal's answer to `hello`, field by field. Raises NotUnderstood."""
    named = ("terminal", "board", "firmware")
    counted = ("version", "as_of", "time", "warn_after", "refuse_after")
    answer: dict[str, Any] = {name: _text(told.get(name), _ABOUT_MAX) for name in named}
    for name in counted:
        value = told.get(name)
        answer[name] = None if value is None else _number(value, limits.TIME_MAX)
    if answer["as_of"] is not None and None in (answer["warn_after"], answer["refuse_after"]):
        raise NotUnderstood  # data without a policy that judges their age
    return answer


def connected(hello: dict[str, Any], port: str, identity: bool) -> dict[str, Any]:
    """The event of a connected terminal, with its data. `identity`: it will send holders' identities."""
    return {"event": "connected", "lost": 0, **about(hello, port, identity)}


def disconnected(code: str) -> dict[str, Any]:
    """The event of an absent terminal: `code` is one of texts.DISCONNECTED."""
    return {"event": "disconnected", "lost": 0, "code": code, **texts.of(code)}


def about(hello: dict[str, Any], port: str, identity: bool) -> dict[str, Any]:
    """The data of a terminal for software, from its answer to `hello`."""
    return {
        "port": port,
        "board": hello["board"],
        "firmware": hello["firmware"],
        "release": hello["version"],
        "as_of": hello["as_of"],
        "identity": identity,
    }


def stamped(event: dict[str, Any], terminal: str | None, session: str, seq: int) -> dict[str, Any]:
    """The event as it is forwarded: with its terminal, session, `seq` and time."""
    return {
        "event": event["event"],
        "session": session,
        "seq": seq,
        "time": times.now(),
        "terminal": terminal,
        **event,
    }


def _verdict(fields: dict[str, Any], identity: bool) -> dict[str, Any]:
    code, severity = fields.get("code"), fields.get("severity")
    if not isinstance(code, str) or code not in SEVERITIES or SEVERITIES[code] != severity:
        raise NotUnderstood
    verdict = {
        "code": code,
        "severity": severity,
        "detail": _text(fields.get("detail"))[:_DETAIL_MAX],
        **texts.of(code),
    }
    if identity and severity in _VERIFIED and "holder" in fields:
        verdict["holder"] = _holder(fields["holder"])
    return verdict


def _holder(told: Any) -> dict[str, Any]:
    if not isinstance(told, dict) or not all(
        name in told and isinstance(told[name], kind) for name, kind in IDENTITY.items()
    ):
        raise NotUnderstood
    holder = {name: _of_holder(told[name]) for name in IDENTITY if name != "delegate"}
    delegate = told["delegate"]
    if delegate is not None:
        if len(delegate) != len(_DELEGATE) or not all(isinstance(part, str) for part in delegate):
            raise NotUnderstood
        delegate = dict(zip(_DELEGATE, map(_of_holder, delegate), strict=True))
    return {**holder, "delegate": delegate}


def _of_holder(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) >= limits.CBOR_TEXT_MAX and value.endswith("…"):
            raise NotUnderstood  # the link has cut it: part of a name is nobody's
        return _text(value)
    return value if value is None else _number(value)


def _text(value: Any, most: int = limits.CBOR_TEXT_MAX) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise NotUnderstood
    return printable(value, most)


def _number(value: Any, most: int = _NUMBER_MAX) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise NotUnderstood
    return value
