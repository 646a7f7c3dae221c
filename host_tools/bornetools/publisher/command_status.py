"""`borne publish status`."""

from dataclasses import asdict
from pathlib import Path

import click

from bornetools import files
from bornetools.command_options import json_option
from bornetools.errors import UserError
from bornetools.publisher.command_options import PATH, at_option, folder, say, time_of
from bornetools.publisher.progress import bar
from bornetools.publisher.repository import Repository


@click.group()
def status() -> None:
    """Revocation lists, made from issuers' status lists."""


@status.command("import")
@folder
@click.argument("file", type=PATH)
@click.option("--list", "slug", help="The list's name (a-z, 0-9, -), when it is new.")
@click.option(
    "--uri",
    help="Its URI, to confirm a new list that is not at its issuer's host, or is signed by a certificate.",
)
@at_option
@json_option
def import_status(
    folder: Path, file: Path, slug: str | None, uri: str | None, at: int | None, as_json: bool
) -> None:
    """Take FILE, an issuer's Token Status List or identifier list (CWT), into the draft.

    It has to be signed by a key of the draft (borne publish keys add), or come with a certificate that a
    root of the draft has issued (borne publish roots add).
    """
    token = files.read_binary_or_hex(file, "status list")
    repository = Repository(folder)
    try:
        made = repository.import_status(token, time_of(at), slug=slug, uri=uri, progress=bar)
    except UserError as error:
        raise UserError(f"{file}: {error.message}") from error
    counts = ", ".join(f"{count} in {name}" for name, count in made.counts.items())
    line = f"list {made.slug}, version {made.version}: {counts}"
    line += "" if made.size is None else f", of {made.size} tokens"
    if made.files:
        line += "; " + ", ".join(f"{name} {size} bytes" for name, size in made.files.items())
    say(as_json, asdict(made), line if made.files else line + "; nothing new")
