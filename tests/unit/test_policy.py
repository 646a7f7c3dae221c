"""The rules of a policy: what a row of the table that is changed by mistake would differ from."""

from support import raises

from borne.errors import DecodeError
from borne.token import cbor
from borne.trust import policy, policy_rules
from borne.trust.policy import Policy

DAY = 86400
MOST = 10 * 366 * DAY
ALL = ["consultation", "dispensing", "admission"]

# name: where it stands in the map, its default, values that count, values that are refused
SAID = {
    "warn_after": ((1,), 7 * DAY, (0, MOST), (-1, MOST + 1, True, "7", None)),
    "refuse_after": ((2,), 30 * DAY, (0, MOST), (-1, MOST + 1, False, [])),
    "clock_skew": ((3,), 300, (0, 300), (-1, 301)),
    "purposes": ((4,), ALL, (["admission"], ALL[::-1]), ("admission", ["other"], [1])),
    "user_verification": ((5,), True, (False, True), (0, 1, None, "true")),
    "relay_bound": ((6,), 0, (0, MOST), (-1, MOST + 1, True)),
    "refuse_unexported": ((8,), False, (True, False), (1, "yes")),
    "receipts": ((9,), False, (True, False), (0, [])),
    "rest": ((10,), 6, (2, 60), (1, 61, True)),
    "whole_nir": ((11,), False, (True, False), (1,)),
    "time_zone": (
        (12,),
        "UTC0",
        ("CET-1CEST,M3.5.0,M10.5.0/3", "<-03>3"),
        ("", "Europe/Paris", "CET-1CEST", "CET-25", "A" * 99 + "1", 1, None, []),
    ),
    "identity_to_software": ((20,), False, (True, False), (1,)),
    "minimum_age": ((7, 1), 0, (0, MOST), (-1, MOST + 1, "16", True)),
    "funds": ((7, 2), [], (["01"], ["01", "02-123"]), ("01", [1], {})),
    "departements": ((7, 3), [], (["69", "2A"],), ("69", [69])),
    "general_from": ((7, 4), "", ("2027-01-01",), ("", "soon", "2027-02-30", 1, None)),
}


def made(place, value):
    fields = {place[-1]: value}
    return policy.decode(cbor.encode({7: fields} if len(place) == 2 else fields))


def test_the_table_has_each_of_them_once():
    rules = policy_rules.RULES + policy_rules.ELIGIBILITY_RULES
    assert sorted([rule.name for rule in rules]) == sorted(SAID)
    for some in (policy_rules.RULES, policy_rules.ELIGIBILITY_RULES):
        assert len({rule.key for rule in some}) == len(some)
    assert policy_rules.ELIGIBILITY not in [rule.key for rule in policy_rules.RULES]


def test_each_has_its_place_and_its_default():
    for name, (place, default, values, _) in SAID.items():
        assert getattr(Policy(), name) == default, name
        assert getattr(made(place, values[0]), name) == values[0], name
        for value in values:
            found = made(place, value)
            for other in SAID:
                wanted = value if other == name else SAID[other][1]
                assert getattr(found, other) == wanted, (name, value, other)


def test_each_refuses_what_is_of_another_type_or_out_of_range():
    for name, (place, _, _, refused) in SAID.items():
        for value in refused:
            assert name in str(raises(DecodeError, made, place, value)), (name, value)


def test_an_empty_list_is_the_default():
    assert made((4,), []).purposes == ALL
    assert made((7, 2), []).funds == []


def test_defaults_are_not_shared():
    Policy().purposes.append("other")
    Policy().funds.append("01")
    assert (Policy().purposes, Policy().funds) == (ALL, [])
