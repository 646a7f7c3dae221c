import hashlib

from signing import Signer, ideal_signatures

from borne.token import cbor, cose_key
from borne.token.key_set import KeySet
from borne.trust.policy import Policy
from borne.trust.trustset import TrustSet
from borne.verify import verifier
from borne.verify.evidence import Evidence
from borne.verify.verdict import SEVERITIES

NOW = 1_800_000_000  # 2027-01-15
DAY = 86400
ISSUER_URI = "https://issuer.example/"
LIST_URI = "https://issuer.example/status/1"
NONCE = bytes(range(32))
ISSUER, HOLDER, STRANGER = Signer("issuer"), Signer("holder"), Signer("stranger")
COVER = {
    1: "Lefèvre",
    3: "1985-02-01",
    4: "255081416802538",
    8: [["AMO", "2027-01-01", "2027-12-31"]],
}


class OneList:
    """A status list whose answers a test chooses."""

    uri, issuer, issued_at, states = LIST_URI, ISSUER_URI, NOW - DAY, 0
    identifiers = False

    def __init__(self, value):
        self._value = value

    def value(self, index, now):
        return self._value if index == 7 else None


def trust(policy=None, key=None, as_of=NOW - DAY, status=0):
    fields = {-65801: ISSUER_URI}
    fields.update(key or {})
    keys = [cose_key.key(ISSUER.cose_key(b"k1", fields))]
    return TrustSet(KeySet(keys), Policy(policy), as_of, [OneList(status)])


def claims(change=None):
    all_claims = {
        1: ISSUER_URI,
        4: NOW + 5 * DAY,
        5: NOW - DAY,
        6: NOW - DAY,
        7: bytes(16),
        8: {1: HOLDER.cose_key()},
        65535: {"status_list": {"idx": 7, "uri": LIST_URI}},
        -65800: COVER,
    }
    for key, value in (change or {}).items():
        if value is None:
            del all_claims[key]
        else:
            all_claims[key] = value
    return all_claims


def evidence(
    change=None, header=None, signer=ISSUER, holder=HOLDER, uv=True, round_trip_us=0, nonce=NONCE
):
    token = signer.sign1(header or {1: -7, 4: b"k1"}, cbor.encode(claims(change)))
    signed = ["borne-proof-1", nonce, "T1", "dispensing", hashlib.sha256(token).digest(), uv, "pin"]
    protected = {1: -7, "uv": uv, "method": "pin"}
    proof = holder.sign1(protected, cbor.encode(signed), detached=True)
    return Evidence(token, proof, NONCE, "T1", "dispensing", round_trip_us)


def code(case, with_trust=None, now=NOW):
    verdict = verifier.verify(case, with_trust or trust(), now)
    assert verdict.severity == SEVERITIES[verdict.code]
    if verdict.severity in ("refuse", "retry"):
        assert verdict.holder is None
    return verdict.code


def test_a_genuine_token_is_valid_and_shows_its_holder():
    verdict = verifier.verify(evidence(), trust(), NOW)
    assert (verdict.code, verdict.severity) == ("VALID", "accept")
    assert (verdict.holder.family, verdict.holder.until) == ("Lefèvre", "2027-12-31")


def test_views_are_as_good_as_bytes():
    case = evidence()
    case.token, case.proof = memoryview(case.token), memoryview(case.proof)
    assert code(case) == "VALID"


def test_a_token_with_the_cwt_tag_around_is_the_same_token():
    case = evidence()
    wrapped = b"\xd8\x3d" + case.token
    signed = [
        "borne-proof-1",
        NONCE,
        "T1",
        "dispensing",
        hashlib.sha256(wrapped).digest(),
        True,
        "pin",
    ]
    proof = HOLDER.sign1({1: -7, "uv": True, "method": "pin"}, cbor.encode(signed), detached=True)
    assert code(Evidence(wrapped, proof, NONCE, "T1", "dispensing")) == "VALID"
    untagged = Evidence(case.token[1:], case.proof, NONCE, "T1", "dispensing")
    assert code(untagged) == "MALFORMED"


