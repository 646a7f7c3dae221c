"""A terminal's start on the emulated microcontroller: instructions until its first screen."""

import tempfile
from pathlib import Path

from rich.table import Table

from borne.integrity import MANIFEST
from bornetools.bench import device, tap_case
from bornetools.bench.device import Rows
from bornetools.boards import folders
from bornetools.emulator.machine import qemu_build
from bornetools.flash import application

_PROGRAM = Path(__file__).with_name("start_program.py")
_HEAP = 400_000  # as files the application does not fit the terminal's heap
READY = "from power to ready"
FORMS = {"frozen": "frozen", "files": "as `.mpy` files"}


def measure() -> dict[str, Rows]:
    """Rows by step, and their sum as READY: of the application frozen into the image ("frozen"), and as the
    files that `borne flash` writes ("files"). Raises UserError."""
    return {form: run(form == "files") for form in FORMS}


def run(as_files: bool) -> Rows:
    """The rows that start_program.py prints, by step."""
    case = tap_case.load()
    with tempfile.TemporaryDirectory(prefix="borne-bench-") as name:
        flash = Path(name)
        tap_case.install(case, flash, combs=True)
        if as_files:
            _install(flash)
        rows = device.run_program(_PROGRAM, flash, case, heap=_HEAP if as_files else None)
    return rows | {READY: {"instructions": sum(row["instructions"] for row in rows.values())}}


def _install(flash: Path) -> None:
    """Puts the application's files on the flash, with their manifest, and without main program and board."""
    built = application.build(folders.find("ESP32"), qemu_build.ARCH)
    files = {path: data for path, data in built.files.items() if path.startswith("borne/")}
    made = application.Application(built.board, files)
    for path, data in {**made.files, MANIFEST: made.manifest}.items():
        target = flash / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def markdown(measured: dict[str, Rows], clocks: dict[str, int]) -> str:
    """The tables for a document; `clocks` is MHz by the name of a chip."""
    heads = " | ".join(FORMS.values())
    lines = [f"| instructions, M | {heads} |", "| --- | ---: | ---: |"]
    lines += [f"| {' | '.join(row)} |" for row in _cells(measured)]
    lines += ["", f"| modelled, ms | {heads} |", "| --- | ---: | ---: |"]
    for name, clock in clocks.items():
        cells = [f"{measured[form][READY]['instructions'] / clock / 1000:.0f}" for form in FORMS]
        lines.append(f"| {name}, {clock} MHz | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def table(measured: dict[str, Rows]) -> Table:
    """The table for a terminal."""
    made = Table(title="Instructions of a start, by step, millions", padding=0)
    made.add_column("step")
    for heading in FORMS.values():
        made.add_column(heading, justify="right")
    for row in _cells(measured):
        made.add_row(*row)
    return made


def _cells(measured: dict[str, Rows]) -> list[list[str]]:
    steps = measured["files"]  # all of them, in order
    return [
        [step]
        + [
            f"{measured[form][step]['instructions'] / 1e6:.1f}" if step in measured[form] else ""
            for form in FORMS
        ]
        for step in steps
    ]
