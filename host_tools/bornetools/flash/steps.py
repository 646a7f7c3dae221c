"""Progress of a flash run for the technician: each step, a bar for long ones, and how to go on."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TextColumn

from bornetools.errors import StepError

Report = Callable[[int, int], None]  # (done, total), in bytes


@dataclass
class Steps:
    """Runs named steps. `errors` are the exceptions that become a StepError; others are bugs."""

    errors: tuple[type[Exception], ...]
    console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))

    @contextlib.contextmanager
    def step(self, text: str, go_on: str) -> Iterator[Report]:
        """One step: `text` says what is done and `go_on` what to do if it fails.

        Yields a Report for its bar, which is shown if stderr is a terminal. Raises StepError.
        """
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[size]}"),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        try:
            with bar:
                task = bar.add_task(text, total=None, size="")
                yield lambda done, total: bar.update(
                    task,
                    completed=done,
                    total=total,
                    size=f"{decimal(done)} of {decimal(total)}",
                )
        except self.errors as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise StepError(f"failed while {text}: {reason}\nHow to go on: {go_on}") from error
        self.console.print(f"done: {text}", markup=False)
