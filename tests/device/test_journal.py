"""A full journal on an emulated terminal, within a board's heap: found, overwritten, exported."""

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
        assert chain.last.number == before.last.number + 2
        assert chain.lost == chain.entries[0]["n"] - 1 > 0
        options = ("--port", terminal.port, "--format", "jsonl", "--out", out)
        borne("terminal", "journal", *options, status=0)
        assert terminal.tap(person("valid").phone).code == "VALID"
    assert chains.follow(log_of(flash)).last.number == chain.last.number + 2
    assert out.read_bytes().count(b"\n") == len(chain.lines) + 1
