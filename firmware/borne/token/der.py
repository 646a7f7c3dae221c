"""DER (X.690 section 10), element by element: definite lengths in their shortest form, no surplus bytes."""

from micropython import const

from borne.errors import DecodeError

if False:  # for types only
    from borne.protocols import Bytes

_OID = const(6)


class Der:
    """DER elements, one after the other."""

    def __init__(self, data: "Bytes") -> None:
        self._data = data
        self._at = 0

    def left(self) -> bool:
        return self._at < len(self._data)

    def end_here(self) -> None:
        if self.left():
            raise DecodeError("bytes after a DER element")

    def next(self) -> int:
        """The tag of the element that begins here. Raises DecodeError."""
        if not self.left():
            raise DecodeError("DER cut short")
        return self._data[self._at]

    def take(self, tag: int) -> "Bytes":
        """The contents of the element that begins here. Raises DecodeError unless it has this tag."""
        start, end = self._bounds(tag)
        self._at = end
        return self._data[start:end]

    def whole(self, tag: int) -> "Bytes":
        """The element that begins here, with tag and length. Raises DecodeError unless it has this tag."""
        begin = self._at
        _, end = self._bounds(tag)
        self._at = end
        return self._data[begin:end]

    def oid(self) -> bytes:
        """The contents of the OBJECT IDENTIFIER that begins here. Raises DecodeError."""
        number = bytes(self.take(_OID))
        begins = True  # at an arc's first byte, whose seven bits are not all zero (section 8.19.2)
        for byte in number:
            if begins and byte == 0x80:
                raise DecodeError("DER object identifier")
            begins = byte < 0x80
        if not number or not begins:
            raise DecodeError("DER object identifier")
        return number

    def _bounds(self, tag: int) -> tuple[int, int]:
        if self.next() != tag:
            raise DecodeError("another DER element than has to be there")
        data, at = self._data, self._at + 1
        if at >= len(data):
            raise DecodeError("DER cut short")
        length = data[at]
        at += 1
        if length & 0x80:
            size = length & 0x7F
            if not 1 <= size <= 2 or at + size > len(data):
                raise DecodeError("DER length")
            length = int.from_bytes(data[at : at + size], "big")
            if length < (0x80 if size == 1 else 0x100):
                raise DecodeError("DER length not in its shortest form")
            at += size
        if length > len(data) - at:
            raise DecodeError("DER cut short")
        return at, at + length
