"""Rules of time zones in POSIX form: what local time is to the second, and what is no rule."""

import sys

from support import raises

from borne import limits
from borne.errors import DecodeError
from borne.token import dates
from borne.token.posix_tz import PosixTz
from borne.token.time_zone import UTC, TimeZone

PARIS = "CET-1CEST,M3.5.0,M10.5.0/3"
HOUR, DAY = 3600, 86400


def shown(rule, moment):
    """What a clock there says at `moment`, "YYYY-MM-DDTHH:MM:SSZ"."""
    local = TimeZone(rule).local(dates.unix_time(moment))
    return dates.day_of(local) + " " + dates.time_of(local) + ":%02d" % (local % 60)


def test_the_sign_is_positive_in_the_west():
    for rule, wanted in (
        (UTC, "2026-11-30 12:00:00"),
        (PARIS, "2026-11-30 13:00:00"),
        ("<-03>3", "2026-11-30 09:00:00"),  # Cayenne
        ("<-03>+3", "2026-11-30 09:00:00"),
        ("<+03>-3", "2026-11-30 15:00:00"),  # Mayotte
        ("<-1000>10", "2026-11-30 02:00:00"),  # Papeete
        ("<+11>-11", "2026-11-30 23:00:00"),  # Nouméa
        ("AST4", "2026-11-30 08:00:00"),  # Fort-de-France
        ("<+0545>-5:45", "2026-11-30 17:45:00"),
        ("ABC-0:01:02", "2026-11-30 12:01:02"),
        ("ABC24:59:59", "2026-11-29 11:00:01"),
        ("ABC-24:59:59", "2026-12-01 12:59:59"),
        ("ABC-24:59:59DEF,0/0,J365/25", "2026-12-01 13:59:59"),
    ):
        assert shown(rule, "2026-11-30T12:00:00Z") == wanted, rule


def test_changes_to_the_second():
    for rule, before, after in (
        # 02:00 to 03:00: the hour between is not there; 03:00 to 02:00: it is there twice.
        (PARIS, ("2027-03-28T00:59:59Z", "2027-03-28 01:59:59"), "2027-03-28 03:00:00"),
        (PARIS, ("2027-10-31T00:59:59Z", "2027-10-31 02:59:59"), "2027-10-31 02:00:00"),
        # Summer begins late in the year: 44 south; and 12:45 ahead.
        ("<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",)
        + (
            ("2026-09-26T13:59:59Z", "2026-09-27 02:44:59"),
            "2026-09-27 03:45:00",
        ),
        ("NZST-12NZDT,M9.5.0,M4.1.0/3", ("2027-04-03T13:59:59Z", "2027-04-04 02:59:59"))
        + ("2027-04-04 02:00:00",),
        # Dublin: winter is the one that is set apart, an hour behind.
        ("IST-1GMT0,M10.5.0,M3.5.0/1", ("2026-10-25T00:59:59Z", "2026-10-25 01:59:59"))
        + ("2026-10-25 01:00:00",),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", ("2027-03-28T00:59:59Z", "2027-03-28 00:59:59"))
        + ("2027-03-28 02:00:00",),
        # RFC 9636, section 3.3.1: hours before that day, and after it.
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", ("2027-03-28T00:59:59Z", "2027-03-27 22:59:59"))
        + ("2027-03-28 00:00:00",),
        ("IST-2IDT,M3.4.4/26,M10.5.0", ("2027-03-25T23:59:59Z", "2027-03-26 01:59:59"))
        + ("2027-03-26 03:00:00",),
        # Over the end of a year, by a week.
        ("ABC0DEF,J1/-167,J100", ("2026-12-25T00:59:59Z", "2026-12-25 00:59:59"))
        + ("2026-12-25 02:00:00",),
        ("ABC0DEF,J200,J365/167", ("2027-01-06T21:59:59Z", "2027-01-06 22:59:59"))
        + ("2027-01-06 22:00:00",),
        # The 60th day of a leap year: n counts 29 February, Jn does not.
        ("ABC0DEF,59/0,300", ("2028-02-28T23:59:59Z", "2028-02-28 23:59:59"))
        + ("2028-02-29 01:00:00",),
        ("ABC0DEF,J60/0,300", ("2028-02-29T23:59:59Z", "2028-02-29 23:59:59"))
        + ("2028-03-01 01:00:00",),
        ("ABC0DEF,J59/0,300", ("2028-02-27T23:59:59Z", "2028-02-27 23:59:59"))
        + ("2028-02-28 01:00:00",),
        ("ABC0DEF,59/0:00:01,300", ("2027-03-01T00:00:00Z", "2027-03-01 00:00:00"))
        + ("2027-03-01 01:00:01",),
    ):
        moment, said = before
        assert shown(rule, moment) == said, (rule, moment)
        zone = TimeZone(rule)
        second = dates.unix_time(moment) + 1
        local = zone.local(second)
        told = dates.day_of(local) + " " + dates.time_of(local) + ":%02d" % (local % 60)
        assert told == after, (rule, moment)


def test_a_span_ends_where_the_next_one_begins():
    for rule in (PARIS, "AEST-10AEDT,M10.1.0,M4.1.0/3", "ABC0DEF,J1/167,J365/-167"):
        tz = PosixTz(rule)
        at, changes, offset = 0, 0, None
        while at <= limits.TIME_MAX and changes < 140:
            since, until, now = tz.span(at)
            assert since == at < until and now != offset, (rule, at)
            assert tz.span(until - 1) == (since, until, now)
            at, offset = until, now
            changes += 1
        assert dates.day_of(at)[:4] >= "2030", rule


