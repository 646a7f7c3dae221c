"""`borne sync`: brings terminals' trust data up to date, one or all that are connected."""

import json
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import asdict
from threading import Thread
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from bornetools import times
from bornetools.command_options import port_option
from bornetools.errors import UserError
from bornetools.link import ports
from bornetools.link.courier import Outcome, Report, sync
from bornetools.link.source import Source


@click.command()
@port_option
@click.option(
    "--all", "everyone", is_flag=True, help="All terminals that are connected, side by side."
)
@click.option(
    "--from",
    "base",
    required=True,
    metavar="URL|DIR",
    help="The trust repository: a web address, or a folder with a copy of it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each terminal.")
def command(named: str | None, everyone: bool, base: str, as_json: bool) -> None:
    """Bring a terminal's keys, policy and revocation lists up to date.

    The terminal checks all of it and keeps reading phones meanwhile. A plug that is pulled costs
    nothing: run the command again, and it goes on where it stopped. Exit status 1 if a terminal was
    not brought up to date.
    """
    source = Source(base)
    source.check()
    if everyone and named:
        raise UserError("--port names one terminal, --all means every one: choose")
    found = ports.candidates() if everyone else [ports.the_port(named)]
    if not found:
        raise UserError("no terminal is connected")
    outcomes = sync_all(found, source)
    for outcome in outcomes:
        click.echo(json.dumps(asdict(outcome)) if as_json else summary(outcome))
    if not all(outcome.status in ("updated", "current") for outcome in outcomes):
        raise SystemExit(1)


def sync_all(found: Sequence[str], source: Source) -> list[Outcome]:
    """Brings the terminals on these ports up to date side by side, with a bar on stderr for each."""
    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    tasks: list[Future[Outcome]] = [Future() for _ in found]

    def carry(port: str, task: Future[Any], bar: Report) -> None:
        try:
            task.set_result(sync(port, source, bar, console.print))
        except Exception as error:  # noqa: BLE001 - raised where the result is asked for
            task.set_exception(error)

    with bars:
        for port, task in zip(found, tasks, strict=True):
            # Daemons: Ctrl-C need not wait for a server or terminal that does not answer.
            Thread(target=carry, args=(port, task, _bar(bars, port)), daemon=True).start()
        return [task.result() for task in tasks]


def summary(outcome: Outcome) -> str:
    """The outcome of one terminal for a technician, in a few lines."""
    who = f"{outcome.terminal} ({outcome.port})" if outcome.terminal else outcome.port
    lines = []
    if outcome.status == "updated":
        change = f"release {outcome.before or 'none'} -> {outcome.after}"
        lines.append(f"{who}: updated, {change}, {outcome.sent} bytes in {outcome.seconds} s")
    elif outcome.status == "current":
        lines.append(f"{who}: up to date, release {outcome.after}")
    elif outcome.status == "refused":
        code = f"{outcome.code}: {outcome.detail}" if outcome.detail else outcome.code
        lines.append(f"{who}: REFUSED ({code}): {outcome.explanation}")
    else:
        lines.append(f"{who}: FAILED: {outcome.explanation}")
    if outcome.status not in ("updated", "current") and outcome.terminal:
        lines.append(f"  {_in_force(outcome)}")
    if outcome.as_of is not None:
        lines.append(f"  trust data of {times.write(outcome.as_of)}, {_age(outcome.as_of)}")
    lines += [f"  note: {note}" for note in outcome.notes]
    return "\n".join(lines)


def _in_force(outcome: Outcome) -> str:
    if outcome.after is None:
        return "which release is in force is not known: borne terminal info says it"
    if outcome.after != outcome.before:
        return f"release {outcome.after or 'none'} is in force on the terminal"
    kept = f"keeps release {outcome.before}" if outcome.before else "still has no release"
    return f"the terminal {kept}, and goes on with it"


def _age(as_of: int) -> str:
    days = max(0, times.now() - as_of) // times.DAY
    return "less than a day old" if days == 0 else f"{days} day{'s' * (days > 1)} old"


def _bar(bars: Progress, port: str) -> Report:
    task = bars.add_task(port, total=None)
    return lambda total, done: bars.update(task, total=total, completed=done)
