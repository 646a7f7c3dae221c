"""The rules of a policy, and what reads them: loaded while a policy is read, and no longer."""

from collections import namedtuple

from micropython import const

from borne import limits
from borne.errors import DecodeError
from borne.token import dates

if False:  # for types only
    from typing import Any

    from borne.trust.policy import Policy

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
            if not _fits(value, rule):
                wrong = " is not a full-date" if rule.default == "" else " is out of range"
                raise DecodeError("policy's " + rule.name + wrong)
        if isinstance(rule.default, tuple):
            value = list(value or rule.default)
        setattr(policy, rule.name, value)


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
        [isinstance(one, str) and (not among or one in among) for one in value]
    )
