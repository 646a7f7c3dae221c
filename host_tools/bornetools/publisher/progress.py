"""Progress of long work, as a callback: the library itself prints nothing."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from rich.console import Console
from rich.progress import track

Progress = Callable[[Collection[Any], str], Iterable[Any]]  # (items, description) -> the items


def silent(items: Collection[Any], description: str) -> Iterable[Any]:
    """Progress without output."""
    return items


def bar(items: Collection[Any], description: str) -> Iterable[Any]:
    """A progress bar on stderr; nothing where stderr is no terminal."""
    console = Console(stderr=True)
    return track(
        items,
        description,
        total=len(items),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
