"""`borne terminal journal`, `receipts` and `verify-journal`."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from borne import limits
from bornetools import files
from bornetools.command_options import port_option
from bornetools.errors import UserError
from bornetools.journal import chain as chains
from bornetools.journal import export, receipt
from bornetools.journal.chain import Anchor, Chain
from bornetools.journal.line import is_digest
from bornetools.link.client import Client
from bornetools.link.connection import Connection

# All segments, and one that was deleted meanwhile; an answer is short where a segment ends.
_LOG_MAX = (limits.JOURNAL_SEGMENTS_MAX + 1) * limits.JOURNAL_SEGMENT_MAX
_ANSWERS_MORE = 256  # taps may come while it is read: each is a short answer
_ROUNDS = 8  # exports, each behind taps that came meanwhile
_PROBLEMS_MAX = 100  # that are told
_PATH = click.Path(dir_okay=False, path_type=Path)


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that journal and receipts share."""
    for option in (
        click.option(
            "--acknowledge-broken",
            is_flag=True,
            help="Let the terminal delete what is exported although its chain is broken: keep the file.",
        ),
        click.option(
            "--state",
            type=_PATH,
            help="Remembers what was exported, to go on from there and to notice what is missing.",
        ),
        click.option("--keep", is_flag=True, help="The terminal keeps everything as it is."),
        click.option("--out", type=_PATH, help="A new file [default: print, and --keep]."),
        click.option(
            "--format", "form", default="text", show_default=True, type=click.Choice(export.FORMATS)
        ),
        port_option,
    ):
        function = option(function)
    return function


@click.command()
@_options
def journal(**options: Any) -> None:
    """Export what the terminal decided and what broke, with its chain verified.

    With --out, once the file is safely written, the terminal deletes what it has. Ends with 1 if the journal
    was cut, reordered or altered; then the file is written, and the terminal keeps all.
    """
    _export("journal", **options)


@click.command()
@_options
def receipts(**options: Any) -> None:
    """Export the holders' proofs of presence, which terminals keep if the policy has --receipts.

    As borne terminal journal; each holder's signature is verified, too.
    """
    _export("receipts", **options)


@click.command("verify-journal")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=_PATH)
def verify_journal(paths: tuple[Path, ...]) -> None:
    """Verify exports of a journal or of receipts, JSON Lines or CSV.

    Several files have to follow each other, in this order; the first has to begin where the terminal's log
    did. Ends with 1 if something was cut, reordered or altered, and says where. Nobody can change what lies
    before a last hash that you know: compare the one that is printed.
    """
    broken = False
    name, last = "", None
    for path in paths:
        try:
            log, chain = export.verify(files.read(path, "export"), last.last if last else None)
        except UserError as error:
            raise UserError(f"{path}: {error.message}") from error
        if last and (
            log != name or (chain.terminal and last.terminal not in (None, chain.terminal))
        ):
            raise UserError(f"{path}: of another terminal or log than the file before it")
        name, last = log, chain
        broken = _tell(str(path), chain) or broken
        if not chain.problems:
            click.echo(f"{path}: {_summary(log, chain)}")
    if broken:
        raise SystemExit(1)


def _export(
    log: str,
    named: str | None,
    form: str,
    out: Path | None,
    keep: bool,
    state: Path | None,
    acknowledge_broken: bool,
) -> None:
    if out and form == "text":
        raise UserError("--out needs --format jsonl or csv: text cannot be verified later")
    if out and state and out.absolute() == state.absolute():
        raise UserError("--out and --state are the same file")
    for path in (out, state):
        if path:
            _check_folder(path)
    if out and out.exists():
        raise UserError(f"{out} exists already: nothing was overwritten")
    remembered = _read_state(state, log) if state and state.exists() else None
    with Connection(named) as client:
        terminal = client.request("hello")["terminal"]
        since = None
        if remembered:
            whose, since = remembered
            if whose != (terminal, log):
                raise UserError(
                    f"{state}: the state of another terminal or log than {terminal}'s {log}"
                )
        data, cursor = _read(client, log, b"", 0)
        chain = _judged(log, data, since)
        for _ in range(_ROUNDS):
            part = _since(data, chain, since)
            text = export.render(log, part, form)
            if not out:
                click.echo(text, nl=False)
                break
            files.replace(out, text.encode(), files.PRIVATE)
            _sync(out)
            if keep or not chain.last or (chain.problems and not acknowledge_broken):
                break
            digest = bytes.fromhex(chain.last.hash)
            done = client.request("exported", log=log, entry=chain.last.number, hash=digest)
            if done["exported"] >= chain.last.number:
                break
            more, cursor = _read(client, log, data, cursor)  # taps came meanwhile
            if more == data:
                raise UserError(
                    f"{terminal} does not take it that entry {chain.last.number} is its last"
                )
            data = more
            chain = _judged(log, data, since)
        else:
            raise UserError(
                f"{terminal}: its {log} does not come to an end: the terminal keeps all of it"
            )
    broken = _tell(terminal, chain)
    if state and out and chain.last and not broken:
        files.replace(state, _state(terminal, log, chain.last), files.PRIVATE)
    if out:
        click.echo(f"{out}: {_summary(log, part)}", err=True)
    if broken:
        raise SystemExit(1)


