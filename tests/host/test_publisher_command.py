"""`borne publish` as a person types it: outputs, exit statuses, and nothing ever overwritten."""

import json
import signal
import time
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path

import cbor2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from guard import HUNG
from names import EC2, ED25519, OKP, Eligible, Key, Rule
from program import answer, borne, refusal_here, snapshot, started

from bornetools import times
from bornetools.errors import UserError
from bornetools.issuer import cose
from bornetools.issuer.issuer import Issuer
from bornetools.publisher import check as checking
from bornetools.publisher import server, signers
from bornetools.publisher.repository import Repository
from bornetools.times import DAY

NOW = int(time.time())
URI = "https://a.example/"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    Issuer.create("A", URI, NOW, capacity=1000)
    run("init", "R")
    return tmp_path


invoke = partial(borne, "publish")
run = partial(answer, "publish")
refused = partial(refusal_here, "publish")


def public_pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@pytest.mark.parametrize(
    "words",
    [
        *("", "init", "release", "serve", "check", "policy", "policy set", "status"),
        *("status import", "keys", "keys add", "keys revoke", "keys list", "keys rotate"),
        *("roots", "roots add", "roots import", "roots list", "roots remove", "roots revoke"),
        *("root", "root rotate", "root renew", "root show"),
    ],
)
def test_help(words):
    assert "Usage: " in run(*words.split(), "--help")


def test_the_walk_through(tmp_path, monkeypatch):
    """docs/publishing.md, with its thresholds."""
    monkeypatch.chdir(tmp_path)
    issuer = Issuer.create("A", URI, NOW)
    made = run(
        *("init", "R", "--root-threshold", 2, "--root-keys", 3),
        *("--targets-threshold", 2, "--targets-keys", 3, "--json"),
    )
    assert made["root"] == "R/metadata/1.root.json"
    assert len(made["keys"]) == 8
    Path("safe").mkdir()
    for path in [*Path("R/keys").glob("root-*"), *Path("R/keys").glob("targets-*")]:
        path.rename(Path("safe") / path.name)
    kid = issuer.key_set()[0][Key.KID].hex()
    assert run("keys", "add", "R", "A", "--json") == {"new": [kid], "revoked": [], "dropped": []}
    assert "warn after 3 days" in run("policy", "set", "R", "--warn-after", 3)
    imported = run("status", "import", "R", "A/status.cwt", "--list", "a", "--json")
    assert (imported["slug"], imported["version"]) == ("a", 1)
    assert "needs 2 signatures" in refused("release", "R")
    keys = ("--key", "safe/targets-1.pem", "--key", "safe/targets-3.pem")
    released = run("release", "R", *keys, "--json")
    assert released["versions"] == {"root": 1, "targets": 1, "snapshot": 1, "timestamp": 1}
    assert set(released["targets"]) == {"keys.cbor", "policy.cbor", "status/a/1.rsl"}
    assert run("release", "R").startswith("released: root 1, targets 1, snapshot 1, timestamp 2;")
    assert run("check", "R", "--json")["versions"]["timestamp"] == 2

    show = run("root", "show", "R", "--json")
    assert (show["version"], show["roles"]["targets"]["threshold"]) == (1, 2)
    lost = show["roles"]["root"]["keys"][0]
    roots = ("--root-key", "safe/root-2.pem", "--root-key", "safe/root-3.pem")
    run("root", "rotate", "R", *roots, "--drop", lost[:8], "--into", "safe")
    assert lost not in run("root", "show", "R")
    assert Path("safe/root-v2-1.pem").exists()
    rotated = run("keys", "rotate", "R", "snapshot", "timestamp", *roots, "--json")
    assert rotated["versions"] == {"root": 3, "targets": 1, "snapshot": 2, "timestamp": 3}
    assert run("root", "renew", "R", *roots).startswith("published: root 4; until")
    assert run("check", "R").startswith("accepted: root 4, targets 1, snapshot 2, timestamp 3; 3")

    leaver = ("--drop", show["roles"]["targets"]["keys"][0][:8], *roots, "--into", "safe")
    assert "with --key" in refused("keys", "rotate", "R", "targets", *leaver)
    run("keys", "rotate", "R", "targets", *leaver, "--key", "safe/targets-3.pem")
    assert run("check", "R").startswith("accepted: root 5, targets 2, snapshot 3, timestamp 4; 3")


