"""Only the emulated PN532 with a phone in its field, for any other PN532 software to be pointed at."""

import signal
import threading
from collections.abc import Callable

from bornetools.emulator.chip_link import ChipOnPty
from bornetools.emulator.field import Field, Phone


def run(phone: Phone, say: Callable[[str], None]) -> None:
    """Serves until SIGINT (Ctrl-C) or SIGTERM. `say` gets the pseudo-terminal's name when it is ready.

    Only for the main thread, which alone may handle signals.
    """
    stop = threading.Event()
    handlers = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    field = Field()
    field.put(phone)
    try:
        with ChipOnPty(field) as link:
            say(link.path)
            stop.wait()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