def _read(client: Client, log: str, data: bytes, cursor: int) -> tuple[bytes, int]:
    for _ in range(_LOG_MAX // limits.LINK_CHUNK_MAX + _ANSWERS_MORE):
        result = client.request("journal", log=log, cursor=cursor)
        if not result["data"]:
            return data, cursor
        data += result["data"]
        cursor = result["cursor"]
        if len(data) > _LOG_MAX:
            break
    raise UserError(
        f"{client.port}: this terminal's {log} is longer than one can be, so it is none"
    )


def _judged(log: str, data: bytes, since: Anchor | None) -> Chain:
    """The Chain of a terminal's whole log, with all its problems."""
    chain = chains.follow(data)
    chain.problems += chains.whole(chain)
    if since:
        chain.problems += chains.goes_on(chain, since)
    if log == "receipts":
        chain.problems += receipt.problems(chain)
    return chain


def _since(data: bytes, chain: Chain, since: Anchor | None) -> Chain:
    """The part of `chain` that was not exported before; all of it if it is broken."""
    if not since or chain.problems:
        return chain
    numbers = [entry["n"] for entry in chain.entries if entry]
    if since.number not in numbers:
        return chain
    lines = chain.lines[numbers.index(since.number) + 1 :]
    return chains.follow(b"".join(line + b"\n" for line in lines), since)


def _tell(what: str, chain: Chain) -> bool:
    """Prints problems, and the number of lost entries. Returns whether there are problems."""
    for problem in chain.problems[:_PROBLEMS_MAX]:
        click.echo(f"{what}: {problem}", err=True)
    if len(chain.problems) > _PROBLEMS_MAX:
        click.echo(f"{what}: {len(chain.problems) - _PROBLEMS_MAX} problems more", err=True)
    if chain.lost:
        click.echo(
            f"{what}: {chain.lost} entries were overwritten before they were exported", err=True
        )
    return bool(chain.problems)


def _summary(log: str, chain: Chain) -> str:
    if not chain.last or not chain.before or chain.last == chains.ORIGIN:
        return f"{log}: nothing"
    span = f"{log}, entries {chain.before.number + 1} to {chain.last.number}"
    if chain.before == chain.last:
        span = f"{log}: nothing new after entry {chain.last.number}"
    return f"{span}, last hash {chain.last.hash}"


def _check_folder(path: Path) -> None:
    """Raises UserError if no file can be written there."""
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise UserError(f"{path}: cannot be written there")


def _read_state(path: Path, log: str) -> tuple[tuple[str, str], Anchor]:
    """((terminal, log), the end of what was exported) of a file for --state. Raises UserError."""
    try:
        fields = json.loads(files.read(path, "state"))
        whose, last = (fields["terminal"], fields["log"]), Anchor(fields["last"], fields["hash"])
    except (ValueError, KeyError, TypeError, RecursionError):
        whose, last = ("", ""), Anchor(0, "")
    if type(last.number) is not int or last.number < 1 or not is_digest(last.hash):
        raise UserError(f"{path}: not a state of borne terminal {log}")
    return whose, last


def _state(terminal: str, log: str, last: Anchor) -> bytes:
    fields = {"terminal": terminal, "log": log, "last": last.number, "hash": last.hash}
    return json.dumps(fields).encode() + b"\n"


def _sync(path: Path) -> None:
    """Returns once the file and its name are on the disk: the terminal then deletes its own copy."""
    for one in (path, path.absolute().parent):
        handle = os.open(one, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
