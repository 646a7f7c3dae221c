"""Runs on the emulated microcontroller in place of the terminal: mdocs verified check by check, then a tap of
a wallet step by step; a line of JSON for each, as device_program.py prints them.

The responses lie on the flash, as `names` in case.json says, with iaca.cbor beside them. The wallet's part
of the tap is in the frames.
"""

# mypy: ignore-errors

import asyncio
import gc
import json
import os
import time
from binascii import unhexlify

from micropython import const
from mps2 import collections, heap
from replay import Display, Line, case

from borne.crypto.ecdh import KeyPair
from borne.errors import SelectError
from borne.nfc import exchange, handover
from borne.nfc.pn532 import Pn532
from borne.storage.file_view import FileView
from borne.token import attributes, device_request
from borne.token.mdoc_session import Session
from borne.trust.policy import Policy
from borne.trust.trustset import TrustSet
from borne.ui import texts_fr
from borne.ui.screens import Screens
from borne.verify import verifier
from borne.verify.evidence import MdocEvidence

_FINE = const(256)


class Files:
    """A store of nothing but iaca.cbor."""

    def view(self, name, _most):
        file = open(name, "rb")  # noqa: SIM115 - the reader's
        return FileView(file, 0, file.seek(0, 2))


class Meter:
    """Counts from `begin` to `end`; if `fine`, the peak of the heap, too."""

    def __init__(self, fine) -> None:
        self.rows = []
        self._fine = fine
        self._before = 0

    def begin(self) -> None:
        gc.collect()
        gc.threshold(_FINE if self._fine else -1)
        if self._fine:
            free = heap()[0]
            self._before = self._before or free
        self._collected, self._used = collections(), gc.mem_alloc()
        self._at = time.ticks_us()

    def end(self, step) -> None:
        took, allocated = time.ticks_diff(time.ticks_us(), self._at), gc.mem_alloc() - self._used
        gc.threshold(-1)
        if collections() != self._collected:
            allocated = None  # more than was free
        self.rows.append((step, took, allocated, self._before - heap()[2] if self._fine else 0))


def verified(evidence, meter, together=None):
    """The verdict's case, after all checks, each counted, or all as the one step `together`."""
    trust = TrustSet([], Policy(), NOW, roots=Files())
    checked = verifier.Case(evidence.credential(), trust, NOW)
    if together:
        meter.begin()
    for check in verifier.CHECKS:
        if not together:
            meter.begin()
        failure = check(checked)
        if not together:
            meter.end(check.__name__)
        if failure:
            raise ValueError(failure)
    if together:
        meter.end(together)
    return checked


async def talk(meter, key_pair):
    """Reads the wallet. Returns the MdocEvidence."""
    reader = Pn532(Line(case["frames"]))
    reader._field_on, reader._asleep = True, False
    if not await reader.poll():
        raise ValueError("no phone")
    meter.begin()
    try:
        await exchange.read(reader, case["nonce"], case["terminal"], case["purpose"], NOW)
        raise ValueError("a phone with our application")
    except SelectError:
        pass
    meter.end("it has not our application")
    meter.begin()
    found = await handover.read(reader)
    transfer = await found.carrier.open(reader)
    meter.end("handover")
    meter.begin()
    session = Session(key_pair, found.engagement, found.encoded)
    meter.end("agreement, session keys")
    meter.begin()
    request = device_request.encode(attributes.requests(), session.transcript, None, ())
    message = session.establish(request)
    meter.end("request")
    meter.begin()
    answer = await transfer.exchange(message, lambda size: None)
    meter.end("transfer")
    meter.begin()
    response = session.open(answer)
    meter.end("response decrypted")
    await transfer.end(session.termination())
    return MdocEvidence(response, session.transcript, key_pair)


def tap(meter, key_pair, screens) -> None:
    evidence = asyncio.run(talk(meter, key_pair))
    checked = verified(evidence, meter, "verification")
    verdict = verifier.verdict(checked, "VALID", "")
    meter.begin()
    screens.verdict(verdict)
    meter.end("screen")


def twice(measured, name) -> None:
    """Runs `measured` with a meter of either kind and prints the rows; a run before makes the objects that
    are made once."""
    meters = [Meter(False), Meter(False), Meter(True)]
    for meter in meters:
        measured(meter)
    for (step, took, allocated, _), (_, _, _, peak) in zip(meters[1].rows, meters[2].rows):  # noqa: B905
        row = {"step": name + " " + step, "instructions": took * 1000}
        row.update({"allocated": allocated, "peak": peak})
        print(json.dumps(row))


def read(name):
    """A file's bytes, in one buffer of their length: a read of all at once wants twice the room."""
    gc.collect()
    data = bytearray(os.stat(name)[6])
    with open(name, "rb") as file:
        if file.readinto(data) != len(data):
            raise ValueError(name)
    return memoryview(data)


def main() -> None:
    key_pair = KeyPair(int(case["scalar"], 16))
    transcript = unhexlify(case["transcript"])
    # All are read before the first is measured: what a verification leaves behind may fragment the heap.
    for name, response in [(name, read(name)) for name in case["names"]]:
        evidence = MdocEvidence(response, transcript, key_pair)
        twice(lambda meter, evidence=evidence: verified(evidence, meter), name)
    screens = Screens(Display(), texts_fr)
    twice(lambda meter: tap(meter, key_pair, screens), "tap")
    print("end")


NOW = case["now"]
main()
