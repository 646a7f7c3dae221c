"""The picture of the sizes: a dot for each form on a logarithmic axis, as SVG."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bornetools.bench.revocation import Row

TITLE = "Sizes of revocation lists, by form"

_FORMS = (
    ("rsl", ".rsl", "#0b6e4f"),
    ("zlib", "zlib", "#c1572b"),
    ("roaring", "Roaring", "#3b5bab"),
    ("bitmap", "bitmap", "#777777"),
)
_WIDTH, _LEFT, _RIGHT, _TOP, _STEP, _FOOT = 720, 130, 40, 64, 26, 40


def draw(rows: "list[Row]") -> str:
    """An SVG document; the tick on each line is the entropy bound."""
    sizes = [value for row in rows for value in (row.entropy, row.bitmap, row.zlib, row.roaring)]
    low, high = math.floor(math.log10(min(sizes))), math.ceil(math.log10(max(sizes)))
    bottom = _TOP + _STEP * len(rows)

    def x(length: float) -> str:
        part = (math.log10(length) - low) / max(1, high - low)
        return f"{_LEFT + part * (_WIDTH - _LEFT - _RIGHT):.1f}"

    parts = [_text(10, 20, TITLE, "start", "font-weight='bold'")]
    place = _LEFT
    for _, label, colour in _FORMS:
        parts.append(f"<circle cx='{place}' cy='40' r='5' fill='{colour}'/>")
        parts.append(_text(place + 9, 44, label, "start"))
        place += 110
    parts.append(f"<path d='M{place} 33v14' stroke='#000' stroke-width='2'/>")
    parts.append(_text(place + 9, 44, "entropy bound", "start"))
    for power in range(low, high + 1):
        at = x(10**power)
        parts.append(f"<path d='M{at} {_TOP - 8}V{bottom}' stroke='#ddd'/>")
        parts.append(_text(at, bottom + 18, _bytes(power), "middle"))
    for number, row in enumerate(rows):
        y = _TOP + _STEP * number + _STEP // 2
        label = f"{row.size / 1e6:g} M, {row.rate * 100:g} %"
        parts.append(_text(_LEFT - 14, y + 4, label, "end"))
        for field, _, colour in reversed(_FORMS):
            parts.append(f"<circle cx='{x(getattr(row, field))}' cy='{y}' r='5' fill='{colour}'/>")
        parts.append(f"<path d='M{x(row.entropy)} {y - 9}v18' stroke='#000' stroke-width='2'/>")
    height = bottom + _FOOT
    return frame(TITLE, _WIDTH, height, parts)


def frame(title: str, width: int, height: int, parts: list[str]) -> str:
    """An SVG with these elements on white."""
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' "
        f"font-family='sans-serif' font-size='12'>\n<title>{title}</title>\n"
        f"<rect width='{width}' height='{height}' fill='#fff'/>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def _text(x: float | str, y: float, text: str, anchor: str, more: str = "") -> str:
    return f"<text x='{x}' y='{y}' text-anchor='{anchor}' {more}>{text}</text>"


def _bytes(power: int) -> str:
    return f"{10 ** (power % 3)} {('B', 'kB', 'MB', 'GB')[power // 3]}"
