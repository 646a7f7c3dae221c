"""The module that mps2/modmps2.c adds to MicroPython."""

from typing import Any

Flash: Any  # a block device: 2048 blocks of 4096 bytes

def arguments() -> str:
    """The arguments for the machine with which QEMU was started."""

def collections() -> int:
    """How often garbage has been collected."""

def heap() -> tuple[int, int, int, int]:
    """Bytes: free and the largest free piece now, after a collection; and the least that each collection
    since the last call has left of either."""
