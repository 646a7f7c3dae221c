"""`borne doctor`: each part of a terminal, and what to do about it."""

import json
import sys
import time
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from borne import limits
from bornetools import times
from bornetools.command_options import json_option, port_option
from bornetools.link import doctor
from bornetools.link.client import Client, read_file
from bornetools.link.connection import Connection

_READER_WITHIN = 5  # seconds: a reader that is just being reset is not called silent
_PATTERN_OVER = 6  # seconds: firmware/borne/app.py
_COLOURS = {doctor.OK: "green", doctor.LOOK: "yellow", doctor.BROKEN: "bold red"}


@click.command()
@port_option
@click.option("--yes", is_flag=True, help="Ask nobody whether the pattern was seen and heard.")
@json_option
def command(named: str | None, yes: bool, as_json: bool) -> None:
    """Check each part of a terminal, and say what to do.

    It shows a test pattern, and asks whoever sits at this console whether that could be seen and heard.
    Phones are read meanwhile. Exit status 1 if anything is broken.
    """
    asked = sys.stdin.isatty() and not yes
    with Connection(named) as client:
        hello, check = client.request("hello"), _check(client)
        targets = doctor.targets_of(read_file(client, "targets.json", limits.TUF_TARGETS_MAX))
        now = times.now()
        seen = _pattern(client, check, asked)
        port = client.port
    rows = doctor.examine(doctor.Patient(hello, check, now, seen, targets), port)
    if as_json:
        told = {"terminal": hello["terminal"], "board": hello["board"]}
        click.echo(json.dumps({**told, "parts": [asdict(row) for row in rows]}))
    else:
        Console(highlight=False).print(_table(f"{hello['terminal']} ({hello['board']})", rows))
    sys.exit(1 if any(row.verdict == doctor.BROKEN for row in rows) else 0)


def _check(client: Client) -> dict[str, Any]:
    deadline = time.monotonic() + _READER_WITHIN
    while True:
        check = client.request("check")
        if check["reader"] or time.monotonic() > deadline:
            return check
        time.sleep(0.5)


def _pattern(client: Client, check: dict[str, Any], asked: bool) -> dict[str, bool | None]:
    """Shows the pattern on the terminal. Returns the answers of the person at the console."""
    if not check["reader"]:
        return {}  # the screen shows the fault
    if not asked:
        client.request("pattern")
        return {}
    click.echo(f"Look at the terminal: it shows a pattern for {_PATTERN_OVER} seconds.", err=True)
    client.request("pattern")
    return {
        part: click.confirm(question, default=None, err=True)
        for part, question in doctor.questions(check)
    }


def _table(title: str, rows: list[doctor.Row]) -> Table:
    table = Table(title=Text(title))
    for heading in ("part", "found", "verdict", "what to do"):
        table.add_column(heading)
    for row in rows:
        colour = _COLOURS[row.verdict]
        table.add_row(*map(Text, (row.part, row.found)), Text(row.verdict, colour), Text(row.do))
    return table
