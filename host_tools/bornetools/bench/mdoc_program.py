"""Runs on the emulated microcontroller in place of the terminal: mdocs verified check by check, a line of
JSON for each, as device_program.py prints them.

The responses lie on the flash, as `names` in case.json says, with iaca.cbor beside them.
"""

# mypy: ignore-errors

import gc
import json
import time
from binascii import unhexlify

from micropython import const
from mps2 import collections, heap

from borne.crypto.ecdh import KeyPair
from borne.token.evidence import MdocEvidence
from borne.trust.policy import Policy
from borne.trust.store import FileView
from borne.trust.trustset import TrustSet
from borne.verify import mdoc_verifier, verifier

_FINE = const(256)


class Files:
    """A store of nothing but iaca.cbor."""

    def view(self, name, _most):
        file = open(name, "rb")  # noqa: SIM115 - the reader's
        return FileView(file, 0, file.seek(0, 2))


def passed(evidence, now, fine):
    """[(check, instructions, bytes allocated or None, peak of the heap if `fine`)] of one verification."""
    case = verifier._Case(evidence, TrustSet([], Policy(), now, roots=Files()), now)
    rows = []
    before = None
    for check in mdoc_verifier.CHECKS:
        gc.collect()
        gc.threshold(_FINE if fine else -1)
        if fine:
            free = heap()[0]
            before = before or free
        collected, used, at = collections(), gc.mem_alloc(), time.ticks_us()
        failure = check(case)
        took, allocated = time.ticks_diff(time.ticks_us(), at), gc.mem_alloc() - used
        gc.threshold(-1)
        if failure:
            raise ValueError(failure)
        if collections() != collected:
            allocated = None  # more than there was
        rows.append((check.__name__, took, allocated, before - heap()[2] if fine else 0))
    return rows


def main():
    with open("case.json") as file:
        case = json.load(file)
    key = KeyPair(int(case["scalar"], 16))
    transcript = unhexlify(case["transcript"])
    for name in case["names"]:
        with open(name, "rb") as file:
            response = bytearray(file.read())
        evidence = MdocEvidence(memoryview(response), transcript, key)
        passed(evidence, case["now"], False)  # what is made once has been made
        counted, peaks = (passed(evidence, case["now"], fine) for fine in (False, True))
        for (check, took, allocated, _), (_, _, _, peak) in zip(counted, peaks):  # noqa: B905
            row = {"step": name + " " + check, "instructions": took * 1000}
            row.update({"allocated": allocated, "peak": peak})
            print(json.dumps(row))
    print("end")


main()
