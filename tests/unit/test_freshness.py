from borne.trust.freshness import FRESH, REFUSE, UNKNOWN, WARN, judge

NOW = 1_800_000_000
WEEK, MONTH = 7 * 86400, 30 * 86400


def test_both_bounds_are_inside():
    for age, state in (
        (0, FRESH),
        (WEEK, FRESH),
        (WEEK + 1, WARN),
        (MONTH, WARN),
        (MONTH + 1, REFUSE),
    ):
        assert judge(NOW - age, NOW, WEEK, MONTH) == (age, state)


def test_a_clock_that_lags_makes_no_negative_age():
    assert judge(NOW + 60, NOW, WEEK, MONTH) == (0, FRESH)
    assert judge(NOW + 60, NOW, 0, 0) == (0, FRESH)


def test_without_either_time_nothing_is_known():
    for as_of, now in ((None, NOW), (NOW, None), (None, None)):
        assert judge(as_of, now, WEEK, MONTH) == (None, UNKNOWN)


def test_what_is_refused_is_not_only_warned_of():
    assert judge(NOW - 20, NOW, 30, 10) == (20, REFUSE)
