"""A virtual phone: the token profile's application, from the APDU (ISO/IEC 7816-4) upwards.

It shares no code with the firmware. Its knobs make it misbehave as real phones and frauds do.
"""

import secrets
import time
from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric import ec

from bornetools.emulator.field import Busy, Gone
from bornetools.errors import UserError
from bornetools.issuer import cose, proof

AID = bytes.fromhex("F0424F524E4501")
PROFILE_VERSION = 1

# ATS (ISO/IEC 14443-4 section 5.2): T0 with TA, TB, TC and FSCI 8 (frames of 256 bytes); TA the same
# rates both ways; TB FWI 8 (77 ms) and SFGI 1; TC neither CID nor NAD; one historical byte.
ATS = bytes.fromhex("067877810080")
_PATIENCE = 0.05  # seconds, less than FWI 8: after so long the phone asks the reader for more

_CLA_CHAINED = 0x10
_SELECT, _INTERNAL_AUTHENTICATE, _GET_RESPONSE = 0xA4, 0x88, 0xC0
_REQUEST_MAX = 1024

_OK = bytes.fromhex("9000")
_WRONG_LENGTH = bytes.fromhex("6700")
_NO_CHAINING = bytes.fromhex("6884")
_CONDITIONS_NOT_SATISFIED = bytes.fromhex("6985")
_WRONG_DATA = bytes.fromhex("6A80")
_NOT_FOUND = bytes.fromhex("6A82")
_WRONG_P1_P2 = bytes.fromhex("6A86")
_NO_SUCH_INS = bytes.fromhex("6D00")
_NO_SUCH_CLA = bytes.fromhex("6E00")


class Phone:
    """A phone that holds `token` and signs proofs with `holder_key`.

    A cloned token is another person's token with a key of one's own. `locked`: the application
    answers 6985. `installed`: False means that there is no such application. `removed_after`: the
    number of APDUs that it answers before it leaves the field. `mutate`: takes and returns the bytes of
    the answer to INTERNAL AUTHENTICATE. `slow`: seconds before each response. `piece`: most bytes of
    one response. `dependants`: more tokens, each with its holder's key, that follow the first in an
    answer. Those that are attributes may be changed between two taps.
    """

    ats = ATS

    def __init__(
        self,
        token: bytes,
        holder_key: ec.EllipticCurvePrivateKey,
        *,
        user_verified: bool = True,
        method: str = "pin",
        locked: bool = False,
        installed: bool = True,
        removed_after: int | None = None,
        mutate: Callable[[bytes], bytes] | None = None,
        slow: float = 0.0,
        piece: int = 256,
        dependants: Sequence[tuple[bytes, ec.EllipticCurvePrivateKey]] = (),
    ):
        self.token = token
        self.locked = locked
        self._holder_key = holder_key
        self.user_verified = user_verified
        self._method = method
        self.installed = installed
        self.removed_after = removed_after
        self.mutate = mutate
        self.slow = slow
        self._piece = piece
        self.dependants = tuple(dependants)
        self.reset()

    def reset(self) -> None:
        """The field is off: what the phone remembered of this tap is gone, and its UID is another."""
        # ISO/IEC 14443-3 section 6.5.4: a random UID begins with 08 and changes with the field.
        self.uid = b"\x08" + secrets.token_bytes(3)
        self._answered = 0
        self._ready_at: float | None = None
        self._selected = False
        self._chain = b""
        self._pending = b""

    def apdu(self, command: bytes) -> bytes:
        """The response to one command APDU, whatever its bytes.

        Raises Gone once out of the field, and Busy (bornetools.emulator.field) while it is slow.
        """
        if self._answered == self.removed_after:
            raise Gone
        self._think()
        self._answered += 1
        return self._respond(bytes(command))

    def _think(self) -> None:
        if self._ready_at is None:
            self._ready_at = time.monotonic() + self.slow
        left = self._ready_at - time.monotonic()
        time.sleep(max(0, min(left, _PATIENCE)))
        if left > _PATIENCE:
            raise Busy
        self._ready_at = None

    def _respond(self, command: bytes) -> bytes:
        parsed = _parse(command)
        if parsed is None:
            return _WRONG_LENGTH
        data, length = parsed
        cla, ins, parameters = command[0], command[1], command[2:4]
        # A chain or an answer in pieces lasts only as long as the commands that continue it.
        chain, self._chain = self._chain, b""
        pending, self._pending = self._pending, b""
        if cla & ~_CLA_CHAINED:
            return _NO_SUCH_CLA
        if cla and ins != _INTERNAL_AUTHENTICATE:
            return _NO_CHAINING
        if ins == _SELECT:
            return self._select(parameters, data, length)
        if not self._selected or ins not in (_INTERNAL_AUTHENTICATE, _GET_RESPONSE):
            return _NO_SUCH_INS
        if parameters != b"\0\0":
            return _WRONG_P1_P2
        if ins == _GET_RESPONSE:
            return self._deliver(pending, length) if pending else _CONDITIONS_NOT_SATISFIED
        if len(chain) + len(data) > _REQUEST_MAX:
            return _WRONG_LENGTH
        if cla:
            self._chain = chain + data
            return _OK
        return self._authenticate(chain + data, length)

    def _select(self, parameters: bytes, name: bytes, length: int) -> bytes:
        self._selected = False
        if parameters != b"\x04\0":  # by name, first or only occurrence
            return _WRONG_P1_P2
        if not self.installed or name != AID:
            return _NOT_FOUND
        self._selected = True
        return self._deliver(cose.encode({0: PROFILE_VERSION, 1: self._piece}), length)

    def _authenticate(self, request: bytes, length: int) -> bytes:
        asked = _request(request)
        if asked is None:
            return _WRONG_DATA
        if self.locked:
            return _CONDITIONS_NOT_SATISFIED
        items: list[bytes] = []
        for token, key in ((self.token, self._holder_key), *self.dependants):
            try:
                items += [token, self._proof(token, key, asked)]
            except UserError:
                return _WRONG_DATA
        answer = cose.encode(items)
        return self._deliver(self.mutate(answer) if self.mutate else answer, length)

    def _proof(self, token: bytes, key: ec.EllipticCurvePrivateKey, asked: tuple) -> bytes:
        return proof.make(token, key, *asked, user_verified=self.user_verified, method=self._method)

    def _deliver(self, answer: bytes, length: int) -> bytes:
        """As much of `answer` as goes into one response; 61xx tells how much waits behind it."""
        size = min(length, self._piece)
        self._pending = answer[size:]
        waiting = len(self._pending)
        # ISO/IEC 7816-4 section 5.3.4: 6100 is 256 or more.
        status = bytes([0x61, waiting if waiting < 256 else 0]) if waiting else _OK
        return answer[:size] + status


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


def _request(data: bytes) -> tuple[bytes, str, str] | None:
    """Nonce, terminal id and purpose of a terminal's request, or None: deterministic CBOR only."""
    try:
        asked = cose.decode(data, "request")
    except UserError:
        return None
    if not isinstance(asked, dict):
        return None
    nonce, terminal_id, purpose, now = (asked.get(label) for label in range(4))
    if not (isinstance(nonce, bytes) and isinstance(terminal_id, str) and isinstance(purpose, str)):
        return None
    if now is not None and (not isinstance(now, int) or now < 0):
        return None
    known = {0: nonce, 1: terminal_id, 2: purpose} | ({} if now is None else {3: now})
    return (nonce, terminal_id, purpose) if cose.encode(known) == data else None
