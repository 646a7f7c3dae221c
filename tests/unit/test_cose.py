from names import EDDSA, ES256, OKP, P384, Header, Key
from signing import Signer
from support import raises

from borne import limits
from borne.errors import DecodeError, UnsupportedError
from borne.token import cbor, cose, cose_key
from borne.token.key_set import KeySet

SIGNER = Signer("issuer")
KEY = cose_key.key(SIGNER.cose_key())


def test_a_signed_message_verifies_with_its_key_only():
    message = cose.decode_sign1(SIGNER.sign1({Header.ALG: ES256, Header.KID: b"k"}, b"payload"))
    assert message.verify(KEY)
    assert not message.verify(cose_key.key(Signer("other").cose_key()))
    assert not message.verify(KEY, aad=b"x")


def test_a_detached_payload_has_to_be_handed_in():
    message = cose.decode_sign1(SIGNER.sign1({Header.ALG: ES256}, b"payload", detached=True))
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
    raises(
        DecodeError,
        cose.decode_sign1,
        cbor.encode([b"\xa1\x01\x26", {Header.ALG: ES256}, b"", b""]),
    )


def test_only_es256_without_unknown_critical_headers_passes():
    def message(protected, unprotected=None):
        return cose.decode_sign1(SIGNER.sign1(protected, b"p", unprotected=unprotected))

    cose.require_known(message({Header.ALG: ES256}))
    cose.require_known(message({Header.ALG: ES256, Header.CRIT: [4], Header.KID: b"k"}))
    cose.require_known(
        message({Header.ALG: ES256, Header.CRIT: ["uv"], "uv": True}), understood=("uv",)
    )
    for protected in (
        {},
        {Header.ALG: EDDSA},
        {Header.ALG: "ES256"},
        {Header.ALG: ES256, Header.CRIT: [99], 99: 0},
    ):
        raises(UnsupportedError, cose.require_known, message(protected))
    raises(UnsupportedError, cose.require_known, message({}, {Header.ALG: ES256}))
    no_labels = [
        {Header.ALG: ES256, Header.CRIT: [label]}
        for label in ([1], {1: 1}, b"k", None, True, cbor.Tag(1, 1))
    ]
    for protected in [
        {Header.ALG: ES256, Header.CRIT: []},
        {Header.ALG: ES256, Header.CRIT: 4},
        {Header.ALG: ES256, Header.CRIT: [4]},
    ] + no_labels:
        raises(DecodeError, cose.require_known, message(protected))
    raises(DecodeError, cose.require_known, message({Header.ALG: ES256}, {Header.CRIT: [1]}))


def test_keys_are_public_points_on_p256():
    fields = SIGNER.cose_key(
        b"k", {Key.ISSUER: "https://i.example/", Key.NOT_BEFORE: 10, Key.NOT_AFTER: 20}
    )
    key = cose_key.key(fields)
    assert (key.kid, key.issuer, key.revoked) == (b"k", "https://i.example/", False)
    assert [key.usable(at) for at in (9, 10, 20, 21)] == [False, True, True, False]
    assert not cose_key.key(SIGNER.cose_key(b"k", {Key.STATE: 1})).usable(15)
    for change in (
        {Key.KTY: OKP},
        {Key.CRV: P384},
        {Key.ALG: EDDSA},
        {Key.OPS: [1]},
        {Key.Y: True},
        {Key.STATE: 7},
        # True equals 1 on both interpreters.
        {Key.CRV: True},
        {Key.KTY: True},
        {Key.STATE: True},
        {Key.STATE: False},
    ):
        raises(UnsupportedError, cose_key.key, SIGNER.cose_key(b"k", change))
    short = SIGNER.x.to_bytes(32, "big")[1:]
    for change in (
        {Key.X: short},
        {Key.X: bytes(33)},
        {Key.Y: bytes(32)},
        {Key.D: b"d"},
        {Key.KID: "k"},
        {Key.ISSUER: 1},
        {Key.KID: bytes(limits.KID_MAX + 1)},
        {Key.KID: True},
        {Key.X: True},
        {Key.NOT_BEFORE: True},
        {Key.NOT_BEFORE: -1},
        {Key.NOT_AFTER: limits.TIME_MAX + 1},
    ):
        raises(DecodeError, cose_key.key, SIGNER.cose_key(b"k", change))
    raises(DecodeError, cose_key.key, [])


