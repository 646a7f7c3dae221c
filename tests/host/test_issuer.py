"""The issuer's library, checked by decoders it does not use: cwt's own, raw ECDSA, the firmware's."""

import json
import stat
import zlib
from concurrent.futures import ThreadPoolExecutor

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cwt import COSE, CWT, COSEKey
from insured import FAMILY, NIR, cover
from names import COSE_KEY, EC2, ES256, P256, Claim, Cover, Delegate, Header, Key, Release

from borne.token import cbor as firmware_cbor
from borne.token.key_set import KeySet
from borne.trust import store as firmware_store
from borne.trust import trustset as firmware_trust
from borne.verify.credential import StatusRef
from bornetools.errors import UserError
from bornetools.issuer import proof, status, trustset
from bornetools.issuer.issuer import Issuer

NOW = 1_800_000_000
URI = "https://issuer.example/"


@pytest.fixture
def issuer(tmp_path):
    return Issuer.create(tmp_path / "issuer", URI, NOW)


def public_keys(issuer):
    """The key set as cwt's keys, private labels left out by the test's own hand."""
    records = cbor2.loads((issuer.path / "keys.cbor").read_bytes())
    return [COSEKey.new({n: r[n] for n in (1, 2, 3, -1, -2, -3)}) for r in records]


def listed(issuer, idx, at=NOW):
    """The value at `idx` in the signed list, read by cwt, zlib and shifts of the test's own."""
    token = (issuer.path / "status.cwt").read_bytes()
    claims = CWT().decode(token, public_keys(issuer), no_verify=True)
    assert claims[Claim.SUB] == URI + "status/1"
    assert claims[Claim.IAT] == at < claims[Claim.EXP]
    assert claims[Claim.STATUS_LIST]["bits"] == 2
    return (
        int.from_bytes(zlib.decompress(claims[Claim.STATUS_LIST]["lst"]), "little") >> 2 * idx & 3
    )


def test_token_as_cwt_decodes_it(issuer, holder):
    issued = issuer.token(
        cover(
            scheme="01-751-0001",
            departement="2A",
            entitlements=(("AMO", "2026-01-01", "2027-12-31"),),
            proofing="eid",
            delegate=("Lefèvre", "Zoé", "2027-06-30"),
        ),
        holder.public_key(),
        NOW,
        not_before=NOW + 5,
        expires=NOW + 60,
    )
    numbers = holder.public_key().public_numbers()
    x, y = (n.to_bytes(32, "big") for n in (numbers.x, numbers.y))
    protected, unprotected, payload = COSE.new(verify_kid=True).decode_with_headers(
        issued.token, public_keys(issuer)
    )
    assert protected == {Header.ALG: ES256, Header.KID: issued.kid}
    assert unprotected == {}
    claims = cbor2.loads(payload, tag_hook=None)
    birth_date = claims[Claim.HCOV].pop(Cover.BIRTH_DATE)
    assert birth_date.isoformat() == "1969-05-12"  # cbor2 knows tag 1004
    assert claims == {
        Claim.ISS: URI,
        Claim.EXP: NOW + 60,
        Claim.NBF: NOW + 5,
        Claim.IAT: NOW,
        Claim.CTI: issued.cti,
        Claim.CNF: {COSE_KEY: {Key.KTY: EC2, Key.CRV: P256, Key.X: x, Key.Y: y}},
        Claim.STATUS: {"status_list": {"idx": issued.idx, "uri": URI + "status/1"}},
        Claim.HCOV: {
            Cover.FAMILY: FAMILY,
            Cover.GIVEN: "Élodie",
            Cover.NIR: NIR,
            Cover.RANK: 0,
            Cover.SCHEME: "01-751-0001",
            Cover.DEPARTEMENT: "2A",
            Cover.ENTITLEMENTS: [["AMO", "2026-01-01", "2027-12-31"]],
            Cover.PROOFING: "eid",
            Cover.DELEGATE: {
                Delegate.FAMILY: "Lefèvre",
                Delegate.GIVEN: "Zoé",
                Delegate.UNTIL: "2027-06-30",
            },
        },
    }
    assert len(issued.cti) == 16


