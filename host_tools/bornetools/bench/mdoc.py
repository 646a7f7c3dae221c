"""What verifying an mdoc costs on the emulated microcontroller, check by check."""

import tempfile
from pathlib import Path

import cbor2

from bornetools.bench import device
from bornetools.emulator import mdoc_issuer as issuer
from bornetools.times import DAY

_PROGRAM = Path(__file__).with_name("mdoc_program.py")
_NOW = 1_800_000_000
# Checks whose cost is worth a line of its own.
_SHOWN = ("shape", "issuer_known", "issuer_signature", "device_auth")


def measure() -> dict[str, dict]:
    """Rows by response: its `size`, and by check `instructions`, `allocated` and `peak` (of the heap beside
    the response, bytes). Raises UserError."""
    reader = issuer.new_key()
    transcript = issuer.session_transcript(reader.public_key())
    root = issuer.iaca(_NOW - 100 * DAY)
    responses = _responses(root, reader, transcript)
    with tempfile.TemporaryDirectory(prefix="borne-bench-") as name:
        flash = Path(name)
        (flash / "iaca.cbor").write_bytes(cbor2.dumps([{1: root.der}]))
        names = {f"r{number}": what for number, what in enumerate(responses)}
        for file, what in names.items():
            (flash / file).write_bytes(responses[what])
        case = {
            "names": list(names),
            "transcript": transcript.hex(),
            "scalar": f"{reader.private_numbers().private_value:064x}",
            "now": _NOW,
        }
        case |= {"nonce": "", "frames": []}
        rows = device.run_program(_PROGRAM, flash, case)
    found: dict[str, dict] = {
        what: {"size": len(data), "checks": {}} for what, data in responses.items()
    }
    for step, row in rows.items():
        file, _, check = step.partition(" ")
        found[names[file]]["checks"][check] = row
    return found


def _responses(root, reader, transcript) -> dict[str, bytes]:
    signer = issuer.document_signer(root, _NOW - 50 * DAY)
    holder = issuer.new_key()
    person = ("Lefèvre", "Zoé", "1985-02-01")
    card = issuer.ehic(*person, "255081416802538", "2027-01-01", "2027-12-31")
    name = issuer.pid(*person)

    def document(elements):
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
    return made


def markdown(measured: dict[str, dict]) -> str:
    """The table for a document."""
    lines = [
        "| response | bytes | " + " | ".join(f"`{check}`" for check in _SHOWN) + " | all | heap |",
        "| --- | ---: |" + " ---: |" * (len(_SHOWN) + 2),
    ]
    for what, row in measured.items():
        checks = row["checks"]
        shown = [f"{checks[check]['instructions'] / 1e6:.1f} M" for check in _SHOWN]
        whole = sum(check["instructions"] for check in checks.values())
        peak = max(check["peak"] for check in checks.values())
        cells = [what, f"{row['size']:,}", *shown, f"{whole / 1e6:.0f} M", f"{peak:,}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
