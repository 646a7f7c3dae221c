"""`borne bench`: the command line over bornetools.bench."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from bornetools import files
from bornetools.bench import chart, revocation
from bornetools.errors import UserError

_BEGIN = "<!-- generated: borne bench revocation -->\n"
_END = "<!-- end of generated -->\n"


@click.group(name="bench")
def command():
    """Measure what the documentation says."""


@command.command("revocation")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--write",
    "document",
    type=click.Path(path_type=Path),
    metavar="MD",
    help="Put table and picture into this document, in the place that it marks.",
)
@click.pass_context
def revocation_command(ctx, as_json, document):
    """Sizes of revocation lists against the entropy bound and against other forms, and their look-ups.

    Takes some minutes. Exit status 1 if a look-up went wrong.
    """
    text = files.read(document, "document").decode() if document else ""
    if document and (text.count(_BEGIN), text.count(_END)) != (1, 1):
        raise UserError(f"{document}: lacks the lines {_BEGIN.strip()} and {_END.strip()}")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        rows = revocation.measure(progress)
    if document:
        write(document, text, rows)
    if as_json:
        lists = [{**asdict(row), "ratio": row.ratio(row.rsl)} for row in rows]
        click.echo(json.dumps({"lists": lists}))
    else:
        Console(highlight=False).print(revocation.table(rows))
    ctx.exit(1 if any(row.wrong for row in rows) else 0)


def write(document: Path, text: str, rows: list[revocation.Row]) -> None:
    """Replaces what is between the markers of `text`, and draws the picture beside `document`."""
    picture = document.with_suffix(".svg")
    before, _, rest = text.partition(_BEGIN)
    after = rest.partition(_END)[2]
    made = f"{revocation.markdown(rows)}\n![{chart.TITLE}]({picture.name})\n"
    files.replace(picture, chart.draw(rows).encode())
    files.replace(document, f"{before}{_BEGIN}\n{made}\n{_END}{after}".encode())
