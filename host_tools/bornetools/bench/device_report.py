"""The results of `borne bench device`: as a table, for a document, as a picture, and beside recorded ones."""

import json
from pathlib import Path
from typing import Any

from rich.table import Table

from bornetools import firmware
from bornetools.bench import chart, device, tap_case
from bornetools.bench.device import Rows
from bornetools.boards.chips import CHIPS
from bornetools.emulator.chip.pace import Pace

DOCUMENT = firmware.BOARDS.parent / "docs" / "performance.md"
TITLE = "Instructions of a tap, by step"
TOLERANCE = 0.03
_SLACK = 30_000  # the effect of where objects happen to lie in the heap
_TAP = "a whole tap"
_APART = ("comb of a key", "longest piece of it")  # not part of a tap
_FORMS = (
    ("before", "Python's integers", "#777777"),
    ("unknown", "issuer's key new", "#c1572b"),
    ("cached", "with its comb", "#0b6e4f"),
    ("native", "native module", "#3b5ba5"),
)
_WIDTH, _LEFT, _RIGHT, _TOP, _BAR, _GAP, _FOOT = 720, 150, 80, 64, 8, 8, 16


def clocks() -> dict[str, int]:
    """MHz by the names of the chips that have it, the slowest first."""
    families = {chip.family: chip for chip in CHIPS.values()}
    return {
        ", ".join(family for family, chip in families.items() if chip.mhz == mhz): mhz
        for mhz in sorted({chip.mhz for chip in families.values()})
    }


def totals(rows: Rows) -> Rows:
    """The rows of a tap with their sum, and their largest peak."""
    tap = {step: row for step, row in rows.items() if step not in _APART}
    whole = {
        "instructions": sum(row["instructions"] for row in tap.values()),
        "allocated": None,  # garbage is collected in between
        "peak": max(row["peak"] for row in tap.values()),
    }
    return {**tap, _TAP: whole}


def compare(recorded: dict[str, Rows], now: dict[str, Rows]) -> list[str]:
    """A line for each step whose instructions differ from the record by more than TOLERANCE and _SLACK."""
    lines = []
    for form in now:
        for step in sorted(recorded[form].keys() | now[form].keys()):
            was, is_now = (
                rows[form].get(step, {}).get("instructions", 0) for rows in (recorded, now)
            )
            if abs(is_now - was) > max(TOLERANCE * was, _SLACK):
                lines.append(f"{step} ({form}): {was:,} instructions recorded, now {is_now:,}")
    return lines


