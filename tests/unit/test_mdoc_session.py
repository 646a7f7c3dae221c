"""With the example of ISO/IEC 18013-5:2021 Annex D: its values are in mdoc_annex_d.json."""

import hashlib
import json
from binascii import unhexlify

from names import EC2, ED25519, OKP, P256, DeviceEngagement, Header, Key, Nfc
from support import raises

from borne.crypto import ecdh, gcm
from borne.crypto.hmac import hmac
from borne.errors import DecodeError, SessionError, UnsupportedError
from borne.token import cbor, cose, cose_key, device_request, engagement, mdoc_session
from borne.token.mdoc_session import Session


def _example():
    folder = __file__.rpartition("/")[0] or "."
    with open(folder + "/mdoc_annex_d.json") as file:
        return json.load(file)


D = _example()


def _bytes(name):
    return unhexlify(D[name])


def _session():
    pair = ecdh.KeyPair(int(D["ephemeral_reader_key"], 16))
    return Session(pair, _bytes("device_engagement"), _handover())


def _handover():
    """The example's: negotiated, so with both messages."""
    return cbor.encode([_bytes("handover_select"), _bytes("handover_request")])


def _phone(session):
    """What seals as the example's phone does."""
    shared = ecdh.KeyPair(int(D["ephemeral_device_key"], 16))
    pair = ecdh.KeyPair(int(D["ephemeral_reader_key"], 16))
    secret = shared.shared(pair.x, pair.y)
    salt = hashlib.sha256(mdoc_session.encoded(session.transcript)).digest()
    key = mdoc_session.hkdf(secret, salt, b"SKDevice", 32)

    def seal(data, count=1):
        body = bytearray(bytes(data) + bytes(16))
        gcm.seal(key, b"\x00" * 7 + b"\x01" + count.to_bytes(4, "big"), body, len(data))
        return body

    return seal


def test_the_transcript_and_the_keys_of_annex_d():
    session = _session()
    assert mdoc_session.encoded(session.transcript) == _bytes("session_transcript_bytes")
    assert session._sk_reader == _bytes("sk_reader")
    assert session._sk_device == _bytes("sk_device")


def test_the_session_establishment_of_annex_d():
    message = _session().establish(_bytes("device_request"))
    assert bytes(message) == _bytes("session_establishment")


def test_the_session_data_of_annex_d():
    message = bytearray(_bytes("session_data"))
    opened = _session().open(memoryview(message))
    assert bytes(opened) == _bytes("device_response")
    at = len(message) - gcm.TAG - len(opened)
    assert bytes(message[at : at + len(opened)]) == bytes(opened), "decrypted in place"
    assert _session().termination() == _bytes("session_termination")


def test_the_device_mac_of_annex_d():
    session = _session()
    response = cbor.decode(memoryview(_bytes("device_response")), False, 400)
    signed = response["documents"][0]["deviceSigned"]
    raw, _, payload, tag = signed["deviceAuth"]["deviceMac"]
    assert payload is None
    device = ecdh.KeyPair(int(D["device_key"], 16))
    reader = ecdh.KeyPair(int(D["ephemeral_reader_key"], 16))
    key = mdoc_session.emac_key(reader.shared(device.x, device.y), session.transcript)
    authentication = b"\x84\x74DeviceAuthentication" + session.transcript
    authentication += cbor.encode(response["documents"][0]["docType"])
    authentication += mdoc_session.encoded(signed["nameSpaces"].value)
    content = cbor.encode(["MAC0", raw, b"", mdoc_session.encoded(authentication)])
    assert hmac(key, content) == bytes(tag)


def test_the_reader_authentication_of_annex_d():
    """Its signature verifies over what this firmware says a reader signs."""
    request = cbor.decode(memoryview(_bytes("device_request")), False)
    (one,) = request["docRequests"]
    message = cose.sign1(one["readerAuth"])
    items = mdoc_session.encoded(one["itemsRequest"].value)
    signed = device_request.reader_authentication(_session().transcript, items)
    certificate = bytes(message.unprotected[device_request.HEADER_X5CHAIN])
    at = certificate.index(b"\x03\x42\x00\x04") + 4  # its subjectPublicKey
    x = int.from_bytes(certificate[at : at + 32], "big")
    y = int.from_bytes(certificate[at + 32 : at + 64], "big")
    key = cose_key.key(
        {
            Key.KTY: EC2,
            Key.CRV: P256,
            Key.X: certificate[at : at + 32],
            Key.Y: certificate[at + 32 : at + 64],
        }
    )
    assert (key.x, key.y) == (x, y)
    assert message.verify(key, signed)
    assert not message.verify(key, signed[:-1] + b"\x00")


