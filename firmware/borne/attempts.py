"""Calls that have to succeed, or whose failure must not stop the terminal."""

import gc

if False:  # for types only
    from typing import Callable


def again(function: "Callable[..., object]", *arguments: object) -> object:
    """Calls `function`; after a MemoryError once more, with garbage collected."""
    try:
        return function(*arguments)
    except MemoryError:
        gc.collect()
    return function(*arguments)


def attempt(function: "Callable[..., object]", *arguments: object) -> None:
    """As `again`, but drops exceptions: the part called may be the broken one."""
    try:
        again(function, *arguments)
    except Exception:  # noqa: BLE001, S110 - no part is left to tell
        pass
