"""Only the emulated PN532 with a phone in its field, for any other PN532 software to be pointed at."""

import threading
from collections.abc import Callable
from contextlib import suppress

from bornetools.emulator.chip_link import ChipOnPty
from bornetools.emulator.field import Field, Phone


def run(phone: Phone, say: Callable[[str], None]) -> None:
    """Serves until it is interrupted. `say` gets the pseudo-terminal's name when it is ready."""
    field = Field()
    field.put(phone)
    with ChipOnPty(field) as link, suppress(KeyboardInterrupt):
        say(link.path)
        threading.Event().wait()
