import hashlib

from names import COSE_KEY, EDDSA, ES256, Claim, Cover, Delegate, Eligible, Header, Key, Rule
from signing import Signer, ideal_signatures

from borne import limits
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
    Cover.FAMILY: "Lefèvre",
    Cover.BIRTH_DATE: "1985-02-01",
    Cover.NIR: "255081416802538",
    Cover.ENTITLEMENTS: [["AMO", "2027-01-01", "2027-12-31"]],
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
    fields = {Key.ISSUER: ISSUER_URI}
    fields.update(key or {})
    keys = [cose_key.key(ISSUER.cose_key(b"k1", fields))]
    return TrustSet(KeySet(keys), Policy(policy), as_of, [OneList(status)])


def claims(change=None):
    all_claims = {
        Claim.ISS: ISSUER_URI,
        Claim.EXP: NOW + 5 * DAY,
        Claim.NBF: NOW - DAY,
        Claim.IAT: NOW - DAY,
        Claim.CTI: bytes(16),
        Claim.CNF: {COSE_KEY: HOLDER.cose_key()},
        Claim.STATUS: {"status_list": {"idx": 7, "uri": LIST_URI}},
        Claim.HCOV: COVER,
    }
    for key, value in (change or {}).items():
        if value is None:
            del all_claims[key]
        else:
            all_claims[key] = value
    return all_claims


def evidence(
    change=None,
    header=None,
    signer=ISSUER,
    holder=HOLDER,
    uv=True,
    round_trip_us=0,
    nonce=NONCE,
    unprotected=None,
):
    token = signer.sign1(
        header or {Header.ALG: ES256, Header.KID: b"k1"},
        cbor.encode(claims(change)),
        unprotected=unprotected,
    )
    signed = ["borne-proof-1", nonce, "T1", "dispensing", hashlib.sha256(token).digest(), uv, "pin"]
    protected = {Header.ALG: ES256, "uv": uv, "method": "pin"}
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
    proof = HOLDER.sign1(
        {Header.ALG: ES256, "uv": True, "method": "pin"}, cbor.encode(signed), detached=True
    )
    assert code(Evidence(wrapped, proof, NONCE, "T1", "dispensing")) == "VALID"
    untagged = Evidence(case.token[1:], case.proof, NONCE, "T1", "dispensing")
    assert code(untagged) == "MALFORMED"


@ideal_signatures
def test_shape():
    for change in (
        {Claim.CNF: None},
        {Claim.EXP: None},
        {Claim.ISS: None},
        {Claim.HCOV: None},
        {Claim.CTI: b"short"},
        {Claim.EXP: -1},
        {Claim.EXP: limits.TIME_MAX + 1},
        {Claim.EXP: (1 << 64) - 1},
        {Claim.CNF: {}, Claim.ISS: 5},
    ):
        assert code(evidence(change)) == "MALFORMED", change
    assert (
        code(evidence({Claim.CNF: {2: 0}})) == "UNSUPPORTED"
    )  # an encrypted key, RFC 8747 section 3.3
    assert code(evidence({Claim.STATUS: {"identifier_list": {}}})) == "UNSUPPORTED"
    assert (
        code(evidence({Claim.STATUS: {"status_list": {"idx": 1 << 40, "uri": LIST_URI}}}))
        == "MALFORMED"
    )
    assert code(evidence(header={Header.ALG: ES256})) == "MALFORMED"
    assert code(evidence(header={Header.ALG: EDDSA, Header.KID: b"k1"})) == "UNSUPPORTED"
    assert (
        code(evidence(header={Header.ALG: ES256, Header.CRIT: [50], Header.KID: b"k1", 50: 0}))
        == "UNSUPPORTED"
    )
    case = evidence()
    for token in (b"", b"\x00", bytes(4000), case.token[:-1], case.token + b"\x00"):
        assert code(Evidence(token, case.proof, NONCE, "T1", "dispensing")) == "MALFORMED"


