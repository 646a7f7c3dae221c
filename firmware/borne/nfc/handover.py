"""Device engagement by NFC handover, as the reader (ISO/IEC 18013-5:2021 clause 8.2.2).

    static       the tag's message is a Handover Select message (Hs)
    negotiated   the tag offers the service urn:nfc:sn:handover (Tp) by the Tag NDEF Exchange Protocol:
                 Ts > Te, then our Handover Request message (Hr) > Hs; an empty message says "not yet"

Carriers other than NFC data transfer are not taken: this terminal has no other.
"""

import asyncio
import os

from micropython import const

from borne import limits_mdoc
from borne.errors import DecodeError, NotOfferedError, UnsupportedError
from borne.nfc import ndef, type4
from borne.token import cbor

_ENGAGEMENT = (ndef.EXTERNAL, b"iso.org:18013:deviceengagement", b"mdoc")
_NFC_TYPE = b"iso.org:18013:nfc"
_NFC_ID = b"nfc"

_CH_VERSION = b"\x15"  # NFC Forum Connection Handover 1.5: major and minor in a nibble each
_ACTIVE = b"\x01"  # carrier power state, section 7.1
_SERVICE = b"urn:nfc:sn:handover"
_TNEP_MAJOR = const(1)
_SINGLE_RESPONSE = const(0)  # communication mode
_SUCCESS = b"\0"  # of Te

_NFC_VERSION = const(1)
_COMMAND = const(1)  # data types of the NFC carrier's record, clause 8.2.2.2
_RESPONSE = const(2)
_COMMAND_MIN = const(255)  # what the standard allows as a maximum length
_RESPONSE_MIN = const(256)
# Our carrier, with our own maximum lengths: the standard's example sends the version alone, but widespread
# wallets cannot read a record without lengths, and the others pass over them.
_OUR_CARRIER = b"\x01\x02\x01\xff\x03\x02\x01\x00"


class Handover:
    """`engagement`: DeviceEngagement as it came (memoryview); `encoded`: Handover, as bytes of CBOR,
    `[Hs, Hr or null]` (clause 9.1.5.1); `command_max`, `response_max`: bytes of an APDU's data field."""

    def __init__(self, select, request):
        """Of the Hs message (memoryview) and the Hr message (bytes), or None.

        Raises DecodeError, and UnsupportedError if NFC data transfer is not offered.
        """
        records = ndef.decode(select)
        self.engagement = _engagement(records)
        self.command_max, self.response_max = _limits(_carrier(records).payload)
        self.encoded = cbor.encode([select, request])


async def read(card):
    """Returns the Handover of the phone that `card` (a Pn532) has selected.

    Raises SelectError without an NDEF application, NotOfferedError if its message is no handover,
    DecodeError, UnsupportedError, and what apdu.transmit raises.
    """
    tag = await type4.select(card)
    message = await tag.read()
    if not len(message):
        raise NotOfferedError("the tag is empty")
    records = ndef.decode(message)
    if _is(records[0], b"Hs"):
        return Handover(message, None)
    for record in records:
        if _is(record, b"Tp"):
            wait, polls, name = _service(record.payload)
            if name == _SERVICE:
                return await _negotiate(tag, wait, polls)
    raise NotOfferedError("the tag has no handover")


async def _negotiate(tag, wait, polls):
    chosen = (ndef.WELL_KNOWN, b"Ts", b"", bytes((len(_SERVICE),)) + _SERVICE)
    status = _find(ndef.decode(await _ask(tag, ndef.encode(chosen), wait, polls)), b"Te")
    if status.payload != _SUCCESS:
        raise UnsupportedError("the phone refuses the handover service")
    request = _request(os.urandom(2))
    return Handover(await _ask(tag, request, wait, polls), request)


async def _ask(tag, message, wait, polls):
    """Writes a message, and returns the one that comes in its place."""
    await tag.write(message)
    for _ in range(polls + 1):
        await asyncio.sleep_ms(wait)
        answer = await tag.read()
        if len(answer):
            return answer
    raise DecodeError("the handover service does not answer")


