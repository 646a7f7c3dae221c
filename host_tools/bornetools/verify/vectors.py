"""Published test vectors through the firmware's code, on either interpreter."""

import base64
import json
import operator
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cbor2

from bornetools.errors import UserError
from bornetools.on_micropython import vm
from bornetools.on_micropython.programs import run_vectors

MACHINES = ("cpython", "micropython")


class Case:
    """One vector: `name`, the `request` for run_vectors, and `judge(answer)`: True if as published.

    `outside` is the reason why the firmware does not support the case, or None.
    """

    def __init__(
        self,
        name: str,
        request: list[Any],
        judge: Callable[[Any], bool],
        outside: str | None = None,
    ) -> None:
        self.name = name
        self.request = request
        self.judge = judge
        self.outside = outside

    def outcome(self, answer: Any) -> str:
        """`passed`, `failed` or `outside`: the latter only where the firmware refuses by itself."""
        if self.outside:
            return "outside" if isinstance(answer, list) else "failed"
        return "passed" if self.judge(answer) else "failed"


def load(path: Path) -> list[Case] | None:
    """The cases of one vector file, or None if it is of no known kind. Raises UserError."""
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: not a file of test vectors: {error}") from error
    try:
        if isinstance(document, list):
            return [_cbor_case(entry) for entry in document]
        if document.get("schema", "").startswith("ecdsa_p1363_verify"):
            return list(_ecdsa_cases(document))
        if "sign0" in document.get("input", {}):
            return [_cose_case(document)]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: a test vector lacks what it has to have: {error!r}") from error
    return None


def _ecdsa_cases(document: Any) -> Iterator[Case]:
    for group in document["testGroups"]:
        key = group["publicKey"]
        for test in group["tests"]:
            request = ["ecdsa", key["wx"], key["wy"], test["msg"], test["sig"]]
            valid = test["result"] == "valid"
            name = f"tcId {test['tcId']}: {test['comment']}"
            yield Case(name, request, partial(operator.is_, valid))


def _cose_case(document: Any) -> Case:
    signed = document["input"]["sign0"]
    x, y = (base64.urlsafe_b64decode(signed["key"][name] + "==").hex() for name in "xy")
    request = ["sign1", document["output"]["cbor"], x, y, signed.get("external", "")]
    if document.get("fail"):
        # Any refusal passes: only the answer True is wrong.
        return Case(document["title"], request, lambda answer: answer is not True)
    return Case(document["title"], request, lambda answer: answer is True)


def _cbor_case(entry: Any) -> Case:
    data = bytes.fromhex(entry["hex"])

    def judge(answer: Any) -> bool:
        if not isinstance(answer, str):
            return False
        again = cbor2.loads(bytes.fromhex(answer))
        same = again == cbor2.loads(data) and again == entry.get("decoded", again)
        return same and (not entry["roundtrip"] or answer == entry["hex"])

    request = ["cbor", entry["hex"], entry["roundtrip"]]
    return Case(entry["hex"], request, judge, _outside(data))


def _outside(data: bytes) -> str | None:
    """Why a well-formed CBOR item is outside the firmware's subset, or None.

    Walks the heads alone (RFC 8949 section 3): an independent check on the firmware's own refusal.
    """
    at = 0
    while at < len(data):
        major, info = data[at] >> 5, data[at] & 31
        at += 1
        if info == 31:
            return "indefinite length"
        size = 1 << (info - 24) if info >= 24 else 0
        argument = int.from_bytes(data[at : at + size], "big") if size else info
        if major == 7 and info > 24:
            return "float"
        if major == 7 and info == 24 and argument < 32:
            return "simple value in two bytes, not well formed since RFC 8949 section 3.3"
        if major == 7 and argument not in (20, 21, 22):
            return "simple value"
        at += size + (argument if major in (2, 3) else 0)
    return None


def run(cases: list[Case], machine: str) -> list[Any]:
    """The answers of the firmware on that interpreter, in order. Raises UserError."""
    if machine == "cpython":
        try:
            return [run_vectors.run_case(case.request) for case in cases]
        except ValueError as error:
            raise UserError(
                f"a test vector holds something else than hexadecimal: {error}"
            ) from error
    requests = "".join(json.dumps(case.request) + "\n" for case in cases).encode()
    try:
        done = vm.run(run_vectors.__file__, stdin=requests, timeout=900)
    except subprocess.TimeoutExpired as error:
        raise UserError("the MicroPython VM did not finish within 15 minutes") from error
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    if len(answers) != len(cases):
        raise UserError("the MicroPython VM stopped: " + done.stderr.decode().strip()[-200:])
    return answers
