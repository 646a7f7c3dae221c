"""The power goes at each write to flash of a journal: appending, a new segment, overwriting, exporting."""

import json
from collections import Counter

import pytest
from names import Rule
from test_chain import acknowledge, chain_of, content
from test_journal import SIGNED, Clock

from borne import limits
from borne.journal.chained_log import ChainedLog
from borne.journal.journal import Journal
from borne.trust.policy import Policy
from borne.verify.verdict import Verdict
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


def journal_on(flash, clock):
    files = Files(flash)
    logs = [
        ChainedLog(folder, "T-1", lambda: None, files, files.open)
        for folder in ("/journal", "/receipts")
    ]
    journal = Journal(*logs, clock, bytes)
    journal.follow(7, Policy({Rule.RECEIPTS: False}))
    return journal, logs[0]


def counted(entries):
    """How many taps the entries tell of, by verdict."""
    found = Counter()
    for entry in entries:
        if "verdict" in entry:
            found[entry["verdict"]] += entry.get("count", 1)
    return found


@pytest.mark.parametrize("when", CUTS)
def test_of_what_is_counted_a_power_cut_costs_what_was_not_written_yet(when, monkeypatch):
    """Never a tap with a signed token, never the first of a kind, and nothing that was counted before."""
    monkeypatch.setattr(limits, "JOURNAL_SEGMENT_MAX", 4000)
    flash = Flash(BLOCKS)
    log_on(flash, new=True)
    image = bytearray(flash.buffer)
    flash.writes.clear()
    clock = Clock()
    journal, log = journal_on(flash, clock)
    ends = []  # (writes to flash so far, taps that the journal has to have from here on)
    certain, waiting = Counter(), Counter()
    for number in range(60):
        clock.seconds += limits.JOURNAL_FOLD_MAX / 9
        code = ("TORN", "NO_APPLICATION", "REVOKED")[number % 3]
        signed = code == "REVOKED"
        journal.verdict(clock.now(), Verdict(code, signed=SIGNED if signed else None), None)
        (certain if signed or not certain[code] else waiting)[code] += 1
        ends.append((len(flash.writes), certain.copy()))
        writes = len(flash.writes)
        journal.settle(at_once=number == 50)
        if len(flash.writes) > writes:
            certain += waiting
            waiting.clear()
        ends.append((len(flash.writes), certain.copy()))
    assert counted(chain_of(log).entries) == Counter(dict.fromkeys(certain, 20))
    for number, write in enumerate(list(flash.writes)):
        least = [taps for at, taps in ends if at <= number]
        chain = chain_of(log_on(Flash(image=write.cut(image, when))))
        assert chain.problems == []
        there = counted(chain.entries)
        assert not least or all(there[code] >= taps for code, taps in least[-1].items())
        assert all(taps <= 20 for taps in there.values())
        write.onto(image)


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
