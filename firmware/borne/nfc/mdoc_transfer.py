"""NFC data transfer of an mdoc, as the reader (ISO/IEC 18013-5:2021 clause 8.3.3.1.2).

    SELECT A0000002480400 > ENVELOPE DO'53' (in chained commands) > DO'53', by GET RESPONSE

A DO'53' is the tag 53, a length of BER-TLV and one message. Short APDUs with chaining carry everything: the
least maximum that an engagement may name is 255 bytes of a command, and 256 of a response.
"""

from micropython import const

from borne import limits_mdoc
from borne.errors import ApduError, DecodeError, SelectError
from borne.nfc import apdu

AID = b"\xa0\x00\x00\x02\x48\x04\x00"

_SELECT = const(0xA4)
_ENVELOPE = const(0xC3)
_BY_NAME = const(0x04)
_DO = const(0x53)


async def select(card):
    """Raises SelectError if the phone has no mdoc application, and what apdu.transmit raises."""
    try:
        await apdu.transmit(card, _SELECT, _BY_NAME, 0, AID)
    except ApduError as error:
        raise SelectError(error.sw, apdu.sw_name(error.sw))


async def exchange(card, message, room):
    """Sends `message` (bytes) and returns the one that answers it, a writable memoryview. `room(size)` gives
    the memoryview for a DO'53' of so many bytes, or None: the usual one.

    Raises DecodeError, ValueError for a message beyond limits.py, and what apdu.transmit raises.
    """
    data = wrapped(message)
    return opened(
        await apdu.transmit(card, _ENVELOPE, 0, 0, data, room=lambda part: room(sum(_head(part))))
    )


async def send(card, message):
    """Sends a short `message` (bytes) whose answer does not matter: what the last exchange brought stays."""
    data = wrapped(message)
    await card.exchange(bytes((0, _ENVELOPE, 0, 0, len(data))) + data + b"\0")


def wrapped(message):
    """The DO'53' of `message`, as bytes."""
    size = len(message)
    if size < 0x80:
        head = bytes((_DO, size))
    elif size < 0x100:
        head = bytes((_DO, 0x81, size))
    else:
        head = bytes((_DO, 0x82, size >> 8, size & 0xFF))
    return head + message


def opened(data):
    """What is in the DO'53' that `data` (memoryview) is. Raises DecodeError."""
    begin, size = _head(data)
    if size != len(data) - begin:
        raise DecodeError("length of the DO'53'")
    return data[begin:]


def _head(data):
    """Where the value of the DO'53' that begins so starts, and its length."""
    if len(data) < 2 or data[0] != _DO:
        raise DecodeError("no DO'53' in the response")
    begin = 2
    size = data[1]
    if size >= 0x80:
        begin += size & 0x7F
        # ISO/IEC 7816-4 section 5.2.2.2: up to four bytes; 80 would be the indefinite form.
        if not 2 < begin <= 6 or begin > len(data):
            raise DecodeError("length of the DO'53'")
        size = int.from_bytes(data[2:begin], "big")
    if not size or size > limits_mdoc.MESSAGE_MAX:
        raise DecodeError("message empty or too long")
    return begin, size
