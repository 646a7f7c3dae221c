"""The verifier: evidence, trust and a time in, a verdict out. No I/O, no clock.

The checks run in the order of CHECKS, and the first that fails decides. Checks that depend on a credential's
format are in borne.verify.token_credential (T below) and borne.verify.mdoc_credential (M); the rest is here.
For an mdoc each check covers all documents of the response.

1. shape             it decodes; algorithms and critical headers are known      MALFORMED UNSUPPORTED
                     M: the response says OK and holds documents                NO_APPLICATION
2. issuer_known      T: `kid` is in the key set, for this issuer, in its        UNKNOWN_ISSUER
                     period                                                     ISSUER_REVOKED TRUST_STALE
                     M: an IACA root of the release has issued the certificate
                     of the document signer, for this document type; both are
                     in their periods, and it may sign documents alone
3. issuer_signature  T: the issuer's signature verifies                         BAD_SIGNATURE MALFORMED
                     M: the root signed the certificate, its key signed the     ISSUER_REVOKED
                     MSO, the MSO covers the document type and each element;
                     the certificate was valid then; required elements are there
4. holder_proof      T: the holder's proof verifies                             CLONED MALFORMED
                     M: the device that the issuer named answers in this        RELAY_SUSPECTED
                     session, by signature or MAC                               HOLDER_NOT_PRESENT
                     not relayed; T: user verified
5. times             a trustworthy clock; end, begin and issue within the skew  CLOCK_UNSET EXPIRED
                                                                                NOT_YET_VALID
6. status            each status by the lists that it names; trust young enough REVOKED SUSPENDED
                                                                                UNSUPPORTED TRUST_STALE
7. covered           M: one of the documents is a health card                   NO_ENTITLEMENT
8. entitlement       a period covers today; a delegation has not ended          NO_ENTITLEMENT
9. eligibility       the policy covers this holder                              NOT_ELIGIBLE
10. identity         M: the documents are of one holder: of one device key, or IDENTITY_NOT_BOUND
                     name and birth date agree
11. freshness        trust data younger than `warn_after`                       VALID_STALE

Every refusal comes before every warning, so that no warning hides a refusal. "Today" is the counter's day,
by the time zone of the trust set; times, of tokens, documents, certificates and lists, are UTC.
"""

from micropython import const

from borne.errors import DecodeError, UnsupportedError
from borne.trust.freshness import FRESH, REFUSE, UNKNOWN, judge
from borne.verify.verdict import Holder, Verdict

if False:  # for types only
    from typing import Callable, Iterable

    from borne.protocols import AnyEvidence, Credential, Failure
    from borne.token.health_cover import HealthCover
    from borne.trust.trustset import TrustSet

_STATUS_VALID = const(0)
_STATUS_CODES = {1: "REVOKED", 2: "SUSPENDED"}  # Token Status List, section "Status Types"


class Case:
    """A credential, and the trust set, policy and time that it is judged by. `until` is the last day of the
    period that covers today, once that is known."""

    def __init__(self, credential: "Credential", trust: "TrustSet", now: int | None) -> None:
        self.credential = credential
        self.trust = trust
        self.policy = trust.policy
        self.now = now
        self.until: str | None = None


def verify(
    evidence: "AnyEvidence",
    trust: "TrustSet",
    now: int | None,
    checks: "Iterable[Callable[[Case], Failure]] | None" = None,
) -> Verdict:
    """The Verdict on `evidence` (Evidence or MdocEvidence) at `now` (unix seconds; None: no trusted time).

    `trust` is a borne.trust.trustset.TrustSet. `checks` replaces CHECKS where a host tool has less evidence
    than a tap: the terminal never passes it. Every internal fault gives a Verdict: an unforeseen one gives
    INTERNAL, a refusal.
    """
    credential = None
    try:
        credential = evidence.credential()
        case = Case(credential, trust, now)
        for check in CHECKS if checks is None else checks:
            failure = check(case)
            if failure:
                return verdict(case, *failure)
        return verdict(case, "VALID", "")
    except UnsupportedError as error:
        code, detail = "UNSUPPORTED", error.reason
    except DecodeError as error:
        code, detail = "MALFORMED", error.reason
    except Exception as error:  # noqa: BLE001 - the outermost guard: fail closed, never to a prompt
        code, detail = "INTERNAL", type(error).__name__
    return Verdict(code, detail, signed=credential.signed if credential else None)


