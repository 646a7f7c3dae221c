"""Exports: a chain's lines as a file that can be verified by itself, as JSON Lines or CSV (docs/journal.md).

The first line says what the chain goes on from and where it ends; the entries' lines are the terminal's
own, byte by byte. In CSV they are the last column, and the columns before it say the same for a spreadsheet.
"""

import csv
import io
import json
from itertools import zip_longest
from typing import Any

from borne import limits
from bornetools import times
from bornetools.errors import UserError
from bornetools.journal import chain as chains
from bornetools.journal import receipt
from bornetools.journal.chain import Anchor, Chain
from bornetools.journal.line import is_digest, is_of
from bornetools.printable import printable

FORMATS = ("jsonl", "csv", "text")
_LINE = "line"
_BEGIN = ("begin", "firmware", "exported", "oldest", "lost")
_COLUMNS = {
    "journal": (
        *("n", "time", "verdict", "fault", "detail", "count", "first", "last"),
        *("release", "purpose", "issuer", "token", "receipt", "floor_before", "floor"),
        *(*_BEGIN, _LINE),
    ),
    "receipts": (
        *("n", "time", "terminal", "purpose", "nonce", "token", "holder"),
        *("key", "uv", "method", "signature"),
        *(*_BEGIN, _LINE),
    ),
}
# The starts of cells that some spreadsheet takes for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_TIMES = ("time", "first", "last", "floor_before", "floor")
_ENDS = (("after", "before"), ("last", "hash"))  # of the export's own line: number and hash


def render(log: str, chain: Chain, form: str) -> str:
    """The export of `chain`, of the log of that name, as one of FORMATS; "text" is for people only."""
    if form == "text":
        return "".join(_sentence(entry) + "\n" for entry in chain.entries)
    head = _head(log, chain)
    lines = [_shown(line) for line in chain.lines]
    if form == "jsonl":
        return "".join(line + "\n" for line in (head, *lines))
    columns = _COLUMNS[log]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerow([""] * (len(columns) - 1) + [head])
    for entry, line in zip(chain.entries, lines, strict=True):
        cells = [_cell(entry or {}, column) for column in columns[:-1]] + [line]
        writer.writerow(map(_inert, cells))
    return text.getvalue()


