"""Verdicts on taps that never reach the verifier: the faults while reading."""

from micropython import const

from borne.errors import (
    ApduError,
    DecodeError,
    GoneError,
    NotOfferedError,
    SelectError,
    SessionError,
    UnsupportedError,
)
from borne.verify.verdict import Verdict

# Status code of an mdoc session: without an answer, the holder does not agree.
_TERMINATION = const(20)
# Security status not satisfied; conditions of use not satisfied; application not selected: the holder has not
# unlocked the phone or the application.
_SW_LOCKED = const((0x6982, 0x6985, 0x6999))


def verdict_on(error: Exception) -> Verdict:
    """The Verdict on an exception from borne.nfc.phones.Phones.read. An unforeseen one is INTERNAL."""
    if isinstance(error, (SelectError, NotOfferedError)):
        return Verdict("NO_APPLICATION", str(error))
    if isinstance(error, ApduError):
        code = "HOLDER_NOT_PRESENT" if error.sw in _SW_LOCKED else "MALFORMED"
        return Verdict(code, str(error))
    if isinstance(error, GoneError):
        return Verdict("TORN", str(error))
    if isinstance(error, UnsupportedError):
        return Verdict("UNSUPPORTED", error.reason)
    if isinstance(error, SessionError) and error.by_phone and error.status == _TERMINATION:
        return Verdict("HOLDER_NOT_PRESENT", error.reason)
    if isinstance(error, DecodeError):
        return Verdict("MALFORMED", error.reason)
    return Verdict("INTERNAL", type(error).__name__)
