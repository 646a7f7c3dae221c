"""The free part of the heap, overwritten: garbage keeps its bytes until something else takes its place."""

import gc

if False:  # for types only
    from borne.protocols import Buffer

# Tried from the largest on, so that few objects fill most of it. Then tuples of one block each fill
# whatever holes are left: a tuple of two has four words, which is the block of every port.
_SIZES = (4096, 512, 64)


def wipe(buffer: "Buffer") -> None:
    """Overwrites `buffer`. It takes no memory: that may be what is short."""
    for at in range(len(buffer)):
        buffer[at] = 0


def scrub() -> None:
    """Collects garbage, and overwrites it and whatever was garbage before.

    Where the heap cannot be filled, on CPython, it does nothing.
    """
    if not hasattr(gc, "mem_free"):
        return
    gc.collect()
    gc.disable()  # a full heap is what is wanted here
    try:
        _fill()
    finally:
        gc.enable()
    gc.collect()


def _fill() -> None:
    held: object = None
    for size in _SIZES:
        try:
            while True:
                held = (held, bytearray(size))
        except MemoryError:
            pass
    try:
        while True:
            held = (held, None)
    except MemoryError:
        pass
