"""An IACA, its document signer, a wallet's documents and a terminal's trust, for tests of mdocs."""

import io

import cbor2
from names import Root

from borne.crypto.ecdh import KeyPair
from borne.storage.file_view import FileView
from borne.trust.policy import Policy
from borne.trust.trustset import TrustSet
from borne.verify import verifier
from borne.verify.evidence import MdocEvidence
from borne.verify.verdict import SEVERITIES
from bornetools.issuer import mdoc as issuer
from bornetools.times import DAY

NOW = 1_800_000_000  # 2027-01-15
LIST_URI = "https://issuer.example/status/1"
NIR = "255081416802538"
ROOT = issuer.iaca(NOW - 400 * DAY)
SIGNER = issuer.document_signer(ROOT, NOW - 100 * DAY)
HOLDER = issuer.new_key()
READER = issuer.new_key()
READER_KEY = KeyPair(READER.private_numbers().private_value)
TRANSCRIPT = issuer.session_transcript(READER.public_key())
EHIC = issuer.ehic("Lefèvre", "Zoé", "1985-02-01", NIR, "2027-01-01", "2027-12-31")
HCOV = {
    issuer.HCOV: {
        "family_name": "Lefèvre",
        "given_name": "Zoé",
        "birth_date": "1985-02-01",
        "nir": NIR,
        "rank": 1,
        "scheme": "01-751-0001",
        "departement": "2A",
        "entitlements": [["AMO", "2027-01-01", "2027-12-31"]],
        "delegate": None,
    }
}


class OneList:
    """A status list whose answer a test chooses."""

    uri, issuer, issued_at, states = LIST_URI, None, NOW - DAY, 0
    identifiers = False

    def __init__(self, value):
        self._value = value

    def value(self, index, now):
        return self._value if index == 7 else None


class Files:
    """A store of nothing but iaca.cbor."""

    def __init__(self, data):
        self._data = data

    def view(self, name, most):
        assert name == "iaca.cbor"
        assert len(self._data) <= most
        return FileView(io.BytesIO(self._data), 0, len(self._data))


def roots(*entries):
    return Files(cbor2.dumps(list(entries)))


def trust(policy=None, as_of=NOW - DAY, lists=(), entries=None):
    entries = [{Root.CERTIFICATE: ROOT.der, Root.NAME: "Utopia"}] if entries is None else entries
    return TrustSet([], Policy(policy), as_of, lists, roots=roots(*entries))


def document(elements=EHIC, doc_type=None, signer=SIGNER, **knobs):
    """A document that the signer signed yesterday, on HOLDER's phone."""
    knobs = {"device_key": HOLDER, **knobs}
    signed_at = knobs.pop("signed_at", NOW - DAY)
    return issuer.issue(signer, doc_type or next(iter(elements)), elements, signed_at, **knobs)


def response(*documents, **knobs):
    return issuer.device_response(documents or [document()], TRANSCRIPT, **knobs)


def judge(data, with_trust=None, now=NOW, transcript=TRANSCRIPT, round_trip_us=0):
    """The Verdict on a response; what holds for each verdict is asserted."""
    evidence = MdocEvidence(memoryview(bytearray(data)), transcript, READER_KEY, round_trip_us)
    verdict = verifier.verify(evidence, with_trust or trust(), now)
    assert verdict.severity == SEVERITIES[verdict.code]
    if verdict.severity in ("refuse", "retry"):
        assert verdict.holder is None
        assert verdict.issued_at is None
    return verdict


def code(data, *args, **kwargs):
    return judge(data, *args, **kwargs).code
