"""The common part of the credentials of all formats (borne.verify.verifier has the checks)."""

from borne.token.health_cover import HealthCover
from borne.verify.verdict import Signed

if False:  # for types only
    from borne.protocols import AnyEvidence


class Credential:
    """The attributes of a borne.protocols.Credential; the class of a format adds the methods."""

    def __init__(self, evidence: "AnyEvidence") -> None:
        self.evidence = evidence
        self.cover: HealthCover | None = None
        self.expires: int | None = None
        self.not_before: int | None = None
        self.issued_at: int | None = None
        self.user_verified: bool | None = None
        self.signed: Signed | None = None


class StatusRef:
    """The place of a status: `key` in the lists of `uri`. `key` is an index or, with `identifiers`, an
    identifier. `issuer` is the issuer's URI for a token, the digest of the root's key for an mdoc."""

    def __init__(
        self, uri: str, key: int | bytes, issuer: str | bytes | None, identifiers: bool = False
    ) -> None:
        self.uri = uri
        self.key = key
        self.issuer = issuer
        self.identifiers = identifiers
