"""What other libraries make of mdocs (tests/cases/mdoc), and what the firmware makes of that.

Those that are refused stand in docs/mdoc.md, with the reason.
"""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from mdoc_world import roots
from names import Root

from borne.trust.policy import Policy
from borne.trust.trustset import TrustSet
from borne.verify import verifier
from borne.verify.evidence import MdocEvidence

CASES = Path(__file__).parents[1] / "cases" / "mdoc"
RULEBOOK_AT = 1_800_000_000
VALID = ("VALID", "")
EXPECTED = {
    "owf_default.cbor": VALID,
    "owf_ehic_dc4eu.cbor": VALID,
    "owf_tdate.cbor": VALID,
    "isomdoc_default.cbor": VALID,
    "auth0_default.cbor": VALID,
    "auth0_kid.cbor": VALID,
    "kid_device.cbor": VALID,
    "kid_issuer.cbor": VALID,
    "fraction": VALID,
    "ehic_rulebook": (
        "IDENTITY_NOT_BOUND",
        "the card names nobody, and another document has another device key",
    ),
    "general_error.cbor": ("HOLDER_NOT_PRESENT", "the wallet declines this terminal"),
    "owf_ehic_nodates.cbor": ("MALFORMED", "card without starting_date, ending_date"),
    "animo_default.cbor": ("MALFORMED", "CBOR argument not in its shortest form"),
    "pymdoc_shortx.cbor": ("MALFORMED", "not a COSE_Key"),
}


def judge(name):
    if (CASES / name).is_dir():
        folder, at = CASES / name, RULEBOOK_AT
        response, transcript = (
            bytes.fromhex((folder / f"{part}.hex").read_text())
            for part in ("response", "transcript")
        )
    else:
        folder, at = CASES, int((CASES / "at").read_text())
        response, transcript = ((CASES / part).read_bytes() for part in (name, "transcript.cbor"))
    root = x509.load_pem_x509_certificate((folder / "iaca.pem").read_bytes())
    store = roots({Root.CERTIFICATE: root.public_bytes(Encoding.DER)})
    evidence = MdocEvidence(memoryview(bytearray(response)), transcript)
    return verifier.verify(evidence, TrustSet([], Policy(), at, roots=store), at)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_gets_its_verdict(name):
    verdict = judge(name)
    assert (verdict.code, verdict.detail) == EXPECTED[name]
    if EXPECTED[name] == VALID:
        holder = verdict.holder
        who = (
            ("Lefèvre", "Zoé", "1985-02-01")
            if name == "fraction"
            else ("Dupont", "Anne", "1985-02-14")
        )
        assert (holder.family, holder.given, holder.birth_date) == who
        assert holder.name_from == "card"


def test_the_rulebooks_card_has_the_name_of_the_pid_and_its_own_number():
    holder = judge("ehic_rulebook").holder
    assert (holder.family, holder.given, holder.birth_date) == ("Muster", "Eva", "1985-02-01")
    assert (holder.name_from, holder.nir, holder.until) == ("pid", "123456789", "2027-12-31")


def test_none_is_left_out():
    beside = {"at", "iaca.pem", "transcript.cbor"}
    assert {path.name for path in CASES.iterdir()} - beside == set(EXPECTED)
