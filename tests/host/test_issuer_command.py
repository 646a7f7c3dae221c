"""`borne issuer` as a person types it: outputs, exit statuses, and nothing ever overwritten."""

import hashlib
import stat
from functools import partial

import cbor2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cwt import COSE, COSEKey
from names import COSE_KEY, ES256, Claim, Cover, Delegate, Header, Key, Release
from program import answer, borne, refusal_here

from bornetools.issuer import cose

NOW = "2027-01-15T08:00:00Z"
SECONDS = 1_800_000_000
COVER = (
    *("--family", "Durand", "--given", "Chloé", "--birth-date", "1969-05-12"),
    *("--nir", "269054958815780", "--scheme", "01-751-0001", "--departement", "971"),
    *("--entitlement", "AMO:2026-01-01:2027-12-31", "--entitlement", "C2S:2027-01-01:2027-06-30"),
    *("--proofing", "video", "--delegate", "Durand:Zoé:2027-06-30"),
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run("init", "A", "--issuer", "https://a.example/", "--at", NOW)
    return tmp_path


invoke = partial(borne, "issuer")
run = partial(answer, "issuer")
refused = partial(refusal_here, "issuer")


def token(*more):
    return run("token", "A", "--out", "t.cwt", "--holder-key", "h.pem", *COVER, "--at", NOW, *more)


@pytest.mark.parametrize(
    "words",
    ["", "init", "key", "key add", "key revoke", "key list", "token", "proof", "revoke", "trust"],
)
def test_help(words):
    assert "Usage: " in run(*words.split(), "--help")


def test_init_json(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("init", "B", "--issuer", "https://b.example/", "--capacity", 9, "--json")
    assert result["issuer"] == "https://b.example/"
    assert result["status_uri"] == "https://b.example/status/1"
    assert [path.stem for path in (tmp_path / "B" / "keys").iterdir()] == [result["kid"]]


def test_token_and_holder_key(folder):
    result = token("--json")
    assert result["expires"] == "2027-01-22T08:00:00Z"
    assert stat.S_IMODE((folder / "h.pem").stat().st_mode) == 0o600
    claims = cbor2.loads(cbor2.loads((folder / "t.cwt").read_bytes()).value[2])
    assert claims[Claim.IAT] == claims[Claim.NBF] == SECONDS
    assert claims[Claim.CTI].hex() == result["cti"]
    assert claims[Claim.STATUS]["status_list"]["idx"] == result["idx"]
    assert claims[Claim.HCOV][Cover.ENTITLEMENTS] == [
        ["AMO", "2026-01-01", "2027-12-31"],
        ["C2S", "2027-01-01", "2027-06-30"],
    ]
    assert claims[Claim.HCOV][Cover.DELEGATE] == {
        Delegate.FAMILY: "Durand",
        Delegate.GIVEN: "Zoé",
        Delegate.UNTIL: "2027-06-30",
    }
    holder = serialization.load_pem_private_key((folder / "h.pem").read_bytes(), None)
    assert isinstance(holder, ec.EllipticCurvePrivateKey)
    x = holder.public_key().public_numbers().x.to_bytes(32, "big")
    assert claims[Claim.CNF][COSE_KEY][Key.X] == x
    # The same key for a second token, and its times by seconds.
    times = ("--not-before", SECONDS + 9, "--expires", SECONDS + 99)
    run("token", "A", "--out", "u.cwt", "--holder-key", "h.pem", *COVER, "--at", NOW, *times)
    claims = cbor2.loads(cbor2.loads((folder / "u.cwt").read_bytes()).value[2])
    assert claims[Claim.CNF][COSE_KEY][Key.X] == x
    assert (claims[Claim.EXP], claims[Claim.NBF]) == (SECONDS + 99, SECONDS + 9)


def test_proof_verifies(folder):
    token()
    run(
        *("proof", "t.cwt", "--holder-key", "h.pem", "--nonce", "5a" * 32, "--terminal-id", "T1"),
        *("--purpose", "admission", "--no-user-verified", "--out", "p.cose"),
    )
    holder = serialization.load_pem_private_key((folder / "h.pem").read_bytes(), None)
    key = COSEKey.new({**cose.cose_key(holder.public_key()), Key.ALG: ES256})
    header = cbor2.loads(cbor2.loads((folder / "p.cose").read_bytes()).value[0])
    assert header == {Header.ALG: ES256, "uv": False, "method": "pin"}
    digest = hashlib.sha256((folder / "t.cwt").read_bytes()).digest()
    signed = ["borne-proof-1", b"\x5a" * 32, "T1", "admission", digest, False, "pin"]
    COSE.new().decode(
        (folder / "p.cose").read_bytes(), key, detached_payload=cbor2.dumps(signed)
    )  # raises if it does not verify


def test_revoke_by_each_name(folder):
    result = token("--json")
    by_token = run("revoke", "A", "--token", "t.cwt", "--suspend", "--at", NOW, "--json")
    assert by_token == {"idx": result["idx"], "status": "suspended"}
    by_cti = run("revoke", "A", "--cti", result["cti"], "--reinstate", "--at", NOW, "--json")
    assert by_cti == {"idx": result["idx"], "status": "valid"}
    by_idx = run("revoke", "A", "--idx", result["idx"], "--at", NOW, "--json")
    assert by_idx == {"idx": result["idx"], "status": "revoked"}
    assert "stays revoked" in refused("revoke", "A", "--token", "t.cwt", "--reinstate")
    assert "name the token" in refused("revoke", "A")
    assert "name the token" in refused("revoke", "A", "--idx", 1, "--cti", "00")
    assert "ledger" in refused("revoke", "A", "--cti", "00" * 16)
    assert "hexadecimal" in refused("revoke", "A", "--cti", "zz")


def test_token_file_may_be_hexadecimal(folder):
    result = token("--json")
    (folder / "t.hex").write_text((folder / "t.cwt").read_bytes().hex() + "\n")
    assert run("revoke", "A", "--token", "t.hex", "--at", NOW, "--json")["idx"] == result["idx"]


def test_keys(folder):
    first = run("key", "list", "A", "--json")["keys"][0]
    assert first["state"] == "active"
    assert first["until"] == "2029-01-14T08:00:00Z"
    second = run("key", "add", "A", "--days", 30, "--at", NOW, "--json")["kid"]
    assert token("--json")["kid"] == second
    assert "is revoked" in run("key", "revoke", "A", first["kid"], "--at", NOW)
    listed = run("key", "list", "A", "--json")["keys"]
    assert [(key["kid"], key["state"]) for key in listed] == [
        (first["kid"], "revoked"),
        (second, "active"),
    ]
    assert "no key" in refused("key", "revoke", "A", "00")
    assert "no active key" in refused("key", "revoke", "A", second, "--at", NOW)
    assert "hexadecimal" in refused("key", "revoke", "A", "kid")


def test_trust_of_two_issuers(folder):
    run("init", "B", "--issuer", "https://b.example/", "--at", NOW)
    run("trust", "A", "B", "--out", "T", "--at", NOW, "--version", 7)
    assert len(cbor2.loads((folder / "T" / "keys.cbor").read_bytes())) == 2
    assert cbor2.loads((folder / "T" / "release.cbor").read_bytes()) == {
        Release.VERSION: 7,
        Release.AS_OF: SECONDS,
    }
    assert sorted(path.name for path in (folder / "T" / "status").iterdir()) == ["1.cwt", "2.cwt"]


def test_nothing_is_overwritten(folder):
    token()
    again = ("token", "A", "--holder-key", "h.pem", *COVER, "--at", NOW)
    assert "nothing was overwritten" in refused(*again, "--out", "t.cwt")
    absent = ("token", "A", "--holder-key", "new.pem", *COVER, "--at", NOW)
    assert "nothing was overwritten" in refused(*absent, "--out", "h.pem")
    assert "nothing was overwritten" in refused("init", "A", "--issuer", "https://a.example/")
    assert "nothing was overwritten" in refused("trust", "A", "--out", "A", "--at", NOW)
    challenge = ("--nonce", "00" * 32, "--terminal-id", "T1", "--purpose", "admission")
    proof = ("proof", "t.cwt", "--holder-key", "h.pem", *challenge)
    assert "nothing was overwritten" in refused(*proof, "--out", "h.pem")


@pytest.mark.parametrize("name", ["issuer.json", "keys.cbor", "ledger.json", "status.cwt"])
@pytest.mark.parametrize(
    "content",
    [b"", b"junk", b"[]", b"{}", b"\x80\x80", b"\xa1\x02\x02", b'{"00": "x"}', b"\x81\x01"],
)
def test_wrong_issuer_files(folder, name, content):
    idx = token("--json")["idx"]
    (folder / "A" / name).write_bytes(content)
    refused("revoke", "A", "--idx", idx, "--at", NOW)


def test_wrong_files(folder):
    idx = token("--json")["idx"]
    assert "cannot read" in refused("key", "list", "nowhere")
    assert "cannot read" in refused("revoke", "A", "--token", "nowhere")
    for content in (b"\x01", b"\xd2\x84\x40\xa0\x40\x40", b"\x9f" * 999, bytes(range(256))):
        (folder / "bad").write_bytes(content)
        assert "not signed by a key" in refused("revoke", "A", "--token", "bad")
    (pem,) = (folder / "A" / "keys").iterdir()
    pem.unlink()
    assert "cannot read" in refused("revoke", "A", "--idx", idx, "--at", NOW)


def test_wrong_holder_keys(folder):
    others = {
        "p384": ec.generate_private_key(ec.SECP384R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
    }
    for name, key in others.items():
        (folder / name).write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    (folder / "junk").write_bytes(b"-----BEGIN PRIVATE KEY-----\n")
    for name in (*others, "junk", "A"):
        args = ("token", "A", "--out", "t.cwt", "--holder-key", name, *COVER, "--at", NOW)
        refused(*args)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--entitlement", "AMO:2027-01-01"),
        ("--entitlement", "AMO:2027-01-02:2027-01-01"),
        ("--delegate", "Durand"),
        ("--at", "yesterday"),
        ("--expires", "2000-01-01"),
        ("--nir", "1"),
    ],
)
def test_wrong_arguments_leave_nothing(folder, option, value):
    args = ("token", "A", "--out", "t.cwt", "--holder-key", "h.pem", *COVER, "--at", NOW)
    refused(*args, option, value)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--delegate", "Qzyxwho"),
        ("--delegate", "Qzyxwho:Zoé"),
        ("--nir", "2550814Qzyxwho"),
        ("--birth-date", "Qzyxwho"),
    ],
)
def test_an_error_does_not_repeat_who_somebody_is(folder, option, value):
    args = ("token", "A", "--out", "t.cwt", "--holder-key", "h.pem", *COVER, "--at", NOW)
    assert "Qzyxwho" not in refused(*args, option, value)
