"""The verifier of mdocs (ISO/IEC 18013-5 section 9.3): a DeviceResponse, trust and a time in, a verdict out.

As borne.verify.verifier, whose verdicts it gives and whose checks it shares; no I/O, no clock. Each check is
of all documents in the response. They run in the order of CHECKS, and the first that fails decides:

1. shape             the response decodes, says OK and holds documents; ES256,   MALFORMED UNSUPPORTED
                     SHA-256, P-256; no unknown critical header                  NO_APPLICATION
2. issuer_known      an IACA root of the release has issued the certificate of   UNKNOWN_ISSUER
                     the document signer, for this document type; both are in    ISSUER_REVOKED TRUST_STALE
                     their periods, and the certificate may sign documents
3. issuer_signature  the root has signed the certificate, that the MSO, that     BAD_SIGNATURE MALFORMED
                     the document type and each element; the certificate was     ISSUER_REVOKED
                     valid then; what a card needs is there, of one holder
4. device_auth       the device that the issuer named answers in this session,   CLONED MALFORMED
                     by signature or MAC; not relayed                            RELAY_SUSPECTED
5. times             a trustworthy clock; `validFrom`, `validUntil` and          CLOCK_UNSET EXPIRED
                     `signed` within the skew                                    NOT_YET_VALID
6. status            each MSO by the lists that it names; trust young enough     REVOKED SUSPENDED
                                                                                 UNSUPPORTED TRUST_STALE
7. covered           one of the documents is a health card                       NO_ENTITLEMENT
8. entitlement       a period covers today (UTC); a delegation has not ended     NO_ENTITLEMENT
9. eligibility       the policy covers this holder                               NOT_ELIGIBLE
10. freshness        trust data younger than `warn_after`                        VALID_STALE

Every refusal comes before every warning. Nothing in an mdoc says whether the phone has verified its user, so
the policy's `user_verification` is not applied.
"""

from borne import limits_mdoc as limits
from borne.errors import DecodeError, UnsupportedError, UntrustedError
from borne.token import attributes, mdoc_cover, x509
from borne.token.mdoc import Response
from borne.verify import verifier
from borne.verify.verdict import Signed


class _Presented:
    """Verified documents, with the names that the shared checks know from a token."""

    def __init__(self, documents):
        """`documents` is a list of (Document, fields), not empty. Raises DecodeError."""
        self.cover, self.card = mdoc_cover.cover_of(documents)
        if self.card is None:
            self.card = documents[0][0]
        objects = [document.mso for document, _ in documents]
        self.expires = min([mso.expires for mso in objects])
        self.not_before = max([mso.not_before for mso in objects])
        self.issued_at = max([mso.issued_at for mso in objects])


def verify(evidence, trust, now):
    """Returns the Verdict on `evidence` (MdocEvidence) at `now` (unix seconds, or None: no trusted time).

    `trust` is a borne.trust.trustset.TrustSet. Whatever happens inside, a Verdict comes out.
    """
    return verifier.verify(evidence, trust, now, CHECKS)


def shape(case):
    if len(case.evidence.transcript) > limits.TRANSCRIPT_MAX:
        raise DecodeError("session transcript too large")
    response = Response(case.evidence.response)
    if response.status:
        return "MALFORMED", "the wallet reports an error"
    if not response.documents:
        return "NO_APPLICATION", "no document in the response"
    case.documents = response.documents
    return None


def issuer_known(case):
    if case.trust.as_of is None:
        return "TRUST_STALE", "no trust data"
    case.keys = []  # (certificate of the signer, its Roots) of each document
    for document in case.documents:
        signer = x509.Certificate(document.chain[0])
        found = case.trust.find_roots(signer.aki, signer.issuer)
        if len(document.chain) == 2:
            # A root that the wallet sends along counts only if it is the one at hand.
            found = [root for root in found if root.certificate.is_encoded(document.chain[1])]
        found = [root for root in found if root.serves(document.doc_type)]
        if not found:
            return "UNKNOWN_ISSUER", "no root for this document's signer"
        if not x509.is_document_signer(signer):
            return "UNKNOWN_ISSUER", "certificate is not a document signer's"
        found = [root for root in found if not root.revoked]
        if not found:
            return "ISSUER_REVOKED", "the root is revoked"
        # Without a time the periods cannot be judged; `times` then refuses.
        if case.now is not None:
            found = [root for root in found if root.certificate.covers(case.now)]
            if not found or not signer.covers(case.now):
                return "ISSUER_REVOKED", "root or document signer outside its own period"
        case.keys.append((signer, found))
    return None


def issuer_signature(case):
    presented = []
    for document, (signer, roots) in zip(case.documents, case.keys):
        named = [root for root in roots if signer.signed_by(root.certificate)]
        if not named:
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
        document.root_name, document.root_id = named[0].name, named[0].certificate.key_digest()
    case.keys = ()  # their room is needed
    case.token = _Presented(presented)
    card = case.token.card
    case.signed = Signed(card.root_name, card.issuer_auth.digest(), None, card.mso.device_key)
    return None


def device_auth(case):
    evidence = case.evidence
    for document in case.documents:
        if not document.is_of_device(evidence.transcript, evidence.reader_key):
            return "CLONED", "the device's authentication does not verify"
        document.check_device_signed()
    return verifier.relay(case)


def status(case):
    for document in case.documents:
        failure = _listed(case, document)
        if failure:
            return failure
    return verifier.age(case)


def _listed(case, document):
    """What the lists say that the MSO names. Where it names two, one that can tell is enough."""
    mso = document.mso
    named = [one for one in (mso.status_list, mso.identifier_list) if one]
    if not named:
        if mso.has_status:
            raise UnsupportedError("status mechanism")
        return None
    trust, root = case.trust, document.root_id
    values = [trust.status(uri, place, root, case.now) for uri, place in named]
    stated = [value for value in values if value]
    if stated:
        return verifier.judged(min(stated))
    return verifier.judged(0 if 0 in values else None)


def covered(case):
    if case.token.cover is None:
        return "NO_ENTITLEMENT", "no health card among the documents"
    return None


CHECKS = (
    shape,
    issuer_known,
    issuer_signature,
    device_auth,
    verifier.times,
    status,
    covered,
    verifier.entitlement,
    verifier.eligibility,
    verifier.freshness,
)
