"""A whole DeviceResponse: the example of ISO/IEC 18013-5. Its verdicts: tests/host/test_mdoc_verifier.py."""

import io
import json
from binascii import unhexlify

from names import Root
from support import raises

from borne.crypto.ecdh import KeyPair
from borne.errors import DecodeError, UnsupportedError, UntrustedError
from borne.storage.file_view import FileView
from borne.token import attributes, cbor, mdoc_cover, x509
from borne.token.mdoc import Response
from borne.token.mso import Mso
from borne.trust.policy import Policy
from borne.trust.trustset import TrustSet
from borne.verify import verifier
from borne.verify.evidence import MdocEvidence

FOLDER = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
with open(FOLDER + "/mdoc_iaca.json") as file:
    ROOT = unhexlify(json.load(file)["certificate"])
with open(FOLDER + "/mdoc_annex_d.json") as file:
    D = json.load(file)
RESPONSE = unhexlify(D["device_response"])
TRANSCRIPT = unhexlify(D["session_transcript_bytes"])[5:]  # without tag 24 and the string's head
READER_KEY = KeyPair(int(D["ephemeral_reader_key"], 16))
NOW = 1622505600  # 2021-06-01
NOT_ACCEPTED = ("refuse", "retry")


class Files:
    """A store of nothing but iaca.cbor."""

    def view(self, name, most):
        data = cbor.encode([{Root.CERTIFICATE: ROOT}])
        return FileView(io.BytesIO(data), 0, len(data))


def judge(response, now=NOW, transcript=TRANSCRIPT, reader_key=READER_KEY):
    evidence = MdocEvidence(memoryview(response), transcript, reader_key)
    trust = TrustSet([], Policy(), NOW, roots=Files())
    return verifier.verify(evidence, trust, now)


def mso(change=None):
    fields = {
        "version": "1.0",
        "digestAlgorithm": "SHA-256",
        "docType": "d",
        "valueDigests": {"n": {0: bytes(32)}},
        "deviceKeyInfo": {
            "deviceKey": {
                1: 2,
                -1: 1,
                -2: READER_KEY.x.to_bytes(32, "big"),
                -3: READER_KEY.y.to_bytes(32, "big"),
            }
        },
        "validityInfo": {
            "signed": cbor.Tag(0, "2020-10-01T13:30:02Z"),
            "validFrom": cbor.Tag(0, "2020-10-01T13:30:02Z"),
            "validUntil": cbor.Tag(0, "2021-10-01T13:30:02Z"),
        },
    }
    fields.update(change or {})
    return Mso(memoryview(cbor.encode(fields)))


def test_the_example_is_genuine_and_no_card():
    verdict = judge(RESPONSE)
    assert (verdict.code, verdict.holder) == ("NO_ENTITLEMENT", None)
    assert verdict.detail == "no health card among the documents"
    assert verdict.issued_at == 1601559002  # 2020-10-01T13:30:02Z
    assert judge(RESPONSE, transcript=TRANSCRIPT[:-1] + b"\xf5").code == "CLONED"
    assert judge(RESPONSE, reader_key=KeyPair(5)).code == "CLONED"
    assert judge(RESPONSE, reader_key=None).code == "CLONED"
    assert judge(RESPONSE, now=NOW + 200 * 86400).code == "ISSUER_REVOKED"
    assert judge(RESPONSE, now=None).code == "CLOCK_UNSET"


def test_what_the_example_holds():
    (document,) = Response(memoryview(RESPONSE)).documents
    assert document.doc_type == document.mso.doc_type == "org.iso.18013.5.1.mDL"
    found = {identifier: value for _, identifier, value in document.elements()}
    assert cbor.decode(found["family_name"]) == "Doe"
    assert sorted(found) == [
        "document_number",
        "driving_privileges",
        "expiry_date",
        "family_name",
        "issue_date",
        "portrait",
    ]
    assert (document.mso.not_before, document.mso.expires) == (1601559002, 1633095002)
    assert attributes.fields(document) == {}


