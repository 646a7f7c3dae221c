"""The policy: what the publisher of the trust data wants of a terminal (docs/protocol.md)."""

from collections import namedtuple

from micropython import const

from borne import limits
from borne.errors import DecodeError
from borne.token import cbor, dates

if False:  # for types only
    from typing import Any

    from borne.protocols import Encoded
    from borne.token.health_cover import HealthCover

PURPOSES = (
    "consultation",
    "dispensing",
    "admission",
)  # of a tap; the first one of a policy is asked for
_DAY = const(86400)
_NUMBER = (0, 10 * 366 * _DAY)

# A rule: its `key` in the map, the `name` of Policy's attribute, and the `default` where it is left out. A
# value is of the default's type: a list of texts where that is a tuple, a full-date where it is "". `among`
# are the least and the most of a number, or the texts that a list may hold; None: any.
Rule = namedtuple("Rule", ("key", "name", "default", "among"))
RULES = (
    Rule(1, "warn_after", 7 * _DAY, _NUMBER),
    Rule(2, "refuse_after", 30 * _DAY, _NUMBER),
    Rule(3, "clock_skew", limits.CLOCK_SKEW_MAX, (0, limits.CLOCK_SKEW_MAX)),
    Rule(4, "purposes", PURPOSES, PURPOSES),
    Rule(5, "user_verification", True, None),
    Rule(6, "relay_bound", 0, _NUMBER),
    Rule(8, "refuse_unexported", False, None),
    Rule(9, "receipts", False, None),
    Rule(10, "rest", 6, (limits.REST_MIN, limits.REST_MAX)),
    Rule(11, "whole_nir", False, None),
    Rule(20, "identity_to_software", False, None),
)
# Those of the map under one more key: who may use a phone as a card.
ELIGIBILITY = 7
ELIGIBILITY_RULES = (
    Rule(1, "minimum_age", 0, _NUMBER),
    Rule(2, "funds", (), None),
    Rule(3, "departements", (), None),
    Rule(4, "general_from", "", None),
)


class Policy:
    """An attribute for each rule."""

    warn_after: int  # age of the trust data in seconds
    refuse_after: int
    clock_skew: int  # seconds
    purposes: list[str]
    user_verification: bool
    relay_bound: int  # milliseconds; 0: none
    refuse_unexported: bool  # taps, while the journal is full
    receipts: bool  # keep the holders' proofs
    rest: int  # seconds that a verdict stays on the screen
    whole_nir: bool  # the screen shows the insured number unmasked
    identity_to_software: bool  # software that asks for it is told who the holder is
    minimum_age: int  # of whoever holds a phone
    funds: list[str]  # beginnings of schemes; empty: all
    departements: list[str]  # empty: all
    general_from: str  # the first day on which all départements are covered

    def __init__(self, fields: "Any" = None) -> None:
        """`fields` is the decoded policy.cbor map, or None for the defaults. Raises DecodeError."""
        fields = {} if fields is None else fields
        self._take(fields, RULES)
        self._take(fields.get(ELIGIBILITY, {}), ELIGIBILITY_RULES)

    def excludes(self, cover: "HealthCover", day: str) -> str | None:
        """Why this holder (HealthCover) is not covered on `day` ("YYYY-MM-DD"), or None: covered.

        The minimum age is that of whoever holds a phone; it does not count for a dependant (rank 1 on),
        whom the insured's phone carries.
        """
        if cover.rank == 0 and dates.age_on(day, cover.birth_date) < self.minimum_age:
            return "younger than the minimum age"
        scheme = cover.scheme or ""
        if self.funds and not any([scheme.startswith(fund) for fund in self.funds]):
            return "fund not covered"
        general = self.general_from and day >= self.general_from
        if self.departements and not general and cover.departement not in self.departements:
            return "departement not covered yet"
        return None

    def _take(self, fields: object, rules: "tuple[Rule, ...]") -> None:
        if not isinstance(fields, dict):
            raise DecodeError("policy is not a map")
        for rule in rules:
            value = rule.default
            if rule.key in fields:
                value = fields[rule.key]
                if not _fits(value, rule):
                    wrong = " is not a full-date" if rule.default == "" else " is out of range"
                    raise DecodeError("policy's " + rule.name + wrong)
            if isinstance(rule.default, tuple):
                value = list(value or rule.default)
            setattr(self, rule.name, value)


def decode(data: "Encoded") -> Policy:
    """The Policy that the bytes of policy.cbor are. Raises DecodeError."""
    return Policy(cbor.decode(data))


def _fits(value: "Any", rule: Rule) -> bool:
    default, among = rule.default, rule.among
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, int):
        number = isinstance(value, int) and not isinstance(value, bool)
        return number and among[0] <= value <= among[1]
    if isinstance(default, str):
        return dates.is_date(value)
    return isinstance(value, list) and all(
        [one in among if among else isinstance(one, str) for one in value]
    )
