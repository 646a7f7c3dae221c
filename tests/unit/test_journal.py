import json
import os

from support import scratch

from borne import limits
from borne.journal import Journal
from borne.verify.verdict import Verdict


def lines(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def test_entries_are_lines_and_the_file_is_bounded():
    path = scratch("journal") + "/journal"
    journal = Journal(path)
    journal.verdict(12, Verdict("EXPIRED", "token past its exp"))
    journal.fault(None, "READER_RESET", "silent")
    assert lines(path) == [
        {"time": 12, "verdict": "EXPIRED", "detail": "token past its exp"},
        {"time": None, "fault": "READER_RESET", "detail": "silent"},
    ]
    detail = "x" * 1000
    for _ in range(2 * limits.JOURNAL_MAX // 1000 + 3):
        journal.fault(1, "READER_RESET", detail)
    for name in (path, path + ".1"):
        assert os.stat(name)[6] < limits.JOURNAL_MAX + 2000
    assert lines(path)[-1]["detail"] == detail
