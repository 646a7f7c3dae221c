"""MicroPython's `micropython` module, as far as the firmware uses it, for CPython."""

from typing import TypeVar

T = TypeVar("T")


def const(value: T) -> T:
    return value
