"""Carries a release of trust data to a terminal: the terminal verifies it, not the courier."""

import hashlib
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from borne import limits
from borne.link import messages
from bornetools import times
from bornetools.errors import UserError
from bornetools.link.client import Client, LinkFailure, Refused, read_file, send_file
from bornetools.link.clocks import COMPUTER, Clocks
from bornetools.link.offered_time import Say, offer
from bornetools.link.source import Source

_ROUNDS = 64  # commits, each of which names files that are wanted
_NAME = re.compile(r"(?:[a-z0-9-]{1,32}/)*[a-z0-9-]{1,32}\.[a-z]{1,8}", re.ASCII)

# (bytes to carry as far as known, bytes of them that the terminal has)
Report = Callable[[int, int], None]


@dataclass
class Outcome:
    """The result for one terminal. `status`: updated, current (there was nothing new), refused or failed.

    A refusal has a `code`, perhaps the terminal's `detail`, and the `explanation` for people.
    `before` and `after` are the release's versions, 0 for none; `after` is None if a commit's result is not
    known. `as_of` is the time of the release that the terminal has now.
    """

    port: str
    terminal: str = ""
    board: str = ""
    status: str = "failed"
    code: str = ""
    detail: str = ""
    explanation: str = ""
    before: int = 0
    after: int | None = 0
    as_of: int | None = None
    files: list[str] = field(default_factory=list)
    sent: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)


def sync(
    port: str,
    source: Source,
    report: Report = lambda total, done: None,
    say: Say = lambda text: None,
    now: Callable[[], int] = times.now,
) -> Outcome:
    """Brings the terminal on `port` up to date. Raises nothing: the Outcome says what went wrong.

    `say` is called with what the operator has to do meanwhile; `now()` is the courier's clock.
    """
    outcome, clocks = Outcome(port), Clocks(now)
    started = time.monotonic()
    try:
        with Client(port) as client:
            try:
                _sync(client, source, outcome, report, clocks, say)
            except Refused:
                _ask_release(client, outcome)
                raise
    except Refused as refusal:
        outcome.status, outcome.code = "refused", refusal.code
        outcome.detail = str(refusal.result.get("detail", ""))
        outcome.explanation = clocks.explain(refusal.code)
    except (LinkFailure, UserError) as error:
        outcome.explanation = str(error)
    outcome.seconds = round(time.monotonic() - started, 1)
    return outcome


def _sync(
    client: Client,
    source: Source,
    outcome: Outcome,
    report: Report,
    clocks: Clocks,
    say: Say,
) -> None:
    hello = client.request("hello")
    if hello["protocol"] != messages.PROTOCOL:
        raise LinkFailure(f"{client.port}: this terminal speaks another version of the link")
    outcome.terminal, outcome.board = hello["terminal"], hello["board"]
    outcome.before = outcome.after = hello["version"] or 0
    outcome.as_of = hello["as_of"]
    if hello["root"] is None:
        raise Refused("NO_ROOT", {})

    metadata = source.metadata(hello["root"])
    clocks.take(metadata["timestamp.json"])
    clocks.terminal = hello["time"]
    if not clocks.agree:
        _send_roots(client, metadata, outcome)
    _check_time(client, clocks, outcome, say)
    timestamp = read_file(client, "timestamp.json", limits.TUF_TIMESTAMP_MAX)
    newest = source.targets_version(metadata)
    if timestamp == metadata["timestamp.json"] and hello["version"] == newest:
        outcome.status = "current"
        return
    if clocks.premature:
        raise Refused("FUTURE", {})
    progress = _Progress(report)
    for name, data in metadata.items():
        progress.expect(len(data))
        digest = hashlib.sha256(data).digest()
        outcome.sent += send_file(client, name, digest, data, progress.moved)
    outcome.after = _commit(client, source, outcome, progress)
    if outcome.after != newest:
        # A commit with nothing to do also answers with the release in force.
        raise LinkFailure(f"{client.port}: this terminal has restarted meanwhile: start again")
    hello = client.request("hello")
    clocks.terminal = hello["time"]
    if hello["time"] is None:  # the terminal's clock is behind the release, so no longer known
        _check_time(client, clocks, outcome, say)
    outcome.as_of = hello["as_of"]
    outcome.status = "updated"


def _ask_release(client: Client, outcome: Outcome) -> None:
    """Asks which release is in force after a refusal: memory may have run out after the switch."""
    if not outcome.terminal:
        return
    outcome.after = None
    with suppress(LinkFailure):
        hello = client.request("hello")
        outcome.after, outcome.as_of = hello["version"] or 0, hello["as_of"]


def _send_roots(client: Client, metadata: dict[str, bytes], outcome: Outcome) -> None:
    """Roots need no right time, and a new root may withdraw the key that signed a wrong time."""
    roots = {name: data for name, data in metadata.items() if name.endswith(".root.json")}
    for name, data in roots.items():
        outcome.sent += send_file(client, name, hashlib.sha256(data).digest(), data)
    if roots:
        # A refusal is expected, as files are missing; any other reason comes at the next commit, too.
        with suppress(Refused):
            client.request("commit")


def _check_time(client: Client, clocks: Clocks, outcome: Outcome, say: Say) -> None:
    """Offers the courier's time to a terminal with none or another, unless the courier's is wrong, or behind
    the terminal's release: nobody is to turn the terminal's clock back to that."""
    if clocks.agree:
        return
    behind = clocks.premature and (outcome.as_of or 0) > clocks.now()
    if behind or clocks.wrong() == COMPUTER:
        outcome.notes.append(clocks.told() or "")
        return
    try:
        clocks.terminal = offer(client, say, clocks.now)
    except Refused as refusal:
        clocks.refused(refusal.result.get("floor"))
        outcome.notes.append(f"time not taken: {clocks.explain(refusal.code)}")


def _commit(client: Client, source: Source, outcome: Outcome, progress: "_Progress") -> int:
    """Commits, and sends the wanted files, until there is a release. Returns its version."""
    for _ in range(_ROUNDS):
        try:
            version: int = client.request("commit")["version"]
            return version
        except Refused as refusal:
            if refusal.code != messages.WANTED:
                raise
            files = _wanted(client, refusal.result)
        except LinkFailure:
            outcome.after = None
            raise
        progress.expect(sum(size for _, _, size in files))
        for name, digest, size in files:
            data = source.target(name, digest, size)
            outcome.sent += send_file(client, name, digest, data, progress.moved)
            outcome.files.append(name)
    raise LinkFailure(f"{client.port}: this terminal wants files without end")


def _wanted(client: Client, result: dict[str, Any]) -> list[tuple[str, bytes, int]]:
    """The files in the answer WANTED."""
    files = result.get("files")
    if (
        not isinstance(files, list)
        or not 0 < len(files) <= limits.LINK_WANTED_MAX
        or not all(map(_is_wanted, files))
    ):
        raise LinkFailure(f"{client.port}: this terminal's answer to commit is malformed")
    return [tuple(one) for one in files]


def _is_wanted(one: object) -> bool:
    # The line is untrusted: a name becomes part of a path or URL.
    match one:
        case [str(name), bytes(digest), int(size)]:
            known = _NAME.fullmatch(name) and len(digest) == 32
            return bool(known) and 0 <= size <= limits.STATUS_LIST_FILE_MAX
    return False


class _Progress:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._total = self._done = 0

    def expect(self, count: int) -> None:
        self._total += count
        self.moved(0)

    def moved(self, count: int) -> None:
        self._done += count
        self._report(self._total, self._done)
