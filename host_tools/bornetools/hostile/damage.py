"""Two independent ways to damage a message: one by its bytes, the other by its CBOR items."""

import random
from functools import lru_cache

from bornetools.hostile import cbor_tree

_MOST = 6  # changes of one message


def bytes_of(rng: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """`data` with some bytes changed, removed, doubled, or replaced by a piece of another message."""
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, _MOST))):
        at = rng.randrange(len(made) + 1)
        size = rng.choice((1, 1, 2, 4, 8, 32, 64, 200))
        kind = rng.randrange(8)
        if kind == 0 and at < len(made):
            made[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and at < len(made):
            made[at] = rng.choice(
                (0, 0x18, 0x5F, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xF6, 0xFF, rng.randrange(256))
            )
        elif kind == 2:
            del made[at : at + size]
        elif kind == 3:
            made[at:at] = rng.randbytes(size)
        elif kind == 4:
            made[at:at] = made[at : at + size]
        elif kind == 5:
            other = rng.choice(others)
            begin = rng.randrange(len(other))
            made[at : at + size] = other[begin : begin + size]
        elif kind == 6:
            other = rng.choice(others)  # from here on another message of the same kind
            made[at:] = other[at:]
        elif at < len(made):
            made[at] = (made[at] + rng.choice((-1, 1))) % 256
    return bytes(made)


def tree_of(rng: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """`data` (CBOR) with some items changed, removed, doubled, moved, encoded differently, or taken from
    another message."""
    root = _parsed(data).copy()
    strangers = [_parsed(other) for other in others]
    for _ in range(rng.choice((1, 1, 1, 2, 3, _MOST))):
        cbor_tree.change(rng, root, strangers)
    return root.encode()


@lru_cache(maxsize=256)
def _parsed(data: bytes) -> cbor_tree.Node:
    return cbor_tree.parse(data)


def either(rng: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """`data` damaged in one of the two ways."""
    return (bytes_of if rng.randrange(2) else tree_of)(rng, data, others)
