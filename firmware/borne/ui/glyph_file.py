"""The data of borne.ui.glyphs, read by offset: of 18 kB only the bytes wanted lie in the heap.

Frozen, that module's bytes lie in flash. An application in files has the file glyphs.bin instead; the file
stays open, so that reading allocates nothing.
"""

import io

from micropython import const

if False:  # for types only
    from borne.protocols import Buffer, File

GLYPH = const(23)  # bytes of a character, in both fonts


def _open() -> "File":
    try:
        from borne.ui import glyphs
    except ImportError:
        return open(__file__.rsplit("/", 1)[0] + "/glyphs.bin", "rb")
    return io.BytesIO(glyphs.DATA)  # MicroPython copies nothing


_file = _open()


def read(offset: int, buffer: "Buffer") -> None:
    """Fills `buffer` with the bytes at `offset`."""
    _file.seek(offset)
    _file.readinto(buffer)
