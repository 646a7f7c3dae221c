from signing import Signer
from support import raises

from borne import limits
from borne.errors import DecodeError, UnsupportedError
from borne.token import cbor, cose, cose_key
from borne.token.key_set import KeySet

SIGNER = Signer("issuer")
KEY = cose_key.key(SIGNER.cose_key())


def test_a_signed_message_verifies_with_its_key_only():
    message = cose.decode_sign1(SIGNER.sign1({1: -7, 4: b"k"}, b"payload"))
    assert message.verify(KEY)
    assert not message.verify(cose_key.key(Signer("other").cose_key()))
    assert not message.verify(KEY, aad=b"x")


def test_a_detached_payload_has_to_be_handed_in():
    message = cose.decode_sign1(SIGNER.sign1({1: -7}, b"payload", detached=True))
    assert message.payload is None
    assert not message.verify(KEY)
    assert message.verify(KEY, b"payload")
    assert not message.verify(KEY, b"another")


def test_shapes_that_are_no_sign1_are_refused():
    good = [b"", {}, b"", b""]
    for item in (1, [], good + [0], [1] + good[1:], [b"", [], b"", b""], [b"", {}, "", b""]):
        raises(DecodeError, cose.decode_sign1, cbor.encode(item))
    raises(DecodeError, cose.decode_sign1, cbor.encode(cbor.Tag(17, good)))
    raises(DecodeError, cose.decode_sign1, cbor.encode([b"\x80", {}, b"", b""]))
    raises(DecodeError, cose.decode_sign1, cbor.encode([b"\xa1\x01\x26", {1: -7}, b"", b""]))


def test_only_es256_without_unknown_critical_headers_passes():
    def message(protected, unprotected=None):
        return cose.decode_sign1(SIGNER.sign1(protected, b"p", unprotected=unprotected))

    cose.require_known(message({1: -7}))
    cose.require_known(message({1: -7, 2: [4], 4: b"k"}))
    cose.require_known(message({1: -7, 2: ["uv"], "uv": True}), understood=("uv",))
    for protected in ({}, {1: -8}, {1: "ES256"}, {1: -7, 2: [99], 99: 0}):
        raises(UnsupportedError, cose.require_known, message(protected))
    raises(UnsupportedError, cose.require_known, message({}, {1: -7}))
    no_labels = [{1: -7, 2: [label]} for label in ([1], {1: 1}, b"k", None, True, cbor.Tag(1, 1))]
    for protected in [{1: -7, 2: []}, {1: -7, 2: 4}, {1: -7, 2: [4]}] + no_labels:
        raises(DecodeError, cose.require_known, message(protected))
    raises(DecodeError, cose.require_known, message({1: -7}, {2: [1]}))


def test_keys_are_public_points_on_p256():
    fields = SIGNER.cose_key(b"k", {-65801: "https://i.example/", -65802: 10, -65803: 20})
    key = cose_key.key(fields)
    assert (key.kid, key.issuer, key.revoked) == (b"k", "https://i.example/", False)
    assert [key.usable(at) for at in (9, 10, 20, 21)] == [False, True, True, False]
    assert not cose_key.key(SIGNER.cose_key(b"k", {-65804: 1})).usable(15)
    for change in ({1: 1}, {-1: 2}, {3: -8}, {4: [1]}, {-3: True}, {-65804: 7}):
        raises(UnsupportedError, cose_key.key, SIGNER.cose_key(b"k", change))
    short = SIGNER.x.to_bytes(32, "big")[1:]
    for change in (
        {-2: short},
        {-2: bytes(33)},
        {-3: bytes(32)},
        {-4: b"d"},
        {2: "k"},
        {-65801: 1},
    ):
        raises(DecodeError, cose_key.key, SIGNER.cose_key(b"k", change))
    raises(DecodeError, cose_key.key, [])


def test_a_key_set_leaves_out_what_it_does_not_understand():
    good = SIGNER.cose_key(b"k")
    keys = KeySet.decode(cbor.encode([{1: 1}, 7, good, SIGNER.cose_key()]))
    assert [key.kid for key in keys] == [b"k"]
    for bad in ([], {}, [{1: 1}], [good] * 33):
        raises(DecodeError, KeySet.decode, cbor.encode(bad))


def test_headers_are_small():
    crowd = {99: [0] * limits.COSE_ITEMS_MAX}
    raises(DecodeError, cose.decode_sign1, cbor.encode([cbor.encode(crowd), {}, b"", b""]))
    raises(DecodeError, cose.decode_sign1, cbor.encode([b"", crowd, b"", b""]))