@ideal_signatures
def test_shape():
    for change in (
        {8: None},
        {4: None},
        {1: None},
        {-65800: None},
        {7: b"short"},
        {4: -1},
        {8: {}, 1: 5},
    ):
        assert code(evidence(change)) == "MALFORMED", change
    assert code(evidence({8: {2: 0}})) == "UNSUPPORTED"  # an encrypted key, RFC 8747 section 3.3
    assert code(evidence({65535: {"identifier_list": {}}})) == "UNSUPPORTED"
    assert (
        code(evidence({65535: {"status_list": {"idx": 1 << 40, "uri": LIST_URI}}})) == "MALFORMED"
    )
    assert code(evidence(header={1: -7})) == "MALFORMED"
    assert code(evidence(header={1: -8, 4: b"k1"})) == "UNSUPPORTED"
    assert code(evidence(header={1: -7, 2: [50], 4: b"k1", 50: 0})) == "UNSUPPORTED"
    case = evidence()
    for token in (b"", b"\x00", bytes(4000), case.token[:-1], case.token + b"\x00"):
        assert code(Evidence(token, case.proof, NONCE, "T1", "dispensing")) == "MALFORMED"


@ideal_signatures
def test_issuer():
    assert code(evidence(header={1: -7, 4: b"k2"})) == "UNKNOWN_ISSUER"
    assert code(evidence({1: "https://other.example/"})) == "UNKNOWN_ISSUER"
    assert code(evidence(), trust(key={-65804: 1})) == "ISSUER_REVOKED"
    assert code(evidence(), trust(key={-65803: NOW - 1})) == "ISSUER_REVOKED"
    assert code(evidence(), trust(key={-65802: NOW + 1})) == "ISSUER_REVOKED"
    assert code(evidence(), trust(key={-65802: NOW, -65803: NOW})) == "VALID"
    assert code(evidence(), TrustSet([], Policy(), None)) == "TRUST_STALE"


def test_signatures():
    assert code(evidence(signer=STRANGER)) == "BAD_SIGNATURE"
    assert code(evidence(holder=STRANGER)) == "CLONED"
    assert code(evidence(nonce=bytes(32))) == "CLONED"
    case = evidence()
    for terminal_id, purpose in (("T2", "dispensing"), ("T1", "consultation")):
        assert code(Evidence(case.token, case.proof, NONCE, terminal_id, purpose)) == "CLONED"
    other = evidence({7: bytes(15) + b"\x01"})
    assert code(Evidence(other.token, case.proof, NONCE, "T1", "dispensing")) == "CLONED"
    assert code(Evidence(case.token, None, NONCE, "T1", "dispensing")) == "CLONED"
    assert code(Evidence(case.token, case.token, NONCE, "T1", "dispensing")) == "MALFORMED"


def test_the_header_of_the_proof_cannot_be_changed():
    token = ISSUER.sign1({1: -7, 4: b"k1"}, cbor.encode(claims()))
    signed = [
        "borne-proof-1",
        NONCE,
        "T1",
        "dispensing",
        hashlib.sha256(token).digest(),
        False,
        "pin",
    ]
    lying = HOLDER.sign1({1: -7, "uv": True, "method": "pin"}, cbor.encode(signed), detached=True)
    assert code(Evidence(token, lying, NONCE, "T1", "dispensing")) == "CLONED"


@ideal_signatures
def test_presence():
    assert code(evidence(uv=False)) == "HOLDER_NOT_PRESENT"
    assert code(evidence(uv=False), trust({5: False})) == "VALID"
    assert code(evidence(round_trip_us=50_001), trust({6: 50})) == "RELAY_SUSPECTED"
    assert code(evidence(round_trip_us=50_000), trust({6: 50})) == "VALID"
    assert code(evidence(uv=False, round_trip_us=60_000), trust({6: 50})) == "RELAY_SUSPECTED"


