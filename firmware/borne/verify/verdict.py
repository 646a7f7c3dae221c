"""The closed set of verdicts (docs/protocol.md)."""

if False:  # for types only
    from borne.crypto.algorithms import PublicKey
    from borne.token.health_cover import HealthCover
    from borne.token.proof import Proof

ACCEPT, WARN, REFUSE, RETRY = "accept", "warn", "refuse", "retry"

SEVERITIES = {
    "VALID": ACCEPT,
    "VALID_STALE": WARN,
    "NO_ENTITLEMENT": WARN,
    "NOT_ELIGIBLE": WARN,
    "IDENTITY_NOT_BOUND": WARN,
    "EXPIRED": REFUSE,
    "NOT_YET_VALID": REFUSE,
    "REVOKED": REFUSE,
    "SUSPENDED": REFUSE,
    "UNKNOWN_ISSUER": REFUSE,
    "ISSUER_REVOKED": REFUSE,
    "BAD_SIGNATURE": REFUSE,
    "CLONED": REFUSE,
    "HOLDER_NOT_PRESENT": RETRY,
    "RELAY_SUSPECTED": REFUSE,
    "MALFORMED": REFUSE,
    "UNSUPPORTED": REFUSE,
    "TRUST_STALE": REFUSE,
    "CLOCK_UNSET": REFUSE,
    "INTERNAL": REFUSE,
    "NO_APPLICATION": RETRY,
    "TORN": RETRY,
}


class Verdict:
    """`code` (a key of SEVERITIES), `severity`, `detail` (fixed ASCII text: why, for the journal and
    the tools), `holder` (Holder, for an accept or a warning only, else None), `issued_at` (the unix
    seconds at which the token was issued, for an accept or a warning only, else None), `signed`
    (Signed, of a token that its issuer has signed, else None)."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        holder: "Holder | None" = None,
        issued_at: int | None = None,
        signed: "Signed | None" = None,
    ) -> None:
        self.code = code
        self.severity = SEVERITIES[code]
        self.detail = detail
        verified = self.severity in (ACCEPT, WARN)
        self.holder = holder if verified else None  # a refusal shows nothing of the holder
        self.issued_at = issued_at if verified else None
        self.signed = signed


class Signed:
    """The traces to record of a token whose issuer's signature has verified: `issuer` (str, its name in the
    trust data, or None), `digest` (32 bytes, of the data that the issuer signed: the same for each encoding
    of a token), `proof` (Proof; None for an mdoc, whose proof third parties cannot check), `holder_key`
    (PublicKey)."""

    def __init__(
        self, issuer: str | None, digest: bytes, proof: "Proof | None", holder_key: "PublicKey"
    ) -> None:
        self.issuer = issuer
        self.digest = digest
        self.proof = proof
        self.holder_key = holder_key


class Holder:
    """The data of a verified holder that a screen may show: `family`, `given`, `birth_date`, `nir` (another
    country's insured number on a European card, or "": none), `rank`, `until` (last day of the period that
    covers today, or None), `delegate` (family, given, until) or None, `name_from` ("card", or "pid": name and
    birth date are of a PID that was shown beside the card)."""

    def __init__(self, cover: "HealthCover", until: str | None) -> None:
        self.family = cover.family
        self.given = cover.given
        self.birth_date = cover.birth_date
        self.nir = cover.nir
        self.rank = cover.rank
        self.until = until
        self.delegate = cover.delegate
        self.name_from = cover.name_from
