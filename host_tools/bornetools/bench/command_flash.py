"""`borne bench flash` and `daily-releases`: what fits the flash of each board."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from bornetools.bench import daily_releases
from bornetools.bench import flash as flash_bench
from bornetools.bench.command_marked import Marked, write_option


@click.command()
@write_option
def flash(document: Path | None) -> None:
    """The budget of each board's flash and heap, with the application in the image and as files."""
    made = flash_bench.budget(list(flash_bench.rows(flash_bench.as_files)))
    if document:
        Marked(document, "flash").write(made)
    click.echo(made, nl=False)


@click.command("daily-releases")
@click.option(
    "--days",
    default=daily_releases.DAYS,
    show_default=True,
    type=click.IntRange(1, 365),
    help="Daily releases.",
)
@write_option
@click.pass_context
def releases(ctx: click.Context, days: int, document: Path | None) -> None:
    """Daily releases of a list of 67 million tokens, on littlefs as large as each board's.

    Takes some eight minutes. Exit status 1 if a look-up was wrong, or a refusal had not been foretold.
    """
    if document:
        Marked(document, "daily-releases")
    cases = flash_bench.cases(list(flash_bench.rows(flash_bench.as_files)))
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("releases", total=days * len(cases))
        tried = daily_releases.measure(cases, days, advance=lambda: progress.advance(task))
    made = flash_bench.releases(tried, days)
    if document:
        Marked(document, "daily-releases").write(made)
    click.echo(made, nl=False)
    ctx.exit(any(not row.right or bool(row.refused) != bool(row.foretold) for row in tried))
