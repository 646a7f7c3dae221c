"""How a board is wired, from its pin table: the rows that tables and pictures show."""

from dataclasses import dataclass

from bornetools.boards.pin_table import PinTable

GROUND = "GND"


@dataclass(frozen=True)
class Row:
    """One wire: the part's pin, its place on the board, and the signal for its colour."""

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


def reserved(table: PinTable) -> dict[str, str]:
    """Why the board itself needs a pin, by the pin's place."""
    pin = _Pins(table)
    return {pin.place(number): reason for number, reason in table.reserved.items()}


class _Pins:
    """The wires of a table, as rows."""

    def __init__(self, table: PinTable) -> None:
        self._chip = table.chip
        self._wires = {(wire.part, wire.signal): wire for wire in table.wires()}

    def supply(self, part_pin: str, volts: str, note: str = "") -> Row:
        return Row(part_pin, self._chip.supply.get(volts, volts), "power", note=note)

    def power(self, note: str = "") -> list[Row]:
        return [self.supply("VCC", "3V3", note), Row("GND", GROUND, "ground")]

    def place(self, pin: int) -> str:
        """The pin as printed on the board, and its number on the header."""
        name = self._chip.pin_name(pin)
        return f"{name} (pin {self._chip.header[pin]})" if pin in self._chip.header else name

    def row(self, part_pin: str, part: str, signal: str, note: str = "") -> Row:
        wire = self._wires[part, signal]
        function = ""
        if wire.bus and signal not in ("reset", "cs"):
            function = f"{wire.bus.upper()}{wire.bus_id} {signal.upper()}"
        colour = part.lower() if signal == "pin" else signal
        return Row(part_pin, self.place(wire.pin), colour, function, note)

    def rows(self, part: str, names: dict[str, tuple[str, str]]) -> list[Row]:
        """The rows of the wired signals among `names`, {signal: (the part's pin, note)}."""
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
