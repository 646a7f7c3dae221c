"""The combs of the issuers' keys on a terminal that works: they come by themselves, and nobody needs them."""

from counter import combs_made


def test_combs_come_with_the_keys_and_damage_refuses_nobody(new_terminal, flash, person):
    with new_terminal(flash) as terminal:
        assert terminal.tap(person("valid").phone).code == "VALID"  # whether they are there or not
        path, good = combs_made(terminal, flash)
        terminal.subscribe()
        for case in ("valid", "cloned token"):
            one = person(case)
            assert terminal.tap(one.phone).code == one.expected
        terminal.power_off()
        for damage in (good[:5000] + bytes(64) + good[5064:], good[:100]):
            path.write_bytes(damage)
            terminal.power_on()
            assert terminal.tap(person("valid").phone).code == "VALID"
            assert combs_made(terminal, flash, damage) == (path, good)
            assert terminal.tap(person("valid").phone).code == "VALID"
            terminal.power_off()