def test_summer_all_year():
    # RFC 9636, section 3.3.1: from 1 January 00:00 to 31 December 24:00 and what the clock is ahead.
    for rule in ("EST5EDT,0/0,J365/25", "EST5EDT,J1/0,J365/25"):
        tz = PosixTz(rule)
        for moment in (
            "1970-01-01T00:00:00Z",
            "2027-01-01T04:59:59Z",
            "2027-01-01T05:00:00Z",
            "2028-07-01T00:00:00Z",
            "2028-12-31T23:59:59Z",
        ):
            assert tz.span(dates.unix_time(moment))[2] == -4 * HOUR, moment


def test_from_1970_to_the_last_second():
    for rule, first, last in (
        (UTC, "1970-01-01 00:00", "9999-12-31 23:59"),
        (PARIS, "1970-01-01 01:00", "9999-12-31 23:59"),  # the calendar has no later day
        ("<-03>3", "1969-12-31 21:00", "9999-12-31 20:59"),
        ("AEST-10AEDT,M10.1.0,M4.1.0/3", "1970-01-01 11:00", "9999-12-31 23:59"),
    ):
        zone = TimeZone(rule)
        for second, wanted in ((0, first), (limits.TIME_MAX, last), (0, first)):
            local = zone.local(second)
            assert dates.day_of(local) + " " + dates.time_of(local) == wanted, rule


def test_the_day_begins_at_the_counters_midnight():
    last = dates.unix_time("2026-12-31T22:59:59Z")
    for rule, at in ((PARIS, last), ("<+03>-3", last - 2 * HOUR), ("<-03>3", last + 4 * HOUR)):
        zone = TimeZone(rule)
        assert (zone.day(at), zone.day(at + 1)) == ("2026-12-31", "2027-01-01"), rule
    paris = TimeZone(PARIS)
    summer = dates.unix_time("2026-07-31T22:00:00Z")
    assert (paris.day(summer - 1), paris.day(summer)) == ("2026-07-31", "2026-08-01")
    # Back and forth over changes: what was kept of the last one is not what counts.
    for _ in range(2):
        assert paris.day(last) == "2026-12-31" and paris.day(summer) == "2026-08-01"


def test_what_reads_rules_does_not_stay():
    del sys.modules["borne.token.posix_tz"]
    assert TimeZone(PARIS).local(0) == HOUR
    assert "borne.token.posix_tz" not in sys.modules


REFUSED = (
    "",
    "CET",
    "UTC",
    "Z",
    "-1",
    "CE-1",
    "CET1-1x",
    "CET -1",
    "CET-1 ",
    " CET-1",
    "CET-1\n",
    ":Europe/Paris",
    "Europe/Paris",
    "CET--1",
    "CET-+1",
    "CET-25",
    "CET-001x",
    "CET-1:5",
    "CET-1:60",
    "CET-1:00:60",
    "CET-1:00:0",
    "CET-1:",
    "CET-1:00:00:00",
    "C3T-1",
    "CÉT-1",
    "CET-\u0661",  # a digit of another script
    "<CET-1",
    "<AB>1",
    "<A_B>1",
    "CET>-1",
    "<>1",
    # Dates of change that are left out: 8.3 leaves them to the system.
    "CET-1CEST",
    "CET-1CEST-2",
    "CET-1CEST,M3.5.0",
    "CET-1,M3.5.0,M10.5.0",
    "CET-1CEST,,M10.5.0",
    "CET-1CEST,M3.5.0,M10.5.0,",
    "CET-1CEST,M3.5.0,M10.5.0/3/3",
    "CET-1CEST,M0.5.0,M10.5.0",
    "CET-1CEST,M13.5.0,M10.5.0",
    "CET-1CEST,M3.0.0,M10.5.0",
    "CET-1CEST,M3.6.0,M10.5.0",
    "CET-1CEST,M3.5.7,M10.5.0",
    "CET-1CEST,M3.5,M10.5.0",
    "CET-1CEST,M3,M10.5.0",
    "CET-1CEST,m3.5.0,M10.5.0",
    "CET-1CEST,J0,J100",
    "CET-1CEST,J366,J100",
    "CET-1CEST,J,J100",
    "CET-1CEST,366,100",
    "CET-1CEST,-1,100",
    "CET-1CEST,0001,100",
    "CET-1CEST,M3.5.0/,M10.5.0",
    "CET-1CEST,M3.5.0/168,M10.5.0",
    "CET-1CEST,M3.5.0/-168,M10.5.0",
    "CET-1CEST,M3.5.0/2:60,M10.5.0",
    "CET-1CEST,M3.5.0/1000,M10.5.0",
    "CET-25CEST,M3.5.0,M10.5.0",
    "CET-1CEST-25,M3.5.0,M10.5.0",
    "A" * limits.TIME_ZONE_MAX + "1",
    "ABC" + "1" * 70,
    None,
    0,
    True,
    b"UTC0",
    ["UTC0"],
)


def test_what_is_no_rule_is_refused():
    for text in REFUSED:
        assert "time zone" in str(raises(DecodeError, PosixTz, text)), text


def test_a_rule_that_is_cut_or_goes_on_is_another_or_none():
    whole = "<+1030>-10:30<+11>-11,M10.1.0/2:00:00,J100/-3"
    PosixTz(whole)
    taken = []
    for end in range(len(whole)):
        try:
            PosixTz(whole[:end])
            taken.append(whole[:end])
        except DecodeError:
            pass
    assert taken == ["<+1030>-1", "<+1030>-10", "<+1030>-10:30"] + [
        whole[: whole.index(",J") + 1] + rest for rest in ("J1", "J10", "J100")
    ]
    for character in "x, /:<>\x00":
        raises(DecodeError, PosixTz, whole + character)


def test_the_longest_rule():
    longest = "A" * (limits.TIME_ZONE_MAX - 1) + "1"
    assert PosixTz(longest).span(0)[2] == -HOUR