@ideal_signatures
def test_issuer():
    assert code(evidence(header={Header.ALG: ES256, Header.KID: b"k2"})) == "UNKNOWN_ISSUER"
    assert code(evidence({Claim.ISS: "https://other.example/"})) == "UNKNOWN_ISSUER"
    assert code(evidence(), trust(key={Key.STATE: 1})) == "ISSUER_REVOKED"
    assert code(evidence(), trust(key={Key.NOT_AFTER: NOW - 1})) == "ISSUER_REVOKED"
    assert code(evidence(), trust(key={Key.NOT_BEFORE: NOW + 1})) == "ISSUER_REVOKED"
    assert code(evidence(), trust(key={Key.NOT_BEFORE: NOW, Key.NOT_AFTER: NOW})) == "VALID"
    assert code(evidence(), TrustSet([], Policy(), None)) == "TRUST_STALE"


def test_signatures():
    assert code(evidence(signer=STRANGER)) == "BAD_SIGNATURE"
    assert code(evidence(holder=STRANGER)) == "CLONED"
    assert code(evidence(nonce=bytes(32))) == "CLONED"
    case = evidence()
    for terminal_id, purpose in (("T2", "dispensing"), ("T1", "consultation")):
        assert code(Evidence(case.token, case.proof, NONCE, terminal_id, purpose)) == "CLONED"
    other = evidence({Claim.CTI: bytes(15) + b"\x01"})
    assert code(Evidence(other.token, case.proof, NONCE, "T1", "dispensing")) == "CLONED"
    assert code(Evidence(case.token, None, NONCE, "T1", "dispensing")) == "CLONED"
    assert code(Evidence(case.token, case.token, NONCE, "T1", "dispensing")) == "MALFORMED"


def test_the_header_of_the_proof_cannot_be_changed():
    token = ISSUER.sign1({Header.ALG: ES256, Header.KID: b"k1"}, cbor.encode(claims()))
    signed = [
        "borne-proof-1",
        NONCE,
        "T1",
        "dispensing",
        hashlib.sha256(token).digest(),
        False,
        "pin",
    ]
    lying = HOLDER.sign1(
        {Header.ALG: ES256, "uv": True, "method": "pin"}, cbor.encode(signed), detached=True
    )
    assert code(Evidence(token, lying, NONCE, "T1", "dispensing")) == "CLONED"


@ideal_signatures
def test_presence():
    assert code(evidence(uv=False)) == "HOLDER_NOT_PRESENT"
    assert code(evidence(uv=False), trust({Rule.USER_VERIFICATION: False})) == "VALID"
    assert code(evidence(round_trip_us=50_001), trust({Rule.RELAY_BOUND: 50})) == "RELAY_SUSPECTED"
    assert code(evidence(round_trip_us=50_000), trust({Rule.RELAY_BOUND: 50})) == "VALID"
    assert (
        code(evidence(uv=False, round_trip_us=60_000), trust({Rule.RELAY_BOUND: 50}))
        == "RELAY_SUSPECTED"
    )


@ideal_signatures
def test_times():
    skew = 300
    assert code(evidence({Claim.EXP: NOW - skew})) == "EXPIRED"
    assert code(evidence({Claim.EXP: NOW - skew + 1})) == "VALID"
    assert code(evidence({Claim.NBF: NOW + skew + 1})) == "NOT_YET_VALID"
    assert code(evidence({Claim.NBF: NOW + skew})) == "VALID"
    assert code(evidence({Claim.IAT: NOW + skew + 1})) == "NOT_YET_VALID"
    assert code(evidence({Claim.NBF: None, Claim.IAT: None})) == "VALID"
    assert code(evidence({Claim.EXP: NOW - 10}), trust({Rule.CLOCK_SKEW: 0})) == "EXPIRED"
    assert code(evidence(), now=None) == "CLOCK_UNSET"
    assert code(evidence(), trust(as_of=NOW + skew + 1)) == "CLOCK_UNSET"


