"""A script of tests/unit on the VM that answers each case, a line of JSON, with another; it runs on."""

import json
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from guard import HUNG

from bornetools import firmware
from bornetools.on_micropython import vm


class VmJudge:
    """A context manager. `program` is the script, imported as a module."""

    def __init__(self, program: ModuleType, *arguments: object, heap: int) -> None:
        script = Path(str(program.__file__))
        self._command = vm.arguments(script, *arguments, heap=heap)
        self._environment = vm.environment(script.parent, firmware.MODULES)

    def __enter__(self) -> "VmJudge":
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def __call__(self, cases: Iterable[Any]) -> list[Any]:
        """The answer to each case."""
        if self._process.poll() is not None:  # on an earlier case
            self.__exit__()
            self._start()
        watchdog = threading.Timer(HUNG, self._process.kill)
        watchdog.start()
        try:
            return [self._answer(case) for case in cases]
        finally:
            watchdog.cancel()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _answer(self, case: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(case) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        try:
            return json.loads(answer)
        except json.JSONDecodeError:  # the VM has ended
            said = answer + self._process.stdout.read()
            raise AssertionError(f"{said}exit status {self._process.wait()}") from None
