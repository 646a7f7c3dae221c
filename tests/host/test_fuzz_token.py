"""Tokens and proofs that are almost right, before the firmware's verifier.

What an issuer or holder has not signed is never accepted; what they have signed by mistake is judged like
any other, and nothing of it ends in INTERNAL.
"""

import hashlib
import re

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import (
    NotPlain,
    altered,
    cose_key,
    damaged,
    encode,
    examples,
    key,
    plain,
    sign1,
    tree,
    unsigned_change,
)

from borne import limits
from borne.token import cose_key as firmware_keys
from borne.token.key_set import KeySet
from borne.trust.policy import Policy
from borne.trust.trustset import TrustSet
from borne.verify import verifier
from borne.verify.evidence import Evidence
from borne.verify.verdict import SEVERITIES

pytestmark = pytest.mark.usefixtures("quick_p256")

NOW = 1_800_000_000  # 2027-01-15
TODAY = "2027-01-15"
SKEW = 300
DAY = 86400
ISSUER, HOLDER = key(1001), key(1002)
URI, LIST_URI = "https://issuer.example/", "https://issuer.example/status/1"
NONCE, TERMINAL, PURPOSE = bytes(range(32)), "T1", "dispensing"
NIR = "255081416802538"

CLAIMS = tree(
    {
        1: URI,
        4: NOW + 5 * DAY,
        5: NOW - DAY,
        6: NOW - DAY,
        7: bytes(16),
        8: {1: cose_key(HOLDER)},
        65535: {"status_list": {"idx": 7, "uri": LIST_URI}},
        -65800: {
            1: "Lefèvre-Müller",
            2: "Zoé",
            3: cbor2.CBORTag(1004, "1985-02-01"),
            4: NIR,
            5: 1,
            6: "01-751-0001",
            7: "2A",
            8: [["AMO", "2027-01-01", "2027-12-31"], ["C2S", "2026-01-01", "2026-12-31"]],
            9: "eid",
            10: {1: "Lefèvre", 2: "Élodie", 3: "2030-01-01"},
        },
    }
)
HEADER = tree({1: -7, 2: [1, 4], 4: b"k1"})
PROOF_HEADER = tree({1: -7, 2: ["uv", "method"], "uv": True, "method": "pin"})


class List:
    """A status list that knows one token, which is valid."""

    uri, issuer, issued_at, states = LIST_URI, URI, NOW - DAY, 0
    identifiers = False

    def value(self, index, now):
        return 0 if index == 7 else None


TRUST = TrustSet(
    KeySet([firmware_keys.key({**cose_key(ISSUER), 2: b"k1", -65801: URI})]),
    Policy({7: {1: 16}}),
    NOW - DAY,
    [List()],
)


def token(claims, header=HEADER):
    return sign1(ISSUER, encode(header), encode(claims))


def proof(of_token, header=PROOF_HEADER, uv=True, method="pin"):
    digest = hashlib.sha256(of_token).digest()
    signed = cbor2.dumps(["borne-proof-1", NONCE, TERMINAL, PURPOSE, digest, uv, method])
    return sign1(HOLDER, encode(header), signed, detached=True)


TOKEN = token(CLAIMS)
PROOF = proof(TOKEN)


def verdict(token, proof):
    """The verdict on them as on a terminal, where they lie in a buffer; never INTERNAL."""
    parts = [memoryview(bytearray(part)) for part in (token, proof)]
    found = verifier.verify(Evidence(*parts, NONCE, TERMINAL, PURPOSE), TRUST, NOW)
    assert found.code != "INTERNAL", found.detail
    assert found.severity == SEVERITIES[found.code]
    assert (found.holder is None) == (found.severity in ("refuse", "retry"))
    return found


def accepted(found):
    return found.severity in ("accept", "warn")


def test_the_valid_exchange_is_valid():
    assert verdict(TOKEN, PROOF).code == "VALID"
    assert legitimate(plain(CLAIMS))


@examples(400)
@given(damaged(TOKEN))
def test_a_damaged_token_is_refused(data):
    # Whatever has changed, in its headers too: the holder's proof is over all its bytes.
    assert verdict(data, PROOF).severity == "refuse"


@examples(300)
@given(damaged(PROOF))
def test_a_damaged_proof_is_refused(data):
    # Only what COSE leaves unsigned may differ: the unprotected header, and how the array is encoded.
    if accepted(verdict(TOKEN, data)):
        assert unsigned_change(PROOF, data)


@examples(300)
@given(damaged(TOKEN))
def test_a_damaged_token_with_a_proof_of_its_own_is_refused(data):
    if accepted(verdict(data, proof(data))):
        assert unsigned_change(TOKEN, data)


@examples(600)
@given(altered(CLAIMS))
def test_claims_that_an_issuer_signed_by_mistake(claims):
    signed = token(claims)
    found = verdict(signed, proof(signed))
    if accepted(found):
        known = plain(claims)
        assert legitimate(known)
        assert found.holder.family == known[-65800][1]
        assert found.holder.nir == known[-65800][4]


