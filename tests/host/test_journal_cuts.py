"""The power goes at each write to flash of a journal: appending, a new segment, overwriting, exporting."""

import json

import pytest
from test_chain import acknowledge, chain_of, content

from borne import limits
from borne.journal.chained_log import ChainedLog
from bornetools.emulator.machine.flash import CUTS, Files, Flash

BLOCKS = 32


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(limits, "JOURNAL_SEGMENT_MAX", 1500)
    monkeypatch.setattr(limits, "JOURNAL_SEGMENTS_MAX", 3)


def log_on(flash, new=False):
    files = Files(flash, new)
    return ChainedLog("/journal", "T-1", lambda: None, files, files.open)


def append(log, number):
    log.append(number, (("fault", "TEST"), ("detail", "x" * 60)))


def work(log, done):
    """Appends, fills up, overwrites, exports, goes on. `done` is told of each step that has ended."""
    for number in range(60):
        append(log, number)
        done(number)
        if number in (5, 40):
            acknowledge(log)
            done(number)


@pytest.mark.parametrize("when", CUTS)
def test_what_was_written_is_there_and_the_chain_goes_on(when, record_property):
    flash = Flash(BLOCKS)
    log_on(flash, new=True)
    image = bytearray(flash.buffer)
    flash.writes.clear()
    ends = []  # (writes to flash so far, the last line, as it was then)
    log = log_on(flash)

    def done(number):
        ends.append((len(flash.writes), content(log)))

    work(log, done)
    writes = list(flash.writes)
    assert len(writes) > 300
    for number, write in enumerate(writes):
        check(write.cut(image, when), *around(ends, number))
        write.onto(image)
    record_property("power cuts tried", len(writes))


def around(ends, number):
    """What was there before and after the step in which the power goes."""
    before = b""
    for at, lines in ends:
        if at > number:
            return before, lines
        before = lines
    raise AssertionError("a write after the last step")


def check(image, before, after):
    flash = Flash(image=image)
    log = log_on(flash)
    there = content(log)
    if there not in (before, after):
        # A new segment has begun, and waits for its first line: all else is there but what it gives up.
        *kept, begin = [json.loads(line) for line in there.splitlines()]
        assert "begin" in begin
        lines = [line for line in before.splitlines() if json.loads(line)["n"] >= begin["oldest"]]
        assert [json.loads(line) for line in lines] == kept
        assert there.splitlines()[-1] in after.splitlines()
    append(log, 999)
    chain = chain_of(log)
    assert chain.problems == []
    assert chain.entries[-1]["time"] == 999
    assert not [entry for entry in chain.entries if entry.get("fault") == "JOURNAL"]
    assert content(log_on(flash)) == content(log)
    assert not [name for name in Files(flash).listdir("/journal") if name.endswith(".new")]


def append_many(log, start, stop):
    for number in range(start, stop):
        append(log, number)


def fill_up(files):
    with files.open("/other", "wb") as file:
        while True:
            file.write(bytes(4096))
            file.flush()


def test_a_full_flash_loses_no_line_and_takes_more_when_there_is_room():
    flash = Flash(12)
    log = log_on(flash, new=True)
    append_many(log, 0, 10)
    there = content(log)
    # One file system at a time writes: the other is mounted anew.
    with pytest.raises(OSError, match="NOSPC"):
        fill_up(Files(flash))
    log = log_on(flash)
    with pytest.raises(OSError, match="NOSPC"):
        append_many(log, 10, 40)
    assert content(log).startswith(there)
    Files(flash).remove("/other")
    log = log_on(flash)
    append(log, 41)
    assert chain_of(log).problems == []
