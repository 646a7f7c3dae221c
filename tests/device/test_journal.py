"""A full journal on an emulated terminal, within a board's heap: found, overwritten, exported."""

import json
import shutil

import pytest
from program import borne

from borne import limits
from borne.journal.chained_log import ChainedLog
from bornetools.journal import chain as chains


def log_of(flash):
    return b"".join(path.read_bytes() for path in sorted((flash / "journal").iterdir()))


def fill(flash, terminal_id):
    """Fills the journal up to its last line."""
    log = ChainedLog(str(flash / "journal"), terminal_id, None)
    log.refuse_when_full = True
    count = 0
    while True:
        log.append(count, (("fault", "TEST"), ("detail", "x" * 150)))
        count += 1


def test_a_full_journal_fits_the_heap(new_terminal, tmp_path, world, person):
    ignored = shutil.ignore_patterns("journal", "receipts")
    flash = shutil.copytree(world.flash, tmp_path / "flash", ignore=ignored)
    with pytest.raises(OSError, match="28"):
        fill(flash, "T-1")
    before = chains.follow(log_of(flash))
    assert len(list((flash / "journal").iterdir())) == limits.JOURNAL_SEGMENTS_MAX
    out = tmp_path / "out.jsonl"
    with new_terminal(flash) as terminal:
        assert terminal.tap(person("valid").phone).code == "VALID"
        terminal.save()
        chain = chains.follow(log_of(flash))
        assert chain.problems == chains.whole(chain) == []
        assert chain.last.number == before.last.number + 2, chain.lines[-3:]
        assert chain.lost == chain.entries[0]["n"] - 1 > 0
        options = ("--port", terminal.port, "--format", "jsonl", "--out", out)
        borne("terminal", "journal", *options, status=0)
        assert terminal.tap(person("valid").phone).code == "VALID"
    assert chains.follow(log_of(flash)).last.number == chain.last.number + 2
    assert out.read_bytes().count(b"\n") == len(chain.lines) + 1


def test_taps_without_a_token_again_and_again_leave_the_others_their_lines(
    new_terminal, tmp_path, world, person
):
    ignored = shutil.ignore_patterns("journal", "receipts")
    flash = shutil.copytree(world.flash, tmp_path / "flash", ignore=ignored)
    out = tmp_path / "out.jsonl"
    bare, stranger = (person(case).phone for case in ("no application", "unknown issuer"))
    rounds = 12
    with new_terminal(flash) as terminal:
        assert terminal.tap(person("valid").phone).code == "VALID"
        for _ in range(rounds):
            assert terminal.tap(bare).code == "NO_APPLICATION"
            assert terminal.tap(stranger).code == "UNKNOWN_ISSUER"
        assert terminal.tap(person("expired").phone).code == "EXPIRED"
        assert terminal.tap(person("expired").phone).code == "EXPIRED"
        options = ("--port", terminal.port, "--format", "jsonl", "--out", out)
        borne("terminal", "journal", *options, status=0)
        assert terminal.tap(bare).code == "NO_APPLICATION"  # counted again, and not in the export
        terminal.save()
    borne("terminal", "verify-journal", out, status=0)
    entries = [json.loads(line) for line in out.read_text().splitlines()[2:]]
    faults = {entry["fault"] for entry in entries if "fault" in entry}
    assert faults <= {"READER_RESET"}  # of a busy computer, where there is no virtual time
    entries = [entry for entry in entries if "verdict" in entry]
    codes = ["VALID", "NO_APPLICATION", "UNKNOWN_ISSUER", "EXPIRED", "EXPIRED"]
    assert [entry["verdict"] for entry in entries] == [*codes, "NO_APPLICATION", "UNKNOWN_ISSUER"]
    for first, folded in zip(entries[1:3], entries[5:], strict=True):
        assert folded["count"] == rounds - 1
        assert first["time"] <= folded["first"] <= folded["last"] <= folded["time"]
    assert b"NO_APPLICATION" not in log_of(flash)
