"""`borne bench flash`: what fits the flash of each board."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from bornetools.bench import daily_releases, flash
from bornetools.bench.marked import Marked, write_option


@click.command("flash")
@click.option(
    "--days",
    default=daily_releases.DAYS,
    show_default=True,
    type=click.IntRange(1, 365),
    help="Daily releases.",
)
@write_option
@click.pass_context
def command(ctx: click.Context, days: int, document: Path | None) -> None:
    """The budget of each board's flash, and daily releases of a list of 67 million tokens on littlefs.

    Takes some ten minutes. Exit status 1 if a look-up was wrong, or a refusal had not been foretold.
    """
    if document:
        Marked(document, "flash")
    rows = list(flash.rows(flash.as_files))
    cases = flash.cases(rows)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("releases", total=days * len(cases))
        tried = daily_releases.measure(cases, days, advance=lambda: progress.advance(task))
    made = f"{flash.budget(rows)}\n{flash.releases(tried, days)}"
    if document:
        Marked(document, "flash").write(made)
    click.echo(made, nl=False)
    ctx.exit(any(not row.right or bool(row.refused) != bool(row.foretold) for row in tried))
