"""`borne verify`: the firmware's own verifier on files, for integrators and for checks."""

import json
import tempfile
from pathlib import Path

import click

from borne.token.time_zone import UTC
from borne.trust.policy_rules import PURPOSES
from bornetools.command_options import HEX, TIME, TIME_ZONE, json_option
from bornetools.errors import UserError
from bornetools.verify import mdoc as verify_mdoc
from bornetools.verify.token import list_name, prepare, verify_folder

_EXIT_STATUS = {"accept": 0}  # every other severity is 1: only an accept lets a script go on


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
@click.option("--nonce", type=HEX, help="What the terminal asked the proof for, as hexadecimal.")
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
    "--time-zone",
    type=TIME_ZONE,
    default=UTC,
    show_default=True,
    help="Of the counter, whose days count: a rule in POSIX form, or a zone such as Europe/Paris.",
)
@click.option(
    "--vm",
    "machine",
    type=click.Choice(["cpython", "micropython"]),
    default="cpython",
    show_default=True,
    help="The interpreter that runs the firmware's verifier.",
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    token: str,
    form: str,
    keys: str | None,
    status: tuple[str, ...],
    proof: str | None,
    nonce: bytes | None,
    transcript: str | None,
    iaca: tuple[str, ...],
    reader_private_key: str | None,
    terminal_id: str,
    purpose: str,
    at: int,
    time_zone: str,
    machine: str,
    as_json: bool,
) -> None:
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
        if not keys:
            raise UserError("--keys is needed with --format cwt")
        if reader_private_key:
            raise UserError("--reader-private-key is for --format mdoc")
    if bool(proof) != (nonce is not None):
        raise UserError("--proof and --nonce go together: a proof answers one nonce")
    with tempfile.TemporaryDirectory(prefix="borne-") as name:
        folder = Path(name)
        if transcript:
            verify_mdoc.prepare(
                *(folder, token, transcript, iaca, keys, status, reader_private_key),
                *(at, time_zone),
            )
        elif keys:
            prepare(
                *(folder, token, keys, status, proof, at, nonce or b"", terminal_id, purpose),
                time_zone,
            )
        answer = verify_folder(folder, machine)
    paths = {list_name(number): path for number, path in enumerate(status)}
    for name, reason in answer["problems"]:
        click.echo(f"{paths[name]}: left out: {reason}", err=True)
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


def _require(needed: bool, form: str, **options: object) -> None:
    """Raises UserError unless each option is given where it is needed, and nowhere else."""
    for name, value in options.items():
        if bool(value) != needed:
            raise UserError(f"--{name} {'is needed with' if needed else 'is only for'} {form}")