@ideal_signatures
def test_times():
    skew = 300
    assert code(evidence({4: NOW - skew})) == "EXPIRED"
    assert code(evidence({4: NOW - skew + 1})) == "VALID"
    assert code(evidence({5: NOW + skew + 1})) == "NOT_YET_VALID"
    assert code(evidence({5: NOW + skew})) == "VALID"
    assert code(evidence({6: NOW + skew + 1})) == "NOT_YET_VALID"
    assert code(evidence({5: None, 6: None})) == "VALID"
    assert code(evidence({4: NOW - 10}), trust({3: 0})) == "EXPIRED"
    assert code(evidence(), now=None) == "CLOCK_UNSET"
    assert code(evidence(), trust(as_of=NOW + skew + 1)) == "CLOCK_UNSET"


@ideal_signatures
def test_status():
    assert code(evidence(), trust(status=1)) == "REVOKED"
    assert code(evidence(), trust(status=2)) == "SUSPENDED"
    assert code(evidence(), trust(status=3)) == "UNSUPPORTED"
    assert code(evidence(), trust(status=None)) == "TRUST_STALE"
    elsewhere = {65535: {"status_list": {"idx": 7, "uri": LIST_URI + "0"}}}
    assert code(evidence(elsewhere)) == "TRUST_STALE"
    assert code(evidence({65535: None})) == "VALID"


@ideal_signatures
def test_another_issuers_list_says_nothing():
    foreign = OneList(0)
    foreign.issuer = "https://other.example/"
    keys = [cose_key.key(ISSUER.cose_key(b"k1"))]
    assert code(evidence(), TrustSet(KeySet(keys), Policy(), NOW, [foreign])) == "TRUST_STALE"


@ideal_signatures
def test_the_newest_list_counts():
    newer = OneList(1)
    newer.issued_at = NOW
    for lists in ([OneList(0), newer], [newer, OneList(0)]):
        keys = [cose_key.key(ISSUER.cose_key(b"k1"))]
        assert code(evidence(), TrustSet(KeySet(keys), Policy(), NOW, lists)) == "REVOKED"


@ideal_signatures
def test_the_age_of_trust_data():
    policy = {1: 7 * DAY, 2: 30 * DAY}
    ages = {
        7 * DAY: "VALID",
        7 * DAY + 1: "VALID_STALE",
        30 * DAY: "VALID_STALE",
        30 * DAY + 1: "TRUST_STALE",
    }
    for age, expected in ages.items():
        assert code(evidence(), trust(policy, as_of=NOW - age)) == expected
    assert code(evidence(), trust(as_of=None)) == "TRUST_STALE"


@ideal_signatures
def test_entitlement_and_eligibility():
    def covered(change, policy=None):
        cover = dict(COVER)
        cover.update(change)
        return code(evidence({-65800: cover}), trust(policy))

    assert covered({8: []}) == "NO_ENTITLEMENT"
    assert covered({8: [["AMO", "2027-01-16", "2027-12-31"]]}) == "NO_ENTITLEMENT"
    assert covered({8: [["AMO", "2027-01-15", "2027-01-15"]]}) == "VALID"
    assert covered({3: "2012-01-01"}, {7: {1: 16}}) == "NOT_ELIGIBLE"
    assert covered({3: "2011-01-15"}, {7: {1: 16}}) == "VALID"
    assert covered({3: "2024-01-01", 5: 1}, {7: {1: 16}}) == "VALID"  # carried by somebody's phone
    assert covered({3: "2024-01-01", 5: 1, 7: "75"}, {7: {1: 16, 3: ["01"]}}) == "NOT_ELIGIBLE"
    assert covered({6: "02-751-0001"}, {7: {2: ["01-"]}}) == "NOT_ELIGIBLE"
    assert covered({6: "01-751-0001"}, {7: {2: ["01-"]}}) == "VALID"
    assert covered({}, {7: {2: ["01-"]}}) == "NOT_ELIGIBLE"
    assert covered({7: "75"}, {7: {3: ["01", "2A"]}}) == "NOT_ELIGIBLE"
    assert covered({7: "75"}, {7: {3: ["01"], 4: "2027-01-16"}}) == "NOT_ELIGIBLE"
    assert covered({7: "75"}, {7: {3: ["01"], 4: "2027-01-15"}}) == "VALID"
    assert covered({7: "01"}, {7: {3: ["01"], 4: "2027-01-16"}}) == "VALID"


