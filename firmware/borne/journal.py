"""The journal: what the terminal decided and what broke, a line each, and nothing of any holder."""

import json
import os

from borne import limits


class Journal:
    """Lines of JSON in the file `path`; the file before it is kept as `path`.1, so the last
    limits.JOURNAL_MAX bytes at least are there. Writing raises OSError."""

    def __init__(self, path):
        self._path = path

    def verdict(self, now, verdict):
        """Records a Verdict at `now` (unix seconds or None)."""
        self._append({"time": now, "verdict": verdict.code, "detail": verdict.detail})

    def fault(self, now, code, detail):
        """Records that a part broke; `detail` is a fixed text."""
        self._append({"time": now, "fault": code, "detail": detail})

    def _append(self, entry):
        try:
            full = os.stat(self._path)[6] >= limits.JOURNAL_MAX
        except OSError:
            full = False
        if full:
            os.rename(self._path, self._path + ".1")
        with open(self._path, "a") as file:
            file.write(json.dumps(entry) + "\n")
