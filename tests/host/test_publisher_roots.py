"""IACA roots from a certificate, and from a VICAL, to a terminal that verifies with them."""

import json
from datetime import UTC, datetime
from functools import partial

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from mdoc_world import EHIC, NOW, ROOT, code, document, response
from names import Header, Root
from program import borne, refusal_here

from borne.errors import StoreError, TrustError
from borne.trust import kinds, trustset
from borne.trust.release_store import ReleaseStore
from bornetools.issuer import mdoc as issuer
from bornetools.issuer.issuer import Issuer
from bornetools.link.flash_folder import install, provision
from bornetools.link.source import Source
from bornetools.publisher import issuer_keys
from bornetools.publisher.repository import Repository
from bornetools.times import DAY

pytestmark = pytest.mark.usefixtures("quick_p256")

VICAL_SIGNER = x509.ObjectIdentifier("1.0.18013.5.1.8")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Issuer.create("A", "https://a.example/", NOW - DAY, capacity=1000)
    Repository.create("R", NOW - DAY).add_keys(issuer_keys.load("A"))
    (tmp_path / "iaca.der").write_bytes(ROOT.der)
    (tmp_path / "iaca.pem").write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    return tmp_path


invoke = partial(borne, "publish", "roots")
refused = partial(refusal_here, "publish", "roots")


def run(*args):
    return json.loads(invoke(*args, "--json", status=0).stdout)


def terminal(name="flash"):
    """The trust set of a terminal that has been provisioned, and synchronised, with the repository."""
    repository = Repository("R")
    repository.release(NOW)
    provision(name, repository.first_root.read_bytes(), NOW - DAY)
    install(name, Source(str(repository.path)), NOW)
    store = ReleaseStore(f"{name}/trust")
    for each in store.names():
        if not each.endswith(".json"):
            with store.open(each) as file:
                list(kinds.check(each, file))
    return trustset.load(store, lambda name, reason: pytest.fail(f"{name}: {reason}"))


@pytest.mark.parametrize("file", ["iaca.der", "iaca.pem"])
def test_a_root_reaches_the_terminal(folder, file):
    assert run("add", "R", file, "--name", "Utopia")["new"]
    assert code(response(), terminal()) == "VALID"


def test_a_release_without_roots_knows_no_issuer(folder):
    trust = terminal()
    assert trust.roots is None
    assert code(response(), trust) == "UNKNOWN_ISSUER"


def test_roots_are_restricted_revoked_and_removed(folder):
    fingerprint = run("add", "R", "iaca.der")["fingerprint"]
    assert not run("add", "R", "iaca.der", "--doc-type", issuer.PID, "--name", "U")["new"]
    (listed,) = run("list", "R")["roots"]
    assert (listed["doc_types"], listed["name"], listed["state"]) == ([issuer.PID], "U", "active")
    assert code(response(), terminal("one")) == "UNKNOWN_ISSUER"
    run("revoke", "R", fingerprint[:12])
    assert run("list", "R")["roots"][0]["state"] == "revoked"
    assert "is revoked" in refused("add", "R", "iaca.der")
    run("add", "R", _written(folder, issuer.iaca(NOW - DAY).der))
    assert "no roots" in refused("revoke", "R", "ffffffffffffffffff")
    for short in ("", "f"):
        assert "4 digits or more" in refused("revoke", "R", short)
    run("remove", "R", fingerprint[:12])
    assert len(run("list", "R")["roots"]) == 1
    run("remove", "R", run("list", "R")["roots"][0]["fingerprint"])
    assert "iaca.cbor" not in Repository("R").draft.targets()


def test_what_terminals_do_not_take_is_not_added(folder):
    def root(**knobs):
        return _written(folder, issuer.iaca(NOW - DAY, **knobs).der)

    def longer(extensions):
        return {**extensions, "basic": (x509.BasicConstraints(ca=True, path_length=1), True)}

    assert "not an IACA root" in refused("add", "R", root(change=longer))
    signer = issuer.document_signer(ROOT, NOW - DAY)
    assert "not an IACA root" in refused("add", "R", _written(folder, signer.der))
    forged = ROOT.der[:-1] + bytes([ROOT.der[-1] ^ 1])
    assert "not signed by itself" in refused("add", "R", _written(folder, forged))
    assert refused("add", "R", _written(folder, b"\x30\x00"))
    assert refused("add", "R", _written(folder, b"-----BEGIN CERTIFICATE-----\n"))


