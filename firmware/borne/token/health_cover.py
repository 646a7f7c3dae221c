"""The claim `hcov`: identity and scheme, never a medical datum (docs/protocol.md)."""

from micropython import const

from borne import limits
from borne.errors import DecodeError
from borne.token import dates, nir
from borne.token.cbor import Tag

if False:  # for types only
    from typing import Callable, TypeGuard

    from borne.protocols import Map

FAMILY, GIVEN, BIRTH_DATE, NIR, RANK, SCHEME, DEPARTEMENT = 1, 2, 3, 4, 5, 6, 7
PERIODS, PROOFING, DELEGATE = 8, 9, 10
_DELEGATE_FAMILY = const(1)
_DELEGATE_GIVEN = const(2)
_DELEGATE_UNTIL = const(3)

_TAG_FULL_DATE = const(1004)  # RFC 8943
_RANK_MAX = const(99)
_CODE_MAX = const(16)
_PROOFINGS = const(("eid", "video", "counter"))


class HealthCover:
    """`family`, `given` (str, given may be ""), `birth_date` "YYYY-MM-DD" (parts may be 00), `nir` 15
    characters, `rank` int, `scheme` and `departement` (str or None), `periods` list of (code, from,
    to), `proofing` str or None, `delegate` (family, given, until) or None. Dates are "YYYY-MM-DD".
    `name_from` is described in borne.verify.verdict.Holder. `unbound` is the reason why the cover may be of
    another person than the named one, or None."""

    name_from = "card"
    unbound: str | None = None

    def __init__(self, fields: object) -> None:
        """Raises DecodeError unless `fields` is the claim's map, each field of its type and in its bounds."""
        if not isinstance(fields, dict):
            raise DecodeError("token without a health cover")
        _check_closed(fields, DELEGATE)
        self.family = name(fields.get(FAMILY))
        self.given = name(fields[GIVEN], 0) if GIVEN in fields else ""
        self.birth_date = full_date(fields.get(BIRTH_DATE), dates.is_birth_date)
        self.nir = self._nir(fields.get(NIR))
        self.rank = fields.get(RANK, 0)
        if isinstance(self.rank, bool) or not isinstance(self.rank, int):
            raise DecodeError("beneficiary rank is not a number")
        if not 0 <= self.rank <= _RANK_MAX:
            raise DecodeError("beneficiary rank out of range")
        self.scheme = _checked(fields, SCHEME, _is_scheme)
        self.departement = _checked(fields, DEPARTEMENT, _is_departement)
        self.periods = _periods(fields.get(PERIODS, []))
        self.proofing = _checked(fields, PROOFING, _is_proofing)
        self.delegate = _delegate(fields[DELEGATE]) if DELEGATE in fields else None

    def _nir(self, value: object) -> str:
        if not nir.is_valid(value):
            raise DecodeError("insured number is not a NIR")
        return value

    def entitled_until(self, day: str) -> str | None:
        """The last day of the entitlement period that covers `day`, or None. Both "YYYY-MM-DD"."""
        until = None
        for _, start, end in self.periods:
            if start <= day <= end and (until is None or end > until):
                until = end
        return until


def _check_closed(fields: "Map", last: int) -> None:
    """Raises DecodeError for a field that is not in the profile: it might be one that no card may have."""
    for key in fields:
        if not isinstance(key, int) or not 1 <= key <= last:
            raise DecodeError("unknown field in the health cover")


def name(value: object, least: int = 1) -> str:
    """Returns `value` if it is a valid name of at least `least` characters. Raises DecodeError."""
    if not isinstance(value, str) or not least <= len(value) <= limits.NAME_MAX:
        raise DecodeError("name missing or too long")
    for character in value:
        if ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0:
            raise DecodeError("control character in a name")
    return value


def full_date(value: object, is_date: "Callable[[object], TypeGuard[str]]" = dates.is_date) -> str:
    """The text of a full-date, with its tag or without. Raises DecodeError."""
    if isinstance(value, Tag) and value.tag == _TAG_FULL_DATE:
        value = value.value
    if not is_date(value):
        raise DecodeError("not a full-date")
    return value


def _checked(fields: "Map", key: int, is_valid: "Callable[[str], bool]") -> str | None:
    if key not in fields:
        return None
    value = fields[key]
    if not isinstance(value, str) or not is_valid(value):
        raise DecodeError("field of the health cover out of range")
    return value


def _is_scheme(value: str) -> bool:
    """RR-CCC-NNNN: regime, caisse, centre."""
    if len(value) != 11 or value[2] != "-" or value[6] != "-":
        return False
    return dates.is_digits(value[:2]) and dates.is_digits(value[3:6]) and dates.is_digits(value[7:])


def _is_departement(value: str) -> bool:
    if value in ("2A", "2B"):
        return True
    if not dates.is_digits(value):
        return False
    if len(value) == 2:
        return 1 <= int(value) <= 95
    return len(value) == 3 and 971 <= int(value) <= 976


def _is_proofing(value: str) -> bool:
    return value in _PROOFINGS


def _periods(value: object) -> list[tuple[str, str, str]]:
    if not isinstance(value, list) or len(value) > limits.PERIODS_MAX:
        raise DecodeError("entitlement periods are not a short list")
    periods = []
    for entry in value:
        if not isinstance(entry, list) or len(entry) != 3 or not isinstance(entry[0], str):
            raise DecodeError("entitlement period is not [code, from, to]")
        if not 0 < len(entry[0]) <= _CODE_MAX:
            raise DecodeError("entitlement code too long")
        periods.append((entry[0], full_date(entry[1]), full_date(entry[2])))
    return periods


def _delegate(value: object) -> tuple[str, str, str]:
    if not isinstance(value, dict):
        raise DecodeError("delegate is not a map")
    _check_closed(value, _DELEGATE_UNTIL)
    family = name(value.get(_DELEGATE_FAMILY))
    given = name(value[_DELEGATE_GIVEN], 0) if _DELEGATE_GIVEN in value else ""
    return family, given, full_date(value.get(_DELEGATE_UNTIL))
