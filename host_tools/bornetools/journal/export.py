"""Exports: a chain's lines as a file that can be verified by itself, as JSON Lines or CSV (docs/journal.md).

The first line says what the chain goes on from and where it ends; the entries' lines are the terminal's
own, byte by byte. In CSV they are the last column, and those before it say the same for a spreadsheet.
"""

import csv
import io
import json
from typing import Any

from borne import limits
from bornetools import times
from bornetools.errors import UserError
from bornetools.journal import chain as chains
from bornetools.journal import receipt
from bornetools.journal.chain import Anchor, Chain

FORMATS = ("jsonl", "csv", "text")
_END = "line"
_TIMES = ("time", "floor_before", "floor")
_BEGIN = ("begin", "firmware", "exported", "oldest", "lost")
_COLUMNS = {
    "journal": (
        *(
            "n",
            "time",
            "verdict",
            "fault",
            "detail",
            "release",
            "purpose",
            "issuer",
            "token",
            "receipt",
            *_TIMES[1:],
        ),
        *(*_BEGIN, _END),
    ),
    "receipts": (
        *("n", "time", "terminal", "purpose", "nonce", "token", "holder"),
        *("key", "uv", "method", "signature"),
        *(*_BEGIN, _END),
    ),
}


def render(log: str, chain: Chain, form: str) -> str:
    """The export of `chain`, of the log of that name, as one of FORMATS; "text" is for people only."""
    text = _text(log, chain, form)
    # A damaged line can have what is no character.
    return text.encode("utf-8", "backslashreplace").decode()


def _text(log: str, chain: Chain, form: str) -> str:
    if form == "text":
        return "".join(_sentence(entry) + "\n" for entry in chain.entries)
    head = _head(log, chain)
    lines = [line.decode("utf-8", "backslashreplace") for line in chain.lines]
    if form == "jsonl":
        return "".join(line + "\n" for line in (head, *lines))
    columns = _COLUMNS[log]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerow([""] * (len(columns) - 1) + [head])
    for entry, line in zip(chain.entries, lines, strict=True):
        writer.writerow([_cell(entry or {}, column) for column in columns[:-1]] + [line])
    return text.getvalue()


def verify(data: bytes) -> tuple[str, Chain]:
    """(the log's name, its Chain with all problems) of an export, JSON Lines or CSV.

    Raises UserError if it is none.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(f"line {line}: not an export of borne terminal journal") from error
    form = "jsonl" if text.startswith("{") else "csv"
    head, lines = _split(text, form)
    log, anchor, last = _read_head(head)
    chain = chains.follow("".join(line + "\n" for line in lines).encode(), anchor)
    problems = chain.problems
    if chain.last and last.number > chain.last.number:
        problems.append(f"after entry {chain.last.number}: cut off; it went on to {last.number}")
    elif chain.last != last and not problems:
        problems.append("line 1: does not say where the entries end")
    if log == "receipts":
        problems += receipt.problems(chain)
    if not problems:
        written, found = render(log, chain, form).split("\n"), text.split("\n")
        pairs = zip(written, found, strict=False)
        differing = [number for number, (one, other) in enumerate(pairs, 1) if one != other]
        if differing or len(written) != len(found):
            at = differing[0] if differing else min(len(written), len(found))
            problems.append(f"line {at}: does not say what its entry says")
    return log, chain


def _head(log: str, chain: Chain) -> str:
    before = chain.before or Anchor(0, "")
    last = chain.last or before
    fields = {"export": log, "terminal": chain.terminal, "after": before.number}
    return json.dumps({**fields, "before": before.hash, "last": last.number, "hash": last.hash})


def _split(text: str, form: str) -> tuple[str, list[str]]:
    """(the export's own line, those of its entries). What follows the last line end is a line, too."""
    if form == "jsonl":
        head, *lines = text.removesuffix("\n").split("\n")
        return head, lines
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        _, head, *lines = [row[-1] if row else "" for row in rows]
    except (csv.Error, ValueError):
        raise UserError("not an export of borne terminal journal") from None
    return head, lines


def _read_head(head: str) -> tuple[str, Anchor, Anchor]:
    try:
        fields = json.loads(head)
        log, before = fields["export"], bytes.fromhex(fields["before"]).hex()
        after, last = fields["after"], fields["last"]
        ends = Anchor(last, bytes.fromhex(fields["hash"]).hex())
    except (ValueError, KeyError, TypeError):
        raise UserError("line 1: not that of an export of borne terminal journal") from None
    if log not in _COLUMNS or type(after) is not int or type(last) is not int:
        raise UserError("line 1: not that of an export of borne terminal journal")
    return log, Anchor(after, before), ends


def _cell(entry: dict[str, Any], column: str) -> Any:
    value = entry.get(column)
    if column in _TIMES:
        return _moment(value)
    if column == "holder" and "key" in entry:
        return receipt.thumbprint(entry)
    return value


def _sentence(entry: dict[str, Any] | None) -> str:
    if entry is None:
        return "(no entry)"
    words = [f"{entry['n']:>7}  {_moment(entry.get('time')) or 'time not known'}"]
    for name, value in entry.items():
        if name in ("n", "time", "hash", "before") or value is None:
            continue
        value = _moment(value) if name in _TIMES else value
        words.append(str(value) if name in ("verdict", "purpose") else f"{name}: {value}")
    return "  ".join(words)


def _moment(seconds: Any) -> str | None:
    known = type(seconds) is int and 0 <= seconds <= limits.TIME_MAX
    return times.write(seconds) if known else None
