"""Syncs over an emulated serial line, at the pace of a real one: bytes carried, and time taken.

The computer's clock sets the line's pace; the terminal is the MicroPython VM, which is faster than a board.
A board's own part of a sync is counted in instructions: `borne bench device`.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borne.trust import kinds
from bornetools import times
from bornetools.emulator.machine.terminal import Terminal
from bornetools.errors import UserError
from bornetools.link import courier
from bornetools.link.flash_folder import provision
from bornetools.link.source import Source
from bornetools.publisher import issuer_keys
from bornetools.publisher.repository import Repository
from bornetools.world.largest import add_list
from bornetools.world.people import World

TOKENS = 67_000_000
REVOKED = 0.01
CHANGES = 20_000
BAUDS = (115_200, 921_600)
STEPS = 2 + 2 * len(BAUDS)

_SLUG = "insurer"
_BITS = 10  # on the line for each byte: one start bit, one stop bit
_SEED = 2027


@dataclass(frozen=True)
class Row:
    """One sync. `files` is the bytes of trust data that the terminal got, `to_terminal` and
    `from_terminal` all that the line carried for it, `seconds` the whole sync."""

    what: str
    baud: int
    files: int
    to_terminal: int
    from_terminal: int
    seconds: float

    @property
    def share(self) -> float:
        """The share of trust data in the line's bit rate."""
        return self.files * _BITS / self.seconds / self.baud


def measure(advance: Callable[[], None]) -> list[Row]:
    """The row of each sync. Raises UserError if one fails."""
    with tempfile.TemporaryDirectory(prefix="borne-bench-") as name:
        return _measure(Path(name), times.now() - 60, advance)


def _measure(folder: Path, at: int, advance: Callable[[], None]) -> list[Row]:
    world = World.create(folder / "world", times.now())
    repository = Repository.create(folder / "repository", at)
    repository.add_keys(issuer_keys.load(world.store / kinds.KEYS.name))
    random = np.random.default_rng(_SEED)
    revoked = np.flatnonzero(random.random(TOKENS) < REVOKED)
    add_list(repository, at, _SLUG, 1, revoked, TOKENS)
    repository.release(at)
    advance()
    rows = []
    terminals = {}
    for baud in BAUDS:
        flash = terminals[baud] = folder / str(baud)
        provision(flash, repository.first_root.read_bytes(), at)
        rows.append(_sync("first load", flash, baud, repository))
        advance()
    # Half of a day's changes are newly revoked tokens, half are revoked tokens that have expired.
    valid = np.setdiff1d(np.arange(TOKENS), revoked, assume_unique=True)
    added = random.choice(valid, CHANGES // 2, replace=False)
    dropped = random.choice(revoked, CHANGES // 2, replace=False)
    add_list(
        repository, at, _SLUG, 2, np.union1d(np.setdiff1d(revoked, dropped), added), TOKENS, [1]
    )
    repository.release(at)
    advance()
    for baud in BAUDS:
        rows.append(_sync(f"{CHANGES:,} changes a day later", terminals[baud], baud, repository))
        advance()
    return rows


def _sync(what: str, flash: Path, baud: int, repository: Repository) -> Row:
    with Terminal(flash, baud=baud) as terminal:
        before = terminal.carried()
        outcome = courier.sync(terminal.port, Source(str(repository.path)))
        down, up = (now - was for now, was in zip(terminal.carried(), before, strict=True))
    if outcome.status != "updated":
        raise UserError(f"{what}: {outcome.explanation or outcome.code}")
    return Row(what, baud, outcome.sent, down, up, outcome.seconds)


def markdown(rows: list[Row]) -> str:
    """The table for a document."""
    lines = [
        "| sync | baud | bytes of trust data | bytes to the terminal | from it | seconds"
        " | share of the bit rate |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {row.what} | {row.baud:,} | {row.files:,} | {row.to_terminal:,} | {row.from_terminal:,}"
        f" | {row.seconds:.1f} | {row.share:.0%} |"
        for row in rows
    ]
    return "".join(line + "\n" for line in lines)
