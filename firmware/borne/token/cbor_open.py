"""CBOR that is opened but not decoded: maps and arrays as slices of what was handed in.

For what has to be hashed as it came, or may be left alone. Heads have to be in their shortest form, keys in
any order but each once. Of what is passed over, the heads alone are looked at. Apart from borne.token.cbor,
as tokens do without.
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
    """The map that `data` is: a dict from key (int, str or bytes) to the slice of `data` that is the value's
    encoding.

    It may have `width` pairs, and `most` items with all that is in them. Raises DecodeError, or
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
    """The items of the array that `data` is, as a list of slices of `data`. As `fields`."""
    opener = _Opener(data, True, most)
    result = [opener.passed() for _ in range(opener.count(_ARRAY, 1, width))]
    opener.end_here()
    return result


class _Opener(Reader):
    def count(self, major: int, items: int, most: int) -> int:
        """The count of what is in the array or map that begins here; `items` are in each."""
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
        """The encoding of the item that begins here, which is well formed as far as its heads go."""
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