def test_our_own_request_is_one_that_verifies():
    session = _session()
    signer = _ReaderKey()
    wanted = [
        ("borne.hcov.1", {"borne.hcov.1": [("name", False), ("until", True)]}),
        ("x", {"y": [("z", False)]}),
    ]
    for chain, header in (((b"A",), b"A"), ((b"A", b"BC"), [b"A", b"BC"])):
        data = device_request.encode(wanted, session.transcript, signer, chain)
        request = cbor.decode(data, False)
        assert request["version"] == "1.0" and len(request["docRequests"]) == 2
        for one, (doc_type, namespaces) in zip(request["docRequests"], wanted):
            items = cbor.decode(one["itemsRequest"].value)
            assert items["docType"] == doc_type
            assert items["nameSpaces"] == {name: dict(namespaces[name]) for name in namespaces}
            message = cose.sign1(one["readerAuth"])
            assert message.unprotected == {Header.X5CHAIN: header}
            cose.require_known(message)
            signed = device_request.reader_authentication(
                session.transcript, mdoc_session.encoded(one["itemsRequest"].value)
            )
            assert message.payload is None and message.verify(signer.public, signed)
    plain = cbor.decode(device_request.encode(wanted))
    assert set(plain["docRequests"][0]) == {"itemsRequest"}


def test_a_request_too_large_is_refused():
    raises(DecodeError, device_request.encode, [("d" * 5000, {})])


def test_messages_count_and_none_is_taken_twice():
    session = _session()
    seal = _phone(session)
    first, second = seal(b"one"), seal(b"two", 2)

    def data(body):
        return memoryview(bytearray(cbor.encode({"data": body})))

    again = data(first)
    assert bytes(session.open(data(first))) == b"one"
    assert bytes(session.open(data(second))) == b"two"
    assert raises(SessionError, session.open, again).status == mdoc_session.ENCRYPTION
    assert raises(SessionError, _session().open, data(second)).status == mdoc_session.ENCRYPTION
    one, two = session.establish(b"request"), session.establish(b"request")
    assert len(one) == len(two) and one != two, "no nonce serves twice"


def test_an_empty_response_and_one_with_the_sessions_end():
    session = _session()
    seal = _phone(session)
    assert bytes(session.open(memoryview(bytearray(cbor.encode({"data": seal(b"")}))))) == b""
    last = cbor.encode({"data": seal(b"x", 2), "status": 20})
    assert bytes(session.open(memoryview(bytearray(last)))) == b"x"


def test_any_changed_byte_ends_the_session():
    seal = _phone(_session())
    good = cbor.encode({"data": seal(b"response")})
    session = _session()
    for at in range(len(good)):
        for bit in (1, 0x40):
            changed = bytearray(good)
            changed[at] ^= bit
            session._received = 0
            error = raises(SessionError, session.open, memoryview(changed))
            assert error.status in (10, 11) and not error.by_phone


def test_what_is_no_session_data():
    long = cbor.encode({"data": bytes(9000)})
    for data, status, by_phone in (
        (b"", 11, False),
        (b"\xff", 11, False),
        (cbor.encode([]), 11, False),
        (cbor.encode({}), 11, False),
        (cbor.encode({"data": "text"}), 11, False),
        (cbor.encode({"data": 5}), 11, False),
        (cbor.encode({"data": bytes(30), "status": 10}), 11, False),
        (cbor.encode({"data": bytes(15)}), 10, False),
        (cbor.encode({"data": bytes(30)}), 10, False),
        (cbor.encode({"status": True}), 11, False),
        (cbor.encode({"status": 10}), 10, True),
        (cbor.encode({"status": 11}), 11, True),
        (cbor.encode({"status": 20}), 20, True),
        (long, 11, False),
    ):
        error = raises(SessionError, _session().open, memoryview(bytearray(data)))
        assert (error.status, error.by_phone) == (status, by_phone), data[:20]


def test_a_phone_at_another_transcript_is_not_understood():
    message = bytearray(_bytes("session_data"))
    pair = ecdh.KeyPair(int(D["ephemeral_reader_key"], 16))
    other = Session(
        pair, _bytes("device_engagement"), cbor.encode([_bytes("handover_select"), None])
    )
    assert raises(SessionError, other.open, memoryview(message)).status == 10
    assert other.transcript.endswith(b"\xf6")


