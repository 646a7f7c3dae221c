"""The exchange with a wallet that holds an mdoc (ISO/IEC 18013-5): handover, session, request, response.

It brings the evidence, the DeviceResponse as it came; what it is worth is the verifier's matter.
"""

from borne.errors import CardError, SessionError
from borne.nfc import handover, mdoc_transfer
from borne.nfc.exchange import Timed
from borne.token import attributes, device_request
from borne.token.evidence import MdocEvidence
from borne.token.mdoc_session import Session


async def read(card, room, prepared, reader_key, purpose):
    """Reads the MdocEvidence, in a list, from the phone that `card` (a Pn532) has selected.

    The response is decrypted in its place: `room` as borne.nfc.mdoc_transfer.exchange takes it.

    `prepared` is a borne.randomness.prepared.Prepared; `reader_key`, a
    borne.provisioned.reader_key.ReaderKey or None, tells the wallet who asks. Raises SelectError,
    NotOfferedError, ApduError, UnsupportedError, DecodeError with SessionError, CardError, ChipError.
    """
    found = await handover.read(card)
    await mdoc_transfer.select(card)
    key_pair = prepared.key_pair()
    session = Session(key_pair, found.engagement, found.encoded)
    chain = reader_key.chain if reader_key else ()
    request = device_request.encode(attributes.requests(), session.transcript, reader_key, chain)
    timed = Timed(card)
    message = await mdoc_transfer.exchange(timed, session.establish(request), room)
    try:
        response = session.open(message)
    except SessionError as error:
        if not error.by_phone:
            await _end(card, session.termination(error.status))
        raise
    # Clause 9.1.1.4: whoever asks for nothing more ends the session.
    await _end(card, session.termination())
    return [MdocEvidence(response, session.transcript, key_pair, timed.shortest_us, purpose)]


async def _end(card, message):
    try:
        await mdoc_transfer.send(card, message)
    except CardError:
        pass  # a phone that has left has ended it, too
