"""A board's page, wiring.md, whose tables are made from its pin table, and the picture beside it."""

from pathlib import Path

from bornetools import files
from bornetools.boards import drawing, flash_budget, wiring
from bornetools.boards.pin_table import PinTable
from bornetools.errors import UserError

PAGE, PICTURE = "wiring.md", "wiring.svg"

# A verification counted in MicroPython on an emulated Cortex-M3: docs/boards.md, "Time".
_VERIFY_INSTRUCTIONS = 24_400_000


def markdown(table: PinTable) -> str:
    """The wiring as a table in Markdown."""
    lines = [f"| part | its pin | {table.title} | note |", "| --- | --- | --- | --- |"]
    for part in wiring.parts(table):
        name = ", ".join(filter(None, (part.part, part.setting)))
        for row in part.rows:
            place = f"{row.board_pin}, {row.function}" if row.function else row.board_pin
            lines.append(f"| {name} | {row.part_pin} | {place} | {row.note} |")
            name = ""
    for place, reason in wiring.reserved(table).items():
        lines.append(f"| reserved: nothing of ours | | {place} | {reason} |")
    return "\n".join(lines) + "\n"


def limits(table: PinTable) -> str:
    """The board's limits, and how far they are known, as a table in Markdown."""
    chip = table.chip
    sizes = [str(size) for size in chip.flash_mb]
    flash = " or ".join(filter(None, (", ".join(sizes[:-1]), sizes[-1])))
    longest = [
        f"{flash_budget.longest(flash_budget.for_lists(files)):,} bytes on {size} MB"
        for size, files in flash_budget.file_systems(chip).items()
    ]
    seconds = _VERIFY_INSTRUCTIONS / (chip.mhz * 1e6)
    psram = f", and {chip.psram_mb} MB or more of PSRAM" if chip.psram_mb else ""
    waits = "; what PSRAM adds is not known" if chip.psram_mb else ""
    rows = (
        ("RAM", f"{chip.sram_kb} kB{psram}", "data sheet"),
        (
            "MicroPython's heap",
            "the firmware needs 220 kB of it as files, 100 kB frozen",
            "unknown: to be measured on a board",
        ),
        ("flash", f"{flash} MB", "data sheet"),
        (
            "longest lists",
            f"{', '.join(longest)}, with their successors and the application in the image",
            "computed: docs/boards.md, Flash",
        ),
        ("clock", f"at most {chip.mhz} MHz", "data sheet"),
        (
            "one P-256 signature",
            f"not below {seconds:.2f} s",
            f"estimate: {_VERIFY_INSTRUCTIONS / 1e6:.1f} million instructions, one a clock{waits}",
        ),
    )
    lines = ["| what | how much | how that is known |", "| --- | --- | --- |"]
    lines += [f"| {what} | {much} | {known} |" for what, much, known in rows]
    return "\n".join(lines) + "\n"


_BLOCKS = {"pins": markdown, "limits": limits}
_NEW = """# Wiring: {title}

![Wiring](wiring.svg)

<!-- pins -->
<!-- /pins -->

## Limits

<!-- limits -->
<!-- /limits -->
"""


def page(table: PinTable, text: str | None) -> str:
    """wiring.md with its tables made anew; `text` is the page so far, None for a new one.

    Raises UserError if `text` has lost the marks around the tables.
    """
    text = _NEW.format(title=table.title) if text is None else text
    for name, made in _BLOCKS.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise UserError(f"{PAGE} has to have the lines {begin.strip()} and {end}")
        text = before + begin + made(table) + end + after
    return text


def write(table: PinTable, folder: Path) -> tuple[Path, Path]:
    """Writes the tables of wiring.md and wiring.svg into the board's folder. Returns their paths.

    Raises UserError.
    """
    place, picture = folder / PAGE, folder / PICTURE
    text = page(table, place.read_text() if place.exists() else None)
    files.replace(place, text.encode())
    files.replace(picture, drawing.draw(table).encode())
    return place, picture