def ready(folder):
    """The repository R with its first release, and its public part as it is."""
    run("keys", "add", "R", "A")
    run("status", "import", "R", "A/status.cwt", "--list", "a")
    run("release", "R", "--at", NOW)


def test_a_release_before_the_last_one_is_refused(folder):
    ready(folder)
    said = refused("release", "R", "--at", NOW - 1)
    assert times.write(NOW) in said
    assert times.write(NOW - 1) in said
    assert "set this computer's clock" in said
    assert "keys rotate FOLDER timestamp" in said
    assert "set this computer's clock" in refused("keys", "rotate", "R", "targets", "--at", NOW - 1)
    run("release", "R", "--at", NOW)  # the same second is no step back
    # A release from the future: what it says of the time goes with its key, and not without.
    run("release", "R", "--at", NOW + 5 * DAY)
    assert "set this computer's clock" in refused("release", "R", "--at", NOW)
    rotated = run("keys", "rotate", "R", "timestamp", "--at", NOW, "--json")
    assert rotated["versions"]["timestamp"] == 4
    run("release", "R", "--at", NOW + 1)
    assert run("check", "R", "--json")["versions"]["timestamp"] == 5


def test_a_jump_is_asked_about(folder):
    ready(folder)
    run("release", "R", "--at", NOW + 7 * DAY - 1)  # nobody asks: the last one still holds
    late = NOW + 14 * DAY
    before = snapshot()
    for command in (("release", "R"), ("keys", "rotate", "R", "snapshot")):
        for typed, status in ((b"n\n", 2), (b"", 1)):
            done = invoke(*command, "--at", late, typed=typed, status=status)
            assert f"Is it now {times.write(late)}?" in done.stderr
            assert "--yes" in done.stderr
            assert done.stdout == ""
            assert snapshot() == before
    assert "published" in invoke("release", "R", "--at", late, typed=b"n\n").stderr
    assert invoke("release", "R", "--at", late, typed=b"y\n", status=0).stdout.startswith("rel")
    run("release", "R", "--at", late + 300 * DAY, "--yes")
    run("keys", "rotate", "R", "snapshot", "--at", late + 320 * DAY, "--yes")


def test_check_compares_when_release_computer_and_lists_say_it_is(folder):
    ready(folder)
    assert "warnings" not in run("check", "R")
    run("release", "R", "--at", NOW + DAY)
    said = refused("check", "R")
    assert f"issued at {times.write(NOW + DAY)}" in said
    assert "this computer's clock" in said
    assert "publisher" in said

    # A list from a clock that was ahead of the publisher's.
    Issuer.create("B", "https://b.example/", NOW, capacity=1000)
    run("init", "S")
    run("keys", "add", "S", "B")
    Path("late.cwt").write_bytes(Issuer("B").status_list(NOW))
    run("status", "import", "S", "late.cwt", "--list", "b", "--at", NOW)
    run("release", "S", "--at", NOW - 3600)
    (warning,) = run("check", "S", "--json")["warnings"]
    assert warning.startswith(f"status/b/1.rsl was issued at {times.write(NOW)}")


def test_check_refuses_a_release_whose_parts_had_expired_when_it_was_issued(folder):
    ready(folder)
    repository = Repository("R")
    timestamp = repository.metadata.chain().timestamp
    for issued, said in (
        (NOW + 400 * DAY, "and its timestamp expired before"),
        (None, "does not say when"),
    ):
        fields = {} if issued is None else {"x-borne-issued": issued}
        timestamp.signed.unrecognized_fields = fields
        timestamp.signed.version += 1
        (signer,) = [
            signers.read([path])[keyid]
            for path in Path("R/keys").glob("timestamp*")
            for keyid in timestamp.signatures
        ]
        timestamp.signatures.clear()
        timestamp.sign(signer)
        Path("R/metadata/timestamp.json").write_bytes(timestamp.to_bytes())
        with pytest.raises(UserError, match=said):
            checking.check("R")
        assert "issued" in refused("check", "R")


