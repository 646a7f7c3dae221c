"""An mdoc's cost on the emulated microcontroller: a tap step by step, and its verification by checks."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import cbor2

from borne.crypto.ecdh import KeyPair
from borne.errors import SelectError
from borne.nfc import exchange, mdoc_exchange
from borne.trust import kinds
from bornetools.bench import device, tap_case
from bornetools.emulator.phones.mdoc_wallet import Wallet
from bornetools.issuer import cose
from bornetools.issuer import mdoc as issuer
from bornetools.times import DAY

_PROGRAM = Path(__file__).with_name("mdoc_program.py")
_NOW = 1_800_000_000
_TERMINAL, _PURPOSE = "QEMU-1", "consultation"
TAP = "tap"  # by handover, and the EHIC by signature
# Checks whose cost is worth a line of its own.
_SHOWN = ("shape", "issuer_known", "issuer_signature", "holder_proof")


def measure() -> dict[str, dict[str, Any]]:
    """Rows by response, and TAP: its `size`, and by check or step `instructions`, `allocated` and `peak` (of
    the heap beside the response, bytes). Raises UserError."""
    reader = cose.new_key()
    transcript = issuer.session_transcript(reader.public_key())
    root = issuer.iaca(_NOW - 100 * DAY)
    responses, document = _responses(root, reader, transcript)
    scalar = reader.private_numbers().private_value
    nonce = bytes(32)
    frames = asyncio.run(tap_case.record(Wallet([document]), _talk(nonce, scalar)))
    with tempfile.TemporaryDirectory(prefix="borne-bench-") as name:
        flash = Path(name)
        (flash / kinds.ROOTS.name).write_bytes(cbor2.dumps([{1: root.der}]))
        names = {f"r{number}": what for number, what in enumerate(responses)}
        for file, what in names.items():
            (flash / file).write_bytes(responses[what])
        case = {
            "names": list(names),
            "transcript": transcript.hex(),
            "scalar": f"{scalar:064x}",
            "now": _NOW,
            "nonce": nonce.hex(),
            "terminal": _TERMINAL,
            "purpose": _PURPOSE,
            "frames": frames[device.POLLED :],
        }
        rows = device.run_program(_PROGRAM, flash, case)
    found: dict[str, dict[str, Any]] = {
        what: {"size": len(data), "checks": {}} for what, data in responses.items()
    }
    found[TAP] = {"size": 0, "checks": {}}
    names[TAP] = TAP
    for step, row in rows.items():
        file, _, check = step.partition(" ")
        found[names[file]]["checks"][check] = row
    return found


def _talk(nonce: bytes, scalar: int) -> Any:
    """A terminal's part in a tap, with the ephemeral key `scalar`: a coroutine function of the reader."""

    class Prepared:
        def nonce(self) -> bytes:
            return nonce

        def key_pair(self) -> KeyPair:
            return KeyPair(scalar)

    async def talk(reader: Any) -> None:
        try:
            await exchange.read(reader, nonce, _TERMINAL, _PURPOSE, _NOW)
        except SelectError:
            await mdoc_exchange.read(reader, lambda size: None, Prepared(), None, _PURPOSE)

    return talk


def _responses(
    root: issuer.Authority, reader: Any, transcript: bytes
) -> tuple[dict[str, bytes], issuer.Mdoc]:
    """Responses by what they are, and the document of the first."""
    signer = issuer.document_signer(root, _NOW - 50 * DAY)
    holder = cose.new_key()
    person = ("Lefèvre", "Zoé", "1985-02-01")
    card = issuer.ehic(*person, "255081416802538", "2027-01-01", "2027-12-31")
    name = issuer.pid(*person)

    def document(elements: dict[str, Any]) -> issuer.Mdoc:
        (doc_type,) = elements
        return issuer.issue(signer, doc_type, elements, _NOW - DAY, device_key=holder)

    small = document(card)
    public = reader.public_key()
    made = {
        "an EHIC, by signature": issuer.device_response([small], transcript),
        "an EHIC, by MAC": issuer.device_response([small], transcript, reader_key=public),
    }
    for number in range(24):
        card[issuer.EHIC][f"element{number}"] = "x" * 20
    name[issuer.PID]["portrait"] = bytes(150)
    large = [document(card), document(name)]
    made["8 kB, an EHIC and a PID, by MAC"] = issuer.device_response(
        large, transcript, reader_key=public
    )
    return made, small


def markdown(measured: dict[str, dict[str, Any]]) -> str:
    """The table for a document."""
    lines = [
        "| response | bytes | " + " | ".join(f"`{check}`" for check in _SHOWN) + " | all | heap |",
        "| --- | ---: |" + " ---: |" * (len(_SHOWN) + 2),
    ]
    for what, row in measured.items():
        checks = row["checks"]
        if what == TAP:
            continue
        shown = [f"{checks[check]['instructions'] / 1e6:.1f} M" for check in _SHOWN]
        whole = sum(check["instructions"] for check in checks.values())
        peak = max(check["peak"] for check in checks.values())
        cells = [what, f"{row['size']:,}", *shown, f"{whole / 1e6:.0f} M", f"{peak:,}"]
        lines.append("| " + " | ".join(cells) + " |")
    steps = measured[TAP]["checks"]
    lines += ["", "| a wallet's tap | instructions, M | heap |", "| --- | ---: | ---: |"]
    lines += [
        f"| {step} | {row['instructions'] / 1e6:.2f} | {row['peak']:,} |"
        for step, row in steps.items()
    ]
    whole = sum(row["instructions"] for row in steps.values())
    most = max(row["peak"] for row in steps.values())
    lines.append(f"| all | {whole / 1e6:.2f} | {most:,} |")
    return "\n".join(lines) + "\n"