@ideal_signatures
def test_the_first_check_that_fails_decides():
    # Everything is wrong with this one; mending it check by check shows the order.
    no_cover = dict(COVER)
    no_cover[8] = []
    wrong = {4: NOW - DAY, -65800: no_cover}
    stale = trust({6: 50, 7: {1: 99}}, as_of=NOW - 10 * DAY, status=1)
    case = evidence(wrong, header={1: -7, 4: b"k2"}, signer=STRANGER, holder=STRANGER, uv=False)
    assert code(case, stale) == "UNKNOWN_ISSUER"
    assert (
        code(evidence(wrong, signer=STRANGER, holder=STRANGER, uv=False), stale) == "BAD_SIGNATURE"
    )
    assert code(evidence(wrong, holder=STRANGER, uv=False, round_trip_us=60000), stale) == "CLONED"
    assert code(evidence(wrong, uv=False, round_trip_us=60000), stale) == "RELAY_SUSPECTED"
    assert code(evidence(wrong, uv=False), stale) == "HOLDER_NOT_PRESENT"
    assert code(evidence(wrong), stale, None) == "CLOCK_UNSET"
    assert code(evidence(wrong), stale) == "EXPIRED"
    del wrong[4]
    assert code(evidence(wrong), stale) == "REVOKED"
    assert code(evidence(wrong), trust({7: {1: 99}}, as_of=NOW - 99 * DAY)) == "TRUST_STALE"
    stale = trust({7: {1: 99}}, as_of=NOW - 10 * DAY)
    assert code(evidence(wrong), stale) == "NO_ENTITLEMENT"
    assert code(evidence(), stale) == "NOT_ELIGIBLE"
    assert code(evidence(), trust(as_of=NOW - 10 * DAY)) == "VALID_STALE"


def test_whatever_breaks_inside_is_a_refusal():
    class Broken:
        policy = Policy()
        keys = [1]
        as_of = NOW

        def find_keys(self, kid, issuer):
            raise MemoryError

    verdict = verifier.verify(evidence(), Broken(), NOW)
    assert (verdict.code, verdict.severity, verdict.detail) == ("INTERNAL", "refuse", "MemoryError")


def test_any_changed_bit_of_token_or_proof_is_never_accepted():
    case = evidence()
    for data, name in ((case.token, "token"), (case.proof, "proof")):
        for at in range(0, len(data), 3):
            changed = bytearray(data)
            changed[at] ^= 1 << (at % 8)
            parts = {"token": case.token, "proof": case.proof}
            parts[name] = bytes(changed)
            one = Evidence(parts["token"], parts["proof"], NONCE, "T1", "dispensing")
            assert code(one) not in ("VALID", "VALID_STALE", "INTERNAL"), (name, at)


def test_two_keys_with_one_kid_are_both_tried():
    fields = {-65801: ISSUER_URI}
    keys = [
        cose_key.key(STRANGER.cose_key(b"k1", fields)),
        cose_key.key(ISSUER.cose_key(b"k1", fields)),
    ]
    both = TrustSet(KeySet(keys), Policy(), NOW, [OneList(0)])
    assert code(evidence(), both) == "VALID"
    revoked = {-65801: ISSUER_URI, -65804: 1}
    keys[1] = cose_key.key(ISSUER.cose_key(b"k1", revoked))
    assert code(evidence(), TrustSet(KeySet(keys), Policy(), NOW, [OneList(0)])) == "BAD_SIGNATURE"


@ideal_signatures
def test_of_two_lists_of_the_same_second_the_worse_counts():
    keys = [cose_key.key(ISSUER.cose_key(b"k1"))]
    for lists in ([OneList(0), OneList(1)], [OneList(1), OneList(0)]):
        assert code(evidence(), TrustSet(KeySet(keys), Policy(), NOW, lists)) == "REVOKED"


@ideal_signatures
def test_a_delegation_ends():
    def delegated(until):
        cover = dict(COVER)
        cover[10] = {1: "Martin", 3: until}
        return code(evidence({-65800: cover}))

    assert delegated("2027-01-15") == "VALID"
    assert delegated("2027-01-14") == "NO_ENTITLEMENT"
