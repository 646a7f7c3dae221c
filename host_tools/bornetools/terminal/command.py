"""`borne terminal`: what a connected terminal says of itself, and what it can be told."""

import json
import time
from typing import Any

import click

from borne import limits
from borne.trust import freshness
from bornetools import time_zones, times
from bornetools.command_options import json_option, port_option
from bornetools.journal.command import journal, receipts, verify_journal
from bornetools.link.connection import Connection
from bornetools.link.offered_time import offer

_LEASE = 60  # seconds for which events are subscribed; renewed at half
_IDENTIFY = 10  # seconds
_FRESHNESS = {
    freshness.FRESH: "fresh",
    freshness.WARN: "accepted with a warning; sync it",
    freshness.REFUSE: "too old, everybody is refused; sync it",
}


@click.group()
def command() -> None:
    """A terminal on a serial port."""


for part in (journal, receipts, verify_journal):
    command.add_command(part)


@command.command()
@port_option
@json_option
def info(named: str | None, as_json: bool) -> None:
    """What the terminal is, and which trust data it has."""
    with Connection(named) as client:
        hello = client.request("hello")
    if as_json:
        click.echo(json.dumps(hello))
        return
    release = hello["version"] or "none: nothing is accepted"
    for label, value in (
        ("terminal", hello["terminal"]),
        ("board", hello["board"]),
        ("firmware", hello["firmware"]),
        ("release", release),
        ("trust data of", _moment(hello["as_of"])),
        ("which is", _freshness(hello)),
        ("trust root", hello["root"] or "none: not provisioned"),
        ("time", _moment(hello["time"])),
        ("at its counter", _local(hello)),
        ("free flash", f"{hello['free']} bytes"),
    ):
        click.echo(f"{label:14} {value}")


@command.command("time")
@port_option
@click.option("--set", "offered", is_flag=True, help="Offer it this computer's time.")
@json_option
def time_(named: str | None, offered: bool, as_json: bool) -> None:
    """The terminal's time; with --set, offer it this computer's, which it may refuse.

    For a long step, or against its own clock, the terminal wants its button pressed.
    """
    with Connection(named) as client:
        if offered:
            offer(client, lambda text: click.echo(text, err=True))
        now = client.request("hello")["time"]
    click.echo(json.dumps({"time": now}) if as_json else _moment(now))


@command.command()
@port_option
@click.option(
    "--seconds",
    default=_IDENTIFY,
    show_default=True,
    type=click.IntRange(1, limits.LINK_IDENTIFY_MAX),
)
def identify(named: str | None, seconds: int) -> None:
    """Let the terminal blink, to tell it from its neighbours."""
    with Connection(named) as client:
        client.request("identify", seconds=seconds)


@command.command()
@port_option
@click.option("--count", type=click.IntRange(1), help="Stop after so many [default: Ctrl-C].")
def events(named: str | None, count: int | None) -> None:
    """Each verdict and fault as it happens: a line of JSON each."""
    with Connection(named) as client:
        renew = 0.0
        while count != 0:
            if time.monotonic() >= renew:
                client.request("subscribe", seconds=_LEASE)
                renew = time.monotonic() + _LEASE / 2
            event = client.next_event(min(1.0, max(0.0, renew - time.monotonic())))
            if event:
                click.echo(json.dumps({"event": event[0], **event[1]}, default=bytes.hex))
                count = None if count is None else count - 1
        client.request("subscribe", seconds=0)


@command.command()
@port_option
def reboot(named: str | None) -> None:
    """Restart the terminal."""
    with Connection(named) as client:
        client.request("reboot")


def _freshness(hello: dict[str, Any]) -> str:
    """The trust data's age by the terminal's clock, and its freshness by the policy."""
    bounds = hello["warn_after"], hello["refuse_after"]
    age, state = freshness.judge(hello["as_of"], hello["time"], *bounds)
    if age is None:
        return "not known"
    return f"{age // times.DAY} days old: {_FRESHNESS[state]}"


def _local(hello: dict[str, Any]) -> str:
    """The counter's time, and the rule of its time zone."""
    zone = hello.get("time_zone")
    if zone is None or hello["time"] is None:
        return zone or "not known"
    return f"{time_zones.says(zone, hello['time'])} ({zone})"


def _moment(seconds: int | None) -> str:
    return "not known" if seconds is None else times.write(seconds)
