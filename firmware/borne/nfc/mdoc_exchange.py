"""The exchange with a wallet that holds an mdoc (ISO/IEC 18013-5): handover, session, request, response.

It brings the evidence, the DeviceResponse as it came; its worth is the verifier's matter.
"""

from borne.errors import SessionError
from borne.nfc import handover
from borne.token import attributes, device_request
from borne.token.mdoc_session import Session
from borne.verify.evidence import MdocEvidence

if False:  # for types only
    from borne.protocols import AnyEvidence, CardChannel, Room, TapRandom
    from borne.provisioned.reader_key import ReaderKey


async def read(
    card: "CardChannel",
    room: "Room",
    prepared: "TapRandom",
    reader_key: "ReaderKey | None",
    purpose: str,
) -> "list[AnyEvidence]":
    """Reads the MdocEvidence, in a list, from the phone that `card` has selected.

    The response is decrypted in its place, in `room`. `reader_key` tells the wallet who asks. Raises
    SelectError, NotOfferedError, ApduError, UnsupportedError, DecodeError with SessionError, GoneError,
    ChipError.
    """
    found = await handover.read(card)
    transfer = await found.carrier.open(card)
    last = None
    try:
        key_pair = prepared.key_pair()
        session = Session(key_pair, found.engagement, found.encoded)
        chain = reader_key.chain if reader_key else ()
        request = device_request.encode(
            attributes.requests(), session.transcript, reader_key, chain
        )
        message = await transfer.exchange(session.establish(request), room)
        try:
            response = session.open(message)
        except SessionError as error:
            if not error.by_phone:
                last = session.termination(error.status)
            raise
        # Clause 9.1.1.4: a reader that asks for nothing more ends the session.
        last = session.termination()
    finally:
        await transfer.end(last)
    return [MdocEvidence(response, session.transcript, key_pair, transfer.round_trip_us, purpose)]
