"""The exchange with a wallet that holds an mdoc (ISO/IEC 18013-5): handover, session, request, response.

It brings the evidence, the DeviceResponse as it came; its worth is the verifier's matter.
"""

from micropython import const

from borne import limits_mdoc
from borne.errors import ApduError, DecodeError, SessionError
from borne.memory.unimport import Unimport
from borne.token import cbor
from borne.token.mdoc_session import TERMINATION, Session
from borne.verify.evidence import MdocEvidence

if False:  # for types only
    from typing import Callable

    from borne.protocols import AnyEvidence, Bytes, CardChannel, Carrier, Room, TapRandom, Transfer
    from borne.provisioned.reader_key import ReaderKey

_HEAD_MAX = const(128)  # bytes before the request in a message
_GENERAL_ERROR = const(10)  # status of a DeviceResponse: table 8
_DECLINED_MAX = const(256)  # bytes of a DeviceResponse that says so, and no more


async def read(
    card: "CardChannel",
    room: "Room",
    prepared: "TapRandom",
    reader_key: "ReaderKey | None",
    purpose: str,
    declined: "Callable[[], None] | None" = None,
) -> "list[AnyEvidence]":
    """Reads the MdocEvidence, in a list, from the phone that `card` has selected.

    The response is decrypted in its place, in `room`. `reader_key` tells the wallet who asks. If it declines,
    as wallets do that do not know the reader's authority, `declined` is called, and it is asked once more
    without: here, unless it has ended the session. Raises SelectError, NotOfferedError, ApduError,
    UnsupportedError, DecodeError with SessionError, GoneError, ChipError.
    """
    carrier, engagement, encoded = await _handover(card)
    transfer = await carrier.open(card)
    last = None
    try:
        key_pair = prepared.key_pair()
        session = Session(key_pair, engagement, encoded)
        try:
            message = await transfer.exchange(_message(session, room, reader_key), room)
            response = session.open(message)
            if reader_key and _declines(response):
                if declined:
                    declined()
                if not session.ended:
                    response = await _again(session, transfer, room)
        except SessionError as error:
            if not error.by_phone:
                last = session.termination(error.status)
            raise
        # Clause 9.1.1.4: a reader that asks for nothing more ends the session.
        last = session.termination()
    finally:
        await transfer.end(last)
    return [MdocEvidence(response, session.transcript, key_pair, transfer.round_trip_us, purpose)]


async def _handover(card: "CardChannel") -> "tuple[Carrier, memoryview, bytes]":
    """Carrier, engagement and encoded Handover of the phone. What reads them is gone when the session's keys
    are agreed, which takes what heap there is."""
    with Unimport():
        from borne.nfc.handover import read
    found = await read(card)
    return found.carrier, found.engagement, found.encoded


def _message(
    session: Session,
    room: "Room",
    reader_key: "ReaderKey | None",
    sealed: "Callable[[Bytes, memoryview | None], memoryview] | None" = None,
) -> memoryview:
    """The message that asks, in the room that the answer will have: there it is in one piece."""
    try:
        into = room(limits_mdoc.ENVELOPE_MAX)
    except MemoryError:
        into = None  # most answers do without, and most requests
    with Unimport():  # only now, after the agreement
        from borne.token import attributes, device_request

    request = device_request.encode(
        attributes.requests(),
        session.transcript,
        reader_key,
        reader_key.chain if reader_key else (),
        None if into is None else into[_HEAD_MAX:],
    )
    return (sealed or session.establish)(request, into)


def _declines(response: memoryview) -> bool:
    if len(response) > _DECLINED_MAX:
        return False
    try:
        fields = cbor.decode(response, deterministic=False)
    except DecodeError:
        return False  # the verifier says what is wrong with it
    return isinstance(fields, dict) and fields.get("status") == _GENERAL_ERROR


async def _again(session: Session, transfer: "Transfer", room: "Room") -> memoryview:
    """The response to the same request, not signed."""
    try:
        message = await transfer.exchange(_message(session, room, None, session.ask), room)
        return session.open(message)
    except (ApduError, DecodeError) as error:
        if isinstance(error, SessionError) and not error.by_phone:
            raise
        # It has ended the session after all. TERMINATION: another tap may do.
        raise SessionError(TERMINATION, "the wallet declines this terminal", by_phone=True)
