"""CBOR as a tree that preserves and can produce every encoding of an item, including wrong ones."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import cbor2

UINT, NINT, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)
_SIZES = {24: 1, 25: 2, 26: 4, 27: 8}
_SIMPLE = {20: False, 21: True, 22: None}
_MAX_DEPTH = 24


@dataclass
class Node:
    """One item. `value` is an int (UINT, NINT, TAG, SIMPLE: the head's argument), or bytes (BYTES, TEXT).

    `items` are an array's items, a map's keys and values in turn, a tag's item, or the item that a byte
    string holds encoded. `info` is the form of the head: None, the shortest; 24 to 27, an argument of 1 to 8
    bytes; 31, indefinite length.
    """

    major: int
    value: int | bytes = 0
    items: list[Node] = field(default_factory=list)
    info: int | None = None
    raw: bytes | None = None  # replaces the item's encoding

    def copy(self) -> Node:
        return replace(self, items=[item.copy() for item in self.items])

    def encode(self) -> bytes:
        if self.raw is not None:
            return self.raw
        inner = b"".join([item.encode() for item in self.items])
        if self.major in (BYTES, TEXT):
            data = inner if self.items else self.value
            assert isinstance(data, bytes)
            if self.info == 31:  # in two chunks
                half = len(data) // 2
                pieces = [
                    _head(self.major, len(part)) + part for part in (data[:half], data[half:])
                ]
                return _head(self.major, 0, 31) + b"".join(pieces) + b"\xff"
            return _head(self.major, len(data), self.info) + data
        if self.major in (ARRAY, MAP):
            count = len(self.items) // (2 if self.major == MAP else 1)
            if self.info == 31:
                return _head(self.major, 0, 31) + inner + b"\xff"
            return _head(self.major, count, self.info) + inner
        assert isinstance(self.value, int)
        return _head(self.major, self.value, self.info) + inner

    def walk(self) -> Iterator[Node]:
        """This item, and all items inside it."""
        yield self
        for item in self.items:
            yield from item.walk()


def parse(data: bytes, opened: bool = True) -> Node:
    """The tree of honest CBOR: a single item, with definite lengths. Raises ValueError.

    With `opened`, the CBOR inside a byte string is its item.
    """
    node, at = _item(data, 0, 0, opened)
    if at != len(data):
        raise ValueError("more than one item")
    return node


def loads(data: bytes, opaque: bool = False) -> Any:
    """The value of honest CBOR without floats, as decoded by cbor2, but every tag is a CBORTag. With `opaque`
    a float or another simple value is its Node: a reader may pass over it. Raises ValueError."""
    return _value(parse(data, opened=False), opaque)


def _value(node: Node, opaque: bool) -> Any:
    items = [_value(item, opaque) for item in node.items]
    if node.major == MAP:
        keys = items[::2]
        if any(type(key) not in (int, str, bytes) for key in keys) or len(set(keys)) != len(keys):
            raise ValueError("keys of a map")
        return dict(zip(keys, items[1::2], strict=True))
    if node.major == ARRAY:
        return items
    if node.major == TEXT:
        assert isinstance(node.value, bytes)
        return node.value.decode()
    if node.major == BYTES:
        return node.value
    assert isinstance(node.value, int)
    if node.major == TAG:
        return cbor2.CBORTag(node.value, items[0])
    if node.major == SIMPLE:
        if node.info is not None or node.value not in _SIMPLE:
            if opaque:
                return node
            raise ValueError("no simple value of ours")
        return _SIMPLE[node.value]
    return node.value if node.major == UINT else -1 - node.value


def _item(data: bytes, at: int, depth: int, opened: bool) -> tuple[Node, int]:
    if depth > _MAX_DEPTH or at >= len(data):
        raise ValueError("not honest CBOR")
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    value = info
    if info >= 24:
        size = _SIZES.get(info, 0)
        if not size or at + size > len(data):
            raise ValueError("not honest CBOR")
        value = int.from_bytes(data[at : at + size], "big")
        at += size
    if major in (BYTES, TEXT):
        if at + value > len(data):
            raise ValueError("cut short")
        content = data[at : at + value]
        node = _string(content, depth) if opened and major == BYTES else Node(major, content)
        return node, at + value
    count = {ARRAY: value, MAP: 2 * value, TAG: 1}.get(major, 0)
    if count > len(data):
        raise ValueError("cut short")
    items = []
    for _ in range(count):
        item, at = _item(data, at, depth + 1, opened)
        items.append(item)
    return Node(major, value, items, info if major == SIMPLE and info >= 24 else None), at


def _string(content: bytes, depth: int) -> Node:
    if len(content) > 1 and content[0] >> 5 in (ARRAY, MAP, TAG):
        try:
            item, end = _item(content, 0, depth + 1, True)
        except ValueError:
            end = -1
        if end == len(content):
            return Node(BYTES, b"", [item])
    return Node(BYTES, content)


def _head(major: int, value: int, info: int | None = None) -> bytes:
    if info == 31:
        return bytes([major << 5 | 31])
    if info is None:
        if value < 24:
            return bytes([major << 5 | value])
        info = next((key for key, size in _SIZES.items() if value < 1 << 8 * size), 27)
    size = _SIZES[info]
    return bytes([major << 5 | info]) + (value % (1 << 8 * size)).to_bytes(size, "big")


_NUMBERS = (
    0,
    1,
    2,
    3,
    18,
    23,
    24,
    61,
    255,
    256,
    1004,
    65535,
    2**31 - 1,
    2**31,
    2**32,
    2**62,
    2**63,
    2**64 - 1,
)
_TEXTS = (
    "",
    "iss",
    "uv",
    "2027-01-15",
    "2027-02-30",
    "0000-00-00",
    "\0",
    "é",
    "e\u0301",
    "\u202e",
    "😀",
    "a" * 300,
)


def stray(rng: random.Random, depth: int = 0) -> Node:
    """A random item, out of place wherever it is put."""
    kind = rng.randrange(13)
    if kind < 2:
        return Node(kind, rng.choice(_NUMBERS))
    if kind == 2:
        return Node(BYTES, rng.randbytes(rng.choice((0, 1, 8, 15, 16, 31, 32, 33, 64))))
    if kind == 3:
        return Node(TEXT, rng.choice(_TEXTS).encode())
    if kind in (4, 5) and depth < 3:
        items = [stray(rng, depth + 1) for _ in range(2 * rng.randrange(3))]
        return Node(ARRAY if kind == 4 else MAP, 0, items)
    if kind == 6 and depth < 3:
        return Node(
            TAG, rng.choice((0, 1, 2, 3, 4, 5, 18, 24, 61, 1004, 55799)), [stray(rng, depth + 1)]
        )
    if kind in (7, 8):
        return Node(SIMPLE, rng.choice((20, 20, 21, 21, 22, 22, 23, 0, 19)))
    if kind == 9:
        return Node(SIMPLE, rng.choice((0, 20, 21, 31, 32, 255)), [], 24)
    if kind == 10:
        number = rng.choice((0.0, -0.0, 1.0, 1.5, float("nan"), float("inf"), 1.8e9))
        return Node(UINT, raw=rng.choice((b"\xfb" + struct.pack(">d", number), b"\xf9\x3c\x00")))
    if kind == 11:
        return Node(
            UINT,
            raw=rng.choice((b"", b"\xff", b"\x1c", b"\xfc", b"\x5f\xff", b"\xbf\xff", b"\x9f")),
        )
    return Node(
        TEXT, rng.choice((b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"caf\xe9"))
    )


def change(rng: random.Random, root: Node, others: list[Node]) -> None:
    """Changes one place of the tree. Parts of the trees `others` may be inserted."""
    place = rng.choice(list(root.walk()))
    items = place.items
    kind = rng.randrange(14)
    if kind == 0:
        _become(place, stray(rng))
    elif kind == 1:
        _become(place, rng.choice(list(rng.choice(others).walk())).copy())
    elif kind == 2:
        _become(place, rng.choice(list(root.walk())).copy())
    elif kind == 3 and items:
        del items[rng.randrange(len(items))]
    elif kind == 4 and items:
        items.insert(rng.randrange(len(items) + 1), rng.choice(items).copy())
    elif kind == 5 and len(items) > 1:
        one, other = rng.sample(range(len(items)), 2)
        items[one], items[other] = items[other], items[one]
    elif kind == 6 and place.major in (ARRAY, MAP):
        pairs = 2 if place.major == MAP else 1
        items += [stray(rng) for _ in range(pairs)]
    elif kind == 7 and place.major == MAP and len(items) > 1:
        at = 2 * rng.randrange(len(items) // 2)  # a duplicate key, with another value
        items += [items[at].copy(), stray(rng)]
    elif kind == 8 and place.major == MAP and len(items) > 1:
        at = 2 * rng.randrange(len(items) // 2)
        del items[at : at + 2]
    elif kind == 9:
        place.info = rng.choice(
            (24, 25, 26, 27, 31) if place.major in (BYTES, TEXT, ARRAY, MAP) else (24, 25, 26, 27)
        )
    elif kind == 10:
        _become(place, Node(TAG, rng.choice((0, 2, 18, 24, 61, 1004)), [place.copy()]))
    elif kind == 11 and isinstance(place.value, int):
        place.value = max(0, place.value + rng.choice((-1, 1, 2, 256, 86400)))
    elif kind == 12:
        place.major = (
            rng.choice((UINT, NINT) if place.major < 2 else (BYTES, TEXT))
            if place.major < 4
            else place.major
        )
    elif isinstance(place.value, bytes) and place.value:
        data = bytearray(place.value)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        place.value = bytes(data)
    else:
        _become(place, stray(rng))


def _become(place: Node, other: Node) -> None:
    place.major, place.value, place.items = other.major, other.value, other.items
    place.info, place.raw = other.info, other.raw