def test_a_terminal_refuses_a_file_that_is_no_list_of_roots(folder):
    import io

    for data in (b"", b"\xa0", b"\x81", cbor2.dumps([{Root.CERTIFICATE: ROOT.der}] * 33)):
        with pytest.raises(TrustError):
            list(kinds.check("iaca.cbor", io.BytesIO(data)))
    # What it does not understand it leaves out: a later version's root stops no release.
    known = cbor2.dumps([{Root.CERTIFICATE: b"?"}, {Root.CERTIFICATE: ROOT.der}])
    list(kinds.check("iaca.cbor", io.BytesIO(known)))


def test_damaged_flash_is_a_refusal(folder):
    run("add", "R", "iaca.der")
    trust = terminal()
    store = ReleaseStore("flash/trust")
    path = folder / "flash" / "trust" / "objects" / store.sha256("iaca.cbor")
    path.unlink()
    assert code(response(), trust) == "INTERNAL"
    with pytest.raises(StoreError):
        trust.find_roots(b"", b"")


def test_32_roots_are_a_terminals_bound(folder):
    roots = [issuer.iaca(NOW - DAY, name=f"Root {number}") for number in range(32)]
    entries = [{Root.CERTIFICATE: root.der} for root in roots]
    (folder / "R" / "draft" / "iaca.cbor").write_bytes(cbor2.dumps(entries))
    assert "more roots" in refused("add", "R", "iaca.der")
    signer = issuer.document_signer(roots[-1], NOW - DAY)
    assert code(response(document(EHIC, signer=signer, signed_at=NOW)), terminal()) == "VALID"


class Provider:
    """A VICAL's provider: a root of its own, and a signer below it."""

    def __init__(self, signer_change=issuer.unchanged, curve=None, digest=None):
        self.root = issuer.iaca(NOW - 10 * DAY, name="Provider")
        self.curve, self.digest = curve or ec.SECP256R1(), digest or hashes.SHA256()

        def purpose(extensions):
            usage = x509.ExtendedKeyUsage([VICAL_SIGNER])
            return signer_change({**extensions, "purpose": (usage, True)})

        self.key = ec.generate_private_key(self.curve)
        self.signer = issuer.document_signer(
            self.root, NOW - 10 * DAY, change=purpose, public_key=self.key.public_key()
        )

    def vical(self, infos, alg=-7, key=None, chain=None, header=None, **more):
        payload = cbor2.dumps(
            {
                "version": "1.0",
                "vicalProvider": "Provider",
                "date": datetime.fromtimestamp(NOW - DAY, UTC),
                "vicalIssueID": 1,
                "certificateInfos": infos,
                **more,
            }
        )
        raw = cbor2.dumps({Header.ALG: alg, **(header or {})})
        signed = cbor2.dumps(["Signature1", raw, b"", payload])
        r, s = decode_dss_signature((key or self.key).sign(signed, ec.ECDSA(self.digest)))
        size = (self.curve.key_size + 7) // 8
        signature = r.to_bytes(size, "big") + s.to_bytes(size, "big")
        message = [raw, {Header.X5CHAIN: chain or self.signer.der}, payload, signature]
        return cbor2.dumps(cbor2.CBORTag(18, message))


def info(root, *doc_types):
    certificate = root.certificate
    return {
        "certificate": root.der,
        "serialNumber": certificate.serial_number,
        "ski": b"ski",
        "docType": list(doc_types),
        "issuingAuthority": "Authority of Utopia",
    }


@pytest.mark.parametrize(
    ("curve", "digest", "alg"),
    [
        (ec.SECP256R1(), hashes.SHA256(), -7),
        (ec.SECP384R1(), hashes.SHA384(), -35),
        (ec.SECP521R1(), hashes.SHA512(), -36),
    ],
)
def test_a_vical_brings_its_roots(folder, curve, digest, alg):
    provider = Provider(curve=curve, digest=digest)
    licence = issuer.iaca(NOW - DAY, name="Licences")
    unusable = issuer.document_signer(ROOT, NOW - DAY)
    infos = [
        info(ROOT, issuer.EHIC, issuer.PID),
        info(licence, "org.iso.18013.5.1.mDL"),
        info(unusable, issuer.EHIC),
    ]
    vical = _written(folder, provider.vical(infos, alg))
    signer = _written(folder, provider.root.der)
    done = invoke(
        "import", "R", vical, "--signer", signer, "--only", issuer.EHIC, "--at", NOW, "--json"
    )
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert (result["provider"], len(result["new"]), len(result["left_out"])) == ("Provider", 1, 1)
    assert "left out" in done.stderr
    (listed,) = run("list", "R")["roots"]
    assert listed["doc_types"] == [issuer.EHIC, issuer.PID]
    assert listed["name"] == "Authority of Utopia"
    assert code(response(), terminal()) == "VALID"
    # The signer's own certificate is enough as well, and the same list again changes nothing.
    again = run(
        "import", "R", vical, "--signer", _written(folder, provider.signer.der), "--at", NOW
    )
    assert len(again["new"]) == 1  # the licences' root, without --only


