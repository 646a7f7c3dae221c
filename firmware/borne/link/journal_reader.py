"""The journal's lines from a cursor on, across the exchange of its two files."""

from binascii import crc32

from micropython import const

_OFFSET_BITS = const(20)  # more than limits.JOURNAL_MAX and a line
_LINE_MAX = const(512)


class JournalReader:
    """Reads what borne.journal.Journal writes at `path`.

    A cursor is the CRC-32 of a file's first line, then the offset in it: it still finds its place when
    that file has become `path`.1, and is known for stale when the file is gone.
    """

    def __init__(self, path):
        self._path = path

    def read(self, cursor, most):
        """(at most `most` bytes of whole lines, the cursor behind them). No bytes: that is all.

        A cursor that fits no file, as 0, stands for the oldest line.
        """
        files = [one for one in (_file(self._path + ".1"), _file(self._path)) if one]
        offset = 0
        for at, (mark, size, _) in enumerate(files):
            here = cursor & ((1 << _OFFSET_BITS) - 1)
            if mark == cursor >> _OFFSET_BITS and here <= size:
                files, offset = files[at:], here
                break
        for mark, _, path in files:
            with open(path, "rb") as file:
                file.seek(offset)
                data = file.read(most)
            if data:
                # A line longer than that is cut: better than never to get past it.
                data = data[: data.rfind(b"\n") + 1 or len(data)]
                return data, mark << _OFFSET_BITS | offset + len(data)
            offset = 0
        return b"", cursor


def _file(path):
    """(mark, size, path) of a file with a line in it, or None."""
    try:
        with open(path, "rb") as file:
            line = file.readline(_LINE_MAX)
            return (crc32(line), file.seek(0, 2), path) if line else None
    except OSError:
        return None
