"""The combs of the issuers' keys on a terminal that works: they come by themselves, and nobody needs them."""

import time

from counter import polled
from guard import HUNG


def made(terminal, flash, other_than=None):
    """The file with the combs, once it is there."""
    deadline = time.monotonic() + HUNG
    while time.monotonic() < deadline:
        terminal.save()
        for path in flash.glob("trust/objects/*.combs"):
            data = path.read_bytes()
            if data != other_than:
                return path, data
        polled(terminal, 5)  # they are made meanwhile
    raise AssertionError("no combs")


def test_combs_come_with_the_keys_and_damage_refuses_nobody(new_terminal, flash, person):
    with new_terminal(flash) as terminal:
        assert terminal.tap(person("valid").phone).code == "VALID"  # whether they are there or not
        path, good = made(terminal, flash)
        terminal.subscribe()
        for case in ("valid", "cloned token"):
            one = person(case)
            assert terminal.tap(one.phone).code == one.expected
        terminal.power_off()
        for damage in (good[:5000] + bytes(64) + good[5064:], good[:100]):
            path.write_bytes(damage)
            terminal.power_on()
            assert terminal.tap(person("valid").phone).code == "VALID"
            assert made(terminal, flash, damage) == (path, good)
            assert terminal.tap(person("valid").phone).code == "VALID"
            terminal.power_off()
