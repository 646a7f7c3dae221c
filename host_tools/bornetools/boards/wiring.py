"""How a board is wired, from its pin table: the rows that wiring.md's table and picture show."""

from dataclasses import dataclass

from bornetools import files
from bornetools.boards import drawing
from bornetools.boards.check import chip_of
from bornetools.boards.pin_table import PinTable
from bornetools.errors import UserError

GROUND = "GND"


@dataclass(frozen=True)
class Row:
    """One wire: the part's pin, what it goes to on the board, and the signal for its colour."""

    part_pin: str
    board_pin: str
    signal: str
    function: str = ""
    note: str = ""


@dataclass(frozen=True)
class PartRows:
    part: str
    rows: list[Row]
    setting: str = ""  # what has to be set on the part itself


def parts(table: PinTable) -> list[PartRows]:
    """Every fitted part with its wires, in the order in which they are wired."""
    pin = _Pins(table)
    found = [_pn532(table, pin)]
    display = {"ssd1306": "SSD1306", "sh1106": "SH1106"}[str(table.kind("DISPLAY"))]
    found.append(PartRows(f"{display} 128x64 (I2C)", [*pin.power(), *_i2c(pin, "address 0x3C")]))
    if "RTC" in table.parts:
        rows = [*pin.power("with its own battery"), *_i2c(pin, "the display's bus")]
        found.append(PartRows("DS3231 clock (optional)", rows))
    if table.kind("LED") == "rgb":
        rows = [
            pin.row(colour, "LED", colour, "through 220 ohm") for colour in ("red", "green", "blue")
        ]
        rows.append(Row("cathode", GROUND, "ground"))
        found.append(PartRows("RGB LED, common cathode", rows))
    elif table.kind("LED") == "ws2812":
        supply = "through a diode 1N4001: at 4.3 V it takes 3.3 V for a high level"
        rows = [
            pin.supply("VDD", "5V", supply),
            Row("GND", GROUND, "ground"),
            pin.row("DIN", "LED", "data", "through 330 ohm"),
        ]
        found.append(PartRows("WS2812B LED", rows))
    if "BUZZER" in table.parts:
        rows = [pin.row("+", "BUZZER", "pin", "through 100 ohm"), Row("-", GROUND, "ground")]
        found.append(PartRows("Buzzer, passive piezo", rows))
    if "BUTTON" in table.parts:
        rows = [pin.row("one side", "BUTTON", "pin"), Row("the other", GROUND, "ground")]
        found.append(PartRows("Button", rows))
    return found


class _Pins:
    """The wires of a table, as rows."""

    def __init__(self, table: PinTable):
        self._chip = chip_of(table)
        self._wires = {(wire.part, wire.signal): wire for wire in table.wires()}

    def supply(self, part_pin: str, volts: str, note: str = "") -> Row:
        return Row(part_pin, self._chip.supply.get(volts, volts), "power", note=note)

    def power(self, note: str = "") -> list[Row]:
        return [self.supply("VCC", "3V3", note), Row("GND", GROUND, "ground")]

    def row(self, part_pin: str, part: str, signal: str, note: str = "") -> Row:
        wire = self._wires[part, signal]
        name = self._chip.name(wire.pin)
        if wire.pin in self._chip.header:
            name += f" (pin {self._chip.header[wire.pin]})"
        function = ""
        if wire.bus and signal not in ("reset", "cs"):
            function = f"{wire.bus.upper()}{wire.bus_id} {signal.upper()}"
        return Row(part_pin, name, part.lower() if signal == "pin" else signal, function, note)

    def rows(self, part: str, names: dict[str, tuple[str, str]]) -> list[Row]:
        """Those of the signals of `names`, {signal: (the part's pin, note)}, that are wired."""
        return [
            self.row(part_pin, part, signal, note)
            for signal, (part_pin, note) in names.items()
            if (part, signal) in self._wires
        ]


def _pn532(table: PinTable, pin: _Pins) -> PartRows:
    reset = {"reset": ("RSTPDN", "wire it: only a reset frees a chip that has hung")}
    rows = pin.power("up to 150 mA while the field is on")
    # The interface switches: PN532/C1 data sheet, selection of the host interface.
    if table.kind("PN532") == "hsu":
        title, setting = "PN532 (HSU)", "I0 = 0, I1 = 0"
        rows += pin.rows(
            "PN532",
            {"tx": ("RXD", "SCL/RX on some modules"), "rx": ("TXD", "SDA/TX"), **reset},
        )
    elif table.kind("PN532") == "spi":
        title, setting = "PN532 (SPI)", "I0 = 0, I1 = 1"
        names = {"sck": "SCK", "mosi": "MOSI", "miso": "MISO", "cs": "SS"}
        rows += pin.rows("PN532", {**{key: (name, "") for key, name in names.items()}, **reset})
    else:
        title, setting = "PN532 (I2C)", "I0 = 1, I1 = 0"
        rows += _i2c(pin, "the display's bus")
        rows += pin.rows("PN532", {"irq": ("P70_IRQ", ""), **reset})
    return PartRows(title, rows, setting)


def _i2c(pin: _Pins, note: str) -> list[Row]:
    return [pin.row("SDA", "I2C", "sda", note), pin.row("SCL", "I2C", "scl")]


def picture(table: PinTable) -> str:
    """The wiring as an SVG document."""
    return drawing.draw(table.title, parts(table))


def markdown(table: PinTable) -> str:
    """The wiring as a table in Markdown."""
    lines = [f"| part | its pin | {table.title} | note |", "| --- | --- | --- | --- |"]
    for part in parts(table):
        name = ", ".join(filter(None, (part.part, part.setting)))
        for row in part.rows:
            place = f"{row.board_pin}, {row.function}" if row.function else row.board_pin
            lines.append(f"| {name} | {row.part_pin} | {place} | {row.note} |")
            name = ""
    return "\n".join(lines) + "\n"


# A verification counted in MicroPython on an emulated Cortex-M3: docs/boards.md, "Time".
_VERIFY_INSTRUCTIONS = 24_400_000


def limits(table: PinTable) -> str:
    """What the board can do, and how far that is known, as a table in Markdown."""
    chip = chip_of(table)
    seconds = _VERIFY_INSTRUCTIONS / (chip.mhz * 1e6)
    rows = (
        ("RAM", f"{chip.sram_kb} kB", "data sheet"),
        (
            "MicroPython's heap",
            "the firmware needs 220 kB of it as files, 100 kB frozen",
            "unknown: to be measured on a board",
        ),
        ("flash", chip.flash, "data sheet"),
        ("clock", f"at most {chip.mhz} MHz", "data sheet"),
        (
            "one P-256 signature",
            f"not below {seconds:.2f} s",
            "estimate: 24.4 million instructions, one a clock",
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
    """wiring.md with its tables as they have to be; `text` is the page so far, None for a new one.

    Raises UserError if it has lost the marks between which the tables stand.
    """
    text = _NEW.format(title=table.title) if text is None else text
    for name, made in _BLOCKS.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise UserError(f"wiring.md has to have the lines {begin.strip()} and {end}")
        text = before + begin + made(table) + end + after
    return text


def write(table: PinTable, folder) -> None:
    """Writes wiring.svg and the tables of wiring.md into the board's folder. Raises UserError."""
    place = folder / "wiring.md"
    text = page(table, place.read_text() if place.exists() else None)
    files.replace(place, text.encode())
    files.replace(folder / "wiring.svg", picture(table).encode())