def test_token_lives_seven_days_unless_told(issuer, holder):
    assert issuer.token(cover(), holder.public_key(), NOW).expires == NOW + 7 * 86400


def test_token_signature_by_hand(issuer, holder):
    token = issuer.token(cover(), holder.public_key(), NOW).token
    assert token[:2] == b"\xd2\x84"  # tag 18 outermost, four elements
    header, _, payload, signature = cbor2.loads(token).value
    signed = b"\x84\x6aSignature1" + bytes([0x40 + len(header)]) + header + b"\x40"
    signed += b"\x59" + len(payload).to_bytes(2, "big") + payload
    der = encode_dss_signature(
        int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    )
    assert len(signature) == 64
    public_keys(issuer)[0].key.verify(der, signed, ec.ECDSA(hashes.SHA256()))


def test_everything_is_deterministic_for_the_firmware(issuer, holder):
    token = issuer.token(cover(), holder.public_key(), NOW).token
    made = proof.make(token, holder, bytes(32), "T1", "admission")
    files = [(issuer.path / name).read_bytes() for name in ("keys.cbor", "status.cwt")]
    for data in (token, made, *files):
        firmware_cbor.decode(data, deterministic=True)
    for message in (token, files[1]):
        firmware_cbor.decode(cbor2.loads(message).value[2], deterministic=True)


@pytest.mark.parametrize(
    "uri", ["", "issuer.example", "ftp://a/", "https://", "https://a b/", "x" * 300]
)
def test_create_refuses_a_uri(tmp_path, uri):
    with pytest.raises(UserError):
        Issuer.create(tmp_path / "issuer", uri, NOW)
    assert not (tmp_path / "issuer").exists()


def test_private_keys_are_private(issuer):
    (pem,) = (issuer.path / "keys").iterdir()
    assert stat.S_IMODE(pem.stat().st_mode) == 0o600
    assert stat.S_IMODE(pem.parent.stat().st_mode) == 0o700
    assert b"PRIVATE" not in (issuer.path / "keys.cbor").read_bytes()
    (record,) = cbor2.loads((issuer.path / "keys.cbor").read_bytes())
    assert set(record) == {1, 2, 3, -1, -2, -3, -65801, -65802, -65803, -65804}


def test_status_of_one_token_only(issuer, holder):
    first, second = (issuer.token(cover(), holder.public_key(), NOW) for _ in range(2))
    assert (listed(issuer, first.idx), listed(issuer, second.idx)) == (0, 0)
    issuer.set_status(first.idx, status.SUSPENDED, NOW + 1)
    assert listed(issuer, first.idx, NOW + 1) == 2
    issuer.set_status(first.idx, status.VALID, NOW + 2)
    assert listed(issuer, first.idx, NOW + 2) == 0
    issuer.set_status(issuer.index_of_token(first.token), status.REVOKED, NOW + 3)
    assert listed(issuer, first.idx, NOW + 3) == 1
    assert listed(issuer, second.idx, NOW + 3) == 0
    token = cbor2.loads((issuer.path / "status.cwt").read_bytes())
    assert cbor2.loads(token.value[0]) == {
        Header.ALG: ES256,
        Header.KID: first.kid,
        Header.TYP: "application/statuslist+cwt",
    }


def test_revocation_is_final(issuer, holder):
    idx = issuer.token(cover(), holder.public_key(), NOW).idx
    issuer.set_status(idx, status.REVOKED, NOW)
    for value in (status.VALID, status.SUSPENDED):
        with pytest.raises(UserError, match="stays revoked"):
            issuer.set_status(idx, value, NOW)
    assert listed(issuer, idx) == 1


def test_only_its_own_tokens(tmp_path, issuer, holder):
    other = Issuer.create(tmp_path / "other", "https://other.example/", NOW)
    foreign = other.token(cover(), holder.public_key(), NOW)
    with pytest.raises(UserError, match="not signed by a key of this issuer"):
        issuer.index_of_token(foreign.token)
    with pytest.raises(UserError, match="ledger"):
        issuer.index(foreign.cti)
    with pytest.raises(UserError, match="no token has"):
        issuer.set_status(foreign.idx, status.REVOKED, NOW)


