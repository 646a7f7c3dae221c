"""A board's pin table, boards/<BOARD>/pins.py: read as data, never run."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bornetools import files
from bornetools.boards.chips import CHIPS, Chip
from bornetools.errors import UserError

OUT, IN, BOTH, PULLED, PWM = "output", "input", "both", "input with pull-up", "PWM output"

_TEXTS = ("BOARD", "TITLE", "CHIP", "IMAGE")
_RESERVED = "RESERVED"
_PIN_MAX = 63
_REASON_MAX = 60  # characters: a line of the picture


@dataclass(frozen=True)
class Form:
    """A part of one kind: the bus that `id` counts, and the signals with their directions."""

    signals: dict[str, str]
    bus: str | None = None
    optional: tuple[str, ...] = ()


# Each part: the key that tells its kind, None if there is but one; then the form of each kind.
PARTS: dict[str, tuple[str | None, dict[str | None, Form]]] = {
    "I2C": (None, {None: Form({"sda": BOTH, "scl": BOTH}, "i2c")}),
    "PN532": (
        "bus",
        {
            "hsu": Form({"tx": OUT, "rx": IN, "reset": OUT}, "uart", ("reset",)),
            "i2c": Form({"irq": IN, "reset": OUT}, None, ("irq", "reset")),
            "spi": Form(
                {"sck": OUT, "mosi": OUT, "miso": IN, "cs": OUT, "reset": OUT}, "spi", ("reset",)
            ),
        },
    ),
    "DISPLAY": ("kind", {"ssd1306": Form({}), "sh1106": Form({})}),
    "RTC": ("kind", {"ds3231": Form({})}),
    "LED": (
        "kind",
        {"rgb": Form({"red": PWM, "green": PWM, "blue": PWM}), "ws2812": Form({"data": OUT})},
    ),
    "BUZZER": (None, {None: Form({"pin": PWM})}),
    "BUTTON": (None, {None: Form({"pin": PULLED})}),
}
FITTED_ALWAYS = ("I2C", "PN532", "DISPLAY")


@dataclass(frozen=True)
class Wire:
    """One signal of one part. `pin` is the GPIO's number; `bus_id` counts the UARTs, I2Cs or SPIs."""

    part: str
    signal: str
    pin: int
    direction: str
    bus: str | None = None
    bus_id: int | None = None

    def __str__(self) -> str:
        return f"{self.part} {self.signal}"


@dataclass(frozen=True)
class PinTable:
    """`parts` are the fitted parts, as in the file; `image` is MicroPython's name of the
    image for the board; `reserved` are the GPIOs that the board itself needs, with the reason."""

    board: str
    title: str
    chip: Chip
    image: str
    parts: Mapping[str, Mapping[str, Any]]
    reserved: Mapping[int, str] = field(default_factory=dict)

    def kind(self, part: str) -> str | None:
        """The part's kind, a key of PARTS[part][1]; also None if the part is not fitted."""
        key = PARTS[part][0]
        return self.parts[part][key] if key and part in self.parts else None

    def wires(self) -> Iterator[Wire]:
        """Every signal that needs a pin, in the order of PARTS."""
        for part, (_, forms) in PARTS.items():
            if part in self.parts:
                values = self.parts[part]
                form = forms[self.kind(part)]
                for signal, direction in form.signals.items():
                    if signal in values:
                        yield Wire(
                            part, signal, values[signal], direction, form.bus, values.get("id")
                        )


def read(path: Path) -> PinTable:
    """The table in the file `path`. Raises UserError."""
    try:
        tree = ast.parse(files.read(path, "pin table"), str(path))
    except (SyntaxError, ValueError) as error:
        raise UserError(f"{path}: not a Python file: {error}") from None
    names: dict[str, object] = {}
    for place, statement in enumerate(tree.body):
        match statement:
            case ast.Expr(ast.Constant(str())) if place == 0:
                continue
            case ast.Assign([ast.Name(name)], value):
                try:
                    names[name] = ast.literal_eval(value)
                    continue
                except ValueError:
                    pass
        raise UserError(
            f"{path}, line {statement.lineno}: a pin table is lines of NAME = value, and no more"
        )
    try:
        return _checked(names)
    except _Shape as error:
        raise UserError(f"{path}: {error}") from None


class _Shape(Exception):
    pass


def _checked(names: Mapping[str, object]) -> PinTable:
    needed = PARTS.keys() | set(_TEXTS)
    unknown = names.keys() - needed - {_RESERVED}
    missing = needed - names.keys()
    if unknown:
        raise _Shape(f"unknown: {', '.join(sorted(unknown))}")
    if missing:
        raise _Shape(f"missing: {', '.join(sorted(missing))} (a part that is not fitted is None)")
    board, title, chip, image = (_text(name, names[name]) for name in _TEXTS)
    if chip not in CHIPS:
        raise _Shape(f"unknown CHIP {chip!r}; known are {', '.join(CHIPS)}")
    parts = {}
    for part in PARTS:
        values = names[part]
        if values is not None:
            parts[part] = _part(part, values)
        elif part in FITTED_ALWAYS:
            reason = "no verdict could be read without it" if part == "DISPLAY" else "needed"
            raise _Shape(f"{part} cannot be None: {reason}")
    return PinTable(board, title, CHIPS[chip], image, parts, _reserved(names.get(_RESERVED, {})))


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _Shape(f"{name} has to be a text")
    return value


def _reserved(values: object) -> dict[int, str]:
    if not isinstance(values, dict):
        raise _Shape(f"{_RESERVED} has to be {{GPIO: reason}}")
    for pin, reason in values.items():
        if not _is_pin(pin):
            raise _Shape(f"{_RESERVED}: {pin!r} has to be a number of 0 to {_PIN_MAX}")
        if not isinstance(reason, str) or not 0 < len(reason) <= _REASON_MAX:
            raise _Shape(f"{_RESERVED}: {pin} needs a reason of at most {_REASON_MAX} characters")
    return values


def _is_pin(value: object) -> bool:
    return type(value) is int and 0 <= value <= _PIN_MAX


def _part(part: str, values: object) -> dict[str, Any]:
    key, forms = PARTS[part]
    if not isinstance(values, dict):
        raise _Shape(f"{part} has to be None or {{...}}")
    kind = values.get(key) if key else None
    if kind not in forms:
        raise _Shape(f'{part}: "{key}" has to be one of {", ".join(map(str, forms))}')
    form = forms[kind]
    allowed = {*form.signals, *({"id"} if form.bus else ()), *({key} if key else ())}
    for name in values.keys() - allowed:
        raise _Shape(f"{part}: unknown: {name!r}")
    for name in allowed - values.keys() - set(form.optional):
        raise _Shape(f"{part}: {name!r} is missing")
    for name in values.keys() - {key}:
        if not _is_pin(values[name]):
            raise _Shape(f"{part}: {name!r} has to be a number of 0 to {_PIN_MAX}")
    return values
