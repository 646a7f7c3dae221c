"""NDEF messages (NFC Forum, NFC Data Exchange Format 1.0), strictly.

A record is    flags | TYPE_LENGTH | PAYLOAD_LENGTH (1 or 4) | ID_LENGTH (if IL) | TYPE | ID | PAYLOAD
with flags     MB ME CF SR IL TNF(3)                                                    (section 3.2)

Chunked records (CF) are not supported: a handover does not need them.
"""

from micropython import const

from borne import limits_mdoc
from borne.errors import DecodeError, UnsupportedError

if False:  # for types only
    from borne.protocols import Bytes

EMPTY = const(0)  # TNF, section 3.2.6
WELL_KNOWN = const(1)
EXTERNAL = const(4)
_UNKNOWN = const(5)

_MB = const(0x80)
_ME = const(0x40)
_CF = const(0x20)
_SR = const(0x10)
_IL = const(0x08)
_TNF = const(0x07)


class Record:
    """One record: `tnf` (int), `type` and `id` (bytes), `payload` (a view of the message)."""

    def __init__(self, tnf: int, type_: bytes, id_: bytes, payload: memoryview) -> None:
        self.tnf = tnf
        self.type = type_
        self.id = id_
        self.payload = payload


def decode(message: memoryview) -> list[Record]:
    """Returns the list of Record in `message` (memoryview). Raises DecodeError, UnsupportedError."""
    records: list = []
    at = 0
    last = False
    while not last:
        if len(records) >= limits_mdoc.NDEF_RECORDS_MAX:
            raise DecodeError("NDEF message of too many records")
        record, at, last = _record(message, at)
        records.append(record)
    if at != len(message):
        raise DecodeError("bytes after the NDEF message")
    return records


def encode(*records: "tuple[int, bytes, bytes, Bytes]") -> bytes:
    """Returns the message (bytes) of `records`, each (tnf, type, id, payload): the last three bytes-like, of
    at most 255 bytes."""
    message = b""
    for place, (tnf, type_, id_, payload) in enumerate(records):
        flags = tnf | _SR | (_IL if id_ else 0)
        if place == 0:
            flags |= _MB
        if place == len(records) - 1:
            flags |= _ME
        message += bytes((flags, len(type_), len(payload)))
        if id_:
            message += bytes((len(id_),))
        message += bytes(type_) + bytes(id_) + bytes(payload)
    return message


def _record(message: memoryview, at: int) -> tuple[Record, int, bool]:
    """The record at offset `at`, the offset of its end, and whether it is the message's last."""
    first = at == 0
    header, at = _take(message, at, 2)
    flags, type_size = header[0], header[1]
    if bool(flags & _MB) != first:
        raise DecodeError("NDEF record out of its place")
    if flags & _CF:
        raise UnsupportedError("chunked NDEF record")
    length, at = _take(message, at, 1 if flags & _SR else 4)
    size = int.from_bytes(length, "big")
    id_size = 0
    if flags & _IL:
        length, at = _take(message, at, 1)
        id_size = length[0]
    _check(flags & _TNF, type_size, id_size, size)
    type_, at = _take(message, at, type_size)
    id_, at = _take(message, at, id_size)
    payload, at = _take(message, at, size)
    return Record(flags & _TNF, bytes(type_), bytes(id_), payload), at, bool(flags & _ME)


def _check(tnf: int, type_size: int, id_size: int, size: int) -> None:
    if tnf > _UNKNOWN:  # "unchanged" is for chunks; 7 is reserved
        raise DecodeError("NDEF type name format")
    if tnf == EMPTY and (type_size or id_size or size):
        raise DecodeError("empty NDEF record with content")
    if (tnf in (EMPTY, _UNKNOWN)) != (type_size == 0):
        raise DecodeError("NDEF type length")


def _take(message: memoryview, at: int, size: int) -> tuple[memoryview, int]:
    end = at + size
    if end > len(message):
        raise DecodeError("NDEF message cut short")
    return message[at:end], end