@ideal_signatures
def test_status():
    assert code(evidence(), trust(status=1)) == "REVOKED"
    assert code(evidence(), trust(status=2)) == "SUSPENDED"
    assert code(evidence(), trust(status=3)) == "UNSUPPORTED"
    assert code(evidence(), trust(status=None)) == "TRUST_STALE"
    elsewhere = {Claim.STATUS: {"status_list": {"idx": 7, "uri": LIST_URI + "0"}}}
    assert code(evidence(elsewhere)) == "TRUST_STALE"
    assert code(evidence({Claim.STATUS: None})) == "VALID"


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
    policy = {Rule.WARN_AFTER: 7 * DAY, Rule.REFUSE_AFTER: 30 * DAY}
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
        return code(evidence({Claim.HCOV: cover}), trust(policy))

    assert covered({Cover.ENTITLEMENTS: []}) == "NO_ENTITLEMENT"
    assert covered({Cover.ENTITLEMENTS: [["AMO", "2027-01-16", "2027-12-31"]]}) == "NO_ENTITLEMENT"
    assert covered({Cover.ENTITLEMENTS: [["AMO", "2027-01-15", "2027-01-15"]]}) == "VALID"
    assert (
        covered({Cover.BIRTH_DATE: "2012-01-01"}, {Rule.ELIGIBILITY: {Eligible.MINIMUM_AGE: 16}})
        == "NOT_ELIGIBLE"
    )
    assert (
        covered({Cover.BIRTH_DATE: "2011-01-15"}, {Rule.ELIGIBILITY: {Eligible.MINIMUM_AGE: 16}})
        == "VALID"
    )
    assert (
        covered(
            {Cover.BIRTH_DATE: "2024-01-01", Cover.RANK: 1},
            {Rule.ELIGIBILITY: {Eligible.MINIMUM_AGE: 16}},
        )
        == "VALID"
    )  # carried by somebody's phone
    assert (
        covered(
            {Cover.BIRTH_DATE: "2024-01-01", Cover.RANK: 1, Cover.DEPARTEMENT: "75"},
            {Rule.ELIGIBILITY: {Eligible.MINIMUM_AGE: 16, Eligible.DEPARTEMENTS: ["01"]}},
        )
        == "NOT_ELIGIBLE"
    )
    assert (
        covered({Cover.SCHEME: "02-751-0001"}, {Rule.ELIGIBILITY: {Eligible.FUNDS: ["01-"]}})
        == "NOT_ELIGIBLE"
    )
    assert (
        covered({Cover.SCHEME: "01-751-0001"}, {Rule.ELIGIBILITY: {Eligible.FUNDS: ["01-"]}})
        == "VALID"
    )
    assert covered({}, {Rule.ELIGIBILITY: {Eligible.FUNDS: ["01-"]}}) == "NOT_ELIGIBLE"
    assert (
        covered(
            {Cover.DEPARTEMENT: "75"}, {Rule.ELIGIBILITY: {Eligible.DEPARTEMENTS: ["01", "2A"]}}
        )
        == "NOT_ELIGIBLE"
    )
    assert (
        covered(
            {Cover.DEPARTEMENT: "75"},
            {
                Rule.ELIGIBILITY: {
                    Eligible.DEPARTEMENTS: ["01"],
                    Eligible.GENERAL_FROM: "2027-01-16",
                }
            },
        )
        == "NOT_ELIGIBLE"
    )
    assert (
        covered(
            {Cover.DEPARTEMENT: "75"},
            {
                Rule.ELIGIBILITY: {
                    Eligible.DEPARTEMENTS: ["01"],
                    Eligible.GENERAL_FROM: "2027-01-15",
                }
            },
        )
        == "VALID"
    )
    assert (
        covered(
            {Cover.DEPARTEMENT: "01"},
            {
                Rule.ELIGIBILITY: {
                    Eligible.DEPARTEMENTS: ["01"],
                    Eligible.GENERAL_FROM: "2027-01-16",
                }
            },
        )
        == "VALID"
    )


