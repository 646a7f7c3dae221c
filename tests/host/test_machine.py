"""The emulated terminal as a thing with a plug."""

import os

import pytest
from virtual_terminal import VirtualTerminal


def names(count):
    """The names of so many pseudo-terminals that are made now."""
    pairs = [os.openpty() for _ in range(count)]
    found = {os.ttyname(terminal) for _, terminal in pairs}
    for descriptor in (descriptor for pair in pairs for descriptor in pair):
        os.close(descriptor)
    return found


def test_a_port_that_was_pulled_is_no_other_ones_as_long_as_the_terminal_is_there(tmp_path):
    """A program that goes on looking for its port would read and write on somebody else's line."""
    with VirtualTerminal(tmp_path / "flash") as terminal:
        pulled = []
        for _ in range(2):
            pulled.append(terminal.port)
            terminal.power_off()
            with pytest.raises(OSError, match=r"Errno (2|5)\b"):
                os.open(pulled[-1], os.O_RDWR | os.O_NOCTTY)
            assert not names(60) & set(pulled)
            terminal.power_on()
        assert terminal.port not in pulled