def test_keys(folder):
    kid = Issuer("A").key_set()[0][Key.KID].hex()
    assert run("keys", "add", "R", "A/keys.cbor") == f"new keys: {kid}\n"
    assert run("keys", "add", "R", "A") == "new keys: none\n"
    key = cose.new_key()
    Path("p.pem").write_bytes(public_pem(key))
    assert "names no issuer: give --issuer" in refused("keys", "add", "R", "p.pem")
    assert "http or https" in refused("keys", "add", "R", "p.pem", "--issuer", "me")
    run("keys", "add", "R", "p.pem", "--issuer", "https://b.example/")
    second = cose.key_id(key.public_key()).hex()
    assert run("keys", "revoke", "R", second, "--json") == {"kid": second, "dropped": []}
    assert "revoked already" in refused("keys", "revoke", "R", second)
    assert "no key" in refused("keys", "revoke", "R", "00")
    assert "hexadecimal" in refused("keys", "revoke", "R", "kid")
    listed = run("keys", "list", "R", "--json")["keys"]
    assert [(k["kid"], k["issuer"], k["state"]) for k in listed] == [
        (kid, URI, "active"),
        (second, "https://b.example/", "revoked"),
    ]
    assert run("keys", "list", "R").count("\n") == 2
    published = cbor2.loads(Path("R/draft/keys.cbor").read_bytes())
    assert [key[Key.ISSUER] for key in published] == [URI, "https://b.example/"]


def test_keys_that_terminals_do_not_understand(folder):
    good = cose.cose_key(cose.new_key().public_key()) | {Key.KID: b"k", Key.ISSUER: URI}
    wrong = {
        "no kid": [{k: v for k, v in good.items() if k != Key.KID}],
        "names no issuer": [{k: v for k, v in good.items() if k != Key.ISSUER}],
        "key 2: point not on the curve": [good, good | {Key.X: bytes(32)}],
        "private key": [good | {Key.D: bytes(32)}],
        "key type": [{Key.KTY: OKP, Key.CRV: ED25519, Key.X: bytes(32), Key.KID: b"k"}],
        "key state": [good | {Key.STATE: 7}],
        "not a COSE_Key": [1],
        "an empty one": [],
        "not a COSE key set": {Key.KTY: EC2},
        "more keys": [good | {Key.KID: bytes([n])} for n in range(33)],
        "is the key 6b of": [good, good | {Key.KID: b"l"}],
        "a key is in the set once": [good, good | {Key.ISSUER: "https://b.example/"}],
        "another key has the kid": [
            good,
            cose.cose_key(cose.new_key().public_key()) | {Key.KID: b"k"},
        ],
    }
    wrong["another key has the kid"][1][Key.ISSUER] = URI
    for reason, entries in wrong.items():
        Path("set").write_bytes(cose.encode(entries))
        assert reason in refused("keys", "add", "R", "set")
    pem = {
        "not a public key": cose.private_pem(cose.new_key()),
        "not a P-256 key": public_pem(ec.generate_private_key(ec.SECP384R1())),
        "P-256": public_pem(ed25519.Ed25519PrivateKey.generate()),
        "not CBOR": b"\x61",
        "is not CBOR": b"",
    }
    for reason, data in pem.items():
        Path("p").write_bytes(data)
        assert reason in refused("keys", "add", "R", "p", "--issuer", URI)
    assert "cannot read" in refused("keys", "add", "R", "nowhere")


def test_kid_of_two_issuers(folder):
    for uri in (URI, "https://b.example/"):
        key = cose.cose_key(cose.new_key().public_key()) | {Key.KID: b"\x01"}
        Path("set").write_bytes(cose.encode([key]))
        run("keys", "add", "R", "set", "--issuer", uri)
    assert "name one with --issuer" in refused("keys", "revoke", "R", "01")
    run("keys", "revoke", "R", "01", "--issuer", "https://b.example/")
    states = [key["state"] for key in run("keys", "list", "R", "--json")["keys"]]
    assert states == ["active", "revoked"]


