"""The link's frames as the host makes and reads them: docs/link.md. COBS and CBOR are other people's."""

import zlib
from typing import Any

import cbor2
from cobs import cobs  # type: ignore[import-untyped]  # it has no types

from borne.errors import DecodeError
from borne.link import messages

NUMBERS = {command[0]: number for number, command in enumerate(messages.COMMANDS, 1)}


def encode(message: list[Any]) -> bytes:
    """The frame of a message, between its two zero bytes."""
    payload = cbor2.dumps(message, canonical=True)
    data = payload + zlib.crc32(payload).to_bytes(4, "little")
    encoded: bytes = cobs.encode(data)
    return b"\0" + encoded + b"\0"


def decode(frame: bytes) -> list[Any] | None:
    """The message [seq, what, fields] of what lay between two zero bytes; None if it is none."""
    try:
        data = cobs.decode(frame)
        if zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
            return None
        message: list[Any] = messages.checked(cbor2.loads(data[:-4]))
        return message
    except (cobs.DecodeError, cbor2.CBORDecodeError, DecodeError):
        return None


def event(message: list[Any]) -> tuple[str, dict[str, Any]] | None:
    """(its name in messages.EVENTS, its fields) of a message that is an event, else None."""
    seq, what, fields = message
    if seq == 0 and isinstance(what, int) and 1 <= what <= len(messages.EVENTS):
        return messages.EVENTS[what - 1], fields
    return None
