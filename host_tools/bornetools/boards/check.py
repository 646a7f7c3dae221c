"""Checks of a pin table: each refusal with its reason, and with what to use instead."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bornetools.boards.chips import Chip
from bornetools.boards.pin_table import BOTH, OUT, PULLED, PWM, PinTable, Wire

_BUS_SIGNALS = ("sda", "scl", "tx", "rx", "sck", "mosi", "miso")
_OFFERED = 6  # pins that are named as alternatives


@dataclass(frozen=True)
class Problem:
    where: str  # part and signal
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.instead}"


def problems(table: PinTable) -> list[Problem]:
    """Everything that is wrong with the table, in its order; empty if nothing is."""
    chip = table.chip
    wires = list(table.wires())
    found = [problem for wire in _one_of_each_bus(wires) if (problem := _bus(wire, chip))]
    for place, wire in enumerate(wires):
        what = _pin(wire, table) or _clash(wire, wires[:place], chip)
        if what:
            others = wires[:place] + wires[place + 1 :]
            found.append(Problem(str(wire), what, _instead(wire, others, table)))
    for pin in sorted(table.reserved.keys() - chip.pins):
        what = f"the {chip.title} has no {chip.pin_name(pin)}"
        found.append(Problem("RESERVED", what, "Leave it out"))
    return found


def _one_of_each_bus(wires: list[Wire]) -> Iterator[Wire]:
    seen: set[str] = set()
    for wire in wires:
        if wire.bus and wire.part not in seen:
            seen.add(wire.part)
            yield wire


def _bus(wire: Wire, chip: Chip) -> Problem | None:
    assert wire.bus
    free = chip.buses[wire.bus]
    if wire.bus_id in free:
        return None
    name = wire.bus.upper()
    if chip.console and (wire.bus, wire.bus_id) == ("uart", 0):
        what = chip.console
    else:
        what = f"the {chip.title} has no {name}{wire.bus_id} in MicroPython"
    return Problem(f"{wire.part} id", what, f"Use {_listed([f'{name}{one}' for one in free])}")


def _pin(wire: Wire, table: PinTable) -> str | None:
    """Why the wire cannot be on its pin, whatever else is wired."""
    chip = table.chip
    name = chip.pin_name(wire.pin)
    if wire.pin not in chip.pins:
        return f"the {chip.title} has no {name}"
    if wire.pin in chip.refused:
        return f"{name} is {chip.refused[wire.pin]}"
    if wire.pin in table.reserved:
        return f"{name} is reserved on this board: {table.reserved[wire.pin]}"
    if wire.pin in chip.input_only and wire.direction in (OUT, BOTH, PWM):
        return f"{name} is input only, and this is an output"
    if wire.pin in chip.input_only and wire.direction == PULLED:
        return f"{name} has no pull-up inside, and a button needs one"
    if chip.functions and wire.signal in _BUS_SIGNALS:
        can_be = chip.functions(wire.pin)
        if can_be.get(wire.signal) != (wire.bus, wire.bus_id):
            others = ", ".join(
                f"{bus.upper()}{number} {signal.upper()}"
                for signal, (bus, number) in can_be.items()
            )
            wanted = f"{str(wire.bus).upper()}{wire.bus_id} {wire.signal.upper()}"
            return f"{name} cannot be {wanted}; it can be {others}"
    return None


def _clash(wire: Wire, others: list[Wire], chip: Chip) -> str | None:
    """Why the wire cannot be on its pin beside the others."""
    name = chip.pin_name(wire.pin)
    for other in others:
        if other.pin == wire.pin:
            return f"{name} is taken by {other}"
        if chip.pwm_slice and wire.direction == other.direction == PWM:
            (mine, channel), (its, its_channel) = map(chip.pwm_slice, (wire.pin, other.pin))
            if mine == its and channel == its_channel:
                return f"{name} is the same PWM output as {chip.pin_name(other.pin)} ({other})"
            if mine == its and wire.part != other.part:
                return (
                    f"{name} shares its PWM slice, and with it one frequency, with "
                    f"{chip.pin_name(other.pin)} ({other})"
                )
    return None


def _instead(wire: Wire, others: list[Wire], table: PinTable) -> str:
    chip = table.chip
    fitting = []
    for pin in sorted(chip.pins):
        moved = replace(wire, pin=pin)
        if not _pin(moved, table) and not _clash(moved, others, chip):
            fitting.append(chip.pin_name(pin))
    if not fitting:
        return "No pin of this chip is free for it: move another part first"
    return f"Use {_listed(fitting[:_OFFERED])}"


def _listed(names: list[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