@ideal_signatures
def test_days_are_the_counters():
    """NOW is 08:00 UTC on 15 January 2027: still the 14th, or the 16th already, where the zone says so."""
    sixteen = {Eligible.MINIMUM_AGE: 16}

    def there(rule, change, eligible=None, at=NOW):
        cover = dict(COVER)
        cover.update(change)
        policy = {Rule.TIME_ZONE: rule, Rule.ELIGIBILITY: eligible or {}}
        return code(evidence({Claim.HCOV: cover}), trust(policy), at)

    for rule, day in (("<-10>10", 14), ("UTC0", 15), ("<+17>-17", 16)):
        yesterday, today, tomorrow = ("2027-01-%d" % (day + n) for n in (-1, 0, 1))
        for first, last, wanted in (
            (today, today, "VALID"),
            ("2027-01-01", yesterday, "NO_ENTITLEMENT"),
            (tomorrow, "2027-12-31", "NO_ENTITLEMENT"),
        ):
            periods = {Cover.ENTITLEMENTS: [["AMO", first, last]]}
            assert there(rule, periods) == wanted, (rule, first, last)
        for until, wanted in ((today, "VALID"), (yesterday, "NO_ENTITLEMENT")):
            delegate = {Delegate.FAMILY: "Roy", Delegate.UNTIL: until}
            assert there(rule, {Cover.DELEGATE: delegate}) == wanted, (rule, until)
        for born, wanted in ((today, "VALID"), (tomorrow, "NOT_ELIGIBLE")):
            change = {Cover.BIRTH_DATE: "2011" + born[4:]}
            assert there(rule, change, sixteen) == wanted, (rule, born)
        for first, wanted in ((today, "VALID"), (tomorrow, "NOT_ELIGIBLE")):
            rollout = {Eligible.DEPARTEMENTS: ["01"], Eligible.GENERAL_FROM: first}
            assert there(rule, {}, rollout) == wanted, (rule, first)
    # Times are UTC everywhere.
    for rule in ("<-10>10", "UTC0", "<+17>-17"):
        zoned = trust({Rule.TIME_ZONE: rule})
        assert code(evidence({Claim.EXP: NOW - 300}), zoned) == "EXPIRED"
        assert code(evidence({Claim.EXP: NOW - 299}), zoned) == "VALID"
        assert code(evidence({Claim.NBF: NOW + 301}), zoned) == "NOT_YET_VALID"


@ideal_signatures
def test_the_terminals_own_zone_goes_before_the_policys():
    last = dict(COVER)
    last[Cover.ENTITLEMENTS] = [["AMO", "2027-01-01", "2027-01-14"]]
    case = evidence({Claim.HCOV: last})
    for own, wanted in ((None, "NO_ENTITLEMENT"), ("<-10>10", "VALID")):
        known = trust()
        policy = Policy({Rule.TIME_ZONE: "<+03>-3"})
        zoned = TrustSet(known.keys, policy, NOW - DAY, [OneList(0)], own_zone=own)
        assert code(case, zoned) == wanted


