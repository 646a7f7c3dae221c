"""mdocs (ISO/IEC 18013-5 section 9.3.1) as the verifier sees them: each check covers all documents shown."""

from borne import limits_mdoc
from borne.errors import DecodeError, UnsupportedError, UntrustedError
from borne.token import attributes, mdoc_cover, x509
from borne.token.mdoc import Response
from borne.verify.credential import Credential, StatusRef
from borne.verify.verdict import Signed

if False:  # for types only
    from typing import Iterator

    from borne.protocols import Failure
    from borne.trust.trustset import TrustSet
    from borne.verify.evidence import MdocEvidence

# Failures by the status of a DeviceResponse: table 8. Wallets answer 10 to a reader whose certificate they
# do not trust; 11 and 12 are about the CBOR of our request.
_NOT_UNDERSTOOD = ("UNSUPPORTED", "the wallet does not understand this terminal")
_FAILURES = {
    10: ("HOLDER_NOT_PRESENT", "the wallet declines this terminal"),
    11: _NOT_UNDERSTOOD,
    12: _NOT_UNDERSTOOD,
}


class MdocCredential(Credential):
    """The documents of an MdocEvidence. Nothing in an mdoc says whether the phone has verified its user."""

    evidence: "MdocEvidence"

    def shape(self) -> "Failure":
        if len(self.evidence.transcript) > limits_mdoc.TRANSCRIPT_MAX:
            raise DecodeError("session transcript too large")
        response = Response(self.evidence.response)
        if response.status:
            return _FAILURES.get(response.status, ("MALFORMED", "the wallet reports an error"))
        if not response.documents:
            return "NO_APPLICATION", "no document in the response"
        self._documents = response.documents
        return None

    def issuer_known(self, trust: "TrustSet", now: int | None) -> "Failure":
        if trust.as_of is None:
            return "TRUST_STALE", "no trust data"
        self._signers = []  # (certificate of the signer, its Roots) of each document
        for document in self._documents:
            signer = x509.Certificate(document.chain[0])
            found = trust.find_roots(signer.aki, signer.issuer)
            if len(document.chain) == 2:
                # A root in the wallet's chain counts only if it is identical to the root found here.
                found = [root for root in found if root.certificate.is_encoded(document.chain[1])]
            found = [root for root in found if root.serves(document.doc_type)]
            if not found:
                return "UNKNOWN_ISSUER", "no root for this document's signer"
            if not x509.is_document_signer(signer):
                return "UNKNOWN_ISSUER", "certificate is not a document signer's"
            found = [root for root in found if not root.revoked]
            if not found:
                return "ISSUER_REVOKED", "the root is revoked"
            # Without a time the periods cannot be judged; the check `times` then refuses.
            if now is not None:
                found = [root for root in found if root.certificate.covers(now)]
                if not found or not signer.covers(now):
                    return "ISSUER_REVOKED", "root or document signer outside its own period"
            self._signers.append((signer, found))
        return None

    def issuer_signature(self) -> "Failure":
        presented = []
        for document, (signer, roots) in zip(self._documents, self._signers):
            roots = [root for root in roots if signer.signed_by(root.certificate)]
            if not roots:
                return "BAD_SIGNATURE", "the root did not sign the document signer's certificate"
            if not document.issuer_auth.verify(signer):
                return "BAD_SIGNATURE", "the document signer's signature does not verify"
            mso = document.mso
            if mso.doc_type != document.doc_type:
                return "BAD_SIGNATURE", "another document type than the issuer signed"
            if not signer.covers(mso.issued_at):
                return "ISSUER_REVOKED", "signed outside the document signer's period"
            try:
                presented.append((document, attributes.fields(document)))
            except UntrustedError as error:
                return "BAD_SIGNATURE", error.reason
            document.root_name, document.root_id = roots[0].name, roots[0].certificate.key_digest()
        self._signers = []  # their memory is needed
        self.cover, card = mdoc_cover.cover_of(presented)
        if card is None:  # one document is recorded, and their order is not signed
            card = min(self._documents, key=lambda document: document.issuer_auth.digest())
        objects = [document.mso for document in self._documents]
        self.expires = min([mso.expires for mso in objects])
        self.not_before = max([mso.not_before for mso in objects])
        self.issued_at = max([mso.issued_at for mso in objects])
        self.signed = Signed(card.root_name, card.issuer_auth.digest(), None, card.mso.device_key)
        return None

    def holder_proof(self) -> "Failure":
        evidence = self.evidence
        for document in self._documents:
            if not document.is_of_device(evidence.transcript, evidence.reader_key):
                return "CLONED", "the device's authentication does not verify"
            document.check_device_signed()
        return None

    def statuses(self) -> "Iterator[list[StatusRef]]":
        for document in self._documents:
            mso, root = document.mso, document.root_id
            named: list[StatusRef] = []
            if mso.status_list:
                named.append(StatusRef(mso.status_list[0], mso.status_list[1], root))
            if mso.identifier_list:
                named.append(StatusRef(mso.identifier_list[0], mso.identifier_list[1], root, True))
            if named:
                yield named
            elif mso.has_status:
                raise UnsupportedError("status mechanism")
