"""The budget of each board's flash and heap; and daily releases on file systems of these sizes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from borne import limits
from bornetools.bench import daily_releases
from bornetools.boards import board as boards
from bornetools.boards import flash_budget
from bornetools.boards.board import Board
from bornetools.flash.application import build

IMAGE, FILES = "in the image", "as files"
_BRINGS = 2  # the application lies there twice while the next one comes

# Heap in use at work, and that the official image leaves: kB, and how that is known.
_IN_USE = {IMAGE: "63", FILES: "214"}
_LEFT = {
    "RP2040": "246, emulated",
    "ESP32": "about 165 in two pieces, reported",
    "ESP32-C3": "about 192, reported",
    "ESP32-S3": "at most 250 without PSRAM, reported",
}


@dataclass(frozen=True)
class Row:
    """One board with `flash` MB and one form of the application, which takes `application` bytes as files."""

    board: Board
    flash: int
    form: str
    files: int
    application: int

    @property
    def room(self) -> int:
        return flash_budget.for_lists(self.files, _BRINGS * self.application)

    @property
    def holds(self) -> bool:
        return not flash_budget.lacks(self.room)


def rows(application: Callable[[Board], int]) -> Iterator[Row]:
    """The rows of all boards: each with the least flash, and with more until both forms hold the national
    list; `application(board)` is what it takes as files."""
    for board in boards.with_pins():
        as_files = application(board)
        for flash, files in flash_budget.file_systems(board.chip).items():
            made = [
                Row(board, flash, form, files, size)
                for form, size in ((IMAGE, 0), (FILES, as_files))
            ]
            yield from made
            if all(row.holds for row in made):
                break


def as_files(board: Board) -> int:
    """The flash that the application takes as files on a board."""
    return build(board.folder, board.chip.arch).flash


def budget(made: list[Row]) -> str:
    """The table of the rows."""
    releases = -flash_budget.for_lists(0) - limits.STORE_RESERVE
    lines = [
        f"Of the files {_kb(limits.STORE_RESERVE)} kB are kept for journal and receipts, full, and for"
        f" copies on write; {_kb(releases)} kB are folders, small files and, twice, the rest of a release at"
        " its bounds.",
        "",
        "| board | flash, MB | image, kB | files, kB | application | twice, kB | left for lists, kB"
        " | longest list, kB | 67 M, 1 % | heap in use, kB | heap, kB |",
        "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | --- | ---: | --- |",
    ]
    for row in made:
        chip = row.board.chip
        cells = (
            row.board.name,
            str(row.flash),
            _kb(chip.image_kb * 1024),
            _kb(row.files),
            row.form,
            _kb(_BRINGS * row.application),
            _kb(max(0, row.room)),
            _kb(flash_budget.longest(row.room)),
            "yes" if row.holds else "no",
            _IN_USE[row.form],
            _LEFT.get(chip.family, "not known"),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def cases(made: list[Row]) -> list[tuple[int, Mapping[str, int]]]:
    """The file systems of boards with the least flash, each once, with the sizes of the application's files
    by path."""
    found: dict[tuple[int, str], tuple[int, Mapping[str, int]]] = {}
    for row in made:
        if row.flash > min(row.board.chip.flash_mb):
            continue
        files = {}
        if row.form == FILES:
            application = build(row.board.folder, row.board.chip.arch)
            files = {path: len(data) for path, data in application.files.items()}
        found.setdefault((row.files, row.form), (row.files, files))
    return list(found.values())


def releases(made: list[daily_releases.Row], days: int) -> str:
    """The table of the daily releases."""
    lines = [
        f"| files, kB | application, kB | releases taken of {days} | free at worst, kB | refused"
        " | said on day | look-ups |",
        "| ---: | ---: | ---: | ---: | --- | --- | --- |",
    ]
    for row in made:
        cells = (
            _kb(row.size),
            _kb(row.application),
            str(row.taken),
            "-" if row.free is None else _kb(row.free),
            row.refused or "-",
            str(row.foretold or "-"),
            "right" if row.right else "WRONG",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _kb(size: int) -> str:
    return f"{size / 1000:,.0f}"
