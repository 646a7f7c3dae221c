"""The lists of tests/cases/status: what the firmware's reader refuses, an import refuses, too."""

import json
from functools import partial
from pathlib import Path

import cbor2
import judge_on_vm
import pytest
from names import Claim, Header
from program import answer, borne
from vm_judge import VmJudge

from borne.token import cwt
from borne.token.key_set import KeySet
from borne.trust.status import StatusList
from bornetools.publisher import issuer_keys
from bornetools.publisher.repository import Repository

pytestmark = pytest.mark.usefixtures("quick_p256")

CASES = Path(__file__).parent.parent / "cases" / "status"
KEYS = CASES / "keys.cbor"
AT = 1_795_993_103
URI = "https://example.com/statuslists/1"
REFUSED = sorted(path.name for path in CASES.glob("imp_*.cwt"))
NOT_YET = "imp_06.cwt"  # its nbf is in 2030


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Repository.create("R", AT)
    made.add_keys(issuer_keys.load(KEYS))
    return made


@pytest.fixture(scope="module")
def on_vm():
    with VmJudge(judge_on_vm, heap=2_000_000) as judge:
        yield judge


def test_there_are_cases():
    assert len(REFUSED) == 13


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(repository, on_vm, name):
    before = {path: path.read_bytes() for path in Path("R").rglob("*") if path.is_file()}
    done = borne("publish", "status", "import", "R", CASES / name, "--list", "a", "--at", AT)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "this status list" in done.stderr
    assert {path: path.read_bytes() for path in Path("R").rglob("*") if path.is_file()} == before
    case = ["list", KEYS.read_bytes().hex(), (CASES / name).read_bytes().hex(), 0]
    said = None if name == NOT_YET else "refused"
    assert judge_on_vm.judge(*case) == said
    assert on_vm([case]) == [said]


def test_a_list_counts_from_its_nbf_on():
    one = StatusList((CASES / NOT_YET).read_bytes(), KeySet.decode(KEYS.read_bytes()))
    nbf = 1_900_000_000
    assert (one.not_before, one.value(0, nbf - 1), one.value(0, nbf)) == (nbf, None, 1)


def test_the_drafts_list_is_taken(repository):
    run = partial(answer, "publish", "status", "import", "R")
    made = run(CASES / "draft_list.cwt", "--list", "a", "--at", AT, "--json")
    assert (made["size"], made["counts"]) == (16, {"a": 9})


def test_the_drafts_token_verifies_by_the_kid_of_its_unprotected_header():
    """It is none of the profile's: it has no holder's key."""
    token = (CASES / "draft_token.cwt").read_bytes()
    message = cwt.message(token)
    assert Header.KID not in message.protected
    keys = KeySet.decode(KEYS.read_bytes())
    (key,) = keys.find(message.kid())
    assert message.verify(key)
    named = cbor2.loads(message.payload)[Claim.STATUS]["status_list"]
    one = StatusList((CASES / "draft_list.cwt").read_bytes(), keys)
    assert (one.uri, one.value(named["idx"], AT)) == (named["uri"], 1)


@pytest.mark.parametrize("machine", ["cpython", "micropython"])
def test_a_token_of_the_drafts_list(machine):
    asked = ["--keys", KEYS, "--status", CASES / "draft_list.cwt", "--at", AT, "--vm", machine]
    done = borne("verify", CASES / "t_1_0.cwt", *asked, "--json")
    assert (done.exit_code, json.loads(done.stdout)["verdict"]) == (1, "REVOKED")
    done = borne("verify", CASES / "draft_token.cwt", *asked, "--json")
    said = json.loads(done.stdout)
    assert (said["verdict"], said["detail"]) == ("MALFORMED", "token without a holder's key")