def verdict(case: Case, code: str, detail: str) -> Verdict:
    """The Verdict with that code on a case. Verdict withholds the holder from a refusal."""
    credential = case.credential
    holder = Holder(credential.cover, case.until) if credential.cover else None
    return Verdict(code, detail, holder, credential.issued_at, credential.signed)


def shape(case: Case) -> "Failure":
    return case.credential.shape()


def issuer_known(case: Case) -> "Failure":
    return case.credential.issuer_known(case.trust, case.now)


def issuer_signature(case: Case) -> "Failure":
    return case.credential.issuer_signature()


def holder_proof(case: Case) -> "Failure":
    failure = case.credential.holder_proof()
    if failure:
        return failure
    bound = case.policy.relay_bound
    round_trip: int = case.credential.evidence.round_trip_us  # type: ignore[assignment]  # one there was
    if bound and round_trip > bound * 1000:
        return "RELAY_SUSPECTED", "round trip longer than the policy's bound"
    if case.policy.user_verification and case.credential.user_verified is False:
        return "HOLDER_NOT_PRESENT", "the phone did not verify its user"
    return None


def times(case: Case) -> "Failure":
    skew = case.policy.clock_skew
    now = case.now
    if now is None:
        return "CLOCK_UNSET", "no trustworthy time"
    if case.trust.as_of is not None and now < case.trust.as_of - skew:
        return "CLOCK_UNSET", "the clock is behind the trust data"
    credential = case.credential
    expires: int = credential.expires  # type: ignore[assignment]  # as of `shape`, `issuer_signature`
    if now >= expires + skew:
        return "EXPIRED", "token past its exp"
    if credential.not_before is not None and now < credential.not_before - skew:
        return "NOT_YET_VALID", "token before its nbf"
    if credential.issued_at is not None and now < credential.issued_at - skew:
        return "NOT_YET_VALID", "token before its iat"
    return None


def status(case: Case) -> "Failure":
    for references in case.credential.statuses():
        values = [
            case.trust.status(reference, case.now)  # type: ignore[arg-type]  # `times` came before
            for reference in references
        ]
        failure = _judged(values)
        if failure:
            return failure
    state = _freshness(case)
    if state == UNKNOWN:
        return "TRUST_STALE", "trust data without a date"
    if state == REFUSE:
        return "TRUST_STALE", "trust data older than refuse_after"
    return None


def _judged(values: list[int | None]) -> "Failure":
    """The failure for the `values` of one status in several lists; None stands for undetermined."""
    stated = [value for value in values if value]
    if stated:
        value = min(stated)  # revoked before suspended
        if value in _STATUS_CODES:
            return _STATUS_CODES[value], "status list"
        return "UNSUPPORTED", "status value"
    if _STATUS_VALID not in values:
        # Undetermined is not revoked: the terminal lacks data, and the way out is an update.
        return "TRUST_STALE", "no current status list covers this token"
    return None


def covered(case: Case) -> "Failure":
    if case.credential.cover is None:
        return "NO_ENTITLEMENT", "no health card among the documents"
    return None


def entitlement(case: Case) -> "Failure":
    cover: "HealthCover" = case.credential.cover  # type: ignore[assignment]  # `covered` came before
    today = _today(case)
    case.until = cover.entitled_until(today)
    if case.until is None:
        return "NO_ENTITLEMENT", "no entitlement period covers today"
    if cover.delegate and cover.delegate[2] < today:
        return "NO_ENTITLEMENT", "the delegation has ended"
    return None


def eligibility(case: Case) -> "Failure":
    reason = case.policy.excludes(case.credential.cover, _today(case))  # type: ignore[arg-type]  # as above
    return ("NOT_ELIGIBLE", reason) if reason else None


def identity(case: Case) -> "Failure":
    unbound = case.credential.cover.unbound  # type: ignore[union-attr]  # as above
    return ("IDENTITY_NOT_BOUND", unbound) if unbound else None


def _today(case: Case) -> str:
    return case.trust.time_zone.day(case.now)  # type: ignore[arg-type]  # `times` came before


def freshness(case: Case) -> "Failure":
    if _freshness(case) != FRESH:
        return "VALID_STALE", "trust data older than warn_after"
    return None


def _freshness(case: Case) -> str:
    policy = case.policy
    return judge(case.trust.as_of, case.now, policy.warn_after, policy.refuse_after)[1]


CHECKS = (
    shape,
    issuer_known,
    issuer_signature,
    holder_proof,
    times,
    status,
    covered,
    entitlement,
    eligibility,
    identity,
    freshness,
)
