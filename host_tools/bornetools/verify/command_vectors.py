"""`borne vectors`: published test vectors through the firmware's code, on either interpreter."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bornetools.command_options import json_option
from bornetools.errors import UserError
from bornetools.verify import vectors

Row = tuple[str, str, list[tuple[Any, str]]]


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--vm",
    "machine",
    type=click.Choice([*vectors.MACHINES, "both"]),
    default="both",
    show_default=True,
    help="The interpreter that runs the firmware.",
)
@json_option
@click.pass_context
def command(ctx: click.Context, folder: Path, machine: str, as_json: bool) -> None:
    """Run the published test vectors below DIR through the firmware's own code.

    Knows Wycheproof's ECDSA (P-256, r||s), the COSE working group's Sign1 examples and the examples of
    RFC 8949, appendix A. Cases outside the supported algorithms are listed by name. Exit status 1 if
    any case failed.
    """
    paths = sorted(folder.rglob("*.json"))
    loaded = [(str(path.relative_to(folder)), vectors.load(path)) for path in paths]
    known = [(name, cases) for name, cases in loaded if cases]
    unknown = [name for name, cases in loaded if not cases]
    if not known:
        raise UserError(f"{folder}: no test vectors of a known kind below it")
    rows = []
    for name, cases in known:
        for interpreter in vectors.MACHINES if machine == "both" else (machine,):
            outcomes = [
                (case, case.outcome(answer))
                for case, answer in zip(cases, vectors.run(cases, interpreter), strict=True)
            ]
            rows.append((name, interpreter, outcomes))
    _report(rows, unknown, as_json)
    ctx.exit(1 if any(outcome == "failed" for *_, all_ in rows for _, outcome in all_) else 0)


def _report(rows: list[Row], unknown: list[str], as_json: bool) -> None:
    files: list[dict[str, Any]] = [
        {
            "file": name,
            "vm": machine,
            "cases": len(outcomes),
            "passed": sum(outcome == "passed" for _, outcome in outcomes),
            "failed": [case.name for case, outcome in outcomes if outcome == "failed"],
            "outside": [
                f"{case.name}: {case.outside}" for case, outcome in outcomes if outcome == "outside"
            ],
        }
        for name, machine, outcomes in rows
    ]
    if as_json:
        click.echo(json.dumps({"files": files, "unknown": unknown}))
        return
    table = Table(title="Published test vectors")
    table.add_column("file", overflow="fold")
    for heading in ("VM", "passed", "failed", "outside"):
        table.add_column(heading, no_wrap=True)
    for row in files:
        counts = (f"{row['passed']}/{row['cases']}", len(row["failed"]), len(row["outside"]))
        table.add_row(row["file"], row["vm"], *map(str, counts))
    console = Console(highlight=False)
    console.print(table)
    for row in files:
        for name in row["failed"]:
            console.print(
                f"failed on {row['vm']}: {row['file']}: {name}", soft_wrap=True, markup=False
            )
    # Both interpreters leave out the same cases, so each is named once.
    for line in dict.fromkeys(f"{row['file']}: {name}" for row in files for name in row["outside"]):
        console.print(f"outside what the firmware supports: {line}", soft_wrap=True, markup=False)
    for name in unknown:
        console.print(f"not a kind of vectors known here: {name}", soft_wrap=True, markup=False)
