"""Only the emulated PN532 with a phone in its field, for any other PN532 software to be pointed at."""

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
        while True:  # not at once: a signal that comes just before the wait would not end it
            time.sleep(1)
