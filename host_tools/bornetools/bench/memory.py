"""The terminal's memory measured on the emulated microcontroller: in a tap, in a sync, after many taps."""

import itertools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from borne import limits
from borne.verify.verdict import RETRY, SEVERITIES
from bornetools import times
from bornetools.emulator.machine.probe import FINE, Probe
from bornetools.link import courier
from bornetools.link.source import Source
from bornetools.world.largest import LargestReleases
from bornetools.world.people import Person, World

ROUNDS = 7
_TOKENS = 9  # between two wallets, which take longer
_SYNCS = (0, FINE)  # two, by the bytes between two collections
_IDLE = (40, 40, 40)  # the LED

Advance = Callable[[], None]


class Wrong(Exception):
    """A tap or a sync of the measurement did not end as it has to."""


@dataclass(frozen=True)
class Row:
    """Bytes of the heap: those free, and the largest free piece."""

    what: str
    free: int
    piece: int


def measure(advance: Callable[[float], None], rounds: int = ROUNDS) -> list[Row]:
    """Takes about ten minutes; `advance` is called with the share of each step.

    Raises Wrong, UserError.
    """
    with tempfile.TemporaryDirectory(prefix="borne-bench-") as name:
        world = World.create(Path(name) / "world", times.now())
        steps = len(world.people) + len(world.wallets) + rounds * _round(world) + len(_SYNCS)

        def step() -> None:
            advance(1 / steps)

        return [
            *_taps(world, rounds, step),
            *_syncs(LargestReleases(Path(name) / "largest", world, times.now() - 60), step),
        ]


def _taps(world: World, rounds: int, advance: Advance) -> list[Row]:
    with Probe(world.flash) as terminal:
        now = terminal.heap(FINE)
        rows = [Row("ready for phones, with a release", now.free, now.piece)]
        for person in world.people:
            _tap(terminal, person)
            advance()
        now = terminal.heap(FINE)
        rows.append(Row("in a tap, at the least", now.least_free, now.least_piece))
        for holder in world.wallets:
            _tap(terminal, holder)
            advance()
        now = terminal.heap()
        rows.append(Row("in a tap of a wallet, at the least", now.least_free, now.least_piece))
        rows += soak(terminal, world, advance, rounds)
    return rows


def _round(world: World) -> int:
    """The taps of a round."""
    return (_TOKENS + 1) * len(world.wallets)


def soak(terminal: Probe, world: World, advance: Advance, rounds: int) -> list[Row]:
    """Taps in each of `rounds` every wallet of `world`, and before each wallet the next of its people. Two
    rows, with the terminal idle: after the first round, when the heap has what it keeps, and after the last.
    Each phone takes the place of the one before: until a phone counts as gone, the terminal waits for longer
    than it takes to read one.

    Raises Wrong, TerminalError.
    """
    rows = []
    people = itertools.cycle(world.people)
    for number in range(1, rounds + 1):
        for wallet in world.wallets:
            for _ in range(_TOKENS):
                _lay(terminal, next(people))
                advance()
            _lay(terminal, wallet)
            advance()
            _take_away(terminal)  # a phone that takes a wallet's place may not be read
        if number in (1, rounds):
            terminal.panel.wait_for(lambda panel: panel.led == _IDLE, limits.REST_MAX)
            now = terminal.heap()
            rows.append(Row(f"after {number * _round(world):,} taps", now.free, now.piece))
    return rows


def _tap(terminal: Probe, person: Person[Any]) -> None:
    _lay(terminal, person)
    _take_away(terminal)


def _lay(terminal: Probe, person: Person[Any]) -> None:
    # A phone that cannot be read is not told from the one before or after it.
    alone = SEVERITIES[person.expected] == RETRY
    terminal.subscribe()
    if alone:
        _take_away(terminal)
    terminal.field.put(person.phone)
    tap = terminal.wait_event("verdict", "remove")
    if tap["event"] == "remove":  # after a chip that this computer was late for: once more
        _take_away(terminal)
        terminal.field.put(person.phone)
        tap = terminal.wait_event("verdict")
    if alone:
        _take_away(terminal)
    if tap["code"] != person.expected:
        raise Wrong(f"{person.case}: {tap['code']} {tap['detail']}")


def _take_away(terminal: Probe) -> None:
    if terminal.field.presence()[1]:
        terminal.field.remove()
        terminal.wait_event("gone")


def _syncs(largest: LargestReleases, advance: Advance) -> list[Row]:
    with Probe(largest.flash) as terminal:
        for every in _SYNCS:
            largest.release()
            terminal.heap(every)
            outcome = courier.sync(terminal.port, Source(str(largest.repository.path)))
            if outcome.status != "updated":
                raise Wrong(f"sync: {outcome}")
            advance()
        now = terminal.heap()
        return [
            Row("in a sync of the largest release, at the least", now.least_free, now.least_piece),
            Row("after it, with the largest release", now.free, now.piece),
        ]


def markdown(rows: list[Row]) -> str:
    """The table for a document."""
    lines = ["| | bytes free | largest piece |", "| --- | ---: | ---: |"]
    lines += [f"| {row.what} | {row.free:,} | {row.piece:,} |" for row in rows]
    return "".join(line + "\n" for line in lines)
