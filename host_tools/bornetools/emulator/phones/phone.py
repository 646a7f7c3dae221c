"""A virtual phone: the token profile's application, from the APDU (ISO/IEC 7816-4) upwards.

It shares no code with the firmware. Its knobs make it misbehave as real phones and frauds do.
"""

from collections.abc import Callable, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from bornetools.emulator.phones import handset
from bornetools.emulator.phones.handset import Handset
from bornetools.errors import UserError
from bornetools.issuer import cose, proof

AID = bytes.fromhex("F0424F524E4501")
PROFILE_VERSION = 1

_INTERNAL_AUTHENTICATE = 0x88


class Phone(Handset):
    """A phone that holds `token` and signs proofs with `holder_key`.

    A cloned token is another person's, with a `holder_key` of the clone's own. `locked`: the application
    answers 6985. `installed`: False means that there is no such application. `mutate`: takes and returns the
    bytes of the answer to INTERNAL AUTHENTICATE. `dependants`: more tokens, each with its holder's key, that
    follow the first in an answer. `pace`: as Handset takes it. Parameters that are attributes may be changed
    between two taps.
    """

    chained = _INTERNAL_AUTHENTICATE

    def __init__(
        self,
        token: bytes,
        holder_key: ec.EllipticCurvePrivateKey,
        *,
        user_verified: bool = True,
        method: str = "pin",
        locked: bool = False,
        installed: bool = True,
        mutate: Callable[[bytes], bytes] | None = None,
        dependants: Sequence[tuple[bytes, ec.EllipticCurvePrivateKey]] = (),
        **pace: Any,
    ) -> None:
        self.token = token
        self.locked = locked
        self._holder_key = holder_key
        self.user_verified = user_verified
        self._method = method
        self.installed = installed
        self.mutate = mutate
        self.dependants = tuple(dependants)
        super().__init__(**pace)

    def reset(self) -> None:
        super().reset()
        self._selected = False

    def refusal(self, ins: int, parameters: bytes) -> bytes | None:
        if ins == handset.SELECT:
            return None
        if not self._selected or ins not in (_INTERNAL_AUTHENTICATE, handset.GET_RESPONSE):
            return handset.NO_SUCH_INS
        if parameters != b"\0\0":
            return handset.WRONG_P1_P2
        return handset.CONDITIONS_NOT_SATISFIED if ins == handset.GET_RESPONSE else None

    def respond(self, ins: int, parameters: bytes, data: bytes, length: int) -> bytes:
        if ins == handset.SELECT:
            return self._select(parameters, data, length)
        return self._authenticate(data, length)

    def _select(self, parameters: bytes, name: bytes, length: int) -> bytes:
        self._selected = False
        if parameters != handset.BY_NAME:
            return handset.WRONG_P1_P2
        if not self.installed or name != AID:
            return handset.NOT_FOUND
        self._selected = True
        return self.deliver(cose.encode({0: PROFILE_VERSION, 1: self.piece}), length)

    def _authenticate(self, request: bytes, length: int) -> bytes:
        asked = _request(request)
        if asked is None:
            return handset.WRONG_DATA
        if self.locked:
            return handset.CONDITIONS_NOT_SATISFIED
        items: list[bytes] = []
        for token, key in ((self.token, self._holder_key), *self.dependants):
            try:
                items += [token, self._proof(token, key, asked)]
            except UserError:
                return handset.WRONG_DATA
        answer = cose.encode(items)
        return self.deliver(self.mutate(answer) if self.mutate else answer, length)

    def _proof(
        self, token: bytes, key: ec.EllipticCurvePrivateKey, asked: tuple[Any, ...]
    ) -> bytes:
        return proof.make(token, key, *asked, user_verified=self.user_verified, method=self._method)


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
