"""Whose clock `borne sync` blames."""

import json

import pytest

from borne import limits
from bornetools import times
from bornetools.link.clocks import COMPUTER, PUBLISHER, TERMINAL, Clocks
from bornetools.link.explain import CODES
from bornetools.times import DAY

ISSUED = 1_800_000_000
EXPIRES = ISSUED + 7 * DAY
SKEW = limits.CLOCK_SKEW_MAX
NOW = ISSUED + 3600


def clocks(computer=NOW, terminal=None, floor=None, issued=ISSUED, expires=EXPIRES):
    made = Clocks(lambda: computer, terminal)
    signed = {"x-borne-issued": issued, "expires": times.write(expires)}
    made.take(json.dumps({"signed": signed}).encode())
    made.refused(floor)
    return made


@pytest.mark.parametrize(
    ("computer", "terminal", "wrong"),
    [
        (NOW, NOW, None),
        (NOW, NOW + SKEW, None),
        (ISSUED - SKEW, ISSUED - SKEW, None),
        # The release lies within, by one of the two clocks.
        (NOW, ISSUED - SKEW - 1, TERMINAL),
        (NOW, EXPIRES, TERMINAL),
        (NOW, NOW + 29 * DAY, TERMINAL),
        (ISSUED - SKEW - 1, NOW, COMPUTER),
        (EXPIRES, NOW, COMPUTER),
        (NOW - 400 * DAY, NOW, COMPUTER),
        # By both, or by none.
        (NOW, NOW + DAY, None),
        (NOW - 2 * DAY, EXPIRES + DAY, None),
        (EXPIRES + 9 * DAY, EXPIRES + DAY, None),
        # Two against one.
        (ISSUED - DAY, ISSUED - DAY + 60, PUBLISHER),
        (EXPIRES + DAY, EXPIRES + DAY, None),  # a copy that is old
    ],
)
def test_the_clock_that_the_two_others_contradict(computer, terminal, wrong):
    made = clocks(computer, terminal)
    assert made.wrong() == wrong
    said = made.told()
    if wrong:
        assert said.startswith({PUBLISHER: "the", TERMINAL: "the", COMPUTER: "this"}[wrong])
        assert f"{wrong}'s clock" in said.partition(":")[0]
        assert times.write(computer) in said
        assert times.write(terminal) in said
        assert times.write(ISSUED) in said
    elif made.agree:
        assert said is None
    else:
        assert "this computer's clock or the terminal's" in said
    assert made.explain("FUTURE") == (said or CODES["FUTURE"])
    assert made.explain("HASH") == CODES["HASH"]


def test_what_is_later_than_it_is_by_every_clock_is_premature():
    early = ISSUED - SKEW - 1
    for computer, terminal, premature in (
        (early, None, True),
        (early, early - DAY, True),
        (early + 1, None, False),
        (early, NOW, False),
        (NOW, early, False),
    ):
        assert clocks(computer, terminal).premature is premature
    assert not Clocks(lambda: 0).premature
    said = clocks(early).told()
    assert "this computer's clock is wrong, or the publisher's was" in said


def test_a_floor_says_whose_clock_it_is_only_if_it_lies_beyond_the_release():
    assert clocks().told() is None
    for floor, wrong in ((EXPIRES, TERMINAL), (NOW + DAY, None)):
        made = clocks(floor=floor)
        assert made.wrong() == wrong
        said = made.explain("BELOW_FLOOR")
        assert f"the terminal takes {times.write(floor)} to be past" in said
        assert "hold its button for 3 seconds" in said
        assert ("this computer's clock or the terminal's" in said) is (wrong is None)
    early = ISSUED - DAY
    assert "or the publisher's was" in clocks(early, floor=NOW).told()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"signed": 5}',
        b"[" * 5000,
        b'{"signed": {"x-borne-issued": true, "expires": "2027-01-01T00:00:00Z"}}',
        b'{"signed": {"x-borne-issued": 1e999, "expires": "2027-01-01T00:00:00Z"}}',
        b'{"signed": {"x-borne-issued": 99999999999999999999, "expires": 5}}',
    ],
)
def test_a_timestamp_without_its_times_bears_out_nothing(data):
    made = Clocks(lambda: NOW, NOW + 9 * DAY)
    made.take(data)
    assert made.issued is None
    assert made.wrong() is None
    assert "this computer's clock or the terminal's" in made.told()
    made.refused("yesterday")
    assert made.floor is None
