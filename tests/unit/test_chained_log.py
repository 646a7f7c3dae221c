import hashlib
import json
import os

from support import raises, scratch

from borne import limits
from borne.journal.chained_log import ChainedLog

ENOSPC = 28


class Log(ChainedLog):
    """One in a small world: segments of 1 KiB, and what it had to overwrite."""

    def __init__(self, folder):
        self.overwrites = 0
        super().__init__(folder, "T-1", self._count)

    def _count(self):
        self.overwrites += 1


class small:
    """Meanwhile segments have 1000 bytes, and a log three of them."""

    def __enter__(self):
        self._kept = limits.JOURNAL_SEGMENT_MAX, limits.JOURNAL_SEGMENTS_MAX
        limits.JOURNAL_SEGMENT_MAX, limits.JOURNAL_SEGMENTS_MAX = 1000, 3

    def __exit__(self, *_):
        limits.JOURNAL_SEGMENT_MAX, limits.JOURNAL_SEGMENTS_MAX = self._kept


def content(log, cursor=0, most=100):
    data = b""
    while True:
        piece, cursor = log.read(cursor, most)
        if not piece:
            return data, cursor
        assert len(piece) <= most
        data += piece


def lines(log):
    """The lines of the log (dict), after following the chain by docs/journal.md."""
    found = []
    before = None
    for line in content(log)[0].split(b"\n")[:-1]:
        entry = json.loads(line)
        if before is None:
            before = entry["before"]
        body, tail = line[: -len(', "hash": ""}') - 64], line[-len(', "hash": ""}') - 64 :]
        # bytes.fromhex is not there on every MicroPython.
        raw = bytes([int(before[at : at + 2], 16) for at in range(0, 64, 2)])
        digest = hashlib.sha256(raw + body).digest()
        before = "".join(["%02x" % byte for byte in digest])
        assert tail == b', "hash": "' + before.encode() + b'"}', line
        assert not found or entry["n"] == found[-1]["n"] + 1
        found.append(entry)
    return found


def digest_of(entry):
    return bytes([int(entry["hash"][at : at + 2], 16) for at in range(0, 64, 2)])


def fill(log, count, start=0):
    for number in range(start, start + count):
        log.append(number, (("fault", "TEST"), ("detail", "x" * 50)))


def newest(folder):
    return folder + "/" + sorted(os.listdir(folder))[-1]


def test_the_first_line_begins_the_chain():
    log = Log(scratch("log") + "/journal")
    assert log.read(0, 100) == (b"", 0)
    assert log.append(12, (("fault", "A"),)) == 2
    assert log.append(None, (("fault", "B"), ("more", None))) == 3
    begin, one, two = lines(log)
    assert (begin["n"], begin["time"], begin["begin"], begin["before"]) == (1, 12, "T-1", "0" * 64)
    assert (begin["exported"], begin["oldest"], begin["lost"]) == (0, 1, 0)
    assert (one["n"], one["time"], one["fault"]) == (2, 12, "A")
    assert (two["n"], two["time"], two["more"]) == (3, None, None)


def test_the_chain_goes_on_after_a_restart_and_across_segments():
    folder = scratch("log") + "/journal"
    with small():
        fill(Log(folder), 5)
        fill(Log(folder), 5, 5)
        log = Log(folder)
        fill(log, 1, 10)
        assert [entry["time"] for entry in lines(log) if "fault" in entry] == list(range(11))
        assert len(os.listdir(folder)) == 3
        assert all(os.stat(folder + "/" + name)[6] <= 1000 for name in os.listdir(folder))


def test_a_cursor_goes_on_where_it_was():
    folder = scratch("log") + "/journal"
    log = Log(folder)
    with small():
        fill(log, 2)
        whole, cursor = content(log)
        assert content(log, cursor) == (b"", cursor)
        fill(log, 6)
        more, _ = content(log, cursor)
        assert whole + more == content(log)[0]
        assert content(Log(folder), cursor)[0] == more
        fill(log, 20)  # the segment of the cursor is gone: begin at the oldest line
        assert content(log, cursor) == content(log)
        assert content(log, 12345678901234) == content(log)


def test_full_the_oldest_is_lost_and_the_chain_says_how_many():
    log = Log(scratch("log") + "/journal")
    with small():
        fill(log, 40)
        found = lines(log)
        begins = [entry for entry in found if "begin" in entry]
        assert len(begins) == 3 and log.overwrites > 2
        assert found[0]["n"] == begins[-1]["oldest"] == begins[-1]["lost"] + 1
        assert begins[-1]["exported"] == 0
        assert found[-1]["time"] == 39


def test_what_it_holds_is_never_more_than_its_files():
    folder = scratch("log") + "/journal"
    log = Log(folder)
    assert log.held() == 0
    with small():
        for _ in range(40):
            fill(log, 1)
            sizes = [os.stat(folder + "/" + name)[6] for name in os.listdir(folder)]
            assert log.held() == 1000 * (len(sizes) - 1)
            assert log.held() - 150 * len(sizes) <= sum(
                sizes
            )  # less than a line is left over in each
        assert log.held() == Log(folder).held() == 2000
        last = lines(log)[-1]
        log.exported(99, last["n"], digest_of(last))
        assert log.held() == 0
    nowhere = scratch("log") + "/a file"
    with open(nowhere, "w") as file:
        file.write("x")
    assert Log(nowhere).held() == 0


