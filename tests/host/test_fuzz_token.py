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
from names import COSE_KEY, ES256, Claim, Cover, Delegate, Eligible, Header, Key, Rule

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
        Claim.ISS: URI,
        Claim.EXP: NOW + 5 * DAY,
        Claim.NBF: NOW - DAY,
        Claim.IAT: NOW - DAY,
        Claim.CTI: bytes(16),
        Claim.CNF: {COSE_KEY: cose_key(HOLDER)},
        Claim.STATUS: {"status_list": {"idx": 7, "uri": LIST_URI}},
        Claim.HCOV: {
            Cover.FAMILY: "Lefèvre-Müller",
            Cover.GIVEN: "Zoé",
            Cover.BIRTH_DATE: cbor2.CBORTag(1004, "1985-02-01"),
            Cover.NIR: NIR,
            Cover.RANK: 1,
            Cover.SCHEME: "01-751-0001",
            Cover.DEPARTEMENT: "2A",
            Cover.ENTITLEMENTS: [
                ["AMO", "2027-01-01", "2027-12-31"],
                ["C2S", "2026-01-01", "2026-12-31"],
            ],
            Cover.PROOFING: "eid",
            Cover.DELEGATE: {
                Delegate.FAMILY: "Lefèvre",
                Delegate.GIVEN: "Élodie",
                Delegate.UNTIL: "2030-01-01",
            },
        },
    }
)
HEADER = tree({Header.ALG: ES256, Header.CRIT: [1, 4], Header.KID: b"k1"})
PROOF_HEADER = tree({Header.ALG: ES256, Header.CRIT: ["uv", "method"], "uv": True, "method": "pin"})


class List:
    """A status list that knows one token, which is valid."""

    uri, issuer, issued_at, states = LIST_URI, URI, NOW - DAY, 0
    identifiers = False

    def value(self, index, now):
        return 0 if index == 7 else None


TRUST = TrustSet(
    KeySet([firmware_keys.key({**cose_key(ISSUER), Key.KID: b"k1", Key.ISSUER: URI})]),
    Policy({Rule.ELIGIBILITY: {Eligible.MINIMUM_AGE: 16}}),
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
        assert found.holder.family == known[Claim.HCOV][Cover.FAMILY]
        assert found.holder.nir == known[Claim.HCOV][Cover.NIR]


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
        assert (known[Header.ALG], known[Header.KID]) == (ES256, b"k1")
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
        assert (known[Header.ALG], known["uv"]) == (ES256, True)
        assert len(known["method"]) <= 32
        assert understood(known, ("uv", "method"))


@examples(50)
@given(st.booleans(), st.text(max_size=32), st.booleans(), st.text(max_size=32))
def test_the_header_of_a_proof_is_what_the_holder_signed(uv, method, said_uv, said_method):
    header = tree({Header.ALG: ES256, "uv": uv, "method": method})
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
    cti = claims.get(Claim.CTI)
    begins = (claims.get(label, NOW) for label in (Claim.NBF, Claim.IAT))
    times = [claims[Claim.EXP] + SKEW - 1, *(NOW + NOW + SKEW - begin for begin in begins)]
    cover = claims[Claim.HCOV]
    return (
        listed
        and claims[Claim.ISS] == URI
        and all(
            whole(claims[label]) for label in (Claim.EXP, Claim.NBF, Claim.IAT) if label in claims
        )
        and all(time >= NOW for time in times)
        and (Claim.CTI not in claims or (isinstance(cti, bytes) and len(cti) == 16))
        and {**claims[Claim.CNF][COSE_KEY], **cose_key(HOLDER)} == claims[Claim.CNF][COSE_KEY]
        and all(FIELDS[label](value) for label, value in cover.items())
        and {Cover.FAMILY, Cover.BIRTH_DATE, Cover.NIR} <= set(cover)
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
    Cover.FAMILY: text(NAME + "+"),
    Cover.GIVEN: text(NAME + "*"),
    Cover.BIRTH_DATE: dated,
    Cover.NIR: nir,
    Cover.RANK: lambda value: whole(value) and value < 100,
    Cover.SCHEME: text("[0-9]{2}-[0-9]{3}-[0-9]{4}"),
    Cover.DEPARTEMENT: text("[0-9]{2,3}|2[AB]"),
    Cover.ENTITLEMENTS: periods,
    Cover.PROOFING: text("eid|video|counter"),
    Cover.DELEGATE: lambda value: (
        text(NAME + "+")(value[Delegate.FAMILY]) and dated(value[Delegate.UNTIL])
    ),
}
