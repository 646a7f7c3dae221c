"""`borne`: run in this process, or as a program of its own, that is sent signals."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner, Result
from guard import HUNG

from bornetools import cli

BORNE = Path(sys.executable).parent / "borne"

# A test does not leave it to whoever started the suite what a program does at SIGINT: in the background of a
# script that is ignored, and programs inherit it.
_PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.{})
from bornetools.cli import main
main()
"""


def borne(
    *arguments: object,
    status: int | None = None,
    typed: bytes = b"",
    command: click.Command = cli.main,
) -> Result:
    """Runs `borne` in this process, which has to end with the exit status `status` if one is given.

    Raises what it raises. A thread, where no signal can be handled, gives the `command` below `borne`.
    """
    done = CliRunner().invoke(
        command, list(map(str, arguments)), input=typed, catch_exceptions=False
    )
    assert status in (None, done.exit_code), done.output
    return done


def answer(*arguments: object) -> Any:
    """What `borne` prints that ends well: its JSON with --json, else text."""
    done = borne(*arguments, status=0)
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


def told(*arguments: object, status: int = 0) -> str:
    """What `borne` prints, its errors among it."""
    return borne(*arguments, status=status).output


def refusal(*arguments: object) -> str:
    """The one line on stderr of a `borne` that cannot work: exit status 2."""
    done = borne(*arguments, status=2)
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def refusal_here(*arguments: object) -> str:
    """`refusal`, with every file below the current folder as it was."""
    before = snapshot()
    said = refusal(*arguments)
    assert snapshot() == before
    return said


def snapshot() -> dict[Path, bytes]:
    """The files below the current folder."""
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


class Program:
    """One that runs; `said` is all that it has said, on stdout and stderr."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.said = ""

    def line(self, end: str = "\n") -> str:
        """The next line that it says, or the next words up to `end`."""
        assert self._process.stdout
        words = ""
        while not words.endswith(end):
            character = self._process.stdout.read(1)
            assert character, self.said + words
            words += character
        self.said += words
        return words

    def ended_by(self, signal: int) -> int:
        """Its exit status once it has been sent `signal`."""
        self._process.send_signal(signal)
        self.said += self._process.communicate(timeout=HUNG)[0]
        return self._process.returncode


@contextmanager
def started(
    *arguments: object, background: bool = False, environment: dict[str, str] | None = None
) -> Iterator[Program]:
    """Starts `borne`, which in the background ignores SIGINT, and kills it with the block."""
    program = _PROGRAM.format("SIG_IGN" if background else "default_int_handler")
    with subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield Program(process)
        finally:
            process.kill()
