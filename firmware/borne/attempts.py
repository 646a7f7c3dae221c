"""Calls that have to succeed, or must not take the terminal with them."""

import gc

if False:  # for types only
    from typing import Callable


def again(function: "Callable[..., object]", *arguments: object) -> object:
    """Calls it; where memory is short, once more after a collection."""
    try:
        return function(*arguments)
    except MemoryError:
        gc.collect()
    return function(*arguments)


def attempt(function: "Callable[..., object]", *arguments: object) -> None:
    """As `again`, of a part that may be the broken one."""
    try:
        again(function, *arguments)
    except Exception:  # noqa: BLE001, S110 - no part is left to tell
        pass
