"""How long the terminal has run, also when ticks have wrapped: on CPython after 12 days, as on a board."""

import time

from borne.uptime import Uptime

DAY = 86_400


def test_whole_seconds():
    uptime = Uptime()
    assert uptime() == 0
    time.sleep_ms(2990)
    assert uptime() == 2
    time.sleep_ms(20)
    assert uptime() == 3


def test_ticks_wrap_within_days():
    uptime = Uptime()
    for days in range(5, 51, 5):
        time.sleep_ms(5 * DAY * 1000)
        assert uptime() - days * DAY in (0, 1)
