"""The firmware's judgement on mdocs: imported on CPython, started as a script on the VM.

There a line of JSON comes in for each case, and one goes out. A case is `[root, response, transcript, scalar,
now]`: hexadecimal but the last, the scalar that of the reader's key or "". With an argument the script
leaves so many bytes of heap free beside the response before it judges.
"""

import gc
import io
import json
import sys
from binascii import unhexlify

from names import Root
from outcome import outcome

from borne.crypto.ecdh import KeyPair
from borne.storage.file_view import FileView
from borne.token import cbor
from borne.trust.policy import Policy
from borne.trust.trustset import TrustSet
from borne.verify import verifier
from borne.verify.evidence import MdocEvidence


class Files:
    """A store of nothing but iaca.cbor, with one root."""

    def __init__(self, root):
        self._data = cbor.encode([{Root.CERTIFICATE: root}])

    def view(self, name, most):
        return FileView(io.BytesIO(self._data), 0, len(self._data))


def prepared(root, response, transcript, scalar, now):
    """What the verifier takes."""
    evidence = MdocEvidence(
        memoryview(bytearray(unhexlify(response))),  # as on a terminal, where it lies in a buffer
        unhexlify(transcript),
        KeyPair(int(scalar, 16)) if scalar else None,
    )
    return evidence, TrustSet([], Policy(), now, roots=Files(unhexlify(root))), now


def judge(*case):
    """The verdict's code and detail, what is shown and what is recorded."""
    verdict = verifier.verify(*prepared(*case))
    return [verdict.code, verdict.detail] + outcome(verdict)


def judge_within(room, case):
    """As `judge`, with `room` bytes of heap free: whatever is loaded on the way has been loaded before."""
    judge(*case)
    parts = prepared(*case)
    case = None
    gc.collect()
    reserve = bytearray(room)  # one piece: holes here and there are filled
    ballast = None
    for size in (8192, 1024, 128, 32):
        try:
            while True:
                ballast = (ballast, bytearray(size))  # a chain: no list that grows
        except MemoryError:
            pass
    del reserve
    gc.collect()
    verdict = verifier.verify(*parts)
    ballast = None
    return [verdict.code, verdict.detail]


if __name__ == "__main__":
    for line in sys.stdin:
        given = json.loads(line)
        line = None
        print(json.dumps(judge_within(int(sys.argv[1]), given) if sys.argv[1:] else judge(*given)))
