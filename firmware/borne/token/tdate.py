"""CDDL's tdate (RFC 8610 appendix D): a moment as text with tag 0, which issuers of mdocs write."""

from micropython import const

from borne.token import cbor, dates

_TAG = const(0)
_FRACTION_MAX = const(9)  # digits
_WHOLE = const(19)  # characters up to the seconds


def seconds(value: object) -> int | None:
    """The unix seconds of a decoded tdate, or None.

    ISO/IEC 18013-5 section 7.1 wants no fraction of a second, but issuers write one: the fraction is dropped.
    The time zone is "Z".
    """
    if not isinstance(value, cbor.Tag) or value.tag != _TAG:
        return None
    text = value.value
    if isinstance(text, str) and text[_WHOLE : _WHOLE + 1] == ".":
        fraction = text[_WHOLE + 1 : -1]
        if len(fraction) > _FRACTION_MAX or not dates.is_digits(fraction):
            return None
        text = text[:_WHOLE] + text[-1]
    return dates.unix_time(text)
