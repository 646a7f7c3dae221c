"""Many taps of one emulated terminal, in virtual time: each gets its verdict, and no event is missing."""

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bornetools import times
from bornetools.emulator.clock import VirtualTime
from bornetools.emulator.machine.terminal import Machine, Terminal
from bornetools.world.people import World

_WALLETS = 0.1  # share of the taps


def run(
    taps: int, seed: int, advance: Callable[[], None], machine: Machine | None = None
) -> list[str]:
    """Taps the demo's people, tokens and wallets, in an order given by `seed`, on a `machine`, None: UnixVm.
    Returns the faults found.

    Raises TerminalError if the terminal stops, or an expected event does not come.
    """
    source = random.Random(seed)
    wrong = []
    with tempfile.TemporaryDirectory(prefix="borne-soak-") as name:
        world = World.create(Path(name) / "world", times.now())
        with Terminal(world.flash, clock=VirtualTime(), machine=machine) as terminal:
            terminal.watch = lambda event: wrong.extend(_missing(event))
            for number in range(1, taps + 1):
                people: list[Any] = world.wallets if source.random() < _WALLETS else world.people
                person = source.choice(people)
                tap = terminal.tap(person.phone)
                if tap.code != person.expected:
                    wrong.append(f"tap {number}, {person.case}: {tap.code} {tap.detail}")
                advance()
    return wrong


def _missing(event: dict[str, Any]) -> list[str]:
    lost = event.get("lost")
    return [f"{lost} events lost before {event['event']}"] if lost else []
