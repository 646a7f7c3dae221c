"""Transmission times of bytes on the wire and on the air, for an emulator that takes real time."""

from dataclasses import dataclass

_FRAME_DELAY = (
    86e-6  # seconds between a reader's frame and the card's: ISO/IEC 14443-3 section 6.2.1
)


@dataclass(frozen=True)
class Pace:
    """`bus_baud`: bits per second between host and chip; `air_bps`: between chip and card."""

    bus_baud: int = 115_200
    air_bps: int = 106_000

    def bus(self, length: int, baud: int | None = None) -> float:
        """Seconds that `length` bytes take on the serial line: 8N1, 10 bits each."""
        return length * 10 / (baud or self.bus_baud)

    def air(self, length: int) -> float:
        """Seconds of one frame of `length` bytes: 9 bits a byte with parity, CRC, start and end."""
        return ((length + 2) * 9 + 2) / self.air_bps + _FRAME_DELAY


class NoPace(Pace):
    """Everything is instantaneous, as tests need it."""

    def bus(self, length: int, baud: int | None = None) -> float:
        return 0.0

    def air(self, length: int) -> float:
        return 0.0


class AirPace(Pace):
    """The air takes its time; the bus has a time of its own, at a machine with a real UART."""

    def bus(self, length: int, baud: int | None = None) -> float:
        return 0.0
