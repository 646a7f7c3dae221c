"""`borne verify`: the firmware's own verifier on files, for integrators and for checks."""

import json
import tempfile
from pathlib import Path

import cbor2
import click

from borne.errors import DecodeError, StoreError, UntrustedError
from borne.token.key_set import KeySet
from borne.trust.status import StatusList
from bornetools import files
from bornetools.errors import UserError
from bornetools.on_micropython import vm
from bornetools.on_micropython.programs import verify_files, verify_mdoc_files
from bornetools.times import TIME
from bornetools.verify import mdoc as verify_mdoc

PURPOSES = ("consultation", "dispensing", "admission")
_HEAP = 2_000_000  # for lists of any window: the board's bound is for the terminal to keep
_EXIT_STATUS = {"accept": 0}  # every other severity is 1: only an accept lets a script go on


class Hex(click.ParamType):
    name = "hex"

    def convert(self, value, param, ctx):
        try:
            return bytes.fromhex(value)
        except ValueError:
            self.fail(f"{value!r} is not hexadecimal", param, ctx)


def prepare(folder, token, keys, status, proof, at, nonce, terminal_id, purpose):
    """Lays out what `verify_files.verify_folder` reads, in `folder`. Raises UserError."""
    (folder / "trust" / "status").mkdir(parents=True)
    key_set = files.read_binary_or_hex(keys, "key set")
    try:
        trusted = KeySet.decode(key_set)
    except DecodeError as error:
        raise UserError(f"{keys}: not a COSE key set: {error.reason}") from error
    (folder / "trust" / "keys.cbor").write_bytes(key_set)
    (folder / "trust" / "policy.cbor").write_bytes(cbor2.dumps({}))
    # Files have no release: what is handed in counts as fresh at the time asked about.
    (folder / "trust" / "release.cbor").write_bytes(cbor2.dumps({1: 1, 2: at}, canonical=True))
    for number, path in enumerate(status):
        data = files.read_binary_or_hex(path, "status list")
        _check_list(path, data, trusted)
        (folder / "trust" / "status" / f"{number:04}.cwt").write_bytes(data)
    (folder / "token.bin").write_bytes(files.read_binary_or_hex(token, "token"))
    if proof:
        (folder / "proof.bin").write_bytes(files.read_binary_or_hex(proof, "proof"))
    request = {
        "at": at,
        "proof": bool(proof),
        "nonce": nonce.hex(),
        "terminal_id": terminal_id,
        "purpose": purpose,
    }
    (folder / "request.json").write_text(json.dumps(request))


def _check_list(path, data, keys):
    """Raises UserError for what is no status list; one that nobody trusted has signed is for the
    verifier to leave out, as a terminal does."""
    try:
        StatusList(data, keys)
    except UntrustedError:
        pass
    except DecodeError as error:
        raise UserError(f"{path}: not a usable status list: {error.reason}") from error


def verify_folder(folder, machine, program=verify_files):
    """The answer of `program.verify_folder` on that interpreter. Raises UserError."""
    if machine == "cpython":
        try:
            return program.verify_folder(str(folder))
        except StoreError as error:
            raise UserError(str(error)) from error
    done = vm.run(program.__file__, folder, heap=_HEAP)
    lines = done.stdout.decode().splitlines()
    if done.returncode or len(lines) != 1:
        raise UserError("the MicroPython VM stopped: " + done.stderr.decode().strip()[-200:])
    answer = json.loads(lines[0])
    if "error" in answer:
        raise UserError(answer["error"])
    return answer


