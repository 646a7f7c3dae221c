"""`borne read`: a reader on this computer does what the terminal does, with the firmware's own code."""

import json
import math
from contextlib import closing
from pathlib import Path

import click

from borne import limits
from borne.trust.policy_rules import PURPOSES
from borne.verify.verdict import Verdict
from bornetools import times
from bornetools.command_options import TIME
from bornetools.errors import UserError
from bornetools.printable import printable
from bornetools.read.reader import READER_ERRORS, judge, open_reader, wait_for_phone
from bornetools.read.trust import trust_files, trust_folder

_PATH = click.Path(path_type=Path)


@click.command()
@click.option("--device", required=True, help="usb, tty:USB0:pn532, or a serial port's path.")
@click.option("--trust", type=_PATH, help="A folder as a terminal's trust set.")
@click.option("--keys", type=_PATH, help="The issuers' COSE_KeySet, instead of --trust.")
@click.option("--status", multiple=True, type=_PATH, help="A status list token; repeatable.")
@click.option("--policy", "rules", type=_PATH, help="A policy, with --keys.")
@click.option("--purpose", type=click.Choice(PURPOSES), help="[default: the policy's first]")
@click.option("--terminal-id", default="borne-read", show_default=True)
@click.option("--at", type=TIME, help="ISO 8601 (UTC) or unix seconds. [default: now]")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=30,
    show_default=True,
    help="Seconds to wait for a phone.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="A JSON object for each beneficiary, a line each."
)
@click.pass_context
def command(
    ctx: click.Context,
    device: str,
    trust: Path | None,
    keys: Path | None,
    status: tuple[Path, ...],
    rules: Path | None,
    purpose: str | None,
    terminal_id: str,
    at: int | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Read one phone with a reader on this computer, and verify it as the terminal does.

    A wallet's mdoc is verified with --trust, whose folder has the IACA roots (iaca.cbor).

    Exit status: 0 if all whom the phone carries are VALID, 1 for every other verdict, 2 for a device,
    file or argument that cannot be used and when no phone comes. Nothing of the holder goes to JSON,
    which programs tend to log.
    """
    now = times.now() if at is None else at
    if bool(trust) == bool(keys) or (trust and (status or rules)):
        raise UserError("give either --trust, or --keys with --status and --policy")
    if not 0 < len(terminal_id.encode()) <= limits.TERMINAL_ID_MAX:
        raise UserError(f"--terminal-id takes 1 to {limits.TERMINAL_ID_MAX} bytes")
    if not math.isfinite(timeout):
        raise UserError("--timeout takes seconds")
    if keys:
        known = trust_files(keys, status, rules, now, _complain)
    elif trust:
        known = trust_folder(trust, _complain)
    allowed = known.policy.purposes
    if purpose not in (None, *allowed):
        raise UserError(f"the policy knows no purpose {purpose}: {', '.join(allowed)}")
    with closing(open_reader(device)) as frontend:
        try:
            target = wait_for_phone(frontend, timeout)
            if target is None:
                raise UserError(f"no phone came to the reader within {timeout:g} s")
            verdicts = judge(frontend, target, known, terminal_id, purpose or allowed[0], now)
        except READER_ERRORS as error:
            raise UserError(f"{device}: the reader stopped answering") from error
    for verdict in verdicts:
        _print(verdict, now, as_json)
    ctx.exit(0 if all(verdict.severity == "accept" for verdict in verdicts) else 1)


def _complain(text: str) -> None:
    click.echo(printable(text), err=True)


def _print(verdict: Verdict, now: int, as_json: bool) -> None:
    holder = verdict.holder
    if as_json:
        answer = {
            "verdict": verdict.code,
            "severity": verdict.severity,
            "detail": verdict.detail,
            "until": holder.until if holder else None,
            "at": now,
        }
        click.echo(json.dumps(answer))
        return
    detail = f": {verdict.detail}" if verdict.detail else ""
    click.echo(f"{verdict.code} ({verdict.severity}){detail}")
    if holder:
        source = " (from the PID)" if holder.name_from == "pid" else ""
        name = f"{holder.given} {holder.family}, born {holder.birth_date}"
        click.echo(printable(name) + source)
    if holder and holder.until:
        click.echo(printable(f"entitled until {holder.until}"))
