"""The verifier: evidence, trust and a time in, a verdict out. No I/O, no clock.

The checks run in the order of CHECKS, and the first that fails decides:

1. shape             token and proof decode, ES256, no unknown critical header  MALFORMED UNSUPPORTED
2. issuer_known      `kid` is in the key set, for this issuer, in its period    UNKNOWN_ISSUER
                                                                                ISSUER_REVOKED TRUST_STALE
3. issuer_signature  the issuer's signature verifies                            BAD_SIGNATURE
4. holder_proof      the holder's proof verifies; not relayed; user verified    CLONED RELAY_SUSPECTED
                                                                                HOLDER_NOT_PRESENT
5. times             a trustworthy clock; exp, nbf and iat within the skew      CLOCK_UNSET EXPIRED
                                                                                NOT_YET_VALID
6. status            the token's index in its status list; trust young enough   REVOKED SUSPENDED
                                                                                UNSUPPORTED TRUST_STALE
7. entitlement       a period covers today (UTC); a delegation has not ended    NO_ENTITLEMENT
8. eligibility       the policy covers this holder                              NOT_ELIGIBLE
9. freshness         trust data younger than `warn_after`                       VALID_STALE

Every refusal comes before every warning, so that no warning hides a refusal.
"""

from borne.errors import DecodeError, UnsupportedError
from borne.token import dates
from borne.token.cwt import Token
from borne.token.proof import Proof
from borne.trust.freshness import FRESH, REFUSE, UNKNOWN, judge
from borne.verify.verdict import Holder, Signed, Verdict

_STATUS_VALID = 0
_STATUS_CODES = {1: "REVOKED", 2: "SUSPENDED"}  # Token Status List, section "Status Types"


class _Case:
    """One run: what came in, and what the checks have established so far."""

    def __init__(self, evidence, trust, now):
        self.evidence = evidence
        self.trust = trust
        self.policy = trust.policy
        self.now = now
        self.token = None
        self.proof = None
        self.keys = ()
        self.signed = None
        self.until = None
        self.documents: list = []  # of an mdoc: borne.verify.mdoc_verifier


def verify(evidence, trust, now, checks=None):
    """Returns the Verdict on `evidence` (Evidence) at `now` (unix seconds, or None: no trusted time).

    `trust` is a borne.trust.trustset.TrustSet. `checks` stands in for CHECKS where a host tool has
    less evidence than a tap: the terminal never passes it. Whatever happens inside, a Verdict comes
    out: what nobody foresaw is INTERNAL, a refusal.
    """
    case = _Case(evidence, trust, now)
    try:
        for check in CHECKS if checks is None else checks:
            failure = check(case)
            if failure:
                return _verdict(case, *failure)
        return _verdict(case, "VALID", "")
    except UnsupportedError as error:
        return Verdict("UNSUPPORTED", error.reason)
    except DecodeError as error:
        return Verdict("MALFORMED", error.reason)
    except Exception as error:  # noqa: BLE001 - the outermost guard: fail closed, never to a prompt
        return Verdict("INTERNAL", type(error).__name__)


def shape(case):
    case.token = Token(case.evidence.token)
    if case.evidence.proof is not None:
        case.proof = Proof(case.evidence.proof)


def issuer_known(case):
    if not case.trust.keys:
        return "TRUST_STALE", "no trust data"
    found = case.trust.find_keys(case.token.kid, case.token.issuer)
    if not found:
        return "UNKNOWN_ISSUER", "no key with this kid for this issuer"
    current = [key for key in found if not key.revoked]
    if not current:
        return "ISSUER_REVOKED", "the issuer's key is revoked"
    # Without a time the period cannot be judged; `times` then refuses.
    if case.now is not None:
        current = [key for key in current if key.usable(case.now)]
        if not current:
            return "ISSUER_REVOKED", "the issuer's key is outside its own period"
    case.keys = current
    return None


def issuer_signature(case):
    # A kid is a hint (RFC 9052 section 3.1): an issuer may have given it to two keys.
    for key in case.keys:
        if case.token.message.verify(key):
            token = case.token
            case.signed = Signed(key.issuer, token.message.digest(), case.proof, token.holder_key)
            return None
    return "BAD_SIGNATURE", "the issuer's signature does not verify"


def holder_proof(case):
    evidence = case.evidence
    if case.proof is None or not case.proof.verify(
        case.token.holder_key,
        evidence.token,
        evidence.nonce,
        evidence.terminal_id,
        evidence.purpose,
    ):
        return "CLONED", "the holder's proof does not verify"
    failure = relay(case)
    if failure:
        return failure
    if case.policy.user_verification and not case.proof.user_verified:
        return "HOLDER_NOT_PRESENT", "the phone did not verify its user"
    return None


def relay(case):
    bound = case.policy.relay_bound_ms
    if bound and case.evidence.round_trip_us > bound * 1000:
        return "RELAY_SUSPECTED", "round trip longer than the policy's bound"
    return None


def times(case):
    skew = case.policy.clock_skew
    now = case.now
    if now is None:
        return "CLOCK_UNSET", "no trustworthy time"
    if case.trust.as_of is not None and now < case.trust.as_of - skew:
        return "CLOCK_UNSET", "the clock is behind the trust data"
    token = case.token
    if now >= token.expires + skew:
        return "EXPIRED", "token past its exp"
    if token.not_before is not None and now < token.not_before - skew:
        return "NOT_YET_VALID", "token before its nbf"
    if token.issued_at is not None and now < token.issued_at - skew:
        return "NOT_YET_VALID", "token before its iat"
    return None


def status(case):
    if case.token.status is not None:
        uri, index = case.token.status
        failure = judged(case.trust.status(uri, index, case.token.issuer, case.now))
        if failure:
            return failure
    return age(case)


def judged(value):
    """What follows from a status (int), or from None: undetermined."""
    if value is None:
        # Undetermined is not revoked: the terminal lacks data, and the way out is an update.
        return "TRUST_STALE", "no current status list covers this token"
    if value in _STATUS_CODES:
        return _STATUS_CODES[value], "status list"
    if value != _STATUS_VALID:
        return "UNSUPPORTED", "status value"
    return None


def age(case):
    state = _freshness(case)
    if state == UNKNOWN:
        return "TRUST_STALE", "trust data without a date"
    if state == REFUSE:
        return "TRUST_STALE", "trust data older than refuse_after"
    return None


def entitlement(case):
    today = dates.day_of(case.now)
    case.until = case.token.cover.entitled_until(today)
    if case.until is None:
        return "NO_ENTITLEMENT", "no entitlement period covers today"
    delegate = case.token.cover.delegate
    if delegate and delegate[2] < today:
        return "NO_ENTITLEMENT", "the delegation has ended"
    return None


def eligibility(case):
    reason = case.policy.excludes(case.token.cover, dates.day_of(case.now))
    return ("NOT_ELIGIBLE", reason) if reason else None


def freshness(case):
    if _freshness(case) != FRESH:
        return "VALID_STALE", "trust data older than warn_after"
    return None


CHECKS = (
    shape,
    issuer_known,
    issuer_signature,
    holder_proof,
    times,
    status,
    entitlement,
    eligibility,
    freshness,
)


def _freshness(case):
    policy = case.policy
    return judge(case.trust.as_of, case.now, policy.warn_after, policy.refuse_after)[1]


def _verdict(case, code, detail):
    # Reached from the first check on: names are looked at only once the token is verified.
    if case.token is None:
        return Verdict(code, detail)
    cover = case.token.cover
    holder = Holder(cover, case.until) if cover else None
    return Verdict(code, detail, holder, case.token.issued_at, case.signed)