@ideal_signatures
def test_the_first_check_that_fails_decides():
    # Everything is wrong with this one; mending it check by check shows the order.
    no_cover = dict(COVER)
    no_cover[Cover.ENTITLEMENTS] = []
    wrong = {Claim.EXP: NOW - DAY, Claim.HCOV: no_cover}
    stale = trust(
        {Rule.RELAY_BOUND: 50, Rule.ELIGIBILITY: {Eligible.MINIMUM_AGE: 99}},
        as_of=NOW - 10 * DAY,
        status=1,
    )
    case = evidence(
        wrong,
        header={Header.ALG: ES256, Header.KID: b"k2"},
        signer=STRANGER,
        holder=STRANGER,
        uv=False,
    )
    assert code(case, stale) == "UNKNOWN_ISSUER"
    assert (
        code(evidence(wrong, signer=STRANGER, holder=STRANGER, uv=False), stale) == "BAD_SIGNATURE"
    )
    assert code(evidence(wrong, holder=STRANGER, uv=False, round_trip_us=60000), stale) == "CLONED"
    assert code(evidence(wrong, uv=False, round_trip_us=60000), stale) == "RELAY_SUSPECTED"
    assert code(evidence(wrong, uv=False), stale) == "HOLDER_NOT_PRESENT"
    assert code(evidence(wrong), stale, None) == "CLOCK_UNSET"
    assert code(evidence(wrong), stale) == "EXPIRED"
    del wrong[Claim.EXP]
    assert code(evidence(wrong), stale) == "REVOKED"
    assert (
        code(
            evidence(wrong),
            trust({Rule.ELIGIBILITY: {Eligible.MINIMUM_AGE: 99}}, as_of=NOW - 99 * DAY),
        )
        == "TRUST_STALE"
    )
    stale = trust({Rule.ELIGIBILITY: {Eligible.MINIMUM_AGE: 99}}, as_of=NOW - 10 * DAY)
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
    fields = {Key.ISSUER: ISSUER_URI}
    keys = [
        cose_key.key(STRANGER.cose_key(b"k1", fields)),
        cose_key.key(ISSUER.cose_key(b"k1", fields)),
    ]
    both = TrustSet(KeySet(keys), Policy(), NOW, [OneList(0)])
    assert code(evidence(), both) == "VALID"
    revoked = {Key.ISSUER: ISSUER_URI, Key.STATE: 1}
    keys[1] = cose_key.key(ISSUER.cose_key(b"k1", revoked))
    assert code(evidence(), TrustSet(KeySet(keys), Policy(), NOW, [OneList(0)])) == "BAD_SIGNATURE"


@ideal_signatures
def test_the_issuer_is_the_one_whose_key_has_signed():
    """Whatever the kid says, which nobody has signed."""
    header = {Header.ALG: ES256}
    keys = [
        cose_key.key(STRANGER.cose_key(b"k1", {Key.ISSUER: "https://other.example/"})),
        cose_key.key(ISSUER.cose_key(b"k1", {Key.ISSUER: ISSUER_URI})),
        cose_key.key(Signer("unbound").cose_key(b"k2")),
    ]
    known = TrustSet(KeySet(keys), Policy(), NOW, [OneList(0)])
    for kid, expected in ((b"k1", "VALID"), (b"k2", "BAD_SIGNATURE"), (b"k3", "UNKNOWN_ISSUER")):
        verdict = verifier.verify(
            evidence(header=header, unprotected={Header.KID: kid}), known, NOW
        )
        assert verdict.code == expected
        assert expected != "VALID" or verdict.signed.issuer == ISSUER_URI
    for unprotected in ({}, {Header.KID: "k1"}, {Header.KID: b"k1", Header.TYP: "x"}):
        assert code(evidence(header=header, unprotected=unprotected), known) == "MALFORMED"
    both = {Header.ALG: ES256, Header.KID: b"k1"}
    assert code(evidence(header=both, unprotected={Header.KID: b"k1"}), known) == "MALFORMED"


@ideal_signatures
def test_of_two_lists_of_the_same_second_the_worse_counts():
    keys = [cose_key.key(ISSUER.cose_key(b"k1"))]
    for lists in ([OneList(0), OneList(1)], [OneList(1), OneList(0)]):
        assert code(evidence(), TrustSet(KeySet(keys), Policy(), NOW, lists)) == "REVOKED"


@ideal_signatures
def test_a_delegation_ends():
    def delegated(until):
        cover = dict(COVER)
        cover[Cover.DELEGATE] = {Delegate.FAMILY: "Martin", Delegate.UNTIL: until}
        return code(evidence({Claim.HCOV: cover}))

    assert delegated("2027-01-15") == "VALID"
    assert delegated("2027-01-14") == "NO_ENTITLEMENT"