def test_policy(folder):
    result = run(
        *("policy", "set", "R", "--warn-after", 2, "--refuse-after", 9, "--clock-skew", 60),
        *("--purpose", "dispensing", "--no-user-verification", "--relay-bound", 250),
        *("--minimum-age", 16, "--fund", "01-751", "--fund", "02", "--departement", "2A"),
        *("--departement", "971", "--general-from", "2027-01-01"),
        *("--when-full", "refuse", "--receipts", "--json"),
        *("--rest", 20, "--whole-nir", "--identity-to-software"),
    )
    assert result["refuse_after"] == 9 * 86_400
    assert cbor2.loads(Path("R/draft/policy.cbor").read_bytes()) == {
        Rule.WARN_AFTER: 2 * 86_400,
        Rule.REFUSE_AFTER: 9 * 86_400,
        Rule.CLOCK_SKEW: 60,
        Rule.PURPOSES: ["dispensing"],
        Rule.USER_VERIFICATION: False,
        Rule.RELAY_BOUND: 250,
        Rule.ELIGIBILITY: {
            Eligible.MINIMUM_AGE: 16,
            Eligible.FUNDS: ["01-751", "02"],
            Eligible.DEPARTEMENTS: ["2A", "971"],
            Eligible.GENERAL_FROM: "2027-01-01",
        },
        Rule.REFUSE_UNEXPORTED: True,
        Rule.RECEIPTS: True,
        Rule.REST: 20,
        Rule.WHOLE_NIR: True,
        Rule.IDENTITY_TO_SOFTWARE: True,
    }
    assert (result["when_full"], result["receipts"]) == ("refuse", True)
    run("policy", "set", "R")
    plain = cbor2.loads(Path("R/draft/policy.cbor").read_bytes())
    assert (
        plain[Rule.REFUSE_UNEXPORTED],
        plain[Rule.RECEIPTS],
        plain[Rule.REST],
        plain[Rule.WHOLE_NIR],
    ) == (False, False, 6, False)
    assert Rule.ELIGIBILITY not in plain
    assert plain[Rule.IDENTITY_TO_SOFTWARE] is False
    for said, rule in (("Europe/Paris", "CET-1CEST,M3.5.0,M10.5.0/3"), ("<-03>3", "<-03>3")):
        run("policy", "set", "R", "--time-zone", said)
        assert cbor2.loads(Path("R/draft/policy.cbor").read_bytes())[Rule.TIME_ZONE] == rule


@pytest.mark.parametrize(
    ("reason", "options"),
    [
        ("refuse before they warn", ("--warn-after", 31)),
        ("not a fund", ("--fund", "1")),
        ("not a département", ("--departement", "20")),
        ("not a département", ("--departement", "1")),
        ("full-date", ("--departement", "01", "--general-from", "2027")),
        ("needs --departement", ("--general-from", "2027-01-01")),
        ("behind 'CET-1CEST'", ("--time-zone", "CET-1CEST")),
        ("a number from 0 to 24 behind 'CET-'", ("--time-zone", "CET-25")),
        ("neither a rule in POSIX form", ("--time-zone", "Europe/Nowhere")),
        ("neither a rule in POSIX form", ("--time-zone", "../../etc/passwd")),
        ("too long", ("--time-zone", "A" * 81 + "1")),
    ],
)
def test_wrong_policy(folder, reason, options):
    assert reason in refused("policy", "set", "R", *options)


def test_init_overwrites_nothing(folder):
    assert "nothing was overwritten" in refused("init", "R")
    Path("full").mkdir()
    Path("full/mine").write_bytes(b"mine")
    assert "nothing was overwritten" in refused("init", "full")
    assert "threshold of 3 with 2 keys" in refused(
        *("init", "X", "--root-threshold", 3, "--root-keys", 2)
    )
    assert not Path("X").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("release",),
        ("serve",),
        ("policy", "set"),
        ("keys", "list"),
        ("keys", "rotate", "timestamp"),
        ("root", "show"),
        ("root", "rotate"),
        ("root", "renew"),
    ],
)
def test_not_a_repository(folder, words):
    words = ("keys", "rotate", "A", "timestamp") if "timestamp" in words else (*words, "A")
    assert "not a trust repository" in refused(*words)


