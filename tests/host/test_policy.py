"""The rules of a policy: firmware, options of the publisher and documentation name the same."""

import json
import re
from pathlib import Path

import cbor2
import pytest

from borne.trust.policy import Policy
from borne.trust.policy_rules import ELIGIBILITY, ELIGIBILITY_RULES, RULES
from bornetools.errors import UserError
from bornetools.issuer import trustset
from bornetools.publisher.command_policy import SETTINGS, set_policy

ROOT = Path(__file__).parents[2]
ALL = (*RULES, *ELIGIBILITY_RULES)


def test_the_documentation_has_the_rules_as_they_are():
    text = (ROOT / "docs" / "protocol.md").read_text()
    rows = re.findall(r"^\| ([\d.]+) \| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE)
    said = {name: (place, json.loads(default)) for place, name, default in rows}
    places = {rule.name: str(rule.key) for rule in RULES}
    places |= {rule.name: f"{ELIGIBILITY}.{rule.key}" for rule in ELIGIBILITY_RULES}
    values = vars(Policy())
    assert said == {name: (place, values[name]) for name, place in places.items()}


def test_a_policy_is_annotated_with_its_rules():
    assert list(Policy.__annotations__) == [rule.name for rule in ALL] == list(vars(Policy()))


def test_each_rule_has_an_option():
    assert SETTINGS.keys() == {rule.name for rule in ALL}
    given = {one.name for one in set_policy.params} - {"folder", "as_json"}
    assert given == SETTINGS.keys()


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_each_rule_is_written_where_terminals_read_it(rule):
    """In all its types: `other` is a value that is not the default."""
    default = rule.default
    other: object = not default
    if isinstance(default, tuple):
        other = [rule.among[1] if rule.among else "01"]
    elif isinstance(default, str):
        other = "<+03>-3" if rule.name == "time_zone" else "2027-01-01"
    elif not isinstance(default, bool):
        other = default - 1 if default else 9
    read = Policy(cbor2.loads(trustset.policy_of({rule.name: other})))
    assert {name for name, value in vars(read).items() if value != getattr(Policy(), name)} == {
        rule.name
    }
    assert getattr(read, rule.name) == other


def test_a_rule_that_there_is_not_is_refused():
    with pytest.raises(UserError, match="no rests"):
        trustset.policy_of({"rests": 3})
