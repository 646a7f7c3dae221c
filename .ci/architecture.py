"""`python .ci/architecture.py docs`: firmware and host tools as houses with floors, drawn from the imports.

The floors are those of import-linter's contracts in pyproject.toml. An arrow says that a folder imports
another. Arrows implied by a longer path are left out, and arrows to the lowest floor, which every folder may
use. Needs the package's `dev` extra.
"""

import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from imports import PACKAGES, ROOT, graph

_WIDTH, _ROW = 960, 92
_BOX_HEIGHT, _LETTER, _GAP = 34, 7.4, 22

Edges = dict[str, set[str]]


def floors(package: str) -> list[list[str]]:
    """The names on each floor, the highest first, as the contract of `package` has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (contract,) = (one for one in settings["contracts"] if one.get("containers") == [package])
    return [[name.strip() for name in floor.split("|")] for floor in contract["layers"]]


def imports(package: str) -> Edges:
    """The imports among the folders of `package` and the modules beside them."""
    found = graph()
    children = found.find_children(package)
    for child in children:
        found.squash_module(child)
    return {
        child.rpartition(".")[2]: {
            one.rpartition(".")[2]
            for one in found.find_modules_directly_imported_by(child)
            if one in children - {child}
        }
        for child in children
    }


def reduced(edges: Edges) -> Edges:
    """The edges not implied by a longer path (the transitive reduction of a graph without cycles)."""

    def below(name: str) -> set[str]:
        return edges[name].union(*map(below, edges[name]))

    return {
        name: {one for one in to if not any(one in below(other) for other in to - {one})}
        for name, to in edges.items()
    }


def picture(package: str) -> str:
    """The text of an SVG file."""
    rows = floors(package)
    edges = reduced(imports(package))
    height = _ROW * len(rows) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'height="{height}" font-family="sans-serif" font-size="13" text-anchor="middle">',
        '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 8 4 0 8z" fill="#56708c"/></marker></defs>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
    ]
    places: dict[str, tuple[float, float, float]] = {}  # centre, top, width
    for number, row in enumerate(rows):
        top = _ROW * number + 8
        parts.append(
            f'<rect x="4" y="{top}" width="{_WIDTH - 8}" height="{_ROW - 12}" rx="4" fill="#f3f5f8"/>'
        )
        places |= _row(row, top + 23)
    for name, to in sorted(edges.items()):
        ends = sorted(one for one in to if one not in rows[-1])
        parts += [_arrow(places[name], places[one]) for one in ends]
    for name, (centre, head, width) in places.items():
        kind = "#dfe9f5" if (ROOT / PACKAGES[package] / name).is_dir() else "#fff"
        parts.append(
            f'<rect x="{centre - width / 2:.0f}" y="{head:.0f}" width="{width:.0f}" '
            f'height="{_BOX_HEIGHT}" rx="5" fill="{kind}" stroke="#56708c"/>'
            f'<text x="{centre:.0f}" y="{head + 22:.0f}">{name}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


def _row(names: Iterable[str], top: float) -> dict[str, tuple[float, float, float]]:
    widths = {name: _LETTER * len(name) + 24 for name in names}
    used = sum(widths.values())
    space = (_WIDTH - 40 - used) / (len(widths) + 1)
    at = 20 + space
    places: dict[str, tuple[float, float, float]] = {}
    for name, width in widths.items():
        places[name] = (at + width / 2, top, width)
        at += width + space
    return places


def _arrow(start: tuple[float, float, float], end: tuple[float, float, float]) -> str:
    x, y, _ = start
    to_x, to_y, _ = end
    y += _BOX_HEIGHT
    bend = (to_y - y) / 2
    return (
        f'<path d="M{x:.0f} {y:.0f}C{x:.0f} {y + bend:.0f} {to_x:.0f} {to_y - bend:.0f} '
        f'{to_x:.0f} {to_y:.0f}" fill="none" stroke="#56708c" marker-end="url(#end)"/>'
    )


def main(docs: Path) -> None:
    """Writes `architecture-<package>.svg` into the folder `docs`."""
    for package in PACKAGES:
        (docs / f"architecture-{package}.svg").write_text(picture(package))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
