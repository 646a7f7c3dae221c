"""The session between an mdoc reader and a phone (ISO/IEC 18013-5:2021 section 9.1.1): keys and messages.

Two keys, one for each direction, are derived from an agreement of two ephemeral keys and from the earlier
exchange (SessionTranscript, section 9.1.5.1). A message that does not decrypt ends the session.
"""

import hashlib

from micropython import const

from borne import limits_mdoc
from borne.crypto.hmac import hkdf
from borne.errors import DecodeError, SessionError
from borne.memory.unimport import Unimport
from borne.token import cbor, cose_key
from borne.token.engagement import Engagement

if False:  # for types only
    from borne.crypto.ecdh import KeyPair
    from borne.protocols import Bytes

ENCRYPTION, DECODING, TERMINATION = 10, 11, 20  # status codes: table 20

_TRANSCRIPT = const(b"\x83")  # an array of three
_ENCODED = const(b"\xd8\x18")  # tag 24
_BYTES = const(2)
_KEY_SIZE = const(32)
# The sender's part of a nonce, before the counter of its messages: section 9.1.1.5.
_OF_READER = const(b"\x00\x00\x00\x00\x00\x00\x00\x00")
_OF_DEVICE = const(b"\x00\x00\x00\x00\x00\x00\x00\x01")


class Session:
    """A new session; `transcript` is its SessionTranscript (bytes of an array of three). `ended`: the phone
    has marked its message as the last one."""

    ended = False

    def __init__(self, key_pair: "KeyPair", engagement: "Bytes", handover: bytes) -> None:
        """`key_pair` is the reader's (borne.crypto.ecdh.KeyPair), for this session only; `engagement` the raw
        DeviceEngagement and `handover` the encoded Handover (both bytes-like).

        Raises DecodeError, or UnsupportedError for a version, cipher suite or curve that is not ours.
        """
        if len(handover) > limits_mdoc.HANDOVER_MAX:
            raise DecodeError("handover too large")
        phone = Engagement(engagement)
        self._reader_key = encoded(cose_key.encode(key_pair.x, key_pair.y))
        self.transcript = b"".join(
            (_TRANSCRIPT, encoded(engagement), self._reader_key, bytes(handover))
        )
        secret = key_pair.shared(phone.x, phone.y)
        salt = _salt(self.transcript)
        self._sk_reader = hkdf(secret, salt, b"SKReader", _KEY_SIZE)
        self._sk_device = hkdf(secret, salt, b"SKDevice", _KEY_SIZE)
        self._sent = self._received = 0

    def establish(self, device_request: "Bytes", into: "memoryview | None" = None) -> memoryview:
        """The SessionEstablishment that carries the encoded DeviceRequest: the first message. `into` is
        a buffer for the message, and may hold the request already; None: a new buffer."""
        return self._sealed(b"\xa2\x6aeReaderKey" + self._reader_key, device_request, into)

    def ask(self, device_request: "Bytes", into: "memoryview | None" = None) -> memoryview:
        """The SessionData that carries another DeviceRequest, after an answer that did not end the session.
        `into` as in `establish`."""
        return self._sealed(b"\xa1", device_request, into)

    def _sealed(
        self, head: bytes, device_request: "Bytes", into: "memoryview | None"
    ) -> memoryview:
        with Unimport():  # it would take the key agreement's heap
            from borne.crypto import gcm

        size = len(device_request)
        head += b"\x64data" + cbor.head(_BYTES, size + gcm.TAG)
        whole = len(head) + size + gcm.TAG
        message = memoryview(bytearray(whole)) if into is None else into[:whole]
        body = message[len(head) :]
        body[:size] = device_request  # first: the request may lie in the head's place
        message[: len(head)] = head
        self._sent += 1
        gcm.seal(self._sk_reader, _nonce(_OF_READER, self._sent), body, size)
        return message

    def open(self, message: memoryview) -> memoryview:
        """The DeviceResponse (a view) in the phone's SessionData `message` (a writable memoryview), decrypted
        in place.

        Raises SessionError, after which the session is over: its `status` is the phone's, or the one to send.
        """
        if len(message) > limits_mdoc.MESSAGE_MAX:
            raise SessionError(DECODING, "session data too large")
        try:
            fields = cbor.decode(message, deterministic=False, most=limits_mdoc.MESSAGE_ITEMS_MAX)
        except DecodeError as error:
            raise SessionError(DECODING, error.reason)
        data = fields.get("data") if isinstance(fields, dict) else None
        status = fields.get("status") if isinstance(fields, dict) else None
        if data is None:
            if isinstance(status, int) and not isinstance(status, bool):
                raise SessionError(status, "the phone has ended the session", by_phone=True)
            raise SessionError(DECODING, "not a SessionData")
        # With data, status 20 marks the last message; a failure has no data.
        if not isinstance(data, memoryview) or status not in (None, TERMINATION):
            raise SessionError(DECODING, "not a SessionData")
        self.ended = status is not None
        self._received += 1
        with Unimport():
            from borne.crypto import gcm

        if not gcm.open_(self._sk_device, _nonce(_OF_DEVICE, self._received), data):
            raise SessionError(ENCRYPTION, "session data does not decrypt")
        return data[: len(data) - gcm.TAG]

    def termination(self, status: int = TERMINATION) -> bytes:
        """The SessionData (bytes) that ends the session with a status code."""
        return b"\xa1\x66status" + cbor.head(0, status)


def emac_key(shared_secret: bytes, transcript: bytes) -> bytes:
    """EMacKey (32 bytes) of section 9.1.3.5, from the agreement of the reader's ephemeral key with the mdoc's
    own, and the session's transcript."""
    return hkdf(shared_secret, _salt(transcript), b"EMacKey", _KEY_SIZE)


def encoded(data: "Bytes") -> bytes:
    """#6.24(bstr) of encoded CBOR, as bytes."""
    return _ENCODED + cbor.head(_BYTES, len(data)) + bytes(data)


def _salt(transcript: bytes) -> bytes:
    hasher = hashlib.sha256(_ENCODED + cbor.head(_BYTES, len(transcript)))
    hasher.update(transcript)
    return hasher.digest()


def _nonce(side: bytes, counter: int) -> bytes:
    return side + counter.to_bytes(4, "big")
