"""MicroPython's `framebuf` module, as far as the firmware uses it, for CPython."""

MONO_VLSB, MONO_HLSB = 0, 3


class FrameBuffer:
    """A monochrome picture over `buffer`, `width` x `height` pixels; outside it nothing is drawn."""

    def __init__(self, buffer, width, height, format, stride=None):
        self._buffer, self._width, self._height, self._format = buffer, width, height, format
        self._stride = stride or width  # pixels from one row, or one page of rows, to the next

    def _place(self, x, y):
        if self._format == MONO_VLSB:
            return y // 8 * self._stride + x, 1 << y % 8
        return y * ((self._stride + 7) // 8) + x // 8, 0x80 >> x % 8

    def pixel(self, x, y, colour=None):
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

    def fill(self, colour):
        self.fill_rect(0, 0, self._width, self._height, colour)

    def fill_rect(self, x, y, width, height, colour):
        for row in range(y, y + height):
            for column in range(x, x + width):
                self.pixel(column, row, colour)

    def rect(self, x, y, width, height, colour):
        for row in (y, y + height - 1):
            self.fill_rect(x, row, width, 1, colour)
        for column in (x, x + width - 1):
            self.fill_rect(column, y, 1, height, colour)

    def blit(self, source, x, y, key=-1):
        """Draws `source`, a FrameBuffer or (buffer, width, height, format), but its pixels of `key`."""
        if isinstance(source, tuple):
            source = FrameBuffer(*source)
        place, data = source._place, source._buffer
        columns = range(max(0, -x), min(source._width, self._width - x))
        for row in range(max(0, -y), min(source._height, self._height - y)):
            for column in columns:
                index, bit = place(column, row)
                colour = 1 if data[index] & bit else 0
                if colour == key:
                    continue
                index, bit = self._place(x + column, y + row)
                if colour:
                    self._buffer[index] |= bit
                else:
                    self._buffer[index] &= ~bit