@pytest.mark.parametrize(
    "data", [b"", b"junk", b"[]", b"{}", b"\xff\xfe", b'{"signed": {}, "signatures": []}']
)
def test_spoiled_metadata(folder, data):
    run("keys", "add", "R", "A")
    run("release", "R")
    for name in ("1.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"):
        path = Path("R/metadata") / name
        good = path.read_bytes()
        path.write_bytes(data)
        assert name in refused("release", "R")
        refused("check", "R")
        path.write_bytes(good)
    other = Path("R/metadata/1.targets.json").read_bytes()
    Path("R/metadata/1.snapshot.json").write_bytes(other)
    assert "not snapshot metadata" in refused("release", "R")


def test_wrong_private_keys(folder):
    run("keys", "add", "R", "A")
    Path("junk.pem").write_bytes(b"-----BEGIN PRIVATE KEY-----\n")
    for name in ("junk.pem", "nowhere", "A"):
        refused("release", "R", "--key", name)
        refused("root", "renew", "R", "--root-key", name)
    assert "cannot read" in refused("status", "import", "R", "nowhere", "--list", "a")
    assert "junk.pem: " in refused("status", "import", "R", "junk.pem", "--list", "a")
    assert "cannot read" in refused("check", "R", "--root", "nowhere")
    assert "cannot read" in refused("check", "nowhere")


def test_warnings_go_to_stderr(folder):
    run("keys", "add", "R", "A")
    run("release", "R", "--targets-days", 1, "--timestamp-days", 1)
    Path("R/keys/targets-1.pem").rename("away.pem")
    result = invoke("release", "R", "--json")
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: targets expires at ")
    assert json.loads(result.stdout)["warnings"][0] in result.stderr


@pytest.fixture
def published(folder):
    run("keys", "add", "R", "A")
    run("status", "import", "R", "A/status.cwt", "--list", "a")
    run("release", "R")
    return folder / "R"


def fetch(url):
    with urllib.request.urlopen(url, timeout=HUNG) as answer:
        return answer.read()


def test_serving_publishes_what_is_public_and_nothing_else(published):
    (published / "targets" / "link").symlink_to(published / "keys" / "root-1.pem")
    with server.serving(published) as url:
        assert fetch(f"{url}/metadata/1.root.json") == Repository("R").first_root.read_bytes()
        (name,) = (path.name for path in (published / "targets/status/a").iterdir())
        assert fetch(f"{url}/targets/status/a/{name}")
        for path in (
            *("/", "/metadata", "/metadata/", "/keys/", "/keys/root-1.pem", "/draft/keys.cbor"),
            *("/metadata/../keys/root-1.pem", "/metadata/%2e%2e/keys/root-1.pem", "/targets/link"),
            *("/metadata//../keys/root-1.pem", "/metadata/9.root.json", "//keys/root-1.pem"),
        ):
            with pytest.raises(urllib.error.HTTPError) as caught:
                fetch(url + path)
            assert caught.value.code == 404
            caught.value.close()


def test_check_of_a_url(published):
    with server.serving(published) as url:
        assert "give --root" in refused("check", url)
        result = run("check", url, "--root", "R/metadata/1.root.json", "--json")
    assert result["targets"] == run("check", "R", "--json")["targets"]
    assert refused("check", url, "--root", "R/metadata/1.root.json")


def test_serve_until_interrupted(published):
    with started("publish", "serve", published) as served:
        url = served.line().strip()
        assert fetch(f"{url}/metadata/timestamp.json")
        assert served.ended_by(signal.SIGINT) == 0
        assert served.said == f"{url}\n"


def test_serve_on_a_port_in_use(published):
    with server.serving(published) as url:
        assert "cannot serve" in refused("serve", "R", "--port", url.rpartition(":")[2])
