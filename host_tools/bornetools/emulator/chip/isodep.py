"""A phone's side of the air: activation (ISO/IEC 14443-3 type A) and ISO-DEP (ISO/IEC 14443-4).

A frame here is the bytes between start and end of communication, without the CRC.
"""

from enum import Enum, auto

from bornetools.emulator.chip.field import Busy, Phone, Silent

SENS_RES = bytes.fromhex("00 04")  # ATQA: a UID of 4 bytes, bit frame anticollision
SEL_RES = 0x20  # SAK: ISO/IEC 14443-4 compliant

# Block formats: section 7.1.1.1. The lowest bit of an I- or R-block is its block number.
I_BLOCK, R_ACK, R_NAK = 0x02, 0xA2, 0xB2
S_DESELECT, S_WTX = 0xC2, 0xF2
CHAINING = 0x10
WTX_MULTIPLIER = 0x01

_RATS, _PPS, _HLTA = 0xE0, 0xD0, b"\x50\x00"
_PPS_RATES = 0x11  # PPS0 with PPS1 following: section 5.3
_FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256)  # by FSCI or FSDI: section 5.1
_CRC = 2
_HAS_TA, _HAS_TB = 0x10, 0x20
_FWI_DEFAULT = 4
_FWT_UNIT = 256 * 16 / 13.56e6  # seconds: section 7.2


def frame_size(index: int) -> int:
    """The bytes of a whole frame for FSCI or FSDI; the reserved values count as 256."""
    return _FRAME_SIZES[min(index, 8)]


def frame_size_card(ats: bytes) -> int:
    """FSC, the longest frame that the card takes, in bytes with PCB and CRC."""
    return frame_size(ats[1] & 0x0F if len(ats) > 1 else 2)


def frame_waiting_time(ats: bytes) -> float:
    """FWT in seconds: how long a reader waits for the card."""
    index = _FWI_DEFAULT
    if len(ats) > 1 and ats[1] & _HAS_TB:
        at = 2 + bool(ats[1] & _HAS_TA)
        index = ats[at] >> 4 if at < len(ats) else index
    return float(_FWT_UNIT * 2 ** min(index, 14))


class _State(Enum):
    IDLE = auto()
    ACTIVE = auto()  # selected: takes RATS
    PROTOCOL = auto()  # takes blocks, and no request any more
    HALT = auto()  # after DESELECT: takes WUPA, but no REQA


class Card:
    """A phone as the reader's antenna sees it. It has no CID and no NAD, and ignores blocks with them.

    `transmit` raises Gone when the phone leaves. `worked`: the seconds that its last answer has taken.
    """

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.worked = 0.0
        self.power_off()

    def power_off(self) -> None:
        """The field is off, or was never on."""
        self._state = _State.IDLE
        self.phone.reset()

    def request(self, wake: bool = False) -> bool:
        """REQA, or WUPA if `wake`: whether the card answers. Section 6.3 of ISO/IEC 14443-3."""
        if self._state is _State.PROTOCOL:
            return False
        if self._state is _State.ACTIVE:  # an unexpected command: back to idle, without an answer
            self._state = _State.IDLE
            return False
        return wake or self._state is _State.IDLE

    def select(self) -> bytes:
        """Anticollision and SELECT after an answered request. Returns the UID."""
        self._state = _State.ACTIVE
        return self.phone.uid

    def transmit(self, frame: bytes) -> bytes | None:
        """The card's answer to a frame, or None: silence."""
        self.worked = 0.0
        if self._state is _State.ACTIVE:
            return self._activate(frame)
        if self._state is _State.PROTOCOL:
            return self._block(frame)
        return None

    def _activate(self, frame: bytes) -> bytes | None:
        if len(frame) == 2 and frame[0] == _RATS:
            self._state = _State.PROTOCOL
            self._frame_size_reader = frame_size(frame[1] >> 4)
            self._number = 1  # rule C of section 7.5.3.2
            self._takes_pps = True
            self._received = bytearray()
            self._response = b""
            self._command: bytes | None = None
            self._last = self.phone.ats
            return self._last
        self._state = _State.HALT if frame == _HLTA else _State.IDLE
        return None

    def _block(self, block: bytes) -> bytes | None:
        """Rules of section 7.5.4.3, by their numbers."""
        if not block or len(block) + _CRC > frame_size_card(self.phone.ats):
            return None
        takes_pps, self._takes_pps = self._takes_pps, False
        kind, number = block[0] & 0xFE, block[0] & 0x01
        if block[0] == _PPS and takes_pps and len(block) == 3 and block[1] == _PPS_RATES:
            return self._send(block[:1])
        if kind & ~CHAINING == I_BLOCK:
            return self._take(block)
        if kind in (R_ACK, R_NAK):
            if number == self._number:  # rule 11
                return self._last
            if kind == R_NAK:  # rule 12
                return self._send(bytes([R_ACK | self._number]))
            if self._response:  # rules 13 and E
                self._number ^= 1
                return self._next()
            return None
        if block[0] == S_WTX and self._command is not None:  # rule 9
            return self._run(self._command)
        if block[0] == S_DESELECT:
            self._state = _State.HALT
            return block
        return None

    def _take(self, block: bytes) -> bytes | None:
        self._number ^= 1  # rule D
        self._received += block[1:]
        if block[0] & CHAINING:  # rule 2
            return self._send(bytes([R_ACK | self._number]))
        command = bytes(self._received)
        self._received.clear()
        return self._run(command)

    def _run(self, command: bytes) -> bytes | None:
        while True:
            try:
                # An empty block only asks whether the card is there: section 7.5.5.1.
                self._response = self.phone.apdu(command) if command else b""
            except Silent:
                return None
            except Busy as busy:
                self.worked += busy.seconds
                if busy.asks:
                    self._command = command
                    return self._send(bytes([S_WTX, WTX_MULTIPLIER]))
            else:
                self._command = None
                return self._next()

    def _next(self) -> bytes:
        size = self._frame_size_reader - 1 - _CRC
        part, self._response = self._response[:size], self._response[size:]
        chaining = CHAINING if self._response else 0
        return self._send(bytes([I_BLOCK | chaining | self._number]) + part)

    def _send(self, block: bytes) -> bytes:
        self._last = block
        return block
