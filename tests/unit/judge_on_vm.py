"""The firmware's judgement on mutated messages: imported on CPython, started as a script on the VM.

There a line of JSON comes in for each case, and one goes out. A case is `["token", keys, token, proof]` or
`["list", keys, status list, index]`, in hexadecimal but the last.
"""

import json
import sys
from binascii import unhexlify

from outcome import outcome

from borne.errors import DecodeError
from borne.token.key_set import KeySet
from borne.trust.policy import Policy
from borne.trust.status import StatusList
from borne.trust.trustset import TrustSet
from borne.verify import verifier
from borne.verify.evidence import Evidence

NOW = 1_800_000_000  # 2027-01-15
NONCE, TERMINAL, PURPOSE = bytes(range(32)), "T1", "dispensing"


def judge(kind, keys, data, more):
    """The verdict's code and detail, what is shown and what is recorded; for a list the status at that index,
    or "refused"."""
    keys = KeySet.decode(unhexlify(keys))
    if kind == "token":
        # As on a terminal, where they lie in a buffer.
        parts = [memoryview(bytearray(unhexlify(part))) for part in (data, more)]
        evidence = Evidence(parts[0], parts[1], NONCE, TERMINAL, PURPOSE)
        verdict = verifier.verify(evidence, TrustSet(keys, Policy(), NOW), NOW)
        return [verdict.code, verdict.detail] + outcome(verdict)
    try:
        return StatusList(unhexlify(data), keys).value(more, NOW)
    except DecodeError:
        return "refused"


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(judge(*json.loads(line))))
