"""The rules of a policy, and their reader: loaded only while a policy is read."""

from collections import namedtuple

from micropython import const

from borne import limits
from borne.errors import DecodeError
from borne.token import dates, time_zone

if False:  # for types only
    from typing import Any

    from borne.trust.policy import Policy

PURPOSES = (
    "consultation",
    "dispensing",
    "admission",
)  # of a tap; a terminal uses the policy's first one
_DAY = const(86400)
_NUMBER = (0, 10 * 366 * _DAY)


def _require_date(value: object) -> None:
    if not dates.is_date(value):
        raise DecodeError("not a full-date")


def _require_time_zone(value: object) -> None:
    from borne.token.posix_tz import PosixTz  # RAM: many a policy has no time zone

    PosixTz(value)


# A rule: its `key` in the map, the `name` of Policy's attribute, and the `default` for an absent key. A value
# has the default's type; for a tuple, it is a list of texts. `among` are the least and the most of a number,
# or the texts that a list may hold (None: any); for a text, a function that raises DecodeError if the text is
# invalid.
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
    Rule(12, "time_zone", time_zone.UTC, _require_time_zone),
    Rule(20, "identity_to_software", False, None),
)
# The key of one more map, and that map's rules: the holders who may use a phone as a card.
ELIGIBILITY = 7
ELIGIBILITY_RULES = (
    Rule(1, "minimum_age", 0, _NUMBER),
    Rule(2, "funds", (), None),
    Rule(3, "departements", (), None),
    Rule(4, "general_from", "", _require_date),
)


def read(policy: "Policy", fields: "Any") -> None:
    """Gives `policy` an attribute for each rule, from the decoded map. Raises DecodeError."""
    _take(policy, fields, RULES)
    _take(policy, fields.get(ELIGIBILITY, {}), ELIGIBILITY_RULES)


def _take(policy: "Policy", fields: object, rules: "tuple[Rule, ...]") -> None:
    if not isinstance(fields, dict):
        raise DecodeError("policy is not a map")
    for rule in rules:
        value = rule.default
        if rule.key in fields:
            value = fields[rule.key]
            try:
                _require(value, rule)
            except DecodeError as error:
                raise DecodeError("policy's " + rule.name + ": " + error.reason)
        if isinstance(rule.default, tuple):
            value = list(value or rule.default)
        setattr(policy, rule.name, value)


def _require(value: "Any", rule: Rule) -> None:
    default, among = rule.default, rule.among
    if isinstance(default, str):
        among(value)
        return
    if isinstance(default, bool):
        fits = isinstance(value, bool)
    elif isinstance(default, int):
        number = isinstance(value, int) and not isinstance(value, bool)
        fits = number and among[0] <= value <= among[1]
    else:
        fits = isinstance(value, list) and all(
            [isinstance(one, str) and (not among or one in among) for one in value]
        )
    if not fits:
        raise DecodeError("out of range")
