"""Times as people write them."""

import pytest

from bornetools import times
from bornetools.errors import UserError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("1769848200", 1769848200),
        ("2026-01-31T08:30:00Z", 1769848200),
        ("2026-01-31T08:30:00", 1769848200),
        ("2026-01-31T09:30:00+01:00", 1769848200),
        (" 2026-01-31 ", 1769817600),
        ("9999-12-31T23:59:59Z", 253402300799),
    ],
)
def test_parse(text, seconds):
    assert times.parse(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "now", "-1", "1e9", "2026-02-30", "31/01/2026", "1969-12-31T23:59:59Z", "9" * 5000, "²"],
)
def test_parse_refuses(text):
    with pytest.raises(UserError):
        times.parse(text)


def test_write_is_the_inverse():
    assert times.write(1769848200) == "2026-01-31T08:30:00Z"
    assert times.date(1769848200) == "2026-01-31"