@click.command()
@click.argument("token", type=click.Path())
@click.option(
    "--format",
    "form",
    type=click.Choice(["cwt", "mdoc"]),
    default="cwt",
    show_default=True,
    help="A token of Borne's profile, or a DeviceResponse of ISO/IEC 18013-5.",
)
@click.option(
    "--keys", type=click.Path(), help="The issuers' COSE_KeySet; an mdoc needs it for --status."
)
@click.option("--status", multiple=True, type=click.Path(), help="A status list token; repeatable.")
@click.option("--proof", type=click.Path(), help="The holder's proof; with --nonce.")
@click.option("--nonce", type=Hex(), help="What the terminal asked the proof for, as hexadecimal.")
@click.option("--transcript", type=click.Path(), help="mdoc: the SessionTranscript.")
@click.option(
    "--iaca",
    multiple=True,
    type=click.Path(),
    help="mdoc: an IACA root's certificate (PEM or DER); repeatable.",
)
@click.option(
    "--reader-private-key",
    type=click.Path(),
    help="mdoc: the reader's ephemeral key (PEM, DER, COSE_Key or 32 bytes), for a device MAC.",
)
@click.option("--terminal-id", default="", help="The terminal that the proof is for.")
@click.option("--purpose", type=click.Choice(PURPOSES), default="consultation", show_default=True)
@click.option("--at", required=True, type=TIME, help="ISO 8601 (UTC) or unix seconds.")
@click.option(
    "--vm",
    "machine",
    type=click.Choice(["cpython", "micropython"]),
    default="cpython",
    show_default=True,
    help="The interpreter that runs the firmware's verifier.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(
    ctx,
    token,
    form,
    keys,
    status,
    proof,
    nonce,
    transcript,
    iaca,
    reader_private_key,
    terminal_id,
    purpose,
    at,
    machine,
    as_json,
):
    """Verify TOKEN (binary or hexadecimal) with the firmware's own verifier.

    Exit status: 0 for VALID, 1 for every other verdict, 2 for a file or argument that cannot be used.
    Without --proof the holder is not checked, and the output says so; every other check is the
    terminal's. A token that names a status list needs that list: without it the verdict is
    TRUST_STALE.

    With --format mdoc, TOKEN is a DeviceResponse, judged in the session of --transcript; the device's
    authentication is checked always. A status list or identifier list speaks for mdocs if it comes with a
    certificate that a root of --iaca has issued, or if its key in --keys names no issuer.
    """
    _require(form == "mdoc", "--format mdoc", transcript=transcript, iaca=iaca)
    if form == "mdoc":
        if proof or nonce is not None:
            raise UserError("--proof and --nonce are for --format cwt")
    else:
        _require(True, "--format cwt", keys=keys)
        if reader_private_key:
            raise UserError("--reader-private-key is for --format mdoc")
    if bool(proof) != (nonce is not None):
        raise UserError("--proof and --nonce go together: a proof answers one nonce")
    with tempfile.TemporaryDirectory(prefix="borne-") as name:
        folder = Path(name)
        if form == "mdoc":
            verify_mdoc.prepare(
                folder, token, transcript, iaca, keys, status, reader_private_key, at
            )
            answer = verify_folder(folder, machine, verify_mdoc_files)
        else:
            prepare(folder, token, keys, status, proof, at, nonce or b"", terminal_id, purpose)
            answer = verify_folder(folder, machine)
    for problem in answer["problems"]:
        number, _, reason = problem.removeprefix("status/").partition(".cwt: ")
        click.echo(f"{status[int(number)]}: left out: {reason}", err=True)
    holder = "checked" if proof or form == "mdoc" else "not checked: no --proof"
    if as_json:
        click.echo(
            json.dumps(
                {
                    "verdict": answer["code"],
                    "severity": answer["severity"],
                    "detail": answer["detail"],
                    "until": answer["until"],
                    "holder_proof": holder,
                    "at": at,
                    "vm": machine,
                }
            )
        )
    else:
        detail = f": {answer['detail']}" if answer["detail"] else ""
        click.echo(f"{answer['code']} ({answer['severity']}){detail}")
        click.echo(f"holder's proof {holder}")
    ctx.exit(_EXIT_STATUS.get(answer["severity"], 1))


def _require(needed, form, **options):
    """Raises UserError unless each option is given where it is needed, and nowhere else."""
    for name, value in options.items():
        if bool(value) != needed:
            raise UserError(f"--{name} {'is needed with' if needed else 'is only for'} {form}")
