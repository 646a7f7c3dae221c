"""What the verifier asks of a credential, whatever its format is (borne.verify.verifier has the checks)."""

from borne.token.health_cover import HealthCover
from borne.verify.verdict import Signed

if False:  # for types only
    from borne.protocols import AnyEvidence


class Credential:
    """One that a phone has shown, with what its checks have established so far: until then None.

    cover                              HealthCover; None: it is a genuine one that covers nobody
    expires, not_before, issued_at     unix seconds; the last two may stay None
    user_verified                      bool: the phone says whether it has; None: its format does not
    signed                             borne.verify.verdict.Signed

    A format's class has these methods, each called once and in this order. The first four return None, or
    what the check fails with, (verdict's code, detail), and raise DecodeError:

    shape()                    decodes the evidence
    issuer_known(trust, now)   finds the issuer in a TrustSet; `now` is unix seconds or None
    issuer_signature()         verifies what the issuer has signed
    holder_proof()             verifies what the phone has signed for this tap
    statuses()                 yields a list of StatusRefs for each thing that has a status. One of a list
                               that can tell is enough. Raises UnsupportedError
    """

    def __init__(self, evidence: "AnyEvidence") -> None:
        self.evidence = evidence
        self.cover: HealthCover | None = None
        self.expires: int | None = None
        self.not_before: int | None = None
        self.issued_at: int | None = None
        self.user_verified: bool | None = None
        self.signed: Signed | None = None


class StatusRef:
    """Where a status is looked up: at `key` in the lists of `uri`, an index (int), or if `identifiers` an
    identifier (bytes). `issuer` is a token's URI, or for an mdoc the digest (bytes) of its root's key."""

    def __init__(
        self, uri: str, key: int | bytes, issuer: str | bytes | None, identifiers: bool = False
    ) -> None:
        self.uri = uri
        self.key = key
        self.issuer = issuer
        self.identifiers = identifiers
