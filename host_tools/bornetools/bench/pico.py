"""A start and taps of the terminal on the emulated Pico: instructions, cycles, and MicroPython's heap.

The terminal's time stands still while this program works: the same taps take the same cycles, but for what
the signatures' values cost.
"""

import struct
import tempfile
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from bornetools import times
from bornetools.emulator.chip.pace import AirPace
from bornetools.emulator.clock import StillTime
from bornetools.emulator.machine import blocks
from bornetools.emulator.machine.pico import Counts, Pico
from bornetools.emulator.machine.terminal import Terminal
from bornetools.world.people import World

_HEADS = (
    "step",
    "verdict",
    "instructions, M",
    "cycles, M",
    "s at 125 MHz",
    "heap free",
    "largest piece",
)
_GAP = 8  # pixels between two displays of the picture
_RAM = 0x20000000
_CALM = 0.5  # seconds of the terminal's time
_IDLE = 0.5  # share of the cycles: less work is none but looking for phones
_PATIENCE = 60  # such times


@dataclass(frozen=True)
class Step:
    """`cycles` are all that pass, with those in which the processor waits; `free` and `piece` are bytes of
    the heap at the end, `frame` is the display's picture. `samples` are program counters, if there is a
    profile."""

    name: str
    code: str
    instructions: int
    cycles: int
    free: int
    piece: int
    frame: bytes
    samples: tuple[int, ...]

    @property
    def seconds(self) -> float:
        return self.cycles / 125_000_000


class Bench:
    """A context manager: a terminal of the demo's world on an emulated Pico with this `image`."""

    def __init__(self, image: Path, profile: bool) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="borne-bench-")
        path = Path(self._folder.name)
        self._profile = path / "profile" if profile else None
        self.world = World.create(path / "world", times.now())
        self.machine = Pico(image, profile=self._profile)
        self._clock = StillTime(self.world.cast.now)
        self._terminal = Terminal(
            self.world.flash, pace=AirPace(), clock=self._clock, machine=self.machine
        )
        self._terminal.watch = self._heard
        self._at: dict[str, Counts] = {}

    def __enter__(self) -> "Bench":
        self._terminal.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._terminal.__exit__()
        self._folder.cleanup()

    def start(self) -> Step:
        nothing = Counts(*([0] * 10))
        return self._step("start", "", nothing, self._at["ready"], 0)

    def tap(self, name: str, phone: Any) -> Step:
        """A tap after the terminal has done what it does while nobody is there."""
        self._rest()
        self._terminal.subscribe()
        before, first = self.machine.counts(), self._sampled()
        self._terminal.field.put(phone)
        code = self._terminal.wait_event("verdict")["code"]
        step = self._step(name, code, before, self._at["verdict"], first)
        self._terminal.field.remove()
        self._terminal.wait_event("gone")
        return step

    def _heard(self, event: dict[str, Any]) -> None:
        self._at[event["event"]] = self.machine.counts()  # now, while its time stands still

    def _rest(self) -> None:
        for _ in range(_PATIENCE):
            before = self.machine.counts()
            self._clock.advance(_CALM)
            after = self.machine.counts()
            if after.instructions - before.instructions < _IDLE * (after.cycles - before.cycles):
                break

    def _sampled(self) -> int:
        return self._profile.stat().st_size if self._profile else 0

    def _step(self, name: str, code: str, before: Counts, after: Counts, first: int) -> Step:
        samples: tuple[int, ...] = ()
        if self._profile:
            data = self._profile.read_bytes()[first:]
            samples = struct.unpack(f"<{len(data) // 4}I", data)
        return Step(
            name,
            code,
            after.instructions - before.instructions,
            after.cycles - before.cycles,
            after.free,
            after.piece,
            self._terminal.panel.frame,
            samples,
        )


def measure(image: Path, profile: bool = False) -> list[Step]:
    """A start, a phone with a token twice, a wallet. Raises UserError."""
    with Bench(image, profile) as bench:
        token, wallet = bench.world.people[0].phone, bench.world.wallets[0].phone
        return [
            bench.start(),
            bench.tap("first token", token),
            bench.tap("token", token),
            bench.tap("wallet", wallet),
        ]


def table(steps: list[Step]) -> Table:
    made = Table(*_HEADS)
    for step in steps:
        made.add_row(*_row(step))
    return made


def markdown(steps: list[Step]) -> str:
    rows = [_HEADS, ("---", "---", *["---:"] * (len(_HEADS) - 2)), *map(_row, steps)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(step: Step) -> tuple[str, ...]:
    millions = (step.instructions / 1e6, step.cycles / 1e6)
    return (
        step.name,
        step.code,
        *(f"{value:.1f}" for value in millions),
        f"{step.seconds:.2f}",
        *(f"{value:,}" for value in (step.free, step.piece)),
    )


def picture(steps: list[Step]) -> str:
    """An SVG of the display at the end of each step."""
    across = blocks.WIDTH + _GAP
    made = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {across * len(steps)} {blocks.HEIGHT + _GAP}'"
        f" width='{2 * across * len(steps)}' height='{2 * (blocks.HEIGHT + _GAP)}'>\n"
        "<title>The emulated Pico's display</title>\n<rect width='100%' height='100%' fill='#000'/>\n"
    ]
    for number, step in enumerate(steps):
        place = f"translate({across * number + _GAP // 2} {_GAP // 2})"
        lit = blocks.svg_path(step.frame)
        made.append(f"<path transform='{place}' stroke='#e1f0ff' d='{lit}'/>\n")
    return "".join(made) + "</svg>\n"


def functions(step: Step, elf: Path, most: int = 20) -> list[tuple[str, float]]:
    """The functions that most of the cycles go to, and their shares."""
    from elftools.elf.elffile import ELFFile  # for developers

    with elf.open("rb") as file:
        symbols = ELFFile(file).get_section_by_name(".symtab").iter_symbols()  # type: ignore[union-attr]
        named = sorted(
            (symbol["st_value"] & ~1, symbol["st_size"], symbol.name)
            for symbol in symbols
            if symbol["st_info"]["type"] == "STT_FUNC"
        )
    found = Counter(_name(named, sample) for sample in step.samples)
    return [(name, count / len(step.samples)) for name, count in found.most_common(most)]


def _name(named: list[tuple[int, int, str]], address: int) -> str:
    after = bisect_right(named, address, key=lambda one: one[0])
    start, size, name = named[after - 1] if after else (0, 0, "")
    if address < start + size:
        return name
    return "machine code in the heap" if address >= _RAM else "boot ROM, frozen machine code"