def markdown(before: Rows, measured: dict[str, Rows], picture: str) -> str:
    """The tables for a document."""
    forms = {"before": totals(before), **{form: totals(rows) for form, rows in measured.items()}}
    lines = [
        "| step | before, M | key new, M | key with comb, M | with the native module, M "
        "| allocated, bytes | most in use, bytes |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for step, row in forms["cached"].items():
        cells = [_millions(forms[form][step]["instructions"]) for form, _, _ in _FORMS]
        cells += [_bytes(row["allocated"]), _bytes(row["peak"])]
        lines.append(f"| {step} | {' | '.join(cells)} |")
    made, piece = (_millions(measured["cached"][step]["instructions"]) for step in _APART)
    lines += [
        "",
        f"Making the comb of one key takes {made} M instructions, the longest piece of it {piece} M.",
        "",
        f"![{TITLE}]({picture})",
        "",
        *_model(forms),
    ]
    return "\n".join(lines) + "\n"


def _model(forms: dict[str, Rows]) -> list[str]:
    bus, air, air_ms = _line(tap_case.load())
    bus_ms = 1000 * Pace().bus(bus)
    armv6m = {chip.family for chip in CHIPS.values() if chip.arch == "armv6m"}
    lines = [
        f"| modelled, ms | bus ({bus} bytes) | air ({air} bytes) | computing before | key new | with comb "
        "| with the native module |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, clock in clocks().items():
        cells = [f"{bus_ms:.0f}", f"{air_ms:.0f}"]
        for form, _, _ in _FORMS:
            if form == "native" and name in armv6m:
                form = "native_armv6m"
            cells.append(f"{forms[form][_TAP]['instructions'] / clock / 1000:.0f}")
        lines.append(f"| {name}, {clock} MHz | {' | '.join(cells)} |")
    return lines


def _line(case: dict[str, Any]) -> tuple[int, int, float]:
    """A tap's bytes on the reader's bus, its bytes over the air (InDataExchange without its own head), and
    the milliseconds of the latter with ISO-DEP's block heads."""
    bus = air = 0
    seconds = 0.0
    for command, answers in case["frames"][device.POLLED :]:
        bus += sum(len(frame) // 2 for frame in (command, *answers))
        if command[10:14] == "d440":
            # Preamble, lengths, D4 40 Tg (D5 41 status), DCS and postamble are the bus's.
            for frame, own in ((command, 10), (answers[-1], 10 if len(answers[-1]) < 524 else 13)):
                air += len(frame) // 2 - own
                seconds += Pace().air(len(frame) // 2 - own + 1)
    return bus, air, 1000 * seconds


def picture(before: Rows, measured: dict[str, Rows]) -> str:
    """An SVG document: bars, one for each form of each step."""
    forms = {"before": totals(before), **{form: totals(rows) for form, rows in measured.items()}}
    steps = list(forms["cached"])
    most = max(row["instructions"] for rows in forms.values() for row in rows.values())
    parts = [f"<text x='10' y='20' font-weight='bold'>{TITLE}, millions</text>"]
    for number, (_, label, colour) in enumerate(_FORMS):
        at = _LEFT + 142 * number
        parts.append(f"<rect x='{at}' y='34' width='12' height='12' fill='{colour}'/>")
        parts.append(f"<text x='{at + 18}' y='44'>{label}</text>")
    y = _TOP
    for step in steps:
        middle = y + len(_FORMS) / 2 * _BAR + 4
        label = step.replace("'", "&#39;")
        parts.append(f"<text x='{_LEFT - 8}' y='{middle}' text-anchor='end'>{label}</text>")
        for form, _, colour in _FORMS:
            count = forms[form][step]["instructions"]
            width = count / most * (_WIDTH - _LEFT - _RIGHT)
            parts.append(
                f"<rect x='{_LEFT}' y='{y}' width='{width:.1f}' height='{_BAR}' fill='{colour}'/>"
            )
            parts.append(
                f"<text x='{_LEFT + width + 4:.1f}' y='{y + _BAR}' font-size='9'>{_millions(count)}</text>"
            )
            y += _BAR
        y += _GAP
    height = y + _FOOT
    return chart.frame(TITLE, _WIDTH, height, parts)


def table(before: Rows, measured: dict[str, Rows]) -> Table:
    """The table for a terminal."""
    forms = {"before": totals(before), **{form: totals(rows) for form, rows in measured.items()}}
    made = Table(title=f"{TITLE}, millions", padding=0)
    made.add_column("step")
    for heading in ("before", "key new", "with comb", "native", "allocated", "in use"):
        made.add_column(heading, justify="right")
    for step, row in forms["cached"].items():
        cells = [_millions(forms[form][step]["instructions"]) for form, _, _ in _FORMS]
        made.add_row(step, *cells, _bytes(row["allocated"]), _bytes(row["peak"]))
    for step in _APART:
        count = measured["cached"][step]["instructions"]
        made.add_row(step, "", "", _millions(count), "", "", "")
    return made


def recorded(document: Path) -> dict[str, Rows]:
    """The rows recorded beside the document: "before", "cached" and "unknown"."""
    made: dict[str, Rows] = json.loads(document.with_suffix(".json").read_text())
    return made


def _bytes(count: int | None) -> str:
    return "collected" if count is None else f"{count:,}"


def _millions(count: int) -> str:
    return f"{count / 1e6:.2f}"
