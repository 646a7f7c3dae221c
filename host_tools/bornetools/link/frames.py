"""The link's frames as the host makes and reads them: docs/link.md. COBS and CBOR come from libraries."""

import zlib
from typing import Any

import cbor2
from cobs import cobs  # type: ignore[import-untyped]  # it has no types

from borne import limits
from borne.errors import DecodeError
from borne.link import messages
from bornetools.printable import printable

_INTEGERS = range(-(1 << 63), 1 << 64)
_NESTED_MAX = 8  # a delegate is the third
_NAME_MAX = 64  # of a field
NUMBERS = {command[0]: number for number, command in enumerate(messages.COMMANDS, 1)}


def encode(message: list[Any]) -> bytes:
    """The frame of a message, between its two zero bytes."""
    payload = cbor2.dumps(message, canonical=True)
    data = payload + zlib.crc32(payload).to_bytes(4, "little")
    encoded: bytes = cobs.encode(data)
    return b"\0" + encoded + b"\0"


def decode(frame: bytes) -> list[Any] | None:
    """The message [seq, what, fields] in the bytes between two zero bytes; None if they are none.

    All its text is made printable, and bounded: the device is not yet known to be a terminal.
    """
    try:
        data = cobs.decode(frame)
        if zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
            return None
        message: list[Any] = messages.checked(_plain(cbor2.loads(data[:-4])))
        return message
    except Exception:  # noqa: BLE001 - any error of a library at strange bytes
        return None


def event(message: list[Any]) -> tuple[str, dict[str, Any]] | None:
    """(its name in messages.EVENTS, its fields) of a message that is an event, else None."""
    seq, what, fields = message
    if seq == 0 and isinstance(what, int) and 1 <= what <= len(messages.EVENTS):
        return messages.EVENTS[what - 1], fields
    return None


def _plain(value: Any, depth: int = 0) -> Any:
    """`value` with its text made printable, if it is what terminals send. Raises DecodeError."""
    if value is None or isinstance(value, bool | bytes):
        return value
    if isinstance(value, int) and value in _INTEGERS:
        return value
    if isinstance(value, str):
        return printable(value, limits.CBOR_TEXT_MAX)
    if depth < _NESTED_MAX:
        if isinstance(value, list):
            return [_plain(item, depth + 1) for item in value]
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return {
                printable(key, _NAME_MAX): _plain(item, depth + 1) for key, item in value.items()
            }
    raise DecodeError("not of a message")
