"""The chain of a journal's lines, by which cut, moved or altered ones are found (docs/journal.md)."""

import hashlib
from dataclasses import dataclass, field

from bornetools.journal import line as lines
from bornetools.journal.line import Entry, NotALine


@dataclass(frozen=True)
class Anchor:
    """The point where a chain goes on: `number` and `hash` (hexadecimal) of the last line before it."""

    number: int
    hash: str


# The Anchor before a chain's first line.
ORIGIN = Anchor(0, "0" * 64)


@dataclass
class Chain:
    """Lines, and the problems with them.

    `lines` (bytes each, without their ends), `entries` (a dict for each, None for a line that is no entry);
    `problems`, a text each; `before`, the Anchor before the first entry, and `last`, the one after the last.
    Both are None if nothing tells them.
    """

    lines: list[bytes]
    entries: list[Entry | None] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    before: Anchor | None = None
    last: Anchor | None = None
    numbers: set[int] = field(default_factory=set)  # of `entries`

    @property
    def begins(self) -> list[Entry]:
        """The entries that begin a segment."""
        return [entry for entry in self.entries if entry and "begin" in entry]

    @property
    def terminal(self) -> str | None:
        """The id of the terminal, by the last segment that begins here."""
        return self.begins[-1]["begin"] if self.begins else None

    @property
    def lost(self) -> int:
        """The number of entries overwritten before they were exported, as the terminal states it."""
        return self.begins[-1]["lost"] if self.begins else 0


def follow(data: bytes, anchor: Anchor | None = None) -> Chain:
    """The Chain of a log's lines. It has to go on from `anchor`; without one, to begin with a segment."""
    *whole, torn = data.split(b"\n")
    chain = Chain(whole, before=anchor, last=anchor)
    for line in whole:
        _add(chain, line)
    if torn:
        chain.lines.append(torn)
        chain.entries.append(None)
        chain.problems.append(f"{_after(chain.last)}: a line without its end")
    return chain


def whole(chain: Chain) -> list[str]:
    """The problems of `chain` as a terminal's whole log, or as the first export: whether its oldest lines
    are there."""
    if not chain.entries or chain.entries[0] is None:
        return [] if chain.before in (None, ORIGIN) or chain.problems else [_goes_on_from(chain)]
    if "begin" not in chain.entries[0]:
        return [_goes_on_from(chain)] if chain.before else []
    first, oldest = chain.entries[0]["n"], chain.begins[-1]["oldest"]
    return [_missing(oldest, first - 1)] if oldest < first else []


def goes_on(chain: Chain, since: Anchor) -> list[str]:
    """The problems of `chain` if lines up to `since` were exported before."""
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
    """Takes the next line. A wrong line counts as it stands, and the next is judged by it, unless its number
    was there before: each problem is told once, where it is."""
    last = chain.last
    try:
        entry = lines.parse(line)
    except NotALine as error:
        chain.entries.append(None)
        where = f"entry {last.number + 1}" if last else "at the beginning"
        chain.problems.append(f"{where}: {error.reason}")
        digits = line[-66:-2].decode("ascii", "replace")
        if last:
            chain.last = Anchor(last.number + 1, digits if lines.is_digest(digits) else "")
        return
    chain.entries.append(entry)
    if last is None and "begin" in entry:
        last = chain.before = Anchor(entry["n"] - 1, entry["before"])
    problem = _sequence(entry, last) or _segment(entry) or _hash(entry, lines.body(line), last)
    if problem:
        chain.problems.append(problem)
    if entry["n"] not in chain.numbers:
        chain.last = Anchor(entry["n"], entry["hash"])
    chain.numbers.add(entry["n"])


def _sequence(entry: Entry, last: Anchor | None) -> str | None:
    """The problem if an entry is not where its number says, else None."""
    number = entry["n"]
    if last is None:
        return f"entry {number}: what comes before it is missing"
    if number > last.number + 1:
        return _missing(last.number + 1, number - 1)
    if number <= last.number:
        return f"entry {number}: out of order, or there twice"
    return None


def _segment(entry: Entry) -> str | None:
    """The problem if an entry that begins a segment states the impossible of the log, else None."""
    if "begin" not in entry:
        return None
    number, exported, oldest = entry["n"], entry["exported"], entry["oldest"]
    for name, possible in (
        ("exported", exported < number),
        ("oldest", oldest <= number),
        ("lost", entry["lost"] == max(0, oldest - exported - 1)),
        ("before", number > 1 or entry["before"] == ORIGIN.hash),
    ):
        if not possible:
            return f"entry {number}: {name!r} cannot be"
    if number > 1 and entry["before"] == ORIGIN.hash:
        return f"entry {number}: begins another chain"
    return None


def _hash(entry: Entry, body: bytes, last: Anchor | None) -> str | None:
    """The problem if an entry's hash is not over its body and the hash before, else None."""
    number = entry["n"]
    before = last.hash if last else ""
    if before and entry.get("before", before) != before:
        return f"entry {number}: begins another chain"
    before = before or entry.get("before", "")
    if before and hashlib.sha256(bytes.fromhex(before) + body).hexdigest() != entry["hash"]:
        return f"entry {number}: hash does not follow"
    return None  # behind a line whose hash cannot be read, which is told already


def _goes_on_from(chain: Chain) -> str:
    number = chain.before.number if chain.before else 0
    return (
        f"goes on from entry {number}, which is not in it: verify it behind the export that ends there,"
        " or something was cut off"
    )


def _after(last: Anchor | None) -> str:
    return f"after entry {last.number}" if last else "at the beginning"


def _missing(first: int, last: int) -> str:
    return (
        f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"
    )