def test_a_key_set_leaves_out_what_it_does_not_understand():
    good = SIGNER.cose_key(b"k")
    keys = KeySet.decode(cbor.encode([{Key.KTY: OKP}, 7, good, SIGNER.cose_key()]))
    assert [key.kid for key in keys] == [b"k"]
    for bad in ([], {}, [{Key.KTY: OKP}], [good] * 33):
        raises(DecodeError, KeySet.decode, cbor.encode(bad))


def test_a_key_of_a_message_has_a_kid_of_any_length():
    for kid in (b"", bytes(36), bytes(43), bytes(300)):
        key = cose_key.public_key(SIGNER.cose_key(kid))
        assert (key.x, key.y) == (SIGNER.x, SIGNER.y)
    assert cose_key.public_key(SIGNER.cose_key()).x == SIGNER.x
    for kid in ("k", True, 5, []):
        raises(DecodeError, cose_key.public_key, SIGNER.cose_key(kid))
    raises(DecodeError, cose_key.public_key, [])


def test_a_key_stands_in_a_key_set_once():
    """Under two kids, one of them revoked or of another issuer, the kid of a message would choose."""
    for more in ({}, {Key.STATE: 1}, {Key.ISSUER: "https://i.example/"}):
        twice = [SIGNER.cose_key(b"k1"), SIGNER.cose_key(b"k2", more)]
        raises(DecodeError, KeySet.decode, cbor.encode(twice))
    other = Signer("other")
    assert len(KeySet.decode(cbor.encode([SIGNER.cose_key(b"k"), other.cose_key(b"k")]))) == 2
    # What is not looked at is no key.
    raises(UnsupportedError, cose_key.key, SIGNER.cose_key(b"k2", {Key.STATE: 7}))
    unknown = [SIGNER.cose_key(b"k1"), SIGNER.cose_key(b"k2", {Key.STATE: 7}), SIGNER.cose_key()]
    assert [key.kid for key in KeySet.decode(cbor.encode(unknown))] == [b"k1"]


def test_the_kid_is_a_hint_and_may_be_unprotected():
    def kid(protected, unprotected):
        message = SIGNER.sign1(protected, b"p", unprotected=unprotected)
        return cose.decode_sign1(message).kid()

    assert kid({Header.ALG: ES256, Header.KID: b"k"}, {}) == b"k"
    assert kid({Header.ALG: ES256}, {Header.KID: b"k"}) == b"k"
    assert kid({Header.ALG: ES256}, {}) is None
    for bad in (b"", bytes(limits.KID_MAX + 1), "k", True, 5, None, [b"k"]):
        assert kid({Header.ALG: ES256, Header.KID: bad}, {}) is None
        assert kid({Header.ALG: ES256}, {Header.KID: bad}) is None
    raises(DecodeError, kid, {Header.ALG: ES256, Header.KID: b"k"}, {Header.KID: b"k"})


def test_what_counts_is_protected():
    for label in (Header.CRIT, Header.TYP):
        message = cose.decode_sign1(
            SIGNER.sign1({Header.ALG: ES256}, b"p", unprotected={label: [1]})
        )
        raises(DecodeError, cose.require_known, message)
    message = cose.decode_sign1(SIGNER.sign1({}, b"p", unprotected={Header.ALG: ES256}))
    raises(DecodeError, cose.require_protected, message)


def test_headers_are_small():
    crowd = {99: [0] * limits.COSE_ITEMS_MAX}
    raises(DecodeError, cose.decode_sign1, cbor.encode([cbor.encode(crowd), {}, b"", b""]))
    raises(DecodeError, cose.decode_sign1, cbor.encode([b"", crowd, b"", b""]))
