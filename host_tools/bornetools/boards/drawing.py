"""The picture of a wiring, as SVG: the board on the left, its parts on the right, a straight wire for
each row, so that no two wires cross."""

from collections.abc import Iterator
from html import escape

from bornetools.boards import wiring
from bornetools.boards.pin_table import PinTable
from bornetools.boards.wiring import Row

_COLOURS = {
    "power": "#d32f2f",
    "ground": "#212121",
    "tx": "#e67c00",
    "rx": "#1976d2",
    "reset": "#8e24aa",
    "irq": "#6d4c41",
    "sda": "#2e7d32",
    "scl": "#b08900",
    "sck": "#b08900",
    "mosi": "#e67c00",
    "miso": "#1976d2",
    "cs": "#2e7d32",
    "red": "#ff5252",
    "green": "#00a152",
    "blue": "#2962ff",
    "data": "#c2185b",
    "buzzer": "#00838f",
    "button": "#546e7a",
}
_WIDTH = 680
_BOARD_LEFT, _BOARD_RIGHT = 20, 190
_PART_LEFT, _PART_RIGHT = 430, 660
_TOP = 56  # of the first part
_TITLE, _ROW, _GAP, _FOOT = 26, 24, 14, 16
_LANE, _LANES_FROM = 7, 34  # where rows of the same pin are joined, inside the board


def draw(table: PinTable) -> str:
    """An SVG document."""
    title = table.title
    boxes, wires, lanes = [], [], _Lanes()
    y = _TOP
    for part in wiring.parts(table):
        height = _TITLE + _ROW * len(part.rows)
        boxes.append(_box(_PART_LEFT, y, _PART_RIGHT - _PART_LEFT, height, "#f3f6fa"))
        boxes.append(_text(_PART_LEFT + 10, y + 17, part.part, weight="bold"))
        boxes.append(_text(_PART_RIGHT - 8, y + 17, part.setting, size=10, anchor="end"))
        for number, row in enumerate(part.rows):
            middle = y + _TITLE + _ROW * number + _ROW // 2
            colour = _COLOURS[row.signal]
            wires.append(_wire(middle, row, colour))
            if row.signal not in ("power", "ground"):
                lanes.pin(row.board_pin, middle, colour)
        y += height + _GAP
    bottom = y - _GAP
    feet, height = [], bottom + 20
    for place, reason in wiring.reserved(table).items():
        feet.append(_text(_BOARD_LEFT, height, f"Not to be used: {place}: {reason}", size=11))
        height += _FOOT
    board = _box(_BOARD_LEFT, _TOP, _BOARD_RIGHT - _BOARD_LEFT, bottom - _TOP, "#e6f1e8")
    head = [
        _text(_BOARD_LEFT, 28, title, size=16, weight="bold"),
        _text(_PART_LEFT, 28, "Same name: same pin.", size=11),
    ]
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height}' "
        f"width='{_WIDTH}' height='{height}' font-family='sans-serif'>\n"
        f"<title>Wiring: {escape(title)}</title>\n"
        f"<rect width='{_WIDTH}' height='{height}' fill='#fff'/>\n"
        + "\n".join([*head, board, *boxes, *lanes.drawn(), *wires, *feet])
        + "\n</svg>\n"
    )


def _wire(y: int, row: Row, colour: str) -> str:
    label = ", ".join(filter(None, (row.function, _short(row.note))))
    middle = (_BOARD_RIGHT + _PART_LEFT) // 2
    return "".join(
        (
            f"<path d='M{_BOARD_RIGHT} {y}H{_PART_LEFT}' stroke='{colour}' stroke-width='2.5'/>",
            f"<circle cx='{_BOARD_RIGHT}' cy='{y}' r='4' fill='{colour}'/>",
            f"<circle cx='{_PART_LEFT}' cy='{y}' r='4' fill='{colour}'/>",
            _text(_BOARD_RIGHT - 10, y + 4, row.board_pin, anchor="end"),
            _text(_PART_LEFT + 10, y + 4, row.part_pin),
            _text(middle, y - 4, label, size=10, anchor="middle", fill="#555") if label else "",
        )
    )


def _short(note: str) -> str:
    """The note if it names a part in the wire, else empty: other notes are in the table only."""
    return note.partition(":")[0] if note.startswith("through ") else ""


class _Lanes:
    """Lines inside the board that join the rows of one pin."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[str, list[int]]] = {}

    def pin(self, name: str, y: int, colour: str) -> None:
        self._places.setdefault(name, (colour, []))[1].append(y)

    def drawn(self) -> Iterator[str]:
        shared = [place for place in self._places.values() if len(place[1]) > 1]
        for number, (colour, rows) in enumerate(shared):
            x = _LANES_FROM + _LANE * number
            ticks = "".join(f"M{x} {y}h10" for y in rows)
            yield (
                f"<path d='M{x} {rows[0]}V{rows[-1]}{ticks}' fill='none' "
                f"stroke='{colour}' stroke-width='1.5'/>"
            )


def _box(x: int, y: int, width: int, height: int, fill: str) -> str:
    return (
        f"<rect x='{x}' y='{y}' width='{width}' height='{height}' rx='6' "
        f"fill='{fill}' stroke='#888'/>"
    )


def _text(
    x: int,
    y: int,
    text: str,
    size: int = 12,
    anchor: str = "start",
    weight: str = "normal",
    fill: str = "#111",
) -> str:
    return (
        f"<text x='{x}' y='{y}' font-size='{size}' text-anchor='{anchor}' "
        f"font-weight='{weight}' fill='{fill}'>{escape(text)}</text>"
    )
