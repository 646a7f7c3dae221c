"""The reader's side of ISO-DEP, as the PN532 runs it for InDataExchange (ISO/IEC 14443-4).

These functions take time: they are generators that yield the seconds to wait and return a value.
"""

from collections.abc import Callable, Generator

from bornetools.emulator.chip import isodep

FSDI = 5  # the chip's FIFO holds 64 bytes: the longest frame it asks cards for
RATS = bytes([0xE0, FSDI << 4])

Air = Callable[[bytes], Generator[float, None, bytes | None]]


class Silence(Exception):
    """The card does not answer."""


class ProtocolError(Exception):
    """The card's answer breaks the protocol."""


class Reader:
    """One activated card; `air` transmits a frame and returns the card's, or None: silence."""

    def __init__(self, air: Air, ats: bytes) -> None:
        self.frame_waiting_time = isodep.frame_waiting_time(ats)
        self._air = air
        self._size = isodep.frame_size_card(ats) - 3  # PCB and CRC
        self._number = 0

    def exchange(self, data: bytes, more: bool = False) -> Generator[float, None, bytes]:
        """The whole response to a command; b"" while `more` of the command follows in another call.

        Raises Silence, ProtocolError.
        """
        answer = b""
        for at in range(0, max(1, len(data)), self._size):
            chained = more or at + self._size < len(data)
            pcb = isodep.I_BLOCK | (isodep.CHAINING if chained else 0) | self._number
            answer = yield from self._send(bytes([pcb]) + data[at : at + self._size])
            if chained:
                self._expect(answer, isodep.R_ACK)
        if more:
            return b""
        response = bytearray()
        while True:
            self._expect(answer, isodep.I_BLOCK, isodep.CHAINING)
            response += answer[1:]
            if not answer[0] & isodep.CHAINING:
                return bytes(response)
            answer = yield from self._send(bytes([isodep.R_ACK | self._number]))

    def present(self) -> Generator[float, None, bool]:
        """Whether the card answers R(NAK) with R(ACK): section 7.5.5.2."""
        answer = yield from self._air(bytes([isodep.R_NAK | self._number]))
        return answer is not None

    def deselect(self) -> Generator[float, None, None]:
        """S(DESELECT); a card that does not answer is gone anyway."""
        yield from self._air(bytes([isodep.S_DESELECT]))

    def _send(self, block: bytes) -> Generator[float, None, bytes]:
        answer = yield from self._air(block)
        while answer and answer[0] == isodep.S_WTX:
            answer = yield from self._air(answer[:2])
        if not answer:
            raise Silence
        return answer

    def _expect(self, block: bytes, kind: int, mask: int = 0) -> None:
        if block[0] & ~mask != kind | self._number:
            raise ProtocolError
        self._number ^= 1  # rule B of section 7.5.3.1
