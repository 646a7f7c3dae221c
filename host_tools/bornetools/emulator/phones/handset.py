"""The common part of all virtual phones: the field, the pace, responses in pieces (ISO/IEC 7816-4)."""

import secrets

from bornetools.emulator.chip.field import Busy, Gone

# ATS (ISO/IEC 14443-4 section 5.2): T0 with TA, TB, TC and FSCI 8 (frames of 256 bytes); TA the same
# rates both ways; TB FWI 8 (77 ms) and SFGI 1; TC neither CID nor NAD; one historical byte.
ATS = bytes.fromhex("067877810080")
_PATIENCE = 0.05  # seconds, less than FWI 8: then the phone asks the reader for more

SELECT, GET_RESPONSE = 0xA4, 0xC0
CLA_CHAINED = 0x10
BY_NAME = b"\x04\0"  # P1, P2 of SELECT: by name, first or only occurrence

OK = bytes.fromhex("9000")
WRONG_LENGTH = bytes.fromhex("6700")
NO_CHAINING = bytes.fromhex("6884")
CONDITIONS_NOT_SATISFIED = bytes.fromhex("6985")
WRONG_DATA = bytes.fromhex("6A80")
NOT_FOUND = bytes.fromhex("6A82")
WRONG_P1_P2 = bytes.fromhex("6A86")
NO_SUCH_INS = bytes.fromhex("6D00")
NO_SUCH_CLA = bytes.fromhex("6E00")


class Handset:
    """A phone without applications. `removed_after`: the number of APDUs that it answers before it leaves
    the field. `slow`: seconds before each response. `piece`: most bytes of one response."""

    ats = ATS
    chained: int | None = None  # the INS whose data may come in a chain of commands
    request_max = 1024

    def __init__(
        self, *, removed_after: int | None = None, slow: float = 0.0, piece: int = 256
    ) -> None:
        self.removed_after = removed_after
        self.slow = slow
        self.piece = piece
        self.reset()

    def reset(self) -> None:
        """The field is off: the phone's state of this tap is lost, and its UID changes."""
        # ISO/IEC 14443-3 section 6.5.4: a random UID begins with 08 and changes with the field.
        self.uid = b"\x08" + secrets.token_bytes(3)
        self._answered = 0
        self._left: float | None = None  # seconds of work on the command under way
        self._chain = b""
        self._pending = b""

    def apdu(self, command: bytes) -> bytes:
        """The response to one command APDU, whatever its bytes.

        Raises Gone once out of the field, and Busy (bornetools.emulator.chip.field) while it is slow.
        """
        if self._answered == self.removed_after:
            raise Gone
        self._think(self.pause(bytes(command)))
        self._answered += 1
        command = bytes(command)
        parsed = _parse(command)
        if parsed is None:
            return WRONG_LENGTH
        # A chain or an answer in pieces lasts only as long as the commands that continue it.
        chain, self._chain = self._chain, b""
        pending, self._pending = self._pending, b""
        data, length = parsed
        cla, ins, parameters = command[0], command[1], command[2:4]
        if cla & ~CLA_CHAINED:
            return NO_SUCH_CLA
        if cla and ins != self.chained:
            return NO_CHAINING
        if pending and ins == GET_RESPONSE:
            return WRONG_P1_P2 if parameters != b"\0\0" else self.deliver(pending, length)
        if len(chain) + len(data) > self.request_max:
            return WRONG_LENGTH
        refusal = self.refusal(ins, parameters)
        if refusal:
            return refusal
        if cla:
            self._chain = chain + data
            return OK
        return self.respond(ins, parameters, chain + data, length)

    def refusal(self, ins: int, parameters: bytes) -> bytes | None:
        """The status word that refuses a command, chained or not; None: `respond` answers the command."""
        return None if ins == SELECT else NO_SUCH_INS

    def respond(self, ins: int, parameters: bytes, data: bytes, length: int) -> bytes:
        """The response to a command whose chain is complete."""
        return NOT_FOUND

    def deliver(self, answer: bytes, length: int) -> bytes:
        """The first part of `answer`, as one response; 61xx tells how many bytes wait behind it."""
        size = min(length, self.piece)
        self._pending = answer[size:]
        waiting = len(self._pending)
        # ISO/IEC 7816-4 section 5.3.4: 6100 is 256 or more.
        status = bytes([0x61, waiting if waiting < 256 else 0]) if waiting else OK
        return answer[:size] + status

    def pause(self, command: bytes) -> float:
        """Seconds before the response to a command."""
        return self.slow

    def _think(self, seconds: float) -> None:
        if self._left is None:
            self._left = seconds
        if self._left > 0:
            step = min(self._left, _PATIENCE)
            self._left -= step
            raise Busy(step, asks=self._left > 0)
        self._left = None


def _parse(command: bytes) -> tuple[bytes, int] | None:
    """Data and expected length of a short command APDU (ISO/IEC 7816-4 section 5.2), or None."""
    if len(command) == 4:
        return b"", 0
    if len(command) == 5:
        return b"", command[4] or 256
    if len(command) < 6 or command[4] == 0:  # too short, or extended lengths
        return None
    end = 5 + command[4]
    if len(command) == end:
        return command[5:], 0
    if len(command) == end + 1:
        return command[5:end], command[end] or 256
    return None
