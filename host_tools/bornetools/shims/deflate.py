"""MicroPython's `deflate` module, as far as the firmware uses it, for CPython's zlib."""

import zlib
from typing import Any

ZLIB = 2
_CHUNK = 256


class DeflateIO:
    """Inflates what it reads from `stream` (anything with readinto).

    As MicroPython's, it raises OSError on bad data and EOFError where the data is cut short.
    """

    def __init__(self, stream: Any, format: int, wbits: int = 0) -> None:
        if format != ZLIB:
            raise ValueError("only the zlib format")
        self._stream = stream
        self._inflate = zlib.decompressobj()
        self._pending = b""

    def readinto(self, buffer: bytearray | memoryview) -> int:
        while len(self._pending) < len(buffer) and not self._inflate.eof:
            chunk = self._inflate.unconsumed_tail or self._more()
            try:
                self._pending += self._inflate.decompress(chunk, len(buffer) - len(self._pending))
            except zlib.error as error:
                raise OSError(22) from error
        taken = self._pending[: len(buffer)]
        self._pending = self._pending[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def _more(self) -> bytes:
        chunk = bytearray(_CHUNK)
        length = self._stream.readinto(chunk)
        if not length:
            raise EOFError
        return bytes(chunk[:length])
