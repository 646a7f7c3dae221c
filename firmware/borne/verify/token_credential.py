"""Tokens of the profile (docs/protocol.md) as the verifier sees them."""

from borne.token.cwt import Token
from borne.token.proof import Proof
from borne.verify.credential import Credential, StatusRef
from borne.verify.verdict import Signed

if False:  # for types only
    from borne.protocols import Failure
    from borne.trust.trustset import TrustSet
    from borne.verify.evidence import Evidence


class TokenCredential(Credential):
    """A token, and its holder's proof, of an Evidence."""

    evidence: "Evidence"

    def shape(self) -> "Failure":
        evidence = self.evidence
        token = self._token = Token(evidence.token)
        self._proof = None if evidence.proof is None else Proof(evidence.proof)
        self.cover, self.expires = token.cover, token.expires
        self.not_before, self.issued_at = token.not_before, token.issued_at
        return None

    def issuer_known(self, trust: "TrustSet", now: int | None) -> "Failure":
        if not trust.keys:
            return "TRUST_STALE", "no trust data"
        found = trust.find_keys(self._token.kid, self._token.issuer)
        if not found:
            return "UNKNOWN_ISSUER", "no key with this kid for this issuer"
        found = [key for key in found if not key.revoked]
        if not found:
            return "ISSUER_REVOKED", "the issuer's key is revoked"
        # Without a time the period cannot be judged; the check `times` then refuses.
        if now is not None:
            found = [key for key in found if key.usable(now)]
            if not found:
                return "ISSUER_REVOKED", "the issuer's key is outside its own period"
        self._keys = found
        return None

    def issuer_signature(self) -> "Failure":
        message, holder_key = self._token.message, self._token.holder_key
        # A kid is a hint (RFC 9052 section 3.1): an issuer may have given it to two keys.
        for key in self._keys:
            if message.verify(key):
                self.signed = Signed(key.issuer, message.digest(), self._proof, holder_key)
                return None
        return "BAD_SIGNATURE", "the issuer's signature does not verify"

    def holder_proof(self) -> "Failure":
        evidence, proof = self.evidence, self._proof
        if proof is None or not proof.verify(
            self._token.holder_key,
            evidence.token,
            evidence.nonce,
            evidence.terminal_id,
            evidence.purpose,
        ):
            return "CLONED", "the holder's proof does not verify"
        self.user_verified = proof.user_verified
        return None

    def statuses(self) -> list[list[StatusRef]]:
        if self._token.status is None:
            return []
        uri, index = self._token.status
        return [[StatusRef(uri, index, self._token.issuer)]]
