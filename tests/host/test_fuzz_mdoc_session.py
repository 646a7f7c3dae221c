"""Engagements and session messages that are almost right: nothing but the refusals that callers expect."""

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from mutations import altered, cose_key, damaged, encode, examples, key, tree
from names import DeviceEngagement, Nfc

from borne.crypto import ecdh
from borne.errors import DecodeError, SessionError
from borne.token.engagement import Engagement
from borne.token.mdoc_session import DECODING, ENCRYPTION, Session

PHONE = key(2001)
POINT = PHONE.public_key().public_numbers()
EDEVICE_KEY = cbor2.CBORTag(24, cbor2.dumps(cose_key(PHONE)))
METHODS = [
    [2, 1, {0: False, 1: True, 11: bytes(16)}],
    [1, 1, {Nfc.COMMAND_MAX: 4096, Nfc.RESPONSE_MAX: 32768}],
]
ENGAGEMENT = {
    DeviceEngagement.VERSION: "1.0",
    DeviceEngagement.SECURITY: [1, EDEVICE_KEY],
    DeviceEngagement.METHODS: METHODS,
}
HANDOVER = cbor2.dumps([b"Hs", None])
PAIR = ecdh.KeyPair(2002)


class Sealed:
    """One session, and a message of its phone, which opens while nothing is changed."""

    session = Session(PAIR, cbor2.dumps(ENGAGEMENT), HANDOVER)

    def __init__(self):
        sealed = AESGCM(self.session._sk_device).encrypt(
            bytes(7) + b"\1\0\0\0\1", b"response", None
        )
        self.fields = {"data": sealed, "status": 20}

    def open(self, data):
        """What the session makes of it as its first message."""
        self.session._received = 0
        return bytes(self.session.open(memoryview(bytearray(data))))


SEALED = Sealed()


def test_the_cases_are_right_as_they_are():
    phone = Engagement(cbor2.dumps(ENGAGEMENT))
    assert (phone.x, phone.y, phone.nfc) == (POINT.x, POINT.y, (4096, 32768))
    assert SEALED.open(cbor2.dumps(SEALED.fields)) == b"response"


def judged(data):
    """What an Engagement says of the phone's key, or None if it refuses."""
    try:
        phone = Engagement(data)
    except DecodeError:
        return None
    low, high = phone.nfc or (255, 255)
    assert 255 <= low <= 65536
    assert 255 <= high <= 65536
    return phone.x, phone.y


@examples(300)
@given(altered(tree(ENGAGEMENT)).map(encode) | damaged(cbor2.dumps(ENGAGEMENT)) | st.binary())
def test_an_engagement_is_right_or_refused(data):
    found = judged(data)
    if found:
        ec.EllipticCurvePublicNumbers(*found, ec.SECP256R1()).public_key()  # on the curve


@examples(300)
@given(altered(tree(SEALED.fields)).map(encode) | damaged(cbor2.dumps(SEALED.fields)) | st.binary())
def test_a_message_is_the_phones_or_ends_the_session(data):
    assert outcome(data) in (b"response", "by phone", ENCRYPTION, DECODING)


def outcome(data):
    """The opened message, or who has ended the session and why."""
    try:
        return SEALED.open(data)
    except SessionError as error:
        return "by phone" if error.by_phone else error.status