@examples(300)
@given(damaged(encode(CLAIMS)))
def test_bytes_that_an_issuer_signed_by_mistake(payload):
    signed = sign1(ISSUER, encode(HEADER), payload)
    found = verdict(signed, proof(signed))
    if accepted(found):
        for said in (URI, found.holder.family, found.holder.nir):
            assert said.encode() in payload


@examples(400)
@given(altered(HEADER))
def test_headers_that_an_issuer_signed_by_mistake(header):
    signed = token(CLAIMS, header)
    if accepted(verdict(signed, proof(signed))):
        known = plain(header)
        assert (known[1], known[4]) == (-7, b"k1")
        assert understood(known, ())


@examples(400)
@given(altered(PROOF_HEADER))
def test_headers_that_a_holder_signed_by_mistake(header):
    try:
        known = plain(header)
        said = known["uv"], known["method"]
        cbor2.dumps(said)
    except (NotPlain, KeyError, TypeError):
        known, said = None, (True, "pin")
    if accepted(verdict(TOKEN, proof(TOKEN, header, *said))):
        assert (known[1], known["uv"]) == (-7, True)
        assert len(known["method"]) <= 32
        assert understood(known, ("uv", "method"))


@examples(50)
@given(st.booleans(), st.text(max_size=32), st.booleans(), st.text(max_size=32))
def test_the_header_of_a_proof_is_what_the_holder_signed(uv, method, said_uv, said_method):
    header = tree({1: -7, "uv": uv, "method": method})
    found = verdict(TOKEN, proof(TOKEN, header, said_uv, said_method))
    if (uv, method) != (said_uv, said_method):
        assert found.code == "CLONED"
    else:
        assert found.code == ("VALID" if uv else "HOLDER_NOT_PRESENT")


@examples(300)
@given(altered(tree(cbor2.loads(TOKEN)), edits=3))
def test_a_token_put_together_otherwise(message):
    data = encode(message)
    if accepted(verdict(data, proof(data))):
        assert unsigned_change(TOKEN, data)


@examples(300)
@given(altered(tree(cbor2.loads(PROOF)), edits=3))
def test_a_proof_put_together_otherwise(message):
    if accepted(verdict(TOKEN, data := encode(message))):
        assert unsigned_change(PROOF, data)


def understood(header, more):
    """Whether the critical headers are labels that the profile knows, and are there."""
    critical = header.get(2, [1])
    known = (1, 2, 4, 16, *more)
    return bool(critical) and all(label in known and label in header for label in critical)


def legitimate(claims):
    """Whether a token may be taken for genuine: docs/protocol.md, in other words than the firmware's."""
    status = claims.get(65535)
    listed = status is None or (
        whole(status["status_list"]["idx"])
        and (status["status_list"]["idx"], status["status_list"]["uri"]) == (7, LIST_URI)
    )
    times = [claims[4] + SKEW - 1, *(NOW + NOW + SKEW - claims.get(label, NOW) for label in (5, 6))]
    cover = claims[-65800]
    return (
        listed
        and claims[1] == URI
        and all(whole(claims[label]) for label in (4, 5, 6) if label in claims)
        and all(time >= NOW for time in times)
        and (7 not in claims or (isinstance(claims[7], bytes) and len(claims[7]) == 16))
        and {**claims[8][1], **cose_key(HOLDER)} == claims[8][1]
        and all(FIELDS[label](value) for label, value in cover.items())
        and {1, 3, 4} <= set(cover)
    )


def whole(value):
    return type(value) is int and value >= 0


def text(pattern, length=128):
    return lambda value: (
        isinstance(value, str) and len(value) <= length and bool(re.fullmatch(pattern, value))
    )


def dated(value):
    return text("[0-9]{4}-[0-9]{2}-[0-9]{2}")(
        value.value if isinstance(value, cbor2.CBORTag) and value.tag == 1004 else value
    )


def nir(value):
    return text("[0-9]{15}")(value) and int(value[:13]) % 97 + int(value[13:]) == 97


def periods(value):
    return len(value) <= limits.PERIODS_MAX and all(
        text(".{1,16}")(code) and dated(first) and dated(last) for code, first, last in value
    )


NAME = "[^\x00-\x1f\x7f-\x9f]"
FIELDS = {
    1: text(NAME + "+"),
    2: text(NAME + "*"),
    3: dated,
    4: nir,
    5: lambda value: whole(value) and value < 100,
    6: text("[0-9]{2}-[0-9]{3}-[0-9]{4}"),
    7: text("[0-9]{2,3}|2[AB]"),
    8: periods,
    9: text("eid|video|counter"),
    10: lambda value: text(NAME + "+")(value[1]) and dated(value[3]),
}
