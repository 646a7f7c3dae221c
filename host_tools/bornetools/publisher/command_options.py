"""Options and output common to the commands of `borne publish`."""

import json
from pathlib import Path
from typing import Any

import click

from bornetools import times
from bornetools.command_options import TIME
from bornetools.errors import UserError
from bornetools.publisher.repository import Repository
from bornetools.publisher.signing import Released

PATH = click.Path(path_type=Path)

folder = click.argument("folder", type=PATH)
at_option = click.option(
    "--at", type=TIME, help="The time to act at, instead of now: ISO 8601 or unix seconds."
)
root_keys = click.option(
    "--root-key",
    "keys",
    type=PATH,
    multiple=True,
    help="A private root key that is not in keys/ (PEM); repeatable.",
)
root_days = click.option(
    "--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="The root's life."
)


yes_option = click.option(
    "--yes", is_flag=True, help="The time is right, though the last release has expired by then."
)


def confirm_time(repository: Repository, at: int, yes: bool) -> None:
    """Asks before a jump in time, if the last release has expired by `at`; `yes` answers in advance."""
    last = repository.last_release()
    if yes or last is None or at < last[1]:
        return
    issued, expires = map(times.write, last)
    question = (
        f"The last release was issued at {issued}, and expired at {expires}.\n"
        f"Is it now {times.write(at)}? Terminals may take that to be past for ever (--yes)"
    )
    if not click.confirm(question, err=True):
        raise UserError("nothing was published: set this computer's clock")


def time_of(at: int | None) -> int:
    """`at`, or the computer's clock."""
    return times.now() if at is None else at


def say(as_json: bool, result: dict[str, Any], line: str) -> None:
    """Prints the result: the object for programs, the line for people."""
    click.echo(json.dumps(result) if as_json else line)


def say_released(as_json: bool, released: Released, first: str) -> None:
    """Prints the published release, after `first`; its warnings go to stderr."""
    for warning in released.warnings:
        click.echo(f"Warning: {warning}", err=True)
    result = {
        "versions": released.versions,
        "expires": times.write(released.expires),
        "targets": released.targets,
        "warnings": released.warnings,
        "flash": released.flash,
        "boards": released.boards,
    }
    versions = ", ".join(f"{role} {number}" for role, number in released.versions.items())
    if released.targets:
        versions += f"; {len(released.targets)} targets, {sum(released.targets.values())} bytes"
    line = f"{first}: {versions}; until {result['expires']}"
    if released.flash:
        line += (
            f"\non a terminal its lists take {released.flash:,} bytes of flash while the next release"
            f" arrives; boards that have it: {', '.join(released.boards) or 'none'}"
        )
    say(as_json, result, line)
