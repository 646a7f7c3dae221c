"""The space over the antenna: it holds at most one phone."""

import threading
from typing import Protocol


class Gone(Exception):
    """Raised by a phone's `apdu`: it has just left the field, in the middle of the command."""


class Silent(Exception):
    """Raised by a phone's `apdu`: it does not answer, and stays where it is."""


class Busy(Exception):
    """Raised by a phone's `apdu`: the phone works for `seconds`. Then `apdu` is called again with the same
    command; with `asks`, after the phone's ISO-DEP layer has asked the reader for more time: S(WTX), ISO/IEC
    14443-4 section 7.3."""

    def __init__(self, seconds: float = 0.0, asks: bool = True) -> None:
        super().__init__(seconds, asks)
        self.seconds = seconds
        self.asks = asks


class Phone(Protocol):
    """A phone as a reader sees it. One thread calls it, never two at once."""

    uid: bytes  # 4 bytes; a phone's begins with 08: random, ISO/IEC 14443-3 section 6.5.4
    ats: bytes  # the answer to select, its length byte TL first: ISO/IEC 14443-4 section 5.2

    def reset(self) -> None:
        """The reader's field is off: the RAM of the phone's application is lost."""

    def apdu(self, command: bytes) -> bytes:
        """The response, with SW1/SW2 at its end. Raises Gone, Silent or Busy."""


class Field:
    """Holds a phone or none. `put` and `remove` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._phone: Phone | None = None
        self._arrivals = 0

    def put(self, phone: Phone) -> None:
        """Lays `phone` on the reader, in place of any other."""
        with self._lock:
            self._phone = phone
            self._arrivals += 1

    def remove(self) -> None:
        """Takes the phone away, if there is one."""
        with self._lock:
            self._phone = None

    def presence(self) -> tuple[int, Phone | None]:
        """The number of the phone's arrival (a new one each time it is put down), and the phone."""
        with self._lock:
            return self._arrivals, self._phone

    def leave(self, arrival: int) -> None:
        """The phone with that number of `arrival` left by itself. A newer phone stays."""
        with self._lock:
            if arrival == self._arrivals:
                self._phone = None
