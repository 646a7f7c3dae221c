"""The firmware's verifier of mdocs on files: on CPython by import, on the MicroPython VM as a script.

The folder given holds `request.json`, `response.bin`, `transcript.bin`, and `trust/` with iaca.cbor and
perhaps keys.cbor and status/. On the VM the answer is one line of JSON on stdout.
"""

import json
import sys

from borne.crypto.ecdh import KeyPair
from borne.errors import StoreError
from borne.token.key_set import KeySet
from borne.trust import kinds, trustset
from borne.trust.policy import Policy
from borne.trust.store import FolderStore
from borne.verify import verifier
from borne.verify.evidence import MdocEvidence


def verify_folder(folder):
    """Returns a dict: `code`, `severity`, `detail`, `until`, and `problems`: (name, reason) of each
    list that was left out."""
    with open(folder + "/request.json") as file:
        request = json.load(file)
    problems: list = []
    store = FolderStore(folder + "/trust")
    keys = KeySet()
    if kinds.KEYS.name in store.names():
        keys = KeySet.decode(store.read(kinds.KEYS.name, kinds.KEYS.most))
    lists, whole = trustset.lists_of(store, keys, lambda *one: problems.append(one))
    # Files have no release: what is handed in counts as fresh at the time asked about.
    trust = trustset.TrustSet(keys, Policy(), request["at"], lists, whole, store)
    private = request["reader_key"]
    evidence = MdocEvidence(
        _read(folder + "/response.bin"),
        _read(folder + "/transcript.bin"),
        KeyPair(int(private, 16)) if private else None,
    )
    verdict = verifier.verify(evidence, trust, request["at"])
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
