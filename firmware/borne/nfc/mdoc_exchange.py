"""The exchange with a wallet that holds an mdoc (ISO/IEC 18013-5): handover, session, request, response.

The exchange returns the evidence, the DeviceResponse, as received; the verifier judges it.
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
_DECLINED_MAX = const(256)  # bytes of a DeviceResponse with that status alone


async def read(
    card: "CardChannel",
    room: "Room",
    prepared: "TapRandom",
    reader_key: "ReaderKey | None",
    purpose: str,
    declined: "Callable[[], None] | None" = None,
) -> "list[AnyEvidence]":
    """Reads the MdocEvidence, in a list, from the phone that `card` has selected.

    The response is decrypted in place, in `room`. `reader_key` authenticates the reader. Wallets that do not
    know its authority decline: then `declined` is called, and the request is sent once more without reader
    authentication, in this session unless the wallet has ended it. Raises SelectError, NotOfferedError,
    ApduError, UnsupportedError, DecodeError with SessionError, GoneError, ChipError.
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
    """Carrier, engagement and encoded Handover of the phone. The modules that read them are dropped first:
    the session's key agreement takes all free heap."""
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
    """The message with the request, in one piece: it lies in the room for the answer."""
    try:
        into = room(limits_mdoc.ENVELOPE_MAX)
    except MemoryError:
        into = None  # most answers and most requests do without
    with Unimport():  # only after the key agreement
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
        return False  # the verifier reports the fault
    return isinstance(fields, dict) and fields.get("status") == _GENERAL_ERROR


async def _again(session: Session, transfer: "Transfer", room: "Room") -> memoryview:
    """The response to the same request without reader authentication."""
    try:
        message = await transfer.exchange(_message(session, room, None, session.ask), room)
        return session.open(message)
    except (ApduError, DecodeError) as error:
        if isinstance(error, SessionError) and not error.by_phone:
            raise
        # The wallet has ended the session after all. TERMINATION: another tap may succeed.
        raise SessionError(TERMINATION, "the wallet declines this terminal", by_phone=True)
