"""What other libraries make of mdocs, and what the firmware makes of that (mdoc_libraries.json).

Those that are refused stand in docs/mdoc.md, with the reason.
"""

import io
import json
from pathlib import Path

import cbor2
import pytest
from names import Root

from borne.storage.file_view import FileView
from borne.trust.policy import Policy
from borne.trust.trustset import TrustSet
from borne.verify import verifier
from borne.verify.evidence import MdocEvidence

HERE = Path(__file__)
DATA = json.loads(HERE.with_suffix("").with_name("mdoc_libraries.json").read_text())
EXPECTED = {
    "owf_default": ("VALID", ""),
    "owf_ehic_dc4eu": ("VALID", ""),
    "isomdoc_default": ("VALID", ""),
    "ehic_rulebook": (
        "IDENTITY_NOT_BOUND",
        "the card names nobody, and another document has another device key",
    ),
    "general_error": ("HOLDER_NOT_PRESENT", "the wallet declines this terminal"),
    "owf_ehic_nodates": ("MALFORMED", "card without starting_date, ending_date"),
    "animo_default": ("MALFORMED", "CBOR argument not in its shortest form"),
    "pymdoc_shortx": ("MALFORMED", "not a COSE_Key"),
}


class Files:
    def __init__(self, root):
        self._data = cbor2.dumps([{Root.CERTIFICATE: root}])

    def view(self, name, most):
        return FileView(io.BytesIO(self._data), 0, len(self._data))


@pytest.mark.parametrize("name", DATA["cases"])
def test_each_gets_its_verdict(name):
    case = DATA["cases"][name]
    root, transcript = (bytes.fromhex(DATA[part][case["of"]]) for part in ("roots", "transcripts"))
    response = memoryview(bytearray.fromhex(case["response"]))
    trust = TrustSet([], Policy(), case["at"], roots=Files(root))
    verdict = verifier.verify(MdocEvidence(response, transcript), trust, case["at"])
    assert (verdict.code, verdict.detail) == EXPECTED[name]
    if name == "ehic_rulebook":
        holder = verdict.holder
        assert (holder.family, holder.given, holder.name_from) == ("Muster", "Eva", "pid")
        assert holder.nir == "123456789"  # of the social security, not the PID's
    if name == "owf_ehic_dc4eu":
        holder = verdict.holder
        assert (holder.family, holder.given, holder.birth_date) == ("Dupont", "Anne", "1985-02-14")


def test_none_is_left_out():
    assert set(DATA["cases"]) == set(EXPECTED)
