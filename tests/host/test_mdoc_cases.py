"""The DeviceResponses of tests/cases/mdoc, which other people's libraries have made, on both interpreters."""

import json
from pathlib import Path

import pytest
from program import borne

pytestmark = pytest.mark.usefixtures("quick_p256")

CASES = Path(__file__).parent.parent / "cases" / "mdoc"
# What is in unprotected headers beside x5chain is passed over: a kid, or `undefined` in its place. An EHIC's
# dates may be moments.
NAMES = ["auth0_default", "auth0_kid", "kid_device", "kid_issuer", "owf_tdate"]


def verdict(response, folder, at, machine):
    suffix = "hex" if response.suffix == ".hex" else "cbor"
    files = ["--transcript", folder / f"transcript.{suffix}", "--iaca", folder / "iaca.pem"]
    asked = ["verify", "--format", "mdoc", response, *files, "--at", at, "--vm", machine, "--json"]
    return json.loads(borne(*asked, status=0).stdout)["verdict"]


@pytest.mark.parametrize("machine", ["cpython", "micropython"])
@pytest.mark.parametrize("name", NAMES)
def test_a_response(name, machine):
    at = (CASES / "at").read_text().strip()
    assert verdict(CASES / f"{name}.cbor", CASES, at, machine) == "VALID"


@pytest.mark.parametrize("machine", ["cpython", "micropython"])
def test_fractions_of_a_second_in_the_mso(machine):
    folder = CASES / "fraction"
    assert verdict(folder / "response.hex", folder, 1_800_000_000, machine) == "VALID"
