"""`borne` as a program of its own, that is sent signals."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from guard import HUNG

# A test does not leave it to whoever started the suite what a program does at SIGINT: in the background of a
# script that is ignored, and programs inherit it.
_PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.{})
from bornetools.cli import main
main()
"""


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
