"""SIGTERM ends every command as Ctrl-C does, wherever it waits: what it began is brought to an end.

The programs run as in the background of a script, where SIGINT is ignored: that way asyncio has no handler
of its own. In the foreground, and by SIGINT, the tests of the commands themselves end them.
"""

import os
import signal
import time

import pytest
from program import started

from bornetools.publisher.repository import Repository


@pytest.fixture
def environment(tmp_path):
    """One whose folder for temporary files has to be empty in the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    yield {
        **os.environ,
        "TMPDIR": str(folder),
        "XDG_CONFIG_HOME": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("publish", "serve", "R"),
        ("bridge", "--http", 0, "--port", "nowhere"),
        ("simulator", "--port", 0, "--no-browser"),
        ("emulate", "--chip-only"),
    ],
    ids=lambda words: words[0],
)
def test_what_runs_until_it_is_told_to_end_has_ended_well(
    words, environment, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Repository.create("R", int(time.time()))
    with started(*words, background=True, environment=environment) as program:
        program.line()  # it serves, and says where
        assert program.ended_by(signal.SIGTERM) == 0
        assert "Traceback" not in program.said


@pytest.mark.parametrize(
    "words",
    [
        ("doctor",),
        ("terminal", "journal"),
        ("terminal", "events"),
        ("sync", "--from", "."),
    ],
    ids=lambda words: words[-1],
)
def test_what_waits_for_a_terminal_is_interrupted(words, environment, silent):
    listener, port = silent
    with started(*words, "--port", port, background=True, environment=environment) as program:
        os.read(listener, 1)  # it has asked something
        assert program.ended_by(signal.SIGTERM) == 1
        assert program.said.split() == ["Aborted!"]


def test_the_emulated_terminal_is_switched_off(environment):
    with started("emulate", background=True, environment=environment) as program:
        program.line("phone to tap (a number): ")
        assert program.ended_by(signal.SIGTERM) == 1
        assert program.said.endswith("Aborted!\n")
        assert "Traceback" not in program.said


def test_ctrl_c_is_for_the_programs_of_a_suite_that_ignores_it(tmp_path):
    Repository.create(tmp_path / "R", int(time.time()))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with started("publish", "serve", tmp_path / "R") as program:
            program.line()
            assert program.ended_by(signal.SIGINT) == 0
    finally:
        signal.signal(signal.SIGINT, before)
