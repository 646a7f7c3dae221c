"""The emulated PN532 alone, with a phone in its field, for use by any other PN532 software."""

import time
from collections.abc import Callable
from contextlib import suppress

from bornetools.emulator.chip.chip_link import ChipOnPty
from bornetools.emulator.chip.field import Field, Phone


def run(phone: Phone, say: Callable[[str], None]) -> None:
    """Serves until it is interrupted. `say` gets the pseudo-terminal's name when it is ready."""
    field = Field()
    field.put(phone)
    with ChipOnPty(field) as link, suppress(KeyboardInterrupt):
        say(link.path)
        while True:  # in steps: a signal that comes just before a wait would not end it
            time.sleep(1)
