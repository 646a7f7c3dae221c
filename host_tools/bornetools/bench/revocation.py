"""Revocation lists measured: their sizes beside other forms', and look-ups beside a bitmap."""

import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from rich.progress import Progress
from rich.table import Table

from bornetools import revocation
from bornetools.errors import UserError

SIZES = (1_000_000, 10_000_000, 67_000_000, 100_000_000)
RATES = (0.001, 0.01, 0.02)
FRANCE = (67_000_000, 0.01)  # the list whose look-ups are all checked
LOOK_UPS = 10_000
LOOK_UPS_OF_FRANCE = 1_000_000

_URI = "https://issuer.example/status/1"
_ISSUED, _EXPIRES = 1_800_000_000, 1_802_592_000
_SEED = 2027
_CHUNK = 1000


@dataclass(frozen=True)
class Row:
    """One list: sizes in bytes; `entropy` is the bound size * H(revoked / size)."""

    size: int
    rate: float
    revoked: int
    entropy: float
    rsl: int
    zlib: int
    roaring: int
    bitmap: int
    seconds: float  # to write the .rsl
    look_ups: int
    wrong: int

    def ratio(self, length: float) -> float:
        """`length` as a multiple of the bound."""
        return length / self.entropy


def measure(
    progress: Progress,
    sizes: Sequence[int] = SIZES,
    rates: Sequence[float] = RATES,
    look_ups: int = LOOK_UPS,
) -> list[Row]:
    """Makes a list of random tokens for each size and rate. Raises UserError without pyroaring."""
    cases = [(size, rate) for size in sizes for rate in rates]
    asked = [LOOK_UPS_OF_FRANCE if case == FRANCE else look_ups for case in cases]
    lists = progress.add_task("lists", total=len(cases))
    rows = []
    for (size, rate), count in zip(cases, asked, strict=True):
        name = f"{size:,} tokens, {rate:.1%}"
        task = progress.add_task(name, total=count)
        rows.append(_row(size, rate, count, partial(progress.advance, task)))
        progress.remove_task(task)
        progress.advance(lists)
    return rows


def _row(size: int, rate: float, look_ups: int, advance: Callable[[int], None]) -> Row:
    random = np.random.default_rng(_SEED)
    # Gaps between tokens that are revoked independently are geometric.
    gaps = random.geometric(rate, int(size * rate * 1.1) + 1000)
    indices = np.cumsum(gaps) - 1
    indices = indices[: np.searchsorted(indices, size)]
    revoked = np.zeros(size, bool)
    revoked[indices] = True
    bitmap = np.packbits(revoked, bitorder="little").tobytes()

    started = time.perf_counter()
    data = revocation.write(indices, size, _URI, 1, 1, _ISSUED, _EXPIRES)
    seconds = time.perf_counter() - started
    if not np.array_equal(revocation.read(data).indices, indices):
        raise RuntimeError("the list is read otherwise than it was written")
    return Row(
        size=size,
        rate=rate,
        revoked=len(indices),
        entropy=size * entropy(len(indices) / size) / 8,
        rsl=len(data),
        zlib=len(zlib.compress(bitmap, 9)),
        roaring=_roaring(indices),
        bitmap=len(bitmap),
        seconds=round(seconds, 2),
        look_ups=look_ups,
        wrong=_wrong(data, revoked, random.integers(0, size, look_ups), advance),
    )


def entropy(rate: float) -> float:
    """H(rate): the bits of one token that is revoked with that probability."""
    return float(-rate * np.log2(rate) - (1 - rate) * np.log2(1 - rate))


def _roaring(indices: Any) -> int:
    try:
        from pyroaring import BitMap
    except ImportError:
        raise UserError("pyroaring is not installed: pip install 'borne[dev]'") from None
    bitmap = BitMap(indices.astype(np.uint32))
    bitmap.run_optimize()
    return len(bitmap.serialize())


def _wrong(data: bytes, revoked: Any, asked: Any, advance: Callable[[int], None]) -> int:
    """The number of the device's answers at the indices `asked` that differ from the bitmap `revoked`."""
    from borne.trust import revocation as device

    one = device.open(data, len(data))
    wrong = 0
    for at in range(0, len(asked), _CHUNK):
        chunk = asked[at : at + _CHUNK]
        answers = np.array([one.contains(index) for index in chunk.tolist()])
        wrong += int(np.count_nonzero(answers != revoked[chunk]))
        advance(len(chunk))
    return wrong


def _kilobytes(form: str) -> Callable[[Row], str]:
    return lambda row: f"{getattr(row, form) / 1000:,.1f}"


def _ratio(form: str, digits: int = 2) -> Callable[[Row], str]:
    return lambda row: f"{row.ratio(getattr(row, form)):.{digits}f}"


# Heading, cell of a row, and whether the column has room in a terminal of 80 columns.
_COLUMNS = (
    ("tokens", lambda row: f"{row.size / 1e6:g} M", True),
    ("revoked", lambda row: f"{row.rate * 100:g} %", True),
    ("bound, kB", _kilobytes("entropy"), True),
    (".rsl, kB", _kilobytes("rsl"), True),
    ("x bound", _ratio("rsl", 3), True),
    ("zlib, kB", _kilobytes("zlib"), False),
    ("zlib, x", _ratio("zlib"), True),
    ("Roaring, kB", _kilobytes("roaring"), False),
    ("Roaring, x", _ratio("roaring"), True),
    ("bitmap, kB", _kilobytes("bitmap"), False),
    ("bitmap, x", _ratio("bitmap"), True),
    ("written in, s", lambda row: f"{row.seconds:.1f}", False),
    ("look-ups", lambda row: f"{row.look_ups:,}", False),
    ("wrong", lambda row: str(row.wrong), True),
)


def markdown(rows: list[Row]) -> str:
    """The table for a document."""
    lines = [[heading for heading, *_ in _COLUMNS], ["---:"] * len(_COLUMNS)]
    lines += [[cell(row) for _, cell, _ in _COLUMNS] for row in rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def table(rows: list[Row]) -> Table:
    """The table for a terminal."""
    columns = [(heading, cell) for heading, cell, narrow in _COLUMNS if narrow]
    made = Table(title="Revocation lists and their entropy bound", padding=0)
    for heading, _ in columns:
        made.add_column(heading, justify="right")
    for row in rows:
        made.add_row(*(cell(row) for _, cell in columns))
    return made
