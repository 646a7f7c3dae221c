"""CBOR that is opened but not decoded: maps and arrays as slices of the input.

For data that has to be hashed unchanged, or may be ignored. Heads have to be in their shortest form, keys in
any order but each once. Of skipped items only the heads are checked. This module is separate from
borne.token.cbor because tokens do not need it.
"""

from micropython import const

from borne import limits
from borne.errors import DecodeError, UnsupportedError
from borne.token.cbor import Reader

if False:  # for types only
    from typing import Any

    from borne.protocols import Slice

_BYTES = const(2)
_TEXT = const(3)
_ARRAY = const(4)
_MAP = const(5)
_TAG = const(6)
_FLOATS = const((0xF9, 0xFA, 0xFB))


def fields(
    data: "Slice", most: int = limits.CBOR_ITEMS_MAX, width: int = limits.CBOR_ITEMS_MAX
) -> "dict[object, Slice]":
    """The map in `data`: a dict from key (int, str or bytes) to the value's encoding, a slice of `data`.

    `width` is the maximum number of pairs, `most` that of items, nested ones included. Raises DecodeError, or
    UnsupportedError, as borne.token.cbor.decode does.
    """
    opener = _Opener(data, True, most)
    result: dict = {}
    for _ in range(opener.count(_MAP, 2, width)):
        key = opener.item(1)
        if isinstance(key, (memoryview, bytes)):
            key = bytes(key)
        elif isinstance(key, bool) or not isinstance(key, (int, str)):
            raise UnsupportedError("CBOR map key")
        if key in result:
            raise DecodeError("CBOR duplicate map key")
        result[key] = opener.passed()
    opener.end_here()
    return result


def parts(
    data: "Slice", most: int = limits.CBOR_ITEMS_MAX, width: int = limits.CBOR_ITEMS_MAX
) -> "list[Slice]":
    """The items of the array in `data`, as a list of slices of `data`. Limits and errors as in `fields`."""
    opener = _Opener(data, True, most)
    result = [opener.passed() for _ in range(opener.count(_ARRAY, 1, width))]
    opener.end_here()
    return result


class _Opener(Reader):
    def count(self, major: int, items: int, most: int) -> int:
        """The number of entries of the array or map that begins here; each entry has `items` items."""
        self.left -= 1
        if self.at >= self.end or self.data[self.at] >> 5 != major:
            raise DecodeError("not a CBOR array" if major == _ARRAY else "not a CBOR map")
        argument = self.data[self.at] & 31
        self.at += 1
        if argument >= 24:
            argument = self._argument(major, argument)
        self._check_count(argument, items)
        if argument > most:
            raise DecodeError("CBOR of too many items")
        return argument

    def passed(self) -> "Any":
        """The encoding of the item that begins here; only its heads are checked."""
        start = self.at
        self._skip(1)
        return self.data[start : self.at]

    def end_here(self) -> None:
        if self.at != self.end:
            raise DecodeError("bytes after the CBOR item")

    def _skip(self, depth: int) -> None:
        if depth > limits.CBOR_DEPTH_MAX:
            raise DecodeError("CBOR nested too deeply")
        self.left -= 1
        if self.left < 0:
            raise DecodeError("CBOR of too many items")
        if self.at >= self.end:
            raise DecodeError("CBOR cut short")
        initial = self.data[self.at]
        self.at += 1
        major, argument = initial >> 5, initial & 31
        if initial in _FLOATS:
            self._take(1 << (argument - 24))
            return
        if argument >= 24:
            argument = self._argument(major, argument)
        if major in (_BYTES, _TEXT):
            self._take(argument)
        elif major in (_ARRAY, _MAP):
            self._check_count(argument, major - _ARRAY + 1)
            for _ in range(argument * (major - _ARRAY + 1)):
                self._skip(depth + 1)
        elif major == _TAG:
            self._skip(depth + 1)
