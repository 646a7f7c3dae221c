"""The free part of the heap, overwritten: garbage keeps its bytes until another object takes its place."""

import gc

if False:  # for types only
    from borne.protocols import Buffer

# The largest first, so that few objects fill most of the heap. Then tuples of one block each fill the
# remaining holes: a tuple of two has four words, the block size of every port.
_SIZES = (4096, 512, 64)


def wipe(buffer: "Buffer") -> None:
    """Overwrites `buffer`. Allocates nothing, as memory may be short."""
    for at in range(len(buffer)):
        buffer[at] = 0


def scrub() -> None:
    """Collects garbage, and overwrites this and all earlier garbage.

    On CPython, whose heap cannot be filled, it does nothing.
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
