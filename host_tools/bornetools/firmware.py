"""Where the firmware is, and how its own modules run on this computer's CPython.

The firmware is written for MicroPython and runs unchanged: this module adds the few names that
CPython lacks (`micropython.const`, `deflate`, `asyncio.sleep_ms`, `time.ticks_us`, `gc.threshold` and
siblings).
"""

import asyncio
import gc
import sys
import time
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
SHIMS = _PACKAGE / "shims"
_CHECKOUT = _PACKAGE.parent.parent
_IN_CHECKOUT = (_CHECKOUT / "firmware" / "borne").is_dir()

# A checkout has them at its top level; an installed wheel beside the packages.
MODULES = _CHECKOUT / "firmware" if _IN_CHECKOUT else _PACKAGE.parent
MAIN = (_CHECKOUT / "firmware" if _IN_CHECKOUT else _PACKAGE / "_terminal") / "main.py"
NATIVE = MODULES / "native"  # in a checkout only
BOARDS = (_CHECKOUT if _IN_CHECKOUT else _PACKAGE / "_terminal") / "boards"

_TICKS_PERIOD = 1 << 30  # as on MicroPython: ticks wrap


def _ticks_add(ticks: int, delta: int) -> int:
    return (ticks + delta) % _TICKS_PERIOD


def _ticks_diff(end: int, start: int) -> int:
    half = _TICKS_PERIOD // 2
    return (end - start + half) % _TICKS_PERIOD - half


_MISSING = (
    (gc, {"threshold": lambda count: None}),
    (
        asyncio,
        {
            "sleep_ms": lambda ms: asyncio.sleep(ms / 1000),
            "wait_for_ms": lambda awaitable, ms: asyncio.wait_for(awaitable, ms / 1000),
        },
    ),
    (
        time,
        {
            "ticks_ms": lambda: time.monotonic_ns() // 1_000_000 % _TICKS_PERIOD,
            "ticks_us": lambda: time.monotonic_ns() // 1_000 % _TICKS_PERIOD,
            "ticks_add": _ticks_add,
            "ticks_diff": _ticks_diff,
            "sleep_ms": lambda ms: time.sleep(ms / 1000),
            "sleep_us": lambda us: time.sleep(us / 1_000_000),
        },
    ),
)


def prepare() -> None:
    """Makes `import borne` work on CPython. Does nothing the second time."""
    for folder in (MODULES, SHIMS):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    for module, names in _MISSING:
        for name, function in names.items():
            if not hasattr(module, name):
                setattr(module, name, function)
