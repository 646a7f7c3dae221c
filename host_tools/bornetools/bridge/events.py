"""What software is told: made anew, field by field, from what a terminal says on the link.

Nothing is passed on that is not named here, so that a field of a newer terminal cannot be an identity that
nobody has allowed.
"""

from typing import Any

from borne.verify.verdict import SEVERITIES
from bornetools import times
from bornetools.bridge import texts

_TEXT_MAX = 256  # a detail is a fixed text of the firmware, and shorter
# Who the holder is, as the link says it (docs/link.md), and what each may be.
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
    """The terminal has said something that this version does not know. It has no text: that could be
    anything."""


def from_link(kind: str, fields: dict[str, Any], identity: bool) -> dict[str, Any]:
    """The event of one of messages.EVENTS; with `identity`, a verdict's `holder` is in it if the terminal
    says it. Raises NotUnderstood."""
    event: dict[str, Any] = {"event": kind, "lost": _number(fields.get("lost", 0))}
    if kind == "verdict":
        event |= _verdict(fields, identity)
    elif kind == "fault":
        code = _text(fields.get("code"))
        event |= {"code": code, "detail": _text(fields.get("detail")), **texts.of(code)}
    return event


def not_understood() -> dict[str, Any]:
    """The event in the place of one that is not."""
    code = "NOT_UNDERSTOOD"
    return {"event": "fault", "lost": 0, "code": code, "detail": "", **texts.of(code)}


def connected(hello: dict[str, Any], port: str, identity: bool) -> dict[str, Any]:
    """A terminal is there: what it has said of itself. `identity`: it will say who holders are."""
    return {"event": "connected", "lost": 0, **about(hello, port, identity)}


def disconnected(code: str) -> dict[str, Any]:
    """No terminal is there: `code` is one of texts.DISCONNECTED."""
    return {"event": "disconnected", "lost": 0, "code": code, **texts.of(code)}


def about(hello: dict[str, Any], port: str, identity: bool) -> dict[str, Any]:
    """What software is told of a terminal, from its answer to `hello`."""
    return {
        "port": port,
        "board": hello["board"],
        "firmware": hello["firmware"],
        "release": hello["version"],
        "as_of": hello["as_of"],
        "identity": identity,
    }


def stamped(event: dict[str, Any], terminal: str | None, session: str, seq: int) -> dict[str, Any]:
    """The event as it is forwarded: where, when, and which one it is."""
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
    if not isinstance(code, str) or SEVERITIES.get(code) != severity:
        raise NotUnderstood
    verdict = {
        "code": code,
        "severity": severity,
        "detail": _text(fields.get("detail")),
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
    holder = {name: told[name] for name in IDENTITY}
    delegate = holder["delegate"]
    if delegate is not None:
        if len(delegate) != len(_DELEGATE) or not all(isinstance(part, str) for part in delegate):
            raise NotUnderstood
        holder["delegate"] = dict(zip(_DELEGATE, delegate, strict=True))
    return holder


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise NotUnderstood
    return value[:_TEXT_MAX]


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise NotUnderstood
    return value
