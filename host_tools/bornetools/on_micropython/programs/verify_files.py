"""The firmware's verifier on files: on CPython by import, on the MicroPython VM as a script.

The folder given holds `request.json`, `token.bin`, perhaps `proof.bin`, and `trust/`, a trust set as on
a terminal. On the VM the answer is one line of JSON on stdout.
"""

import json
import sys
from binascii import unhexlify

from borne.errors import StoreError
from borne.trust import trustset
from borne.trust.store import FolderStore
from borne.verify import verifier
from borne.verify.evidence import Evidence


def verify_folder(folder):
    """Returns a dict: `code`, `severity`, `detail`, `until`, and `problems`: (name, reason) of each
    list that was left out."""
    with open(folder + "/request.json") as file:
        request = json.load(file)
    problems: list = []
    trust = trustset.load(FolderStore(folder + "/trust"), lambda *one: problems.append(one))
    evidence = Evidence(
        _read(folder + "/token.bin"),
        _read(folder + "/proof.bin") if request["proof"] else None,
        unhexlify(request["nonce"]),
        request["terminal_id"],
        request["purpose"],
    )
    checks = [
        check for check in verifier.CHECKS if request["proof"] or check is not verifier.holder_proof
    ]
    verdict = verifier.verify(evidence, trust, request["at"], checks)
    return {
        "code": verdict.code,
        "severity": verdict.severity,
        "detail": verdict.detail,
        "until": verdict.holder.until if verdict.holder else None,
        "problems": problems,
    }


def _read(path):
    with open(path, "rb") as file:
        return memoryview(file.read())


if __name__ == "__main__":
    try:
        print(json.dumps(verify_folder(sys.argv[1])))
    except StoreError as error:
        print(json.dumps({"error": str(error)}))
