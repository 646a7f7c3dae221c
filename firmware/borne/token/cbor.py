"""Strict CBOR (RFC 8949): only the subset that the profile needs.

Refused as not supported: floats, indefinite lengths, simple values but false, true and null, map keys
other than integers and strings. Refused as malformed: duplicate keys, text that is not UTF-8, lengths
beyond the input or beyond limits.py, bytes after the item. With `deterministic`, violations of section
4.2.1 are refused, too: an argument not in its shortest form, and map keys out of order.

Byte strings are returned as slices of the input: views of a memoryview, copies of bytes, and lazy views
of a `borne.storage.file_view.FileView`.
"""

from micropython import const

from borne import limits
from borne.errors import DecodeError, UnsupportedError

if False:  # for types only
    from typing import Any, Iterator

    from borne.protocols import Encoded, Map

_UINT = const(0)
_NINT = const(1)
_BYTES = const(2)
_TEXT = const(3)
_ARRAY = const(4)
_MAP = const(5)
_TAG = const(6)
_SIMPLE = const((False, True, None))  # simple values 20, 21 and 22


class Tag:
    """A tagged item (section 3.4): `tag` is an int, `value` the item."""

    def __init__(self, tag: int, value: object) -> None:
        self.tag = tag
        self.value = value


def decode(
    data: "Encoded", deterministic: bool = True, most: int = limits.CBOR_ITEMS_MAX
) -> object:
    """Returns the single item in `data`: int, bool, None, str, bytes-like, list, dict or Tag.

    `most` is the maximum number of items: the item itself, nested items and map keys.
    Raises DecodeError, or UnsupportedError for well-formed CBOR that is outside the subset.
    """
    reader = Reader(data, deterministic, most)
    value = reader.item(0)
    if reader.at != len(data):
        raise DecodeError("bytes after the CBOR item")
    return value


def array(
    data: "Encoded", deterministic: bool = True, most: int = limits.CBOR_ITEMS_MAX
) -> "Iterator[tuple[object, int, int]]":
    """Yields (item, start, end) for each item of the array in `data`: the item as `decode` returns it, and
    its offsets.

    For a long array in a file: its items need not be in RAM together. Raises as `decode` does.
    """
    reader = Reader(data, deterministic, most)
    for _ in range(reader.array()):
        start = reader.at
        item = reader.item(1)
        yield item, start, reader.at
    if reader.at != len(data):
        raise DecodeError("bytes after the CBOR item")


def encode(value: object) -> bytes:
    """Returns the deterministic encoding (section 4.2.1), as bytes, of a value that `decode` can return.

    Raises TypeError for anything else.
    """
    if value is False or value is True or value is None:
        return b"\xf6" if value is None else b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(_UINT, value) if value >= 0 else head(_NINT, -1 - value)
    if isinstance(value, str):
        text = value.encode()
        return head(_TEXT, len(text)) + text
    if isinstance(value, (bytes, bytearray, memoryview)):
        return head(_BYTES, len(value)) + bytes(value)
    if isinstance(value, (list, tuple)):
        return head(_ARRAY, len(value)) + b"".join([encode(item) for item in value])
    if isinstance(value, dict):
        pairs = sorted([(encode(key), encode(value[key])) for key in value])
        return head(_MAP, len(pairs)) + b"".join([key + item for key, item in pairs])
    if isinstance(value, Tag):
        return head(_TAG, value.tag) + encode(value.value)
    raise TypeError("no CBOR for this type")


def head(major: int, argument: int) -> bytes:
    """Returns the shortest head (section 3), as bytes, of a major type and its argument."""
    if argument < 24:
        return bytes([major << 5 | argument])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 1 << (8 * size):
            return bytes([major << 5 | info]) + argument.to_bytes(size, "big")
    raise TypeError("integer too large for CBOR")


