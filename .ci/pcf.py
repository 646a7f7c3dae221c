"""X11's bitmap fonts in the PCF format, as Debian's package xfonts-base has them."""

import gzip
import struct
from pathlib import Path

# Tables, by type; their numbers have the most significant byte first, rows the leftmost pixel in bit 7.
_METRICS, _BITMAPS, _ENCODINGS = 1 << 2, 1 << 3, 1 << 5
_ROW = 4  # bytes, of which a narrow glyph fills the first
_NO_GLYPH = 0xFFFF


def glyphs(path: Path, height: int, ascent: int) -> dict[int, bytes]:
    """The glyphs of at most 8 columns by code point: a byte for each row of the cell from its top."""
    data = gzip.decompress(path.read_bytes())
    (count,) = struct.unpack_from("<I", data, 4)
    tables = {kind: at for kind, _, _, at in struct.iter_unpack("<4I", data[8 : 8 + 16 * count])}
    places = _places(data, tables[_ENCODINGS])
    bitmaps = tables[_BITMAPS]
    (number,) = struct.unpack_from(">I", data, bitmaps + 4)
    offsets = struct.unpack_from(f">{number}I", data, bitmaps + 8)
    rows_at = bitmaps + 8 + 4 * number + 16
    found = {}
    for code, place in places.items():
        bearing, above, below = _metrics(data, tables[_METRICS], place)
        at = rows_at + offsets[place]
        rows = [data[row] >> bearing for row in range(at, at + _ROW * (above + below), _ROW)]
        cell = bytes(ascent - above) + bytes(rows)
        found[code] = cell + bytes(height - len(cell))
    return found


def _places(data: bytes, at: int) -> dict[int, int]:
    """The glyphs' numbers by code point."""
    first, last, top, bottom = struct.unpack_from(">4H", data, at + 4)
    numbers = struct.iter_unpack(">H", data[at + 14 :])
    codes = (row << 8 | low for row in range(top, bottom + 1) for low in range(first, last + 1))
    return {
        code: number for code, (number,) in zip(codes, numbers, strict=False) if number != _NO_GLYPH
    }


def _metrics(data: bytes, at: int, place: int) -> tuple[int, int, int]:
    """A glyph's left bearing, ascent and descent. Each is a byte with 128 added."""
    bearing, _, _, above, below = data[at + 6 + 5 * place : at + 11 + 5 * place]
    return bearing - 0x80, above - 0x80, below - 0x80
