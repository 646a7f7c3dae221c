"""The firmware's verifier on files: on CPython by import, on the MicroPython VM as a script.

The folder given holds `request.json` and `trust/`. For a token, `trust/` is a trust set as on a
terminal, beside `token.bin` and perhaps `proof.bin`. For an mdoc, `trust/` has iaca.cbor, perhaps keys.cbor
and status/, beside `response.bin` and `transcript.bin`. On the VM the answer is one line of JSON on stdout.
"""

import json
import sys
from binascii import unhexlify

from borne.crypto.ecdh import KeyPair
from borne.errors import StoreError
from borne.token.key_set import KeySet
from borne.trust import kinds, trustset
from borne.trust.policy import Policy
from borne.trust.store import FolderStore
from borne.verify import verifier
from borne.verify.evidence import Evidence, MdocEvidence

if False:  # for types only
    from collections.abc import Callable
    from typing import Any

    from borne.verify.verdict import Verdict


def verify_folder(folder: str) -> "dict[str, Any]":
    """Returns a dict: `code`, `severity`, `detail`, `until`, and `problems`: (name, reason) of each
    list that was left out."""
    with open(folder + "/request.json") as file:
        request = json.load(file)
    problems: list[tuple[str, str]] = []
    verify = _mdoc if request["format"] == "mdoc" else _token
    verdict = verify(
        folder + "/",
        request,
        FolderStore(folder + "/trust"),
        lambda *one: problems.append(one),
    )
    return {
        "code": verdict.code,
        "severity": verdict.severity,
        "detail": verdict.detail,
        "until": verdict.holder.until if verdict.holder else None,
        "problems": problems,
    }


def _token(
    folder: str, request: "dict[str, Any]", store: FolderStore, report: "Callable[[str, str], None]"
) -> "Verdict":
    trust = trustset.load(store, report, request["time_zone"])
    evidence = Evidence(
        _read(folder + "token.bin"),
        _read(folder + "proof.bin") if request["proof"] else None,
        unhexlify(request["nonce"]),
        request["terminal_id"],
        request["purpose"],
    )
    checks = [
        check for check in verifier.CHECKS if request["proof"] or check is not verifier.holder_proof
    ]
    return verifier.verify(evidence, trust, request["at"], checks)


def _mdoc(
    folder: str, request: "dict[str, Any]", store: FolderStore, report: "Callable[[str, str], None]"
) -> "Verdict":
    keys = KeySet()
    if kinds.KEYS.name in store.names():
        keys = KeySet.decode(store.read(kinds.KEYS.name, kinds.KEYS.most))
    lists, whole = trustset.lists_of(store, keys, report)
    # Files have no release: they count as fresh at the time asked about.
    zone = request["time_zone"]
    trust = trustset.TrustSet(keys, Policy(), request["at"], lists, whole, store, zone)
    private = request["reader_key"]
    evidence = MdocEvidence(
        _read(folder + "response.bin"),
        _read(folder + "transcript.bin"),
        KeyPair(int(private, 16)) if private else None,
    )
    return verifier.verify(evidence, trust, request["at"])


def _read(path: str) -> memoryview:
    with open(path, "rb") as file:
        return memoryview(file.read())


if __name__ == "__main__":
    try:
        print(json.dumps(verify_folder(sys.argv[1])))
    except StoreError as error:
        print(json.dumps({"error": str(error)}))
