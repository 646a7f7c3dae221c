"""The terminal's journal as it lies on its flash: its last lines, and whether their chain is whole."""

from pathlib import Path
from typing import Any

from bornetools.journal import chain

SHOWN = 40  # entries, the newest


def shown(flash: Path) -> dict[str, Any]:
    """`entries`: the last, as in docs/journal.md; `count`: of all; `whole`: whether their chain is intact."""
    segments = sorted((flash / "journal").glob("[0-9]*"))
    data = b"".join(segment.read_bytes() for segment in segments)
    found = chain.follow(data)
    entries = [entry for entry in found.entries if entry]
    whole = not found.problems and not chain.whole(found)
    return {"entries": entries[-SHOWN:], "count": len(entries), "whole": whole}