def test_full_it_refuses_if_told_so_until_it_is_exported():
    folder = scratch("log") + "/journal"
    log = Log(folder)
    log.refuse_when_full = True
    with small():
        assert raises(OSError, fill, log, 40).args[0] == ENOSPC
        before = content(log)[0]
        assert raises(OSError, fill, log, 1).args[0] == ENOSPC
        assert content(log)[0] == before == content(Log(folder))[0]
        last = lines(log)[-1]
        assert log.exported(99, last["n"], digest_of(last)) == last["n"]
        fill(log, 1)
        assert [entry["n"] for entry in lines(log)] == [last["n"] + 1, last["n"] + 2]
        assert log.overwrites == 0


def test_what_was_exported_is_deleted_once_and_repeating_it_is_safe():
    folder = scratch("log") + "/journal"
    log = Log(folder)
    assert log.exported(1, 0, bytes(32)) == 0
    with small():
        fill(log, 9)
        last = lines(log)[-1]
        wrong = bytes(32)
        assert log.exported(1, last["n"], wrong) == 0
        assert log.exported(1, last["n"] - 1, digest_of(lines(log)[-2])) == 0
        assert log.exported(1, last["n"] + 1, wrong) == 0
        assert len(lines(log)) > 9
        for one in (log, log, Log(folder)):
            assert one.exported(77, last["n"], digest_of(last)) == last["n"]
            (begin,) = lines(one)
            assert (begin["n"], begin["time"]) == (last["n"] + 1, 77)
            assert (begin["exported"], begin["oldest"]) == (last["n"], last["n"] + 1)
            assert begin["before"] == last["hash"] and begin["lost"] == 0
        fill(log, 30)
        assert lines(log)[-1]["n"] > 30
        begin = [entry for entry in lines(log) if "begin" in entry][-1]
        assert begin["exported"] == last["n"]
        assert begin["lost"] == lines(log)[0]["n"] - last["n"] - 1


def test_an_interrupted_deletion_is_finished():
    folder = scratch("log") + "/journal"
    log = Log(folder)
    fill(log, 3)
    old = newest(folder)
    with open(old, "rb") as file:
        data = file.read()
    last = lines(log)[-1]
    log.exported(5, last["n"], digest_of(last))
    with open(old, "wb") as file:
        file.write(data)
    with open(folder + "/0000000077.new", "wb") as file:
        file.write(b"half a seg")
    assert [entry["n"] for entry in lines(Log(folder))] == [last["n"] + 1]
    assert len(os.listdir(folder)) == 1


def test_a_torn_last_line_is_dropped_and_told():
    folder = scratch("log") + "/journal"
    fill(Log(folder), 3)
    path = newest(folder)
    with open(path, "rb") as file:
        data = file.read()
    end = data.rfind(b"\n", 0, len(data) - 1) + 1
    for cut in range(end, len(data)):
        with open(path, "wb") as file:
            file.write(data[:cut])
        log = Log(folder)
        fill(log, 1, 9)
        faults = [entry for entry in lines(log) if "fault" in entry]
        assert [entry["fault"] for entry in faults] == ["TEST"] * 2 + ["JOURNAL"] * (cut > end) + [
            "TEST"
        ]
        assert faults[-1]["time"] == 9


def test_an_altered_end_begins_another_chain_and_is_not_covered_up():
    folder = scratch("log") + "/journal"
    fill(Log(folder), 2)
    path = newest(folder)
    with open(path, "rb") as file:
        data = file.read()
    for damage in (
        b"",
        b"\n",
        b"{}\n",
        b"x" * 5000,
        data.replace(b"x", b"y"),
        data.replace(b'"exported": 0', b'"exported": 9'),
        data.replace(b'"exported": 0', b'"exported": 1e999'),
        data.replace(b'"oldest": 1', b'"oldest": 9'),
        data.replace(b'"before": "0', b'"before": "x'),
        data.replace(b'"before": "00', b'"before": "'),
        data.replace(b'"before": ', b'"before": 5, "other": '),
        data[:40],
        data[80:],
    ):
        with open(path, "wb") as file:
            file.write(damage)
        log = Log(folder)
        fill(log, 2, 7)
        written = content(log)[0]
        assert written.startswith(damage), (damage, written)
        rest = written[len(damage) :].split(b"\n")
        begin = json.loads(rest[0])
        assert begin["before"] == "0" * 64 and begin["n"] > 1
        assert (begin["exported"], begin["lost"]) == (0, 0)
        assert json.loads(rest[2])["time"] == 8
        assert content(Log(folder))[0] == written
        for name in os.listdir(folder):
            os.remove(folder + "/" + name)


def test_a_flash_that_fails_is_read_anew():
    folder = scratch("log") + "/journal"

    class Broken:
        """`open` that fails when it is told to."""

        fails = False

        def __call__(self, path, mode):
            if self.fails:
                raise OSError(5)
            return open(path, mode)

    opening = Broken()
    log = ChainedLog(folder, "T-1", None, os, opening)
    fill(log, 2)
    opening.fails = True
    assert raises(OSError, fill, log, 1).args[0] == 5
    assert raises(OSError, log.read, 0, 10).args[0] == 5
    opening.fails = False
    fill(log, 1)
    assert [entry["n"] for entry in lines(log)] == [1, 2, 3, 4]
