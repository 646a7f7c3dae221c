"""The statements of a token on its holder: the `hcov` claim of the token profile, checked before signing."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

import cbor2

from borne import limits
from bornetools.errors import UserError
from bornetools.issuer import nir

# CWT claims (RFC 8392, RFC 8747, IETF Token Status List) and the profile's own.
ISS, SUB, EXP, NBF, IAT, CTI, CNF = 1, 2, 4, 5, 6, 7, 8
STATUS, STATUS_LIST, TTL = 65535, 65533, 65534
HCOV = -65800

PROOFING = ("eid", "video", "counter")
_FULL_DATE = 1004  # RFC 8943
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BIRTH_DATE = re.compile(r"\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])", re.ASCII)
_SCHEME = re.compile(r"\d\d-\d{3}-\d{4}", re.ASCII)
_CODE = re.compile(r"[A-Z0-9]{1,8}", re.ASCII)
DEPARTEMENTS = frozenset(
    [f"{n:02}" for n in range(1, 96) if n != 20] + ["2A", "2B"] + [str(n) for n in range(971, 977)]
)
_RANK_MAX = 99


@dataclass(frozen=True)
class Cover:
    """Identity and scheme, never a medical datum. Dates are `YYYY-MM-DD`.

    `entitlements` are (code, from, to), both days included; `delegate` is (family, given,
    until). A birth date is as on a card: unknown parts are `00`, a lunar day need not exist. The
    constructor raises UserError.
    """

    family: str
    given: str
    birth_date: str
    nir: str
    rank: int = 0
    scheme: str | None = None
    departement: str | None = None
    entitlements: tuple[tuple[str, str, str], ...] = ()
    proofing: str | None = None
    delegate: tuple[str, str, str] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "family", _name(self.family, "family name"))
        object.__setattr__(self, "given", _name(self.given, "given name"))
        object.__setattr__(self, "nir", nir.check(self.nir))
        if not _BIRTH_DATE.fullmatch(self.birth_date):
            raise UserError("the birth date is not of the form YYYY-MM-DD")
        if not 0 <= self.rank <= _RANK_MAX:
            raise UserError(f"the rank is not between 0 and {_RANK_MAX}")
        if self.scheme is not None and not _SCHEME.fullmatch(self.scheme):
            raise UserError(f"{self.scheme!r} is not a scheme: write RR-CCC-NNNN")
        if self.departement is not None and self.departement not in DEPARTEMENTS:
            raise UserError(f"{self.departement!r} is not a département: 01..95, 2A, 2B, 971..976")
        if self.proofing is not None and self.proofing not in PROOFING:
            raise UserError(f"{self.proofing!r} is not a proofing: {', '.join(PROOFING)}")
        if len(self.entitlements) > limits.PERIODS_MAX:
            raise UserError(f"more than {limits.PERIODS_MAX} entitlement periods")
        for code, first, last in self.entitlements:
            _check_period(code, first, last)
        if self.delegate:
            family, given, until = self.delegate
            family, given = _name(family, "delegate's name"), _name(given, "delegate's name")
            object.__setattr__(self, "delegate", (family, given, _day(until)))

    def hcov(self) -> dict[int, Any]:
        """The claim's map, keys as in the profile, absent fields left out."""
        # Tag 1004 is for days of the calendar; other birth dates stay text.
        tagged = cbor2.CBORTag(_FULL_DATE, self.birth_date)
        fields = {
            1: self.family,
            2: self.given,
            3: tagged if _is_day(self.birth_date) else self.birth_date,
            4: self.nir,
            5: self.rank,
            6: self.scheme,
            7: self.departement,
            8: [list(period) for period in self.entitlements],
            9: self.proofing,
            10: dict(enumerate(self.delegate, 1)) if self.delegate else None,
        }
        return {key: value for key, value in fields.items() if value is not None}


def check_uri(uri: str) -> str:
    """`uri`, if terminals take it as an issuer's or a list's name. Raises UserError."""
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s]*", uri, re.ASCII):
        raise UserError(f"{uri!r} is not an http or https URI")
    if len(uri) > limits.URI_MAX:
        raise UserError(f"a URI of more than {limits.URI_MAX} characters")
    return uri


def _name(text: str, what: str) -> str:
    # One form for one name (Unicode NFC): a terminal's font has é, not e with a combining accent.
    text = unicodedata.normalize("NFC", text.strip())
    if not text.isprintable() or not 0 < len(text.encode()) <= limits.NAME_MAX:
        raise UserError(f"the {what} is empty, too long or not printable")
    return text


def _is_day(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _day(text: str) -> str:
    if not _is_day(text):
        raise UserError(f"{text!r} is not a date: write YYYY-MM-DD")
    return text


def _check_period(code: str, first: str, last: str) -> None:
    if not _CODE.fullmatch(code):
        raise UserError(f"{code!r} is not an entitlement code: 1 to 8 capitals or digits")
    if _day(first) > _day(last):
        raise UserError(f"entitlement {code}: {first} is after {last}")