class Reader:
    """Reads `data` item by item from its start; borne.token.cbor_open extends this class."""

    def __init__(self, data: "Encoded", deterministic: bool, most: int) -> None:
        self.data = data
        self.at = 0
        self.end = len(data)
        self.deterministic = deterministic
        self.left = most

    def item(self, depth: int) -> object:
        if depth > limits.CBOR_DEPTH_MAX:
            raise DecodeError("CBOR nested too deeply")
        self.left -= 1
        if self.left < 0:
            raise DecodeError("CBOR of too many items")
        at = self.at
        if at >= self.end:
            raise DecodeError("CBOR cut short")
        initial = self.data[at]
        self.at = at + 1
        major, argument = initial >> 5, initial & 31
        if argument >= 24:
            argument = self._argument(major, argument)
        if major == _UINT:
            return argument
        if major == _TEXT:
            return self._text(argument)
        if major == _BYTES:
            return self._take(argument)
        if major == _MAP:
            self._check_count(argument, 2)
            return self._map(argument, depth)
        if major == _ARRAY:
            self._check_count(argument, 1)
            items: list = [None] * argument
            for place in range(argument):
                items[place] = self.item(depth + 1)
            return items
        if major == _NINT:
            return -1 - argument
        if major == _TAG:
            return Tag(argument, self.item(depth + 1))
        if not 20 <= argument <= 22:
            raise UnsupportedError("CBOR simple value")
        return _SIMPLE[argument - 20]

    def array(self) -> int:
        """The number of items of the array that begins here."""
        self.left -= 1
        if self.at >= self.end or self.data[self.at] >> 5 != _ARRAY:
            raise DecodeError("not a CBOR array")
        argument = self.data[self.at] & 31
        self.at += 1
        if argument >= 24:
            argument = self._argument(_ARRAY, argument)
        self._check_count(argument, 1)
        return argument

    def _argument(self, major: int, info: int) -> int:
        """The argument in the bytes after the initial byte, whose low bits are `info`."""
        if info == 31:
            if major not in (_BYTES, _TEXT, _ARRAY, _MAP):  # a lone "break" among them
                raise DecodeError("CBOR reserved value")
            raise UnsupportedError("CBOR indefinite length")
        if info > 27:
            raise DecodeError("CBOR reserved value")
        if major == 7 and info > 24:
            raise UnsupportedError("CBOR float")
        size = 1 << (info - 24)
        argument = int.from_bytes(self._take(size), "big")
        if major == 7 and argument < 32:
            raise DecodeError("CBOR simple value in two bytes")  # section 3.3
        if self.deterministic and argument < (24 if size == 1 else 1 << (4 * size)):
            raise DecodeError("CBOR argument not in its shortest form")
        return argument

    def _take(self, size: int) -> "Any":
        start = self.at
        if size > self.end - start:
            raise DecodeError("CBOR cut short")
        self.at = start + size
        return self.data[start : self.at]

    def _check_count(self, count: int, items: int) -> None:
        # Each item takes at least a byte: a count beyond the input is false, whatever the bound.
        if count * items > self.end - self.at:
            raise DecodeError("CBOR cut short")
        if count * items > self.left:
            raise DecodeError("CBOR of too many items")

    def _text(self, size: int) -> str:
        if size > limits.CBOR_TEXT_MAX:
            raise DecodeError("CBOR text too long")
        raw = bytes(self._take(size))
        try:
            text = raw.decode()
        except UnicodeError:
            raise DecodeError("CBOR text is not UTF-8")
        if len(text) == size:
            return text  # ASCII
        # MicroPython's decoder lets surrogates and overlong forms through (RFC 3629 section 3 does not).
        length = 0
        for character in text:
            point = ord(character)
            if 0xD800 <= point < 0xE000 or point > 0x10FFFF:
                raise DecodeError("CBOR text is not UTF-8")
            length += 1 if point < 0x80 else 2 if point < 0x800 else 3 if point < 0x10000 else 4
        if length != size:
            raise DecodeError("CBOR text is not UTF-8")
        return text

    def _map(self, count: int, depth: int) -> "Map":
        result: "Map" = {}
        last = b""
        for _ in range(count):
            start = self.at
            key = self.item(depth + 1)
            if isinstance(key, (memoryview, bytes)):
                key = bytes(key)
            elif isinstance(key, bool) or not isinstance(key, (int, str)):
                raise UnsupportedError("CBOR map key")
            if key in result:
                raise DecodeError("CBOR duplicate map key")
            if self.deterministic:
                encoded = bytes(self.data[start : self.at])
                if encoded < last:
                    raise DecodeError("CBOR map keys out of order")
                last = encoded
            result[key] = self.item(depth + 1)
        return result
