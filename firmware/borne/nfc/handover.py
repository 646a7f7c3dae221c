"""Device engagement by NFC handover, as the reader (ISO/IEC 18013-5:2021 clause 8.2.2).

    static       the tag's message is a Handover Select message (Hs)
    negotiated   the tag offers the service urn:nfc:sn:handover (Tp) by the Tag NDEF Exchange Protocol:
                 Ts > Te, then our Handover Request message (Hr) > Hs; an empty message says "not yet"

The carriers to choose from are those of borne.nfc.carriers.
"""

import asyncio
import os

from micropython import const

from borne import limits_mdoc
from borne.errors import DecodeError, NotOfferedError, UnsupportedError
from borne.nfc import carriers, ndef, type4
from borne.token import cbor

if False:  # for types only
    from borne.nfc.ndef import Record
    from borne.nfc.type4 import Tag
    from borne.protocols import CardChannel, Carrier

_ENGAGEMENT = (ndef.EXTERNAL, b"iso.org:18013:deviceengagement", b"mdoc")

_CH_VERSION = const(b"\x15")  # NFC Forum Connection Handover 1.5: major and minor in a nibble each
_ACTIVE = const(b"\x01")  # carrier power state, section 7.1
_SERVICE = const(b"urn:nfc:sn:handover")
_TNEP_MAJOR = const(1)
_SINGLE_RESPONSE = const(0)  # communication mode
_SUCCESS = const(b"\0")  # of Te


class Handover:
    """`engagement`: DeviceEngagement as received (memoryview); `encoded`: Handover, as bytes of CBOR,
    `[Hs, Hr or null]` (clause 9.1.5.1); `carrier`: the Carrier that phone and terminal share."""

    def __init__(self, select: memoryview, request: bytes | None, offers: list) -> None:
        """`select` is the Hs message, `request` the Hr message or None, `offers` this terminal's carriers.

        Raises DecodeError, and UnsupportedError if the phone offers none of `offers`.
        """
        records = ndef.decode(select)
        self.engagement = _engagement(records)
        self.carrier = _chosen(records, offers)
        self.encoded = cbor.encode([select, request])


async def read(card: "CardChannel") -> Handover:
    """Returns the Handover of the phone that `card` has selected.

    Raises SelectError without an NDEF application, NotOfferedError if its message is no handover,
    DecodeError, UnsupportedError, and what apdu.transmit raises.
    """
    tag = await type4.select(card)
    message = await tag.read()
    if not len(message):
        raise NotOfferedError("the tag is empty")
    records = ndef.decode(message)
    if _is(records[0], b"Hs"):
        return Handover(message, None, carriers.offers())
    for record in records:
        if _is(record, b"Tp"):
            wait, polls, name = _service(record.payload)
            if name == _SERVICE:
                return await _negotiate(tag, wait, polls)
    raise NotOfferedError("the tag has no handover")


async def _negotiate(tag: type4.Tag, wait: int, polls: int) -> Handover:
    chosen = (ndef.WELL_KNOWN, b"Ts", b"", bytes((len(_SERVICE),)) + _SERVICE)
    status = _find(ndef.decode(await _ask(tag, ndef.encode(chosen), wait, polls)), b"Te")
    if status.payload != _SUCCESS:
        raise UnsupportedError("the phone refuses the handover service")
    offers = carriers.offers()
    request = _request(os.urandom(2), offers)
    return Handover(await _ask(tag, request, wait, polls), request, offers)


async def _ask(tag: "Tag", message: bytes, wait: int, polls: int) -> memoryview:
    """Writes `message`, and returns the answer that replaces it."""
    await tag.write(message)
    for _ in range(polls + 1):
        await asyncio.sleep_ms(wait)
        answer = await tag.read()
        if len(answer):
            return answer
    raise DecodeError("the handover service does not answer")


def _request(random: bytes, offers: list) -> bytes:
    """The Handover Request message."""
    within = [(ndef.WELL_KNOWN, b"cr", b"", random)]
    after = []
    for one in offers:
        alternative = _ACTIVE + bytes((len(one.id),)) + one.id + b"\0"
        within.append((ndef.WELL_KNOWN, b"ac", b"", alternative))
        after.append((one.tnf, one.type, one.id, one.offered()))
    head = (ndef.WELL_KNOWN, b"Hr", b"", _CH_VERSION + ndef.encode(*within))
    return ndef.encode(head, *after)


def _service(payload: memoryview) -> tuple[int, int, bytes]:
    """Waiting time (ms), number of extensions and name of a service parameter record."""
    size = payload[1] if len(payload) > 1 else 0
    if len(payload) != size + 7 or payload[0] >> 4 != _TNEP_MAJOR:
        raise DecodeError("TNEP service parameters")
    name = bytes(payload[2 : 2 + size])
    mode, wait, polls = payload[2 + size], payload[3 + size], payload[4 + size]
    if name == _SERVICE and mode != _SINGLE_RESPONSE:
        raise UnsupportedError("TNEP communication mode")
    # t_wait is 2 ** (WT_INT / 4 - 1) ms; rounded up to a power of two: there may be no floats.
    wait = 1 << max(0, (wait + 3) // 4 - 1) if wait <= 63 else limits_mdoc.TNEP_WAIT_MAX
    return min(wait, limits_mdoc.TNEP_WAIT_MAX), min(polls, limits_mdoc.TNEP_POLLS_MAX), name


def _engagement(records: "list[Record]") -> memoryview:
    found = [one for one in records if (one.tnf, one.type, one.id) == _ENGAGEMENT]
    if len(found) != 1:
        raise DecodeError("handover without a device engagement")
    return found[0].payload


def _chosen(records: list, offers: list) -> "Carrier":
    """The first of `offers` with a carrier configuration record that an alternative carrier names."""
    select = _find(records, b"Hs")
    if records[0] is not select:
        raise DecodeError("not a Handover Select message")
    payload = select.payload
    if not len(payload) or payload[0] >> 4 != _CH_VERSION[0] >> 4:
        raise UnsupportedError("Connection Handover version")
    named = []
    # A message without a carrier ends after its version.
    for record in ndef.decode(payload[1:]) if len(payload) > 1 else ():
        if _is(record, b"ac"):
            named.append(_reference(record.payload))
    for one in offers:
        for record in records:
            if record.tnf == one.tnf and record.type == one.type and record.id in named:
                one.chosen(record.payload)
                return one
    names = " or ".join([one.name for one in offers])
    raise UnsupportedError("the wallet does not transfer by " + names + ", only otherwise")


def _reference(payload: memoryview) -> bytes:
    """The carrier data reference of an alternative carrier record (Connection Handover, section 7.1)."""
    size = payload[1] if len(payload) > 1 else 0
    if not size or len(payload) < size + 3:
        raise DecodeError("alternative carrier record")
    return bytes(payload[2 : 2 + size])


def _is(record: "Record", type_: bytes) -> bool:
    return record.tnf == ndef.WELL_KNOWN and record.type == type_


def _find(records: "list[Record]", type_: bytes) -> "Record":
    for record in records:
        if _is(record, type_):
            return record
    raise DecodeError("no such record in the NDEF message")