def verify(data: bytes, since: Anchor | None = None) -> tuple[str, Chain]:
    """(the log's name, its Chain with all problems) of an export, JSON Lines or CSV.

    The export has to go on from `since`, the end of the one before; without `since`, to be the whole log.
    Raises UserError if `data` is no export.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(f"line {line}: not an export of borne terminal journal") from error
    form = "jsonl" if text.startswith("{") else "csv"
    head, lines = _split(text, form)
    log, before, last = _read_head(head)
    chain = chains.follow("".join(line + "\n" for line in lines).encode(), before)
    problems = chain.problems
    problems += _of_another_log(log, chain)
    problems += _end(chain, last)
    problems += chains.goes_on(chain, since) if since else chains.whole(chain)
    if log == "receipts":
        problems += receipt.problems(chain)
    if not problems:
        problems += _differences(render(log, chain, form), text, form)
    return log, chain


def _head(log: str, chain: Chain) -> str:
    before = chain.before or chains.ORIGIN
    last = chain.last or before
    fields = {"export": log, "terminal": chain.terminal, "after": before.number}
    return json.dumps({**fields, "before": before.hash, "last": last.number, "hash": last.hash})


def _split(text: str, form: str) -> tuple[str, list[str]]:
    """(the export's own line, those of its entries). Text after the last line end is a line, too."""
    if form == "jsonl":
        head, *lines = text.removesuffix("\n").split("\n")
        return head, lines
    _, head, *lines = [_plain(row[-1]) if row else "" for row in _rows(text, 2)]
    return head, lines


def _rows(text: str, least: int = 0) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        rows = []
    if len(rows) < least:
        raise UserError("not an export of borne terminal journal")
    return rows


def _read_head(head: str) -> tuple[str, Anchor, Anchor]:
    """(the log's name, where its entries go on from, where they end), as the export's own line says."""
    try:
        fields = json.loads(head)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise UserError("line 1: not that of an export of borne terminal journal")
    for name, fits in (
        ("export", lambda value: value in list(_COLUMNS)),
        ("terminal", lambda value: value is None or isinstance(value, str)),
        ("after", lambda value: type(value) is int and value >= 0),
        ("before", is_digest),
        ("last", lambda value: type(value) is int and value >= 0),
        ("hash", is_digest),
    ):
        if name not in fields or not fits(fields[name]):
            raise UserError(
                f"the export's own line: {name!r} is missing, or none that an export has"
            )
    before, last = (Anchor(fields[number], fields[digest]) for number, digest in _ENDS)
    if before.number == 0 and before != chains.ORIGIN:
        raise UserError("the export's own line: 'before' is not what stands before the first entry")
    return fields["export"], before, last


def _of_another_log(log: str, chain: Chain) -> list[str]:
    return [
        f"entry {entry['n']}: not of a log of this name, {log}"
        for entry in chain.entries
        if entry and not is_of(log, entry)
    ][:1]


def _end(chain: Chain, last: Anchor) -> list[str]:
    """The problems with the end of `chain`, if an export says that it is `last`."""
    found = chain.last or chains.ORIGIN
    if last.number > found.number:
        return [f"after entry {found.number}: cut off; it went on to {last.number}"]
    if last.number < found.number:
        return [f"entry {last.number + 1}: the export ends before it, by its own line: 'last'"]
    if last.hash != found.hash and not chain.problems:
        return [f"after entry {found.number}: another hash than the export's own line says: 'hash'"]
    return []


def _differences(wanted: str, text: str, form: str) -> list[str]:
    """The first place where `text` differs from `wanted`, the export of the same entries."""
    if wanted == text:
        return []
    if form == "csv":
        header, *_ = rows = _rows(wanted)
        nothing: list[str] = []
        found_rows = zip_longest(rows, _rows(text), fillvalue=nothing)
        for number, (one, other) in enumerate(found_rows, 1):
            for name, cell, found in zip_longest(header, one, other):
                if cell != found:
                    return [f"line {number}: column {name!r} does not say what its entry says"]
    pairs = zip_longest(wanted.split("\n"), text.split("\n"))
    number = next(number for number, (one, other) in enumerate(pairs, 1) if one != other)
    if form == "jsonl" and number == 1:
        return ["line 1: the export's own line does not say what its entries say"]
    return [f"line {number}: not written as an export is"]


def _cell(entry: dict[str, Any], column: str) -> Any:
    value = entry.get(column)
    if column in _TIMES:
        return _moment(value)
    if column == "holder" and "key" in entry:
        return receipt.thumbprint(entry)
    return value


def _shown(line: bytes) -> str:
    """A line as text. A terminal's own line is ASCII and stays as it is; in a damaged line, or one of another
    device at the port, no byte is left that a screen would obey."""
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in line)
    return printable(text, limits.JOURNAL_LINE_MAX * len("\\x00"))


def _inert(cell: Any) -> Any:
    """A cell that a spreadsheet does not take for a formula."""
    return "'" + cell if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    """The inverse of `_inert`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _sentence(entry: dict[str, Any] | None) -> str:
    if entry is None:
        return "(no entry)"
    words = [f"{entry['n']:>7}  {_moment(entry.get('time')) or 'time not known'}"]
    for name, value in entry.items():
        if name in ("n", "time", "hash", "before") or value is None:
            continue
        said = _moment(value) if name in _TIMES else value
        words.append(str(value) if name in ("verdict", "purpose") else f"{name}: {said}")
    return "  ".join(words)


def _moment(seconds: Any) -> str | None:
    known = type(seconds) is int and 0 <= seconds <= limits.TIME_MAX
    return times.write(seconds) if known else None
