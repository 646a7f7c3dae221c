"""The chain of a journal's lines: what was cut, moved or altered is found, and where (docs/journal.md)."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

_LINE = re.compile(rb'(\{"n": .*), "hash": "([0-9a-f]{64})"\}', re.DOTALL)
_HEXADECIMAL = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Anchor:
    """Where a chain goes on: `number` and `hash` (hexadecimal) of the last line before it."""

    number: int
    hash: str


@dataclass
class Chain:
    """Lines, and what is wrong with them.

    `lines` (bytes each, without their ends), `entries` (a dict for each, None for what is no entry);
    `problems`, a text each; `before`, the Anchor in front of the first entry, and `last`, the one behind the
    last. The two are None if there is nothing to tell them by.
    """

    lines: list[bytes]
    entries: list[dict[str, Any] | None] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    before: Anchor | None = None
    last: Anchor | None = None

    @property
    def begins(self) -> list[dict[str, Any]]:
        """The entries that begin a segment."""
        return [entry for entry in self.entries if entry and "begin" in entry]

    @property
    def terminal(self) -> str | None:
        """The id of the terminal, by the last segment that begins here."""
        return self.begins[-1]["begin"] if self.begins else None

    @property
    def lost(self) -> int:
        """How many entries were overwritten before anybody exported them, by the terminal's own word."""
        return self.begins[-1]["lost"] if self.begins else 0


def follow(data: bytes, anchor: Anchor | None = None) -> Chain:
    """The Chain of a log's lines. With `anchor` it has to go on from there, else to begin with a segment."""
    lines = data.split(b"\n")
    torn = lines.pop()
    chain = Chain(lines, before=anchor, last=anchor)
    for line in lines:
        _add(chain, line)
    if torn:
        chain.lines.append(torn)
        chain.entries.append(None)
        chain.problems.append(f"{_after(chain.last)}: a line without its end")
    return chain


def whole(chain: Chain) -> list[str]:
    """What is wrong with `chain` as all that a terminal has: whether its oldest lines are there."""
    if not chain.begins or not chain.entries[0]:
        return []
    first, oldest = chain.entries[0]["n"], chain.begins[-1]["oldest"]
    return [_missing(oldest, first - 1)] if oldest < first else []


def goes_on(chain: Chain, since: Anchor) -> list[str]:
    """What is wrong with `chain` if lines up to `since` were exported before."""
    hashes = {entry["n"]: entry["hash"] for entry in chain.entries if entry}
    if chain.before:
        hashes.setdefault(chain.before.number, chain.before.hash)
    if since.number in hashes:
        same = hashes[since.number] == since.hash
        return [] if same else [f"entry {since.number}: not the one that was exported before"]
    if not hashes or max(hashes) < since.number:
        return [f"entry {since.number}: was exported before and is not there: cut, or begun anew"]
    gap = min(hashes) - since.number
    last = chain.begins[-1] if chain.begins else {}
    if last.get("exported") == since.number and last.get("lost") == gap:
        return []  # overwritten: not nice, but no secret
    return [_missing(since.number + 1, since.number + gap)]


def _add(chain: Chain, line: bytes) -> None:
    entry, body = _parse(line)
    chain.entries.append(entry)
    if entry is None:
        chain.problems.append(f"{_after(chain.last)}: a line that is no entry")
        # Its number is taken, and its hash may still be readable: the next line is judged by them.
        digits = line[-66:-2].decode("ascii", "replace")
        known = digits if _HEXADECIMAL.fullmatch(digits) else ""
        chain.last = Anchor(chain.last.number + 1, known) if chain.last else None
        return
    problem = _judge(chain, entry, body)
    if problem:
        chain.problems.append(problem)
    chain.last = Anchor(entry["n"], entry["hash"])


def _judge(chain: Chain, entry: dict[str, Any], body: bytes) -> str | None:
    number, last = entry["n"], chain.last
    if last is None:
        if "begin" not in entry:
            return f"entry {number}: what comes before it is missing"
        last = Anchor(number - 1, entry["before"])
        chain.before = last
    if number > last.number + 1:
        return _missing(last.number + 1, number - 1)
    if number <= last.number:
        return f"entry {number}: out of order, or there twice"
    if last.hash and entry.get("before", last.hash) != last.hash:
        return f"entry {number}: begins another chain"
    before = last.hash or entry.get("before", "")
    if before and hashlib.sha256(bytes.fromhex(before) + body).hexdigest() != entry["hash"]:
        return f"entry {number}: hash does not follow"
    return None


def _parse(line: bytes) -> tuple[dict[str, Any] | None, bytes]:
    """(the entry of a line, what its hash is over); (None, b"") if it is none."""
    match = _LINE.fullmatch(line)
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None, b""
    if not match or not isinstance(entry, dict) or entry.get("hash") != match[2].decode():
        return None, b""
    numbers = [entry.get("n")]
    if "begin" in entry:
        numbers += [entry.get(name) for name in ("exported", "oldest", "lost")]
        if not _HEXADECIMAL.fullmatch(str(entry.get("before"))):
            return None, b""
    elif "before" in entry:
        return None, b""
    return (entry, match[1]) if all(type(number) is int for number in numbers) else (None, b"")


def _after(last: Anchor | None) -> str:
    return f"after entry {last.number}" if last else "at the beginning"


def _missing(first: int, last: int) -> str:
    return (
        f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"
    )
