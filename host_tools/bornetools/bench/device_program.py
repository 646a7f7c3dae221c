"""Runs on the emulated microcontroller in place of the terminal: one tap in steps, a line of JSON for each.

It lies on the flash as `board`, which the main program imports first: nothing from outside interferes, and
everything repeats exactly.

    {"step": ..., "instructions": ..., "allocated": ..., "peak": ...}

`instructions` come from a timer that advances by one nanosecond with each. `allocated` and `peak` are bytes:
a step's allocations (null: more than was free, so that garbage was collected); and the most in use since
the phone was found, in a second pass in which garbage is collected after every 256 bytes.
"""

# mypy: ignore-errors

import asyncio
import gc
import json
import time

from micropython import const
from mps2 import collections, heap
from replay import Display, Line, case

from borne import limits
from borne.crypto import comb, p256
from borne.nfc import exchange
from borne.nfc.pn532 import Pn532
from borne.token import cbor
from borne.trust import trustset
from borne.trust.release_store import ReleaseStore
from borne.ui import texts_fr
from borne.ui.screens import Screens
from borne.verify import verifier

_FINE = const(256)


class Meter:
    """Counts from `begin` to `end`; `fine`: memory in use, else instructions and what is allocated."""

    def __init__(self, fine) -> None:
        self.fine = fine
        self.rows = []
        self._free = 0

    def begin(self) -> None:
        gc.collect()
        gc.threshold(_FINE if self.fine else -1)
        if self.fine:
            free = heap()[0]
            self._free = self._free or free  # when the phone was found
        self._collections = collections()
        self._used = gc.mem_alloc()
        self._at = time.ticks_us()

    def end(self, step) -> None:
        took = time.ticks_diff(time.ticks_us(), self._at)
        allocated = gc.mem_alloc() - self._used
        if collections() != self._collections:
            allocated = None  # more than was free
        self.rows.append((step, took, self._free - heap()[2] if self.fine else allocated))
        gc.threshold(-1)


def tap(meter, trust, screens):
    reader = Pn532(Line(case["frames"]))
    reader._field_on, reader._asleep = True, False
    now = case["now"]

    async def talk():
        meter.begin()
        if not await reader.poll():
            raise ValueError("no phone")
        await exchange._select(reader)
        meter.end("select")
        select, exchange._select = exchange._select, nothing
        meter.begin()
        found = await exchange.read(reader, case["nonce"], case["terminal"], case["purpose"], now)
        meter.end("read")
        exchange._select = select
        return found[0]

    async def nothing(_) -> None:
        pass

    evidence = asyncio.run(talk())
    one = verifier.Case(evidence.credential(), trust, now)
    meter.begin()
    for encoded in (evidence.token, evidence.proof):
        item = cbor.decode(encoded, deterministic=False)
        while isinstance(item, cbor.Tag):
            item = item.value
        for part in (item[0], item[2]):  # the protected header, the claims
            if part:
                cbor.decode(part, deterministic=False)
    item = part = None
    meter.end("CBOR")
    steps = (
        ("COSE and claims", (verifier.shape,)),
        ("issuer's key", (verifier.issuer_known,)),
        ("issuer's signature", (verifier.issuer_signature,)),
        ("holder's proof", (verifier.holder_proof,)),
        ("status", (verifier.times, verifier.status)),
        (
            "rules",
            (verifier.covered, verifier.entitlement, verifier.eligibility, verifier.freshness),
        ),
    )
    for step, checks in steps:
        meter.begin()
        for check in checks:
            failure = check(one)
            if failure:
                raise ValueError(failure)
        meter.end(step)
    verdict = verifier.verdict(one, "VALID", "")
    meter.begin()
    screens.verdict(verdict)
    meter.end("screen")


def main():
    store = ReleaseStore("trust")
    trust = trustset.load(store, print)
    if case["combs"]:
        from borne.trust.key_combs import KeyCombs

        trust.keys.combs = KeyCombs(store, lambda: True)
    if case["native"]:
        from borne.crypto import native

        wrong = native.load()
        if wrong or not p256.native():
            raise ValueError(wrong)
    screens = Screens(Display(), texts_fr)
    tap(Meter(False), trust, screens)  # a first pass makes the objects that are made once
    counted, peaks = Meter(False), Meter(True)
    tap(counted, trust, screens)
    tap(peaks, trust, screens)
    for (step, took, allocated), (_, _, peak) in zip(counted.rows, peaks.rows):  # noqa: B905
        say(step, took, allocated, peak)
    made = Meter(False)
    for piece in range(2):
        build(made, piece)
    for row in made.rows:
        say(*row, 0)
    print("end")


def build(meter, longest) -> None:
    """Makes the comb of a key; if `longest`, counts its longest piece alone."""
    gc.threshold(limits.GARBAGE_MAX)
    gc.collect()
    began = at = time.ticks_us()
    most = 0
    for _ in comb.building(*p256.BASE, comb.WIDTH):
        now = time.ticks_us()
        most = max(most, time.ticks_diff(now, at))
        at = now
    if longest:
        meter.rows.append(("longest piece of it", most, 0))
    else:
        meter.rows.append(("comb of a key", time.ticks_diff(at, began), 0))


def say(step, took, allocated, peak) -> None:
    row = {"step": step, "instructions": took * 1000, "allocated": allocated, "peak": peak}
    print(json.dumps(row))


main()
