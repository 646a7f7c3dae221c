"""A reader on this computer, driven by nfcpy, which speaks ISO-DEP.

The exchanges with phones and the verifiers are the firmware's.
"""

import asyncio
import errno
import logging
import os
import secrets
import time
from collections.abc import Callable
from typing import Any

import usb1
from nfc.clf import CommunicationError, ContactlessFrontend, RemoteTarget, pn53x, pn532, transport
from nfc.tag import TagCommandError
from nfc.tag.tt4 import Type4ATag

from borne import limits, limits_mdoc
from borne.crypto import comb
from borne.crypto.ecdh import KeyPair
from borne.errors import DecodeError, GoneError, NfcError
from borne.nfc.phones import Phones
from borne.trust.trustset import TrustSet
from borne.verify import verifier
from borne.verify.unread import verdict_on
from borne.verify.verdict import Verdict
from bornetools.errors import UserError

_ISO_DEP = 0x20  # of SEL_RES: ISO/IEC 14443-3 section 6.5.3.4


_POLL_PAUSE = 0.1  # seconds


# nfcpy's exceptions for a reader, or a phone, that answers nonsense or nothing.
READER_ERRORS = (OSError, IndexError, usb1.USBError, pn53x.Chipset.Error)


_PHONE_ERRORS = (TagCommandError, CommunicationError, IndexError)


_REASONS = {
    errno.ENOENT: "no such device",
    errno.EACCES: "no permission to use it",
    errno.EBUSY: "another program uses it",
    errno.ENODEV: "no reader there, or no permission to use it",
    errno.ETIMEDOUT: "no reader answers there",
}


def open_reader(device: str) -> Any:
    """nfcpy's ContactlessFrontend on `device`: a path of nfcpy's (`usb`, `tty:USB0:pn532`), or that of
    a serial port with a PN532 (`/dev/ttyUSB0`), which may be a pseudo-terminal. Raises UserError.
    """
    logging.getLogger("nfc").setLevel(logging.CRITICAL)  # what it logs as errors, it also raises
    try:
        if not device.startswith("/"):
            return ContactlessFrontend(device)
        frontend = ContactlessFrontend()
        frontend.device = pn532.init(transport.TTY(device))
        return frontend
    except READER_ERRORS as error:
        raise UserError(f"{device}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if "libusb" in str(error):  # usb1 has it only in the text
        return "libusb-1.0 is not installed on this computer"
    number = getattr(error, "errno", None) or errno.ETIMEDOUT
    return _REASONS.get(number) or os.strerror(number)


class _Frontend:
    """A frontend for one tap of at most TAP_TIMEOUT, or then MDOC_TAP_TIMEOUT: nfcpy itself lets a phone ask
    for more time, or send more blocks, without end."""

    def __init__(self, frontend: Any) -> None:
        self.max_send_data_size = frontend.max_send_data_size
        self.max_recv_data_size = frontend.max_recv_data_size
        self._frontend = frontend
        self._give(limits.TAP_TIMEOUT)

    def wait_for_wallet(self) -> None:
        self._give(limits_mdoc.MDOC_TAP_TIMEOUT)

    def _give(self, milliseconds: int) -> None:
        self._ends = time.monotonic() + milliseconds / 1000

    def exchange(self, frame: bytes, timeout: float) -> Any:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise GoneError("the exchange took too long")
        return self._frontend.exchange(frame, min(timeout, left))


class Card:
    """An activated phone, as borne.nfc.phones uses one. Raises GoneError, as `exchange` does."""

    def __init__(self, frontend: Any, target: Any) -> None:
        frontend = _Frontend(frontend)
        self.wait_for_wallet = frontend.wait_for_wallet
        self._tag = self._ask(Type4ATag, frontend, target)

    async def exchange(self, command: bytes | bytearray | memoryview) -> memoryview:
        return memoryview(bytes(self._ask(self._tag.transceive, bytes(command))))

    @staticmethod
    def _ask(function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except _PHONE_ERRORS as error:
            raise GoneError("the phone does not answer") from error


class _Fresh:
    """The random numbers of one tap, as borne.randomness.prepared.Prepared has them."""

    @staticmethod
    def nonce() -> bytes:
        return secrets.token_bytes(limits.NONCE_SIZE)

    @staticmethod
    def key_pair() -> KeyPair:
        return KeyPair(1 + secrets.randbelow(comb.N - 1))


def wait_for_phone(frontend: Any, seconds: float) -> Any:
    """The first card of type A that comes to the reader, as nfcpy's RemoteTarget; None if none comes."""
    ends = time.monotonic() + seconds
    while True:
        target = frontend.sense(RemoteTarget("106A"))
        if target or time.monotonic() >= ends:
            return target
        time.sleep(_POLL_PAUSE)


def judge(
    frontend: Any, target: Any, trust: TrustSet, terminal_id: str, purpose: str, now: int
) -> list[Verdict]:
    """The Verdicts on the beneficiaries that the phone `target` carries, at `now`, unix seconds; `trust`
    is a TrustSet."""
    if not target.sel_res or not target.sel_res[0] & _ISO_DEP:
        return [Verdict("NO_APPLICATION", "not an ISO-DEP card")]
    try:
        card = Card(frontend, target)
        phones = Phones(terminal_id, _Fresh(), make_room=card.wait_for_wallet)
        found = asyncio.run(phones.read(card, purpose, now))
    except (NfcError, DecodeError) as error:
        return [verdict_on(error)]
    return [verifier.verify(evidence, trust, now) for evidence in found]
