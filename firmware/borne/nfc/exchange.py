"""The profile's exchange with a phone: SELECT the application, then INTERNAL AUTHENTICATE.

The exchange returns the evidence, token and proof, as received; the verifier judges them.
"""

import time

from micropython import const

from borne import PROFILE_VERSION, limits
from borne.errors import (
    ApduError,
    DecodeError,
    GoneError,
    SelectError,
    UnsupportedError,
)
from borne.nfc import apdu
from borne.token import cbor
from borne.verify.evidence import Evidence

if False:  # for types only
    from borne.nfc.pn532 import Pn532
    from borne.protocols import AnyEvidence, Bytes, CardChannel, Map, TicksUs

AID = b"\xf0BORNE\x01"

_CHAINED = const(0x10)  # of CLA: ISO/IEC 7816-4, section 5.4.1
_SELECT = const(0xA4)
_BY_NAME = const(0x04)  # P1: by DF name; ISO 7816-4, section 11.2.2
_INTERNAL_AUTHENTICATE = const(0x88)

# Keys of SELECT's answer
_VERSION = const(0)
_RESPONSE_MAX = const(1)

# Keys of INTERNAL AUTHENTICATE's question
_NONCE = const(0)
_TERMINAL_ID = const(1)
_PURPOSE = const(2)
_TIME = const(3)


class Timed:
    """A card during one question. `round_trip_us`: the microseconds from the command that completes the
    question to the last byte of the answer, including GET RESPONSE and a command repeated for 6Cxx. A relay
    could answer any single command at once."""

    def __init__(self, card: "CardChannel") -> None:
        self._card = card
        self._began: "TicksUs | None" = None
        self.round_trip_us: int | None = None

    async def exchange(self, command: "Bytes") -> memoryview:
        if self._began is None and not command[0] & _CHAINED:
            self._began = time.ticks_us()
        response = await self._card.exchange(command)
        if self._began is not None:
            self.round_trip_us = time.ticks_diff(time.ticks_us(), self._began)
        return response


async def read(
    card: "CardChannel", nonce: bytes, terminal_id: str, purpose: str, now: int | None
) -> "list[AnyEvidence]":
    """Reads the Evidence of each beneficiary from the phone that `card` has selected.

    `nonce` is NONCE_SIZE fresh random bytes, `now` unix seconds, or None where there is no
    trustworthy time. Raises SelectError, ApduError, UnsupportedError, DecodeError, GoneError, ChipError.
    """
    await _select(card)
    question: "Map" = {_NONCE: nonce, _TERMINAL_ID: terminal_id, _PURPOSE: purpose}
    if now is not None:
        question[_TIME] = now
    timed = Timed(card)
    response = await apdu.transmit(timed, _INTERNAL_AUTHENTICATE, 0, 0, cbor.encode(question))
    answer = cbor.decode(response)
    if not isinstance(answer, list) or not len(answer) or len(answer) % 2:
        raise DecodeError("answer is not a token and a proof")
    if len(answer) > 2 * limits.PHONE_TOKENS_MAX:
        raise DecodeError("answer of too many tokens")
    found: "list[AnyEvidence]" = []
    for at in range(0, len(answer), 2):
        token, proof = answer[at], answer[at + 1]
        _check(token, limits.TOKEN_MAX)
        _check(proof, limits.PROOF_MAX)
        found.append(Evidence(token, proof, nonce, terminal_id, purpose, timed.round_trip_us))
    return found


def forget(card: "Pn532") -> None:
    """Overwrites the phone's answers, here and in `card`: the Evidence is void from now on."""
    apdu.forget()
    card.forget()


async def _select(card: "CardChannel") -> None:
    try:
        response = await apdu.transmit(card, _SELECT, _BY_NAME, 0, AID)
    except GoneError as error:
        error.silent = True
        raise
    except ApduError as error:
        raise SelectError(error.sw, apdu.sw_name(error.sw))
    answer = cbor.decode(response)
    if not isinstance(answer, dict):
        raise DecodeError("answer to SELECT is not a map")
    if _uint(answer, _VERSION) != PROFILE_VERSION:
        raise UnsupportedError("profile version")
    _uint(answer, _RESPONSE_MAX)


def _uint(answer: "Map", key: int) -> int:
    value = answer.get(key)
    # `type`, not isinstance: True is an int and equals 1.
    if type(value) is not int or value < 0:
        raise DecodeError("answer to SELECT without version or length")
    return value


def _check(item: object, most: int) -> None:
    if not isinstance(item, memoryview):
        raise DecodeError("token and proof are byte strings")
    if len(item) > most:
        raise DecodeError("token or proof too long")
