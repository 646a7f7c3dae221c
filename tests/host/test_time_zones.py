"""Rules of time zones against the IANA database by Python's zoneinfo, and names as rules."""

import json
import random
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from borne import limits
from borne.token import dates
from borne.token.posix_tz import PosixTz
from borne.token.time_zone import TimeZone
from bornetools import time_zones, times
from bornetools.errors import UserError
from bornetools.on_micropython import vm

# From here on each zone's file knows no more than its rule: what it lists ends before 2100.
FROM = times.parse("2100-01-01")
TO = times.parse("9999-12-30")
INSTANTS = 40
VM_RULES, VM_INSTANTS = 24, 8


def footers():
    """The rules at the end of the zones' files, each with a zone that ends with it."""
    found = {}
    for folder in map(Path, zoneinfo.TZPATH):
        for name in sorted(zoneinfo.available_timezones()):
            if (folder / name).is_file():
                data = (folder / name).read_bytes()
                found.setdefault(data.rstrip(b"\n").rsplit(b"\n", 1)[-1].decode(), name)
    return found


FOOTERS = footers()


def offset(name, seconds):
    moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    return int(moment.astimezone(zoneinfo.ZoneInfo(name)).utcoffset().total_seconds())


def instants(rule, count):
    """Some in all years, and those about a change of the clock after each."""
    chosen = random.Random(rule)
    for _ in range(count):
        second = chosen.randrange(FROM, TO)
        since, until, _ = PosixTz(rule).span(second)
        for one in (second, since, since - 1, until - 1, until):
            if FROM <= one < TO:
                yield one


def test_the_database_is_there():
    """Else the tests below would compare nothing."""
    assert len(FOOTERS) > 80
    assert {"CET-1CEST,M3.5.0,M10.5.0/3", "<-03>3", "IST-1GMT0,M10.5.0,M3.5.0/1"} <= FOOTERS.keys()
    assert max(map(len, FOOTERS)) < limits.TIME_ZONE_MAX


@pytest.mark.parametrize("rule", FOOTERS)
def test_local_time_is_that_of_the_database(rule):
    name, tz = FOOTERS[rule], PosixTz(rule)
    for second in instants(rule, INSTANTS):
        assert tz.span(second)[2] == offset(name, second), (name, second)


@pytest.mark.parametrize(
    "name", ["Europe/Paris", "America/Cayenne", "Indian/Mayotte", "Europe/Dublin"]
)
def test_now_and_in_the_next_years(name):
    """Where the database lists no change that the rule does not know."""
    tz = PosixTz(time_zones.rule(name))
    now = times.now()
    for second in range(now, now + 12 * 366 * times.DAY, 7 * 3600 + 11):
        assert tz.span(second)[2] == offset(name, second)


PROGRAM = """
import json, sys
from borne.token import dates
from borne.token.time_zone import TimeZone
with open(sys.argv[1]) as file:
    asked = json.load(file)
for rule, seconds in asked:
    zone = TimeZone(rule)
    locals = [zone.local(second) for second in seconds]
    print(json.dumps([[dates.day_of(one), dates.time_of(one)] for one in locals]))
"""


def test_the_vm_says_the_same(tmp_path):
    rules = random.Random(1).sample(sorted(FOOTERS), VM_RULES)
    asked = [(rule, list(instants(rule, VM_INSTANTS)) + [0, limits.TIME_MAX]) for rule in rules]
    program = tmp_path / "local.py"
    program.write_text(PROGRAM)
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    done = vm.run(program, tmp_path / "asked.json", heap=2_000_000)
    assert not done.stderr, done.stderr
    for (rule, seconds), line in zip(asked, done.stdout.splitlines(), strict=True):
        zone = TimeZone(rule)
        told = [[zone.day(one), dates.time_of(zone.local(one))] for one in seconds]
        assert json.loads(line) == told, rule


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("Europe/Paris", "CET-1CEST,M3.5.0,M10.5.0/3"),
        ("America/Cayenne", "<-03>3"),
        ("Indian/Mayotte", "EAT-3"),
        ("Indian/Reunion", "<+04>-4"),
        ("Pacific/Tahiti", "<-10>10"),
        ("UTC", "UTC0"),
        ("EST5EDT", "EST5EDT,M3.2.0,M11.1.0"),
        ("America/Argentina/Buenos_Aires", "<-03>3"),
        ("Etc/GMT+3", "<-03>3"),
        ("<+03>-3", "<+03>-3"),  # a rule is itself
    ],
)
def test_a_name_is_its_rule(name, rule):
    assert time_zones.rule(name) == rule


@pytest.mark.parametrize("name", ["Africa/Casablanca", "Asia/Gaza"])
def test_a_clock_that_no_rule_says(name):
    with pytest.raises(UserError, match="no rule says all changes"):
        time_zones.rule(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Paris",
        "Europe/Nowhere",
        "europe",
        "CET-1CEST",
        "../../etc/passwd",
        "/etc/passwd",
        "Europe",
    ]
    + ["zone.tab", "tzdata.zi", "A" * 500, "Europe/Paris\0", "Europe/../Europe/Paris"],
)
def test_what_is_neither(text):
    with pytest.raises(UserError, match="neither a rule in POSIX form"):
        time_zones.rule(text)


def test_what_a_counters_clock_says():
    at = times.parse("2026-12-31T23:30:00Z")
    assert time_zones.says("CET-1CEST,M3.5.0,M10.5.0/3", at) == "2027-01-01 00:30"
    assert time_zones.says("<-03>3", at) == "2026-12-31 20:30"
