"""The frames between a host and the PN532: UM0701-02, section 6.2.1."""

from collections.abc import Iterator

ACK = bytes.fromhex("00 00 FF 00 FF 00")
NACK = bytes.fromhex("00 00 FF FF 00 00")
SYNTAX_ERROR = bytes.fromhex("00 00 FF 01 FF 7F 81 00")

TO_CHIP, TO_HOST = 0xD4, 0xD5  # TFI, the first byte of every payload
PAYLOAD_MAX = 265  # with TFI: section 6.2.1.2

_START = b"\x00\xff"


def data(payload: bytes) -> bytes:
    """The normal frame that carries `payload` (TFI and data), or the extended one above 255 bytes."""
    length = len(payload)
    if length <= 255:
        head = bytes([length, -length & 0xFF])
    else:
        size = length.to_bytes(2, "big")
        head = b"\xff\xff" + size + bytes([-sum(size) & 0xFF])
    return b"\x00" + _START + head + payload + bytes([-sum(payload) & 0xFF, 0])


class Parser:
    """Finds the frames in a stream of bytes, however it is cut."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, received: bytes) -> Iterator[bytes]:
        """Yields ACK, NACK, or the payload of a whole data frame (which begins with its TFI).

        Other bytes are skipped, and so is a frame with a wrong checksum: the chip then sends no ACK, and the
        host repeats the frame (section 6.2.1.5).
        """
        self._buffer += received
        while True:
            start = self._buffer.find(_START)
            if start < 0:
                del self._buffer[:-1]
                return
            del self._buffer[:start]
            found = self._first()
            if found is None:
                return
            length, frame = found
            del self._buffer[:length]
            if frame:
                yield frame

    def _first(self) -> tuple[int, bytes] | None:
        """The length of the frame at the buffer's start, and what `feed` yields for it, b"": no frame.

        None while the frame is incomplete.
        """
        head = self._buffer[2:7]
        if len(head) < 2:
            return None
        if head[:2] == b"\x00\xff":
            return 4, ACK
        if head[:2] == b"\xff\x00":
            return 4, NACK
        extended = head[:2] == b"\xff\xff"
        if extended and len(head) < 5:
            return None
        size = head[2:5] if extended else head[:2]
        length = int.from_bytes(size[:-1], "big")
        if sum(size) & 0xFF or length > PAYLOAD_MAX:
            return len(_START), b""
        begin = 2 + (5 if extended else 2)
        end = begin + length + 1
        if len(self._buffer) < end:
            return None
        payload = self._buffer[begin:end]
        return end, b"" if sum(payload) & 0xFF else bytes(payload[:-1])
