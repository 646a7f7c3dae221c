"""MicroPython's `deflate` module, as far as the firmware uses it, for CPython's zlib."""

import zlib

AUTO, RAW, ZLIB, GZIP = 0, 1, 2, 3
_WINDOW_BITS = {AUTO: 47, RAW: -15, ZLIB: 15, GZIP: 31}


class DeflateIO:
    """Decompresses what it reads from `stream`; raises OSError on bad data, as MicroPython does."""

    def __init__(self, stream, format=AUTO, wbits=0, close=False):
        self._stream = stream
        self._inflate = zlib.decompressobj(_WINDOW_BITS[format])
        self._pending = b""

    def readinto(self, buffer):
        want = len(buffer)
        while len(self._pending) < want and not self._inflate.eof:
            chunk = self._inflate.unconsumed_tail or self._stream.read(256)
            if not chunk:
                raise OSError(22)
            try:
                self._pending += self._inflate.decompress(chunk, want - len(self._pending))
            except zlib.error as error:
                raise OSError(22) from error
        taken = self._pending[:want]
        self._pending = self._pending[want:]
        buffer[: len(taken)] = taken
        return len(taken)

    def read(self, size):
        buffer = bytearray(size)
        return bytes(buffer[: self.readinto(buffer)])