def test_a_vical_that_nobody_trusted_has_signed(folder):
    provider, other = Provider(), Provider()
    good = provider.vical([info(ROOT, issuer.EHIC)])
    signer = _written(folder, provider.root.der)

    def import_(data, by=signer, at=NOW):
        return refused("import", "R", _written(folder, data), "--signer", by, "--at", at)

    assert "nobody whom you trust" in import_(good, _written(folder, other.root.der))
    assert "outside its period" in import_(good, at=NOW + 4000 * DAY)
    assert "does not verify" in import_(provider.vical([info(ROOT)], key=other.key))
    changed = bytearray(good)
    changed[len(good) // 2] ^= 1
    assert import_(bytes(changed))
    for label in (Header.ALG, Header.CRIT, Header.TYP):
        message = cbor2.loads(good)
        message.value[1][label] = -7
        assert "not a COSE_Sign1" in import_(cbor2.dumps(message))
    assert import_(b"")
    assert import_(b"\xa0")
    assert "another kind" in import_(provider.vical([], alg=-35))
    for infos in (5, [5], [{}]):
        assert "form of ISO" in import_(provider.vical(infos))

    def other_purpose(extensions):
        usage = x509.ExtendedKeyUsage([issuer.MDL_DS])
        return {**extensions, "purpose": (usage, True)}

    wrong = Provider(other_purpose)
    by = _written(folder, wrong.root.der)
    assert "not for a VICAL" in import_(wrong.vical([info(ROOT, issuer.EHIC)]), by)
    # Nor does it help to send the trusted certificate along, or to put somebody in between.
    with_root = [wrong.signer.der, wrong.root.der]
    assert "not for a VICAL" in import_(wrong.vical([info(ROOT, issuer.EHIC)], chain=with_root), by)
    below = issuer.document_signer(provider.signer, NOW - DAY).der
    assert "nobody whom you trust" in import_(
        provider.vical([], chain=[below, provider.signer.der, provider.root.der])
    )
    assert "critical header" in import_(provider.vical([], header={Header.CRIT: [99], 99: 1}))
    other_version = provider.signer.der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1)
    assert "not a certificate" in import_(provider.vical([], chain=other_version))


def _written(folder, data):
    path = folder / f"{len(list(folder.iterdir()))}.bin"
    path.write_bytes(data)
    return path


UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")


@pytest.mark.parametrize(
    "extensions",
    [
        {"usage": (issuer.key_usage(key_agreement=True), True)},
        {"usage": (issuer.key_usage(digital_signature=True), False)},
        {"more": (UNKNOWN, True)},
        {"basic": (x509.BasicConstraints(ca=True, path_length=0), True)},
    ],
)
def test_a_vicals_signer_may_sign_and_nothing_else(folder, extensions):
    provider = Provider(lambda usual: {**usual, **extensions})
    vical = _written(folder, provider.vical([info(ROOT, issuer.EHIC)]))
    signer = _written(folder, provider.root.der)
    assert "not for a VICAL" in refused("import", "R", vical, "--signer", signer, "--at", NOW)


def test_entries_of_a_vical_that_cannot_be_used_are_left_out(folder):
    provider = Provider()
    revoked = issuer.iaca(NOW - DAY, name="Revoked")
    run("revoke", "R", run("add", "R", _written(folder, revoked.der))["fingerprint"])
    version = ROOT.der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1)
    name = revoked.der.replace(b"Revoked", b"\xff\xff\xff\xff\xff\xff\xff")
    infos = [
        info(ROOT, issuer.EHIC),
        info(revoked, issuer.EHIC),
        info(ROOT),
        {**info(ROOT), "docType": issuer.EHIC},
        {**info(ROOT), "docType": [5]},
        {**info(ROOT, issuer.EHIC), "certificate": version},
        {**info(ROOT, issuer.EHIC), "certificate": name, "issuingAuthority": None},
    ]
    vical, signer = _written(folder, provider.vical(infos)), _written(folder, provider.root.der)
    result = run("import", "R", vical, "--signer", signer, "--at", NOW)
    assert (len(result["new"]), len(result["left_out"])) == (1, 6)
    states = {root["state"]: root["doc_types"] for root in run("list", "R")["roots"]}
    assert states == {"active": [issuer.EHIC], "revoked": []}


def test_several_roots_in_one_file(folder):
    pem = [issuer.iaca(NOW - DAY).certificate.public_bytes(Encoding.PEM) for _ in range(3)]
    done = invoke("add", "R", _written(folder, b"".join(pem)))
    assert done.stdout.count("added") == 3
    assert len(run("list", "R")["roots"]) == 3