def _request(random):
    """The Handover Request message: NFC data transfer is all that this terminal offers."""
    carrier = _ACTIVE + bytes((len(_NFC_ID),)) + _NFC_ID + b"\0"
    carriers = ndef.encode(
        (ndef.WELL_KNOWN, b"cr", b"", random), (ndef.WELL_KNOWN, b"ac", b"", carrier)
    )
    return ndef.encode(
        (ndef.WELL_KNOWN, b"Hr", b"", _CH_VERSION + carriers),
        (ndef.EXTERNAL, _NFC_TYPE, _NFC_ID, _OUR_CARRIER),
    )


def _service(payload):
    """Milliseconds to wait, the count of extensions, and the name, of a service parameter record."""
    size = payload[1] if len(payload) > 1 else 0
    if len(payload) != size + 7 or payload[0] >> 4 != _TNEP_MAJOR:
        raise DecodeError("TNEP service parameters")
    name = bytes(payload[2 : 2 + size])
    mode, wait, polls = payload[2 + size], payload[3 + size], payload[4 + size]
    if name == _SERVICE and mode != _SINGLE_RESPONSE:
        raise UnsupportedError("TNEP communication mode")
    # t_wait is 2 ** (WT_INT / 4 - 1) ms; up to the next power of two, for there may be no floats.
    wait = 1 << max(0, (wait + 3) // 4 - 1) if wait <= 63 else limits_mdoc.TNEP_WAIT_MAX
    return min(wait, limits_mdoc.TNEP_WAIT_MAX), min(polls, limits_mdoc.TNEP_POLLS_MAX), name


def _engagement(records):
    found = [one for one in records if (one.tnf, one.type, one.id) == _ENGAGEMENT]
    if len(found) != 1:
        raise DecodeError("handover without a device engagement")
    return found[0].payload


def _carrier(records):
    """The carrier configuration record of NFC data transfer, which an alternative carrier has to name."""
    select = _find(records, b"Hs")
    if records[0] is not select:
        raise DecodeError("not a Handover Select message")
    payload = select.payload
    if not len(payload) or payload[0] >> 4 != _CH_VERSION[0] >> 4:
        raise UnsupportedError("Connection Handover version")
    offered = []
    # A message without a carrier ends after its version.
    for record in ndef.decode(payload[1:]) if len(payload) > 1 else ():
        if _is(record, b"ac"):
            offered.append(_reference(record.payload))
    for record in records:
        if record.tnf == ndef.EXTERNAL and record.type == _NFC_TYPE and record.id in offered:
            return record
    raise UnsupportedError("the wallet does not transfer by NFC, only otherwise")


def _reference(payload):
    """The carrier data reference of an alternative carrier record (Connection Handover, section 7.1)."""
    size = payload[1] if len(payload) > 1 else 0
    if not size or len(payload) < size + 3:
        raise DecodeError("alternative carrier record")
    return bytes(payload[2 : 2 + size])


def _limits(payload):
    """The maximum lengths of the NFC carrier's record: its version, then (length, type, value)."""
    if not len(payload):
        raise DecodeError("NFC carrier record")
    if payload[0] != _NFC_VERSION:
        raise UnsupportedError("NFC carrier version")
    found = {}
    at = 1
    while at < len(payload):
        end = at + 1 + payload[at]
        if payload[at] not in (2, 3, 4) or end > len(payload):
            raise DecodeError("NFC carrier record")
        found[payload[at + 1]] = int.from_bytes(payload[at + 2 : end], "big")
        at = end
    command, response = found.get(_COMMAND, 0), found.get(_RESPONSE, 0)
    if command < _COMMAND_MIN or response < _RESPONSE_MIN:
        raise DecodeError("NFC carrier's maximum lengths")
    return command, response


def _is(record, type_):
    return record.tnf == ndef.WELL_KNOWN and record.type == type_


def _find(records, type_):
    for record in records:
        if _is(record, type_):
            return record
    raise DecodeError("no such record in the NDEF message")