def test_the_engagement():
    # Annex D.3.1: Bluetooth alone.
    with_ble = unhexlify(
        "a30063312e30018201d818584ba4010220012158205a88d182bce5f42efa59943f33359d2e8a968ff289d93e5fa444b6"
        "24343167fe225820b16e8cf858ddc7690407ba61d4c338237a8cfcf3de6aa672fc60a557aa32fc670281830201a300f4"
        "01f50b5045efef742b2c4837a9a3b0e1d05a6917"
    )
    phone = engagement.Engagement(memoryview(with_ble))
    pair = ecdh.KeyPair(int(D["ephemeral_device_key"], 16))
    assert (phone.x, phone.y) == (pair.x, pair.y) and phone.nfc is None
    for lengths in ((255, 256), (4096, 65536)):
        options = {Nfc.COMMAND_MAX: lengths[0], Nfc.RESPONSE_MAX: lengths[1]}
        data = _engagement(
            {
                DeviceEngagement.METHODS: [
                    [2, 1, {Nfc.COMMAND_MAX: False, Nfc.RESPONSE_MAX: True}],
                    [1, 1, options],
                ]
            }
        )
        assert engagement.Engagement(data).nfc == lengths
    assert (
        engagement.Engagement(
            _engagement({DeviceEngagement.VERSION: "1.1", 5: [], 6: {2: True}})
        ).nfc
        is None
    )


def test_engagements_that_are_none():
    raw = cbor.decode(_bytes("device_engagement"))[1]
    off = bytearray(raw[1].value)
    off[-1] ^= 1
    key = cbor.Tag(24, bytes(off))
    for more, kind in (
        ({DeviceEngagement.VERSION: 1}, DecodeError),
        ({DeviceEngagement.VERSION: "2.0"}, UnsupportedError),
        ({DeviceEngagement.SECURITY: None}, DecodeError),
        ({DeviceEngagement.SECURITY: [1]}, DecodeError),
        ({DeviceEngagement.SECURITY: [2, raw[1]]}, UnsupportedError),
        ({DeviceEngagement.SECURITY: [True, raw[1]]}, UnsupportedError),
        ({DeviceEngagement.SECURITY: [1, key]}, DecodeError),
        ({DeviceEngagement.SECURITY: [1, raw[1].value]}, DecodeError),
        ({DeviceEngagement.SECURITY: [1, cbor.Tag(25, raw[1].value)]}, DecodeError),
        ({DeviceEngagement.SECURITY: [1, cbor.Tag(24, "text")]}, DecodeError),
        (
            {
                DeviceEngagement.SECURITY: [
                    1,
                    cbor.Tag(24, cbor.encode({Key.KTY: OKP, Key.CRV: ED25519, Key.X: bytes(32)})),
                ]
            },
            UnsupportedError,
        ),
        ({DeviceEngagement.SECURITY: [1, cbor.Tag(24, cbor.encode([]))]}, DecodeError),
        ({DeviceEngagement.METHODS: {}}, DecodeError),
        ({DeviceEngagement.METHODS: [1]}, DecodeError),
        ({DeviceEngagement.METHODS: [[1, 1]]}, DecodeError),
        ({DeviceEngagement.METHODS: [[1, 1, {Nfc.COMMAND_MAX: 255}]]}, DecodeError),
        (
            {DeviceEngagement.METHODS: [[1, 1, {Nfc.COMMAND_MAX: True, Nfc.RESPONSE_MAX: 256}]]},
            DecodeError,
        ),
        (
            {DeviceEngagement.METHODS: [[1, 1, {Nfc.COMMAND_MAX: 254, Nfc.RESPONSE_MAX: 256}]]},
            DecodeError,
        ),
        (
            {DeviceEngagement.METHODS: [[1, 1, {Nfc.COMMAND_MAX: 255, Nfc.RESPONSE_MAX: 65537}]]},
            DecodeError,
        ),
    ):
        error = raises(DecodeError, engagement.Engagement, _engagement(more))
        assert isinstance(error, kind), (more, error)
    raises(DecodeError, engagement.Engagement, cbor.encode([]))
    raises(DecodeError, engagement.Engagement, b"")
    raises(DecodeError, engagement.Engagement, bytes(1025))


def test_a_handover_too_large_is_refused():
    pair = ecdh.KeyPair(5)
    raises(DecodeError, Session, pair, _bytes("device_engagement"), bytes(2049))


class _ReaderKey:
    def __init__(self):
        from signing import Signer

        self._signer = Signer("reader")
        self.public = cose_key.key(self._signer.cose_key())

    def sign(self, digest):
        return self._signer.sign(digest)


def _engagement(more):
    fields = cbor.decode(_bytes("device_engagement"))
    fields.update(more)
    return cbor.encode(fields)