def test_a_card_of_the_eu_reference_issuer():
    with open(FOLDER + "/mdoc_ehic.json") as file:
        data = unhexlify(json.load(file)["device_response"])
    (document,) = Response(memoryview(data)).documents
    signer = x509.Certificate(document.chain[0])
    assert x509.is_document_signer(signer) and document.issuer_auth.verify(signer)
    cover, card = mdoc_cover.cover_of([(document, attributes.fields(document))])
    assert card is document
    assert (cover.family, cover.given, cover.birth_date) == ("Neal", "Tyler", "2026-03-23")
    assert (cover.nir, cover.periods) == ("4564568121", [("EHIC", "2026-03-23", "2030-10-30")])
    uri, index = document.mso.status_list
    assert uri.startswith("https://") and index == 4124
    assert document.mso.identifier_list[1] == b"4124"


def test_no_changed_byte_is_accepted():
    # A step without a factor in common with the structure: all parts of it are met.
    for at in range(0, len(RESPONSE), 53):
        changed = bytearray(RESPONSE)
        changed[at] ^= 1 << at % 8
        verdict = judge(changed)
        assert verdict.severity in NOT_ACCEPTED and verdict.code != "INTERNAL", at


def test_cut_short():
    for end in range(0, len(RESPONSE), 211):
        assert judge(RESPONSE[:end]).code == "MALFORMED", end
    assert judge(RESPONSE + b"\0").code == "MALFORMED"


def test_the_mso():
    found = mso()
    assert (found.doc_type, found.status_list, found.has_status) == ("d", None, False)
    assert found.device_key.x == READER_KEY.x
    for wrong in (
        {"version": 1},
        {"docType": None},
        {"validityInfo": {}},
        {"deviceKeyInfo": {}},
        {"deviceKeyInfo": {"deviceKey": 5}},
        {"valueDigests": 5},
        {"status": 5},
        {"status": {"status_list": {"idx": -1, "uri": "u"}}},
        {"status": {"status_list": {"idx": 1 << 40, "uri": "u"}}},
        {"status": {"identifier_list": {"id": "text", "uri": "u"}}},
        {"status": {"identifier_list": {"id": b"", "uri": "u"}}},
        {"status": {"identifier_list": {"id": bytes(65), "uri": "u"}}},
    ):
        raises(DecodeError, mso, wrong)
    for wrong in ({"version": "2.0"}, {"digestAlgorithm": "SHA-512"}):
        raises(UnsupportedError, mso, wrong)
    both = {
        "status_list": {"idx": 7, "uri": "u"},
        "identifier_list": {"id": b"\x01", "uri": "v"},
    }
    found = mso({"status": both})
    assert (found.status_list, found.identifier_list) == (("u", 7), ("v", b"\x01"))
    for wrong in ("2020-10-01T13:30:02.5Z", "2020-10-01T13:30:02+00:00", "2020-13-01T00:00:00Z"):
        validity = {"signed": cbor.Tag(0, wrong)}
        raises(DecodeError, mso, {"validityInfo": validity})


def test_digests():
    digests = mso().digests("n")
    assert not digests.take(0, b"anything")
    raises(DecodeError, digests.take, 0, b"anything")
    for number in (True, "0", [0], None):
        raises(DecodeError, digests.take, number, b"")
    raises(UntrustedError, digests.take, 1, b"")
    raises(UntrustedError, mso().digests, "other")
    raises(DecodeError, mso({"valueDigests": {"n": {0: bytes(31)}}}).digests("n").take, 0, b"")


def test_what_is_asked_for_is_in_the_table_and_nothing_is_retained():
    asked = attributes.requests()
    assert [doc_type for doc_type, _ in asked] == [attributes.HCOV, attributes.EHIC, attributes.PID]
    for doc_type, spaces in asked:
        assert list(spaces) == [doc_type]
        assert len(spaces[doc_type]) > 3
        for _, retained in spaces[doc_type]:
            assert retained is False
