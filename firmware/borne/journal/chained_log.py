"""A hash-chained log: each line has the hash of all lines before it. Segments are deleted whole.

docs/journal.md defines it byte by byte. It rests on a guarantee of littlefs: of a file that was appended to
and closed, a power cut leaves the old content or the new one. On a file system that guarantees less, a torn
last line is known by its missing end, and removed.
"""

import hashlib
import json
import os
from binascii import hexlify, unhexlify

from micropython import const

import borne
from borne import limits
from borne.errors import DecodeError
from borne.storage import atomic

if False:  # for types only
    from typing import Callable, Iterator

    from borne.protocols import Bytes, Fields, File, OpenFile, Os

_OFFSET_BITS = const(20)  # more than a segment has
_ENOSPC = const(28)
_TAIL = const(78)  # `, "hash": "`, 64 digits, `"}` and the end of the line
_BEFORE_FIRST = bytes(32)  # the hash before a chain's first line


class ChainedLog:
    """The log in `folder`, of the terminal `terminal_id`.

    Segments are files named by the number of their first line. When limits.JOURNAL_SEGMENTS_MAX of them
    are full and none was exported, the oldest is deleted and `overwritten()` called; with
    `refuse_when_full` nothing more is written.
    """

    def __init__(
        self,
        folder: str,
        terminal_id: str,
        overwritten: "Callable[[], None]",
        os_module: "Os" = os,
        open_file: "OpenFile" = open,
    ) -> None:
        self.refuse_when_full = False
        self.reading: "Callable[[], None] | None" = None  # called before the oldest line is read
        self._overwritten = overwritten
        self._folder = folder
        self._terminal_id = terminal_id
        self._os = os_module
        self._open = open_file
        # Changed in place, like all objects that outlive a tap and are made at its end: a new one would lie
        # in the middle of the free heap.
        self._hash = bytearray(_BEFORE_FIRST)
        self._loaded = self._torn = False

    def append(self, now: int | None, fields: "Fields") -> int:
        """Writes a line at `now` (unix seconds or None); `fields` are (name, value) pairs.

        Returns the line's number. Raises OSError, ENOSPC if the log is full; the line is then not there.
        """
        self.load()
        if self._torn:
            self._torn = False
            self._append(now, (("fault", "JOURNAL"), ("detail", "a torn line was dropped")))
        return self._append(now, fields)

    def require_room(self) -> None:
        """Raises OSError, ENOSPC if the longest line would be refused."""
        self.load()
        room = limits.JOURNAL_SEGMENT_MAX - self._size if self._whole else 0
        full = len(self._firsts) >= limits.JOURNAL_SEGMENTS_MAX
        if full and room < limits.JOURNAL_LINE_MAX:
            self._refuse()

    def held(self) -> int:
        """The bytes of flash that its full segments take; 0 if it cannot be read."""
        try:
            self.load()
        except OSError:
            return 0
        return max(0, len(self._firsts) - 1) * limits.JOURNAL_SEGMENT_MAX

    def read(self, cursor: int, most: int) -> tuple[bytes, int]:
        """(at most `most` bytes, the cursor behind them). No bytes: the log has no more.

        A cursor that fits no segment, as 0, stands for the oldest line. Raises OSError.
        """
        if not cursor and self.reading:
            self.reading()
        self.load()
        first, offset = cursor >> _OFFSET_BITS, cursor & ((1 << _OFFSET_BITS) - 1)
        if first not in self._firsts:
            first = offset = 0
        for one in self._firsts:
            if one < first:
                continue
            with self._open(self._path(one), "rb") as file:
                file.seek(offset)
                data = file.read(most)
            if data:
                return data, one << _OFFSET_BITS | offset + len(data)
            offset = 0
        return b"", cursor

    def exported(self, now: int | None, number: int, digest: bytes) -> int:
        """Takes a host's word that it has kept all lines up to `number`, whose hash is `digest` (32 bytes).

        If `number` is the last line, a new segment records the export, and all others are deleted. Returns
        the number up to which lines count as exported: lower than `number` if the log has gone on meanwhile.
        Raises OSError.
        """
        self.load()
        if number and number == self._last and digest == bytes(self._hash):
            self._begin(now, number + 1, number)
        return self._exported

    def load(self) -> None:
        """Finds the end of the chain, once. Raises OSError: the next call tries again."""
        if self._loaded:
            return
        try:
            self._os.mkdir(self._folder)
        except OSError:
            pass  # it is there, or listing it says what is wrong
        self._firsts = []
        for name in self._os.listdir(self._folder):
            if len(name) == 10 and not name.strip("0123456789"):
                self._firsts.append(int(name))
            else:  # the beginning of a segment, ended by a power cut
                self._os.remove(self._folder + "/" + name)
        self._firsts.sort()
        self._last = self._exported = self._size = 0
        self._hash[:] = _BEFORE_FIRST
        self._torn = False
        self._whole = False  # there is a segment to append to
        if self._firsts:
            oldest = self._load_newest()
            self._delete_before(oldest)
        self._loaded = True

    def _append(self, now: int | None, fields: "Fields") -> int:
        line, digest = self._line(now, fields)
        if not self._whole or self._size + len(line) > limits.JOURNAL_SEGMENT_MAX:
            oldest = self._firsts[0] if self._firsts else 1
            full = len(self._firsts) >= limits.JOURNAL_SEGMENTS_MAX
            if full:
                self._refuse()
                oldest = self._firsts[1]
            self._begin(now, oldest, self._exported)
            if full:
                self._overwritten()
            line, digest = self._line(now, fields)
        self._loaded = False  # if this fails, only the flash knows how far it came
        with self._open(self._path(self._firsts[-1]), "ab") as file:
            file.write(line)
            atomic.sync(file, self._os)
        self._loaded = True
        self._size += len(line)
        self._last += 1
        self._hash[:] = digest
        return self._last

    def _refuse(self) -> None:
        if self.refuse_when_full:
            raise OSError(_ENOSPC)

    def _begin(self, now: int | None, oldest: int, exported: int) -> None:
        """Begins a segment, and deletes those before `oldest`: in this order, so that after a power cut
        between the two, the new segment says which are still to be deleted."""
        number = self._last + 1
        line, digest = self._line(
            now,
            (
                ("begin", self._terminal_id),
                ("firmware", borne.VERSION),
                ("exported", exported),
                ("oldest", oldest),
                ("lost", max(0, oldest - exported - 1)),
                ("before", hexlify(bytes(self._hash)).decode()),
            ),
        )
        self._loaded = False
        atomic.replace(self._path(number), (line,), self._os, self._open)
        self._firsts.append(number)
        self._delete_before(oldest)
        self._loaded = self._whole = True
        self._exported = exported
        self._size = len(line)
        self._last = number
        self._hash[:] = digest

    def _line(self, now: int | None, fields: "Fields") -> tuple[bytes, bytes]:
        """(the next line, its hash)."""
        pairs = (("n", self._last + 1), ("time", now)) + tuple(fields)
        texts = ['"%s": %s' % (name, json.dumps(value)) for name, value in pairs]
        body = ("{" + ", ".join(texts)).encode()
        digest = _digest(self._hash, body)
        return body + b', "hash": "' + hexlify(digest) + b'"}\n', digest

    def _load_newest(self) -> int:
        """Follows the chain through the newest segment. Returns the number of the oldest line to keep."""
        first = self._firsts[-1]
        self._last, self._size = first - 1, 0
        oldest = self._firsts[0]
        self._exported = oldest - 1
        self._whole = True
        with self._open(self._path(first), "rb") as file:
            while True:
                line = file.readline(limits.JOURNAL_LINE_MAX)
                if not line:
                    break
                torn = line[-1] != 10 and len(line) < limits.JOURNAL_LINE_MAX
                if torn and self._whole and self._size:
                    self._torn = True
                    break
                if self._whole:
                    oldest = self._follow(line, first, oldest)
                self._last += 1
                self._size += len(line)
        if not self._size:
            self._whole = False
            self._last = first  # its number is taken
        if self._torn:
            self._cut_off()
        return oldest

    def _follow(self, line: bytes, first: int, oldest: int) -> int:
        """Checks the next line of the newest segment. A line that does not follow ends the chain: the next
        line begins another chain, visible to a verifier of the log."""
        try:
            begin = None
            if self._last + 1 == first:
                begin = json.loads(line)
                self._hash[:] = unhexlify(begin["before"])
            digest = _digest(self._hash, line[:-_TAIL])
            if line[-_TAIL:] != b', "hash": "' + hexlify(digest) + b'"}\n':
                raise DecodeError("hash does not follow")
            self._hash[:] = digest
            if begin:
                self._exported, oldest = begin["exported"], begin["oldest"]
        except (ValueError, KeyError, TypeError):
            self._whole = False
            self._hash[:] = _BEFORE_FIRST
            return self._firsts[0]
        return oldest

    def _cut_off(self) -> None:
        """Removes the torn end of the newest segment."""
        path = self._path(self._firsts[-1])
        with self._open(path, "rb") as file:
            atomic.replace(path, _pieces(file, self._size), self._os, self._open)

    def _delete_before(self, oldest: int) -> None:
        while self._firsts[0] < oldest and len(self._firsts) > 1:
            self._os.remove(self._path(self._firsts[0]))
            self._firsts.pop(0)

    def _path(self, first: int) -> str:
        return "%s/%010d" % (self._folder, first)


def _digest(before: "Bytes", body: bytes) -> bytes:
    hasher = hashlib.sha256(before)
    hasher.update(body)
    return hasher.digest()


def _pieces(file: "File", size: int) -> "Iterator[bytes]":
    while size:
        data = file.read(min(size, limits.JOURNAL_LINE_MAX))
        size -= len(data)
        yield data
