"""`borne publish`: the command line over bornetools.publisher."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import click

from bornetools import files, times
from bornetools.command_options import json_option
from bornetools.publisher import check as checking
from bornetools.publisher import server
from bornetools.publisher.command_keys import keys, root
from bornetools.publisher.command_options import (
    PATH,
    at_option,
    confirm_time,
    folder,
    root_days,
    say,
    say_released,
    time_of,
    yes_option,
)
from bornetools.publisher.command_policy import policy
from bornetools.publisher.command_roots import roots
from bornetools.publisher.command_status import status
from bornetools.publisher.progress import bar
from bornetools.publisher.repository import DAYS, Repository

F = TypeVar("F", bound=Callable[..., Any])

_COUNT = click.IntRange(1, 8)


@click.group()
def command() -> None:
    """Publish trust data to terminals: issuers' keys, policy, revocation lists, as a TUF repository.

    Everything is kept in one folder, FOLDER. keys, roots, policy and status change its draft; release
    publishes the draft. Only FOLDER/metadata and FOLDER/targets are for the web server: see
    docs/publishing.md.
    """


for group in (keys, policy, root, roots, status):
    command.add_command(group)


@command.command()
@folder
@click.option("--root-threshold", default=1, show_default=True, type=_COUNT)
@click.option("--root-keys", type=_COUNT, help="Number of root keys [default: the threshold].")
@click.option("--targets-threshold", default=1, show_default=True, type=_COUNT)
@click.option(
    "--targets-keys", type=_COUNT, help="Number of targets keys [default: the threshold]."
)
@root_days
@at_option
@json_option
def init(
    folder: Path,
    root_threshold: int,
    root_keys: int | None,
    targets_threshold: int,
    targets_keys: int | None,
    days: int,
    at: int | None,
    as_json: bool,
) -> None:
    """Make a new repository in FOLDER: private keys, root version 1, and an empty draft.

    Move keys/root-*.pem and keys/targets-*.pem to where they stay offline. A terminal is provisioned
    with metadata/1.root.json.
    """
    repository = Repository.create(
        folder,
        time_of(at),
        root=(root_threshold, root_keys or root_threshold),
        targets=(targets_threshold, targets_keys or targets_threshold),
        days=days,
    )
    made = sorted(path.name for path in repository.keys.iterdir())
    result = {"root": str(repository.first_root), "keys": made}
    say(as_json, result, f"{folder}: root {repository.first_root}, private keys {', '.join(made)}")


def _days_option(role: str) -> Callable[[F], F]:
    return click.option(
        f"--{role}-days",
        default=DAYS[role],
        show_default=True,
        type=click.IntRange(1, 3650),
        help=f"How long the {role} signatures hold.",
    )


@command.command()
@folder
@click.option(
    "--key",
    "keys",
    type=PATH,
    multiple=True,
    help="A private key that is not in keys/ (PEM); repeatable.",
)
@_days_option("targets")
@_days_option("snapshot")
@_days_option("timestamp")
@at_option
@yes_option
@json_option
def release(
    folder: Path,
    keys: tuple[Path, ...],
    targets_days: int,
    snapshot_days: int,
    timestamp_days: int,
    at: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Sign and publish the draft.

    With an unchanged draft this only signs what is about to expire, the timestamp always: the daily
    routine, which needs neither root's nor targets' keys. A time before the last release is refused; one by
    which that has expired is asked about.
    """
    repository, now = Repository(folder), time_of(at)
    confirm_time(repository, now, yes)
    released = repository.release(
        now,
        keys=keys,
        days={"targets": targets_days, "snapshot": snapshot_days, "timestamp": timestamp_days},
        progress=bar,
    )
    say_released(as_json, released, "released")


@command.command()
@folder
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="[default: a free one]")
def serve(folder: Path, host: str, port: int) -> None:
    """Serve the published part of FOLDER over HTTP, for trials, until Ctrl-C."""
    Repository(folder)
    with server.serving(folder, host, port) as url, suppress(KeyboardInterrupt):
        click.echo(url)
        while True:  # not one long wait, which a signal just before its start would not end
            time.sleep(1)


@command.command()
@click.argument("source")
@click.option("--root", type=PATH, help="The trusted root [default: the folder's 1.root.json].")
@json_option
def check(source: str, root: Path, as_json: bool) -> None:
    """Check a repository, a folder or a URL, with python-tuf's client, from the first root on.

    Downloads every target. The computer's clock decides what has expired, and whether the release is from the
    future. A list that is newer than the release is warned of.
    """
    trusted = files.read(Path(root), "root") if root else None
    say_released(as_json, checking.check(source, trusted, bar, times.now()), "accepted")
