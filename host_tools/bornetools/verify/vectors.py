"""`borne vectors`: published test vectors through the firmware's code, on either interpreter."""

import base64
import json
import subprocess
from pathlib import Path

import cbor2
import click
from rich.console import Console
from rich.table import Table

from bornetools.errors import UserError
from bornetools.on_micropython import vm
from bornetools.on_micropython.programs import run_vectors

_MACHINES = ("cpython", "micropython")


class Case:
    """One vector: `name`, the `request` for run_vectors, and `judge(answer)`: True if as published.

    `outside` names why the case is outside what the firmware supports, or is None.
    """

    def __init__(self, name, request, judge, outside=None):
        self.name = name
        self.request = request
        self.judge = judge
        self.outside = outside

    def outcome(self, answer):
        """`passed`, `failed` or `outside`: the latter only where the firmware refuses by itself."""
        if self.outside:
            return "outside" if isinstance(answer, list) else "failed"
        return "passed" if self.judge(answer) else "failed"


def load(path):
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


def _ecdsa_cases(document):
    for group in document["testGroups"]:
        key = group["publicKey"]
        for test in group["tests"]:
            request = ["ecdsa", key["wx"], key["wy"], test["msg"], test["sig"]]
            valid = test["result"] == "valid"
            name = f"tcId {test['tcId']}: {test['comment']}"
            yield Case(name, request, lambda answer, valid=valid: answer is valid)


def _cose_case(document):
    signed = document["input"]["sign0"]
    x, y = (base64.urlsafe_b64decode(signed["key"][name] + "==").hex() for name in "xy")
    request = ["sign1", document["output"]["cbor"], x, y, signed.get("external", "")]
    if document.get("fail"):
        # Refused in whatever way: what must not happen is True.
        return Case(document["title"], request, lambda answer: answer is not True)
    return Case(document["title"], request, lambda answer: answer is True)


def _cbor_case(entry):
    data = bytes.fromhex(entry["hex"])

    def judge(answer):
        if not isinstance(answer, str):
            return False
        again = cbor2.loads(bytes.fromhex(answer))
        same = again == cbor2.loads(data) and again == entry.get("decoded", again)
        return same and (not entry["roundtrip"] or answer == entry["hex"])

    request = ["cbor", entry["hex"], entry["roundtrip"]]
    return Case(entry["hex"], request, judge, _outside(data))


def _outside(data):
    """Why a well-formed CBOR item is outside the firmware's subset, or None.

    Walks the heads alone (RFC 8949 section 3), so that the firmware's own word is checked by another.
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


def run(cases, machine):
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


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--vm",
    "machine",
    type=click.Choice([*_MACHINES, "both"]),
    default="both",
    show_default=True,
    help="The interpreter that runs the firmware.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(ctx, folder, machine, as_json):
    """Run the published test vectors below DIR through the firmware's own code.

    Knows Wycheproof's ECDSA (P-256, r||s), the COSE working group's Sign1 examples and the examples of
    RFC 8949, appendix A. Cases outside the supported algorithms are listed by name. Exit status 1 if
    any case failed.
    """
    paths = sorted(folder.rglob("*.json"))
    loaded = [(str(path.relative_to(folder)), load(path)) for path in paths]
    known = [(name, cases) for name, cases in loaded if cases]
    unknown = [name for name, cases in loaded if not cases]
    if not known:
        raise UserError(f"{folder}: no test vectors of a known kind below it")
    rows = []
    for name, cases in known:
        for interpreter in _MACHINES if machine == "both" else (machine,):
            outcomes = [
                (case, case.outcome(answer))
                for case, answer in zip(cases, run(cases, interpreter), strict=True)
            ]
            rows.append((name, interpreter, outcomes))
    _report(rows, unknown, as_json)
    ctx.exit(1 if any(outcome == "failed" for *_, all_ in rows for _, outcome in all_) else 0)


def _report(rows, unknown, as_json):
    files = [
        {
            "file": name,
            "vm": machine,
            "cases": len(outcomes),
            "passed": sum(outcome == "passed" for _, outcome in outcomes),
            "failed": [case.name for case, outcome in outcomes if outcome == "failed"],
            "outside": [
                f"{case.name}: {case.outside}" for case, outcome in outcomes if outcome == "outside"
            ],
        }
        for name, machine, outcomes in rows
    ]
    if as_json:
        click.echo(json.dumps({"files": files, "unknown": unknown}))
        return
    table = Table(title="Published test vectors")
    table.add_column("file", overflow="fold")
    for heading in ("VM", "passed", "failed", "outside"):
        table.add_column(heading, no_wrap=True)
    for row in files:
        counts = (f"{row['passed']}/{row['cases']}", len(row["failed"]), len(row["outside"]))
        table.add_row(row["file"], row["vm"], *map(str, counts))
    console = Console(highlight=False)
    console.print(table)
    for row in files:
        for name in row["failed"]:
            console.print(
                f"failed on {row['vm']}: {row['file']}: {name}", soft_wrap=True, markup=False
            )
    # Both interpreters leave out the same: named once.
    for line in dict.fromkeys(f"{row['file']}: {name}" for row in files for name in row["outside"]):
        console.print(f"outside what the firmware supports: {line}", soft_wrap=True, markup=False)
    for name in unknown:
        console.print(f"not a kind of vectors known here: {name}", soft_wrap=True, markup=False)
