import json
import os

from borne import limits
from borne.journal import Journal
from borne.verify.verdict import Verdict

PATH = "/tmp/borne-journal-%d" % int.from_bytes(os.urandom(4), "big")


def lines(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def test_entries_are_lines_and_the_file_is_bounded():
    journal = Journal(PATH)
    journal.verdict(12, Verdict("EXPIRED", "token past its exp"))
    journal.fault(None, "READER_RESET", "silent")
    assert lines(PATH) == [
        {"time": 12, "verdict": "EXPIRED", "detail": "token past its exp"},
        {"time": None, "fault": "READER_RESET", "detail": "silent"},
    ]
    detail = "x" * 1000
    for _ in range(2 * limits.JOURNAL_MAX // 1000 + 3):
        journal.fault(1, "READER_RESET", detail)
    for path in (PATH, PATH + ".1"):
        assert os.stat(path)[6] < limits.JOURNAL_MAX + 2000
    assert lines(PATH)[-1]["detail"] == detail
    os.remove(PATH)
    os.remove(PATH + ".1")
