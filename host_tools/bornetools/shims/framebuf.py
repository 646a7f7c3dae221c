"""MicroPython's `framebuf` module, as far as the firmware uses it, for CPython."""

from functools import lru_cache
from typing import Any

MONO_VLSB, MONO_HLSB = 0, 3


class FrameBuffer:
    """A monochrome picture over `buffer`, `width` x `height` pixels; outside it nothing is drawn."""

    def __init__(
        self,
        buffer: bytearray | memoryview | bytes,
        width: int,
        height: int,
        format: int,
        stride: int | None = None,
    ) -> None:
        self._buffer: Any = buffer
        self._width, self._height, self._format = width, height, format
        self._stride = stride or width  # pixels from one row, or one page of rows, to the next
        self._row_size = (self._stride + 7) // 8  # bytes; of MONO_HLSB

    def _place(self, x: int, y: int) -> tuple[int, int]:
        if self._format == MONO_VLSB:
            return y // 8 * self._stride + x, 1 << y % 8
        return y * self._row_size + x // 8, 0x80 >> x % 8

    def pixel(self, x: int, y: int, colour: int | None = None) -> int | None:
        if not (0 <= x < self._width and 0 <= y < self._height):
            return None
        index, bit = self._place(x, y)
        if colour is None:
            return int(bool(self._buffer[index] & bit))
        if colour:
            self._buffer[index] |= bit
        else:
            self._buffer[index] &= ~bit
        return None

    def fill(self, colour: int) -> None:
        if self._format == MONO_VLSB and self._stride == self._width and self._height % 8 == 0:
            size = self._width * self._height // 8
            self._buffer[:size] = (b"\xff" if colour else b"\0") * size
        else:
            self.fill_rect(0, 0, self._width, self._height, colour)

    def fill_rect(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        for row in range(y, y + height):
            for column in range(x, x + width):
                self.pixel(column, row, colour)

    def rect(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        for row in (y, y + height - 1):
            self.fill_rect(x, row, width, 1, colour)
        for column in (x, x + width - 1):
            self.fill_rect(column, y, 1, height, colour)

    def blit(self, source: "FrameBuffer | tuple[Any, ...]", x: int, y: int, key: int = -1) -> None:
        """Draws `source`, a FrameBuffer or (buffer, width, height, format), but its pixels of `key`."""
        if isinstance(source, tuple):
            source = FrameBuffer(*source)
        columns = range(max(0, -x), min(source._width, self._width - x))
        rows = range(max(0, -y), min(source._height, self._height - y))
        whole = len(columns) == source._width and len(rows) == source._height
        same_rows = (
            self._format == source._format == MONO_HLSB
            and self._row_size == source._row_size
            and len(columns) == self._width == self._stride
            and (x, key) == (0, -1)
        )
        if self._format == MONO_VLSB and whole:
            self._stamp(source, x, y, key)
        elif same_rows and rows:
            self._copy(source, rows, y)
        else:
            for row in rows:
                for column in columns:
                    colour = source.pixel(column, row)
                    if colour != key:
                        self.pixel(x + column, y + row, colour)

    def _stamp(self, source: "FrameBuffer", x: int, y: int, key: int) -> None:
        """A picture that stands whole within this one, page by page (8 rows of MONO_VLSB)."""
        picture = (source._width, source._height, source._format, source._stride)
        at, size = y // 8 * self._stride + x, source._width
        for drawn, pixels in _pages(bytes(source._buffer), picture, key, y % 8):
            page = int.from_bytes(self._buffer[at : at + size], "little") & ~drawn | pixels
            self._buffer[at : at + size] = page.to_bytes(size, "little")
            at += self._stride

    def _copy(self, source: "FrameBuffer", rows: range, y: int) -> None:
        """Whole rows of MONO_HLSB, with the bits that fill their last bytes up."""
        size = self._row_size
        lines = source._buffer[rows.start * size : rows.stop * size]
        self._buffer[(y + rows.start) * size : (y + rows.stop) * size] = lines


@lru_cache(4096)  # a screen has hundreds of glyphs, and pixel by pixel each takes long
def _pages(data: bytes, picture: Any, key: int, top: int) -> Any:
    """The picture's pixels, `top` rows below the upper edge of a page, as a pair of integers for each page:
    the bits to draw, and those of them that are 1. A byte is a column."""
    source = FrameBuffer(data, *picture)
    pages = [[0, 0] for _ in range((top + source._height + 7) // 8)]
    for y in range(source._height):
        page = pages[(top + y) // 8]
        for x in range(source._width):
            colour = source.pixel(x, y)
            if colour != key:
                bit = 1 << 8 * x + (top + y) % 8
                page[0] |= bit
                page[1] |= bit * (colour or 0)
    return pages