def test_indexes_are_never_shared(tmp_path, holder):
    issuer = Issuer.create(tmp_path / "issuer", URI, NOW, capacity=40)

    def one(_):
        return Issuer(issuer.path).token(cover(), holder.public_key(), NOW).idx

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(one, range(40))) == list(range(40))
    with pytest.raises(UserError, match="full"):
        one(None)


def test_the_folder_names_nobody(issuer, holder):
    issued = issuer.token(cover(), holder.public_key(), NOW)
    assert json.loads((issuer.path / "ledger.json").read_text()) == {issued.cti.hex(): issued.idx}
    content = b"".join(path.read_bytes() for path in issuer.path.rglob("*") if path.is_file())
    assert FAMILY.encode() not in content
    assert NIR.encode() not in content


def test_new_key_signs_and_old_tokens_still_verify(issuer, holder):
    old = issuer.token(cover(), holder.public_key(), NOW)
    kid = issuer.add_key(NOW + 1, days=1)
    new = issuer.token(cover(), holder.public_key(), NOW + 1)
    assert new.kid == kid != old.kid
    assert issuer.token(cover(), holder.public_key(), NOW + 2 * 86400).kid == old.kid
    for issued in (old, new):
        assert issuer.index_of_token(issued.token) == issued.idx


def test_revoked_key_signs_nothing_more(issuer, holder):
    (first,) = (record[Key.KID] for record in issuer.key_set())
    idx = issuer.token(cover(), holder.public_key(), NOW).idx
    issuer.set_status(idx, status.REVOKED, NOW)
    before = [(issuer.path / name).read_bytes() for name in ("keys.cbor", "status.cwt")]
    with pytest.raises(UserError, match="no active key"):
        issuer.revoke_key(first, NOW)
    assert [(issuer.path / name).read_bytes() for name in ("keys.cbor", "status.cwt")] == before
    second = issuer.add_key(NOW)
    issuer.revoke_key(first, NOW + 9)
    assert [record[Key.STATE] for record in issuer.key_set()] == [1, 0]
    message = cbor2.loads((issuer.path / "status.cwt").read_bytes())
    assert cbor2.loads(message.value[0])[Header.KID] == second
    assert listed(issuer, idx, NOW + 9) == 1
    assert issuer.token(cover(), holder.public_key(), NOW).kid == second


def test_token_that_ends_before_it_begins(issuer, holder):
    with pytest.raises(UserError):
        issuer.token(cover(), holder.public_key(), NOW, not_before=NOW, expires=NOW)


def test_trust_set_as_the_firmware_loads_it(tmp_path, issuer, holder):
    other = Issuer.create(tmp_path / "other", "https://other.example/", NOW)
    idx = issuer.token(cover(), holder.public_key(), NOW).idx
    issuer.set_status(idx, status.SUSPENDED, NOW)
    folder = trustset.write(tmp_path / "trust", [issuer, other], NOW + 60, version=3)
    problems = []
    loaded = firmware_trust.load(
        firmware_store.FolderStore(str(folder)), lambda *one: problems.append(one)
    )
    assert problems == []
    assert [key.issuer for key in loaded.keys] == [URI, other.uri]
    assert loaded.as_of == NOW + 60
    assert cbor2.loads((folder / "release.cbor").read_bytes()) == {
        Release.VERSION: 3,
        Release.AS_OF: NOW + 60,
    }
    assert loaded.policy.purposes == ["consultation", "dispensing", "admission"]
    assert loaded.status(StatusRef(issuer.status_uri, idx, URI), NOW + 60) == 2
    assert loaded.status(StatusRef(issuer.status_uri, idx ^ 1, URI), NOW + 60) == 0
    assert KeySet.decode((issuer.path / "keys.cbor").read_bytes())[0].usable(NOW)
    with pytest.raises(UserError, match="nothing was overwritten"):
        trustset.write(folder, [issuer], NOW)
