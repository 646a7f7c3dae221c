"""The program that judges hostile messages by the million: a share of its cases, and that it can find what it
looks for."""

import pytest

from borne.verify.verdict import SEVERITIES
from bornetools.hostile import cbor_tree, run

CASES = 1500


def test_a_share_of_the_cases():
    outcome = run.chunk(0, CASES, seed=14)
    assert outcome.count == CASES
    assert outcome.wrong == []
    said = {words.partition(" ")[2] for words in outcome.said}
    # Each generator gets behind the first checks.
    for word in (
        "VALID",
        "MALFORMED",
        "UNSUPPORTED",
        "BAD_SIGNATURE",
        "CLONED",
        "UNKNOWN_ISSUER",
        "EXPIRED",
    ):
        assert word in said
    assert said <= {*SEVERITIES, "refused", "a status", "nothing"}


@pytest.mark.parametrize("kind", ["token", "mdoc", "list"])
def test_a_verifier_for_which_every_signature_verifies_is_found_out(monkeypatch, kind):
    def verify(self, public, digest, signature):
        self.verified.append((public + digest + bytes(signature)).hex())
        return True

    monkeypatch.setattr(run.Recorded, "verify", verify)
    monkeypatch.setattr(run, "_KINDS", (kind,))
    outcome = run.chunk(0, 200, seed=14)
    assert {line.split(", ")[1] for line in outcome.false_accepts} == {f'"{kind}"'}


def test_a_judgement_that_differs_is_found(monkeypatch):
    monkeypatch.setattr(run.Recorded, "verify", lambda *_: True)  # and the VM is not told
    outcome = run.chunk(0, 50, seed=14)
    assert outcome.differences


def test_what_a_reader_passes_over_is_no_false_accept_and_an_elements_float_is_none_of_it():
    opaque = bytes.fromhex("a1183dd83dfb3ff8000000000000")  # {61: 61(1.5)}
    with pytest.raises(ValueError, match="simple value"):
        cbor_tree.loads(opaque)
    assert cbor_tree.loads(opaque, opaque=True)[61].tag == 61
