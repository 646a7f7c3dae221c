"""`borne provision reader-key`: gives a terminal the key that authenticates it to wallets."""

import contextlib
import hashlib
from pathlib import Path

import click

from borne.provisioned.reader_key import FILE
from bornetools import times
from bornetools.command_options import PORT
from bornetools.errors import UserError
from bornetools.flash import prompt, reader_key
from bornetools.flash.steps import Steps
from bornetools.link import ports

_PATH = click.Path(path_type=Path)
_GO_ON = "check cable and port, and run the same command again: the terminal has its old key, or this one"


@click.command("reader-key")
@click.option("--port", required=True, type=PORT, help="The terminal's serial port.")
@click.option("--key", type=_PATH, help="Its private key on P-256: PEM, not encrypted.")
@click.option("--chain", type=_PATH, help="The key's certificate first, then its issuers': PEM.")
@click.option(
    "--test-ca",
    type=_PATH,
    help="For tests and pilots: a new key, certified by the authority in this folder, made if need be.",
)
@click.option("--name", help="With --test-ca: what wallets show of who asks.")
@click.option(
    "--days",
    type=click.IntRange(1, reader_key.DAYS_MAX),
    default=90,
    show_default=True,
    help="With --test-ca: how long the certificate is valid.",
)
def command(
    port: str,
    key: Path | None,
    chain: Path | None,
    test_ca: Path | None,
    name: str | None,
    days: int,
) -> None:
    """Give a terminal a reader key and its certificate (ISO/IEC 18013-5, mdoc reader authentication).

    Both lie on the terminal's flash in the clear. Exit status 1 if a step failed.
    """
    now = times.now()
    ports.there(port)
    if key and chain and not (test_ca or name):
        given = reader_key.from_files(key, chain, now)
    elif test_ca and name and not (key or chain):
        given = reader_key.from_test_ca(test_ca, name, days, now)
    else:
        raise UserError("give --key and --chain, or --test-ca and --name")
    steps = Steps(prompt.ERRORS)
    with (
        contextlib.ExitStack() as stack,
        steps.step(f"writing the reader key to the terminal on {port}", _GO_ON),
    ):
        at = stack.enter_context(prompt.open_prompt(port))
        at.write(FILE, given.encode())
        at.restart()
    certificate = reader_key.certificate(given)
    rows = [
        ("reader", certificate.subject.rfc4514_string()),
        ("certified by", certificate.issuer.rfc4514_string()),
        ("until", times.write(int(certificate.not_valid_after_utc.timestamp()))),
        ("its SHA-256", hashlib.sha256(given.chain[0]).hexdigest()),
    ]
    if test_ca:
        rows.append(("for wallets", str(test_ca / reader_key.CA_CERTIFICATE)))
    click.echo("\n".join(f"{label:14} {value}" for label, value in rows))
