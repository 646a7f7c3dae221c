"""`borne verify --format mdoc` on files, on both interpreters, and with the standard's own example."""

import json
import zlib
from base64 import b64encode
from functools import partial
from pathlib import Path

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from mdoc_world import (
    LIST_URI,
    NIR,
    NOW,
    READER,
    ROOT,
    SIGNER,
    TRANSCRIPT,
    document,
    response,
)
from names import EC2, P256, P384, Claim, Key
from program import borne

from bornetools.issuer import cose
from bornetools.issuer import mdoc as issuer
from bornetools.issuer.issuer import Issuer
from bornetools.times import DAY

pytestmark = pytest.mark.usefixtures("quick_p256")

ANNEX_D = json.loads((Path(__file__).parent.parent / "unit" / "mdoc_annex_d.json").read_text())
ANNEX_D_IACA = json.loads((Path(__file__).parent.parent / "unit" / "mdoc_iaca.json").read_text())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put("transcript.bin", TRANSCRIPT)
    put("iaca.pem", ROOT.certificate.public_bytes(Encoding.PEM))
    put("iaca.der", ROOT.der)
    put("response.bin", response())
    return tmp_path


def put(name, data):
    path = Path(name)
    path.write_bytes(data) if isinstance(data, bytes) else path.write_text(data)
    return path


invoke = partial(borne, "verify", "--format", "mdoc")


def verify(*args, at=NOW, file="response.bin", transcript="transcript.bin", iaca="iaca.der"):
    """The JSON object; the exit status has to be right for it."""
    done = invoke(file, "--transcript", transcript, "--iaca", iaca, "--at", at, "--json", *args)
    assert done.exit_code in (0, 1), done.output
    found = json.loads(done.stdout)
    assert (done.exit_code == 0) == (found["severity"] == "accept")
    assert NIR not in done.output
    return found


def refused(*args):
    done = invoke(*args)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 or "Usage" in done.stderr
    return done.stderr


@pytest.mark.parametrize("machine", ["cpython", "micropython"])
def test_binary_and_hexadecimal_pem_and_der(folder, machine):
    found = verify("--vm", machine)
    assert (found["verdict"], found["until"], found["vm"]) == ("VALID", "2027-12-31", machine)
    put("response.hex", response().hex())
    put("transcript.hex", cbor2.dumps(cbor2.CBORTag(24, TRANSCRIPT)).hex())
    found = verify(
        "--vm", machine, file="response.hex", transcript="transcript.hex", iaca="iaca.pem"
    )
    assert found["verdict"] == "VALID"
    put("response.bin", response(device_key=issuer.new_key()))
    assert verify("--vm", machine)["verdict"] == "CLONED"


@pytest.mark.parametrize("machine", ["cpython", "micropython"])
def test_a_device_mac_needs_the_readers_key(folder, machine):
    put("response.bin", response(reader_key=READER.public_key()))
    scalar = READER.private_numbers().private_value.to_bytes(32, "big")
    key = cbor2.dumps({Key.KTY: EC2, Key.CRV: P256, Key.D: scalar})
    pkcs8 = READER.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    forms = (cose.private_pem(READER), pkcs8, scalar, scalar.hex(), key)
    for number, form in enumerate(forms):
        path = put(f"key{number}", form)
        assert verify("--reader-private-key", path, "--vm", machine)["verdict"] == "VALID"
    other = put("other.pem", cose.private_pem(issuer.new_key()))
    assert verify("--reader-private-key", other)["verdict"] == "CLONED"
    files = ("response.bin", "--transcript", "transcript.bin", "--iaca", "iaca.der", "--at", NOW)
    assert "needs --reader-private-key" in refused(*files)
    for wrong in (b"nothing", bytes(32), b"\xff" * 32, b"-----BEGIN PRIVATE KEY-----"):
        assert "private key" in refused(*files, "--reader-private-key", put("wrong", wrong))


def test_an_element_may_be_called_as_it_will(folder):
    elements = issuer.ehic("Lefèvre", "Zoé", "1985-02-01", NIR, "2027-01-01", "2027-12-31")
    elements[issuer.EHIC]["deviceMac"] = "x"
    put("response.bin", response(document(elements)))
    assert verify()["verdict"] == "VALID"


def test_several_roots(folder):
    pem = [issuer.iaca(NOW - DAY).certificate.public_bytes(Encoding.PEM)]
    pem.append(ROOT.certificate.public_bytes(Encoding.PEM))
    assert verify(iaca=put("both.pem", b"Bag Attributes\n" + b"".join(pem)))["verdict"] == "VALID"
    other = put("other.der", issuer.iaca(NOW - DAY).der)
    assert verify(iaca=other)["verdict"] == "UNKNOWN_ISSUER"
    assert verify("--iaca", "iaca.der", iaca=other)["verdict"] == "VALID"


@pytest.mark.parametrize("machine", ["cpython", "micropython"])
def test_a_status_list_whose_key_names_no_issuer(folder, machine):
    lists = Issuer.create("A", "https://a.example/", NOW - DAY, status_uri=LIST_URI, capacity=1000)
    listed = document(status={"status_list": {"idx": 7, "uri": LIST_URI}})
    put("response.bin", response(listed))
    assert verify("--vm", machine)["verdict"] == "TRUST_STALE"
    (key,) = cbor2.loads(Path("A/keys.cbor").read_bytes())
    put("keys.cbor", cbor2.dumps([cose.without_private_labels(key)]))
    with_list = ("--status", lists.path / "status.cwt", "--vm", machine)
    assert verify(*with_list, "--keys", "keys.cbor")["verdict"] == "VALID"
    assert verify(*with_list, "--keys", "A/keys.cbor")["verdict"] == "TRUST_STALE"


def test_files_and_options_that_cannot_be_used(folder):
    files = ("response.bin", "--transcript", "transcript.bin", "--iaca", "iaca.der", "--at", NOW)
    assert "--iaca is needed" in refused(*files[:3], *files[5:])
    assert "--transcript is needed" in refused("response.bin", *files[3:])
    assert "are for --format cwt" in refused(*files, "--proof", "x", "--nonce", "00")
    for name in ("transcript.bin", "iaca.der"):
        kept = Path(name).read_bytes()
        for wrong in (b"?", b"\x83\x01", b"\x82\x01\x02", b""):
            put(name, wrong)
            assert f"{name}: " in refused(*files)
        put(name, kept)
    for wrong in ("d81842830a", "d818c1", "83c4821bffffffffffffffff01f6f6", "d81843840102"):
        put("transcript.bin", wrong)
        assert "transcript.bin: " in refused(*files)
    put("transcript.bin", TRANSCRIPT)
    assert "x: this status list is not a COSE_Sign1" in refused(
        *files, "--status", put("x", b"\x00")
    )
    version = ROOT.der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1)
    head, foot = "-----BEGIN CERTIFICATE-----\n", "\n-----END CERTIFICATE-----\n"
    for name, data in (("a", version), ("b", head + b64encode(version).decode() + foot)):
        assert f"{name}: " in refused(*files, "--iaca", put(name, data))
    many = [issuer.iaca(NOW - DAY).certificate.public_bytes(Encoding.PEM) for _ in range(32)]
    assert "33 roots: at most 32" in refused(*files, "--iaca", put("many.pem", b"".join(many)))
    p384 = cbor2.dumps({Key.KTY: EC2, Key.CRV: P384, Key.D: bytes(31) + b"\x01"})
    assert "not a P-256" in refused(*files, "--reader-private-key", put("p384", p384))
    put("response.bin", b"nothing of the kind")
    assert verify()["verdict"] == "MALFORMED"
    done = borne("verify", "response.bin", "--at", NOW)
    assert (done.exit_code, done.stderr) == (2, "Error: --keys is needed with --format cwt\n")
    done = borne("verify", "response.bin", "--at", NOW, "--keys", "x", "--iaca", "iaca.der")
    assert "--iaca is only for --format mdoc" in done.stderr


@pytest.mark.parametrize("machine", ["cpython", "micropython"])
def test_the_example_of_annex_d_is_genuine_and_no_health_card(folder, machine):
    put("d.hex", ANNEX_D["device_response"])
    put("d.transcript", ANNEX_D["session_transcript_bytes"])
    put("d.key", ANNEX_D["ephemeral_reader_key"])
    put("d.iaca", ANNEX_D_IACA["certificate"])

    def judged(at="2021-06-01", file="d.hex", transcript="d.transcript", key="d.key"):
        found = verify(
            *("--reader-private-key", key, "--vm", machine),
            at=at,
            file=file,
            transcript=transcript,
            iaca="d.iaca",
        )
        return found["verdict"], found["detail"]

    assert judged() == ("NO_ENTITLEMENT", "no health card among the documents")
    assert judged("2021-10-02")[0] == "ISSUER_REVOKED"
    assert judged("2020-09-01")[0] == "ISSUER_REVOKED"
    put("d.transcript", ANNEX_D["session_transcript_bytes"][:-2] + "f5")
    assert judged()[0] == "CLONED"
    put("d.transcript", ANNEX_D["session_transcript_bytes"])
    put("d.key", "01" * 32)
    assert judged()[0] == "CLONED"


def identifier_list(key, revoked, header=None, **change):
    """A CWT of ISO/IEC 18013-5, second edition, section 12.3.6."""
    claims = {
        Claim.SUB: LIST_URI,
        Claim.IAT: NOW - DAY,
        Claim.EXP: NOW + DAY,
        Claim.IDENTIFIER_LIST: {"identifiers": {one: {} for one in revoked}},
    }
    claims.update({int(label.strip("_")): value for label, value in change.items()})
    claims = {label: value for label, value in claims.items() if value is not None}
    kind = "application/identifierlist+cwt" if header is None else header
    return cose.sign(cbor2.dumps(claims), key, {cose.KID: b"k1", cose.TYP: kind})


@pytest.mark.parametrize("machine", ["cpython", "micropython"])
def test_an_identifier_list(folder, machine):
    key = issuer.new_key()
    put("keys.cbor", cbor2.dumps([{**cose.cose_key(key.public_key()), Key.KID: b"k1"}]))
    entry = {"identifier_list": {"id": b"\x41\x42", "uri": LIST_URI}}

    def judged(list_, entry=entry):
        put("response.bin", response(document(status=entry)))
        put("list.cwt", list_)
        lists = ("--status", "list.cwt", "--keys", "keys.cbor")
        return verify(*lists, "--vm", machine)["verdict"]

    assert judged(identifier_list(key, [b"\x41\x42", b"\x01"])) == "REVOKED"
    assert judged(identifier_list(key, [bytes([n]) * 32 for n in range(200)])) == "VALID"
    # Expired, of another key, another type or another place: it says nothing.
    assert judged(identifier_list(key, [], _4=NOW)) == "TRUST_STALE"
    assert judged(identifier_list(key, [], _4="tomorrow")) == "TRUST_STALE"
    assert judged(identifier_list(issuer.new_key(), [])) == "TRUST_STALE"
    assert judged(identifier_list(key, [], "application/cwt")) == "TRUST_STALE"
    assert judged(identifier_list(key, [], _2=LIST_URI + "x")) == "TRUST_STALE"
    assert judged(identifier_list(key, [], _65533={"bits": 1, "lst": b""})) == "TRUST_STALE"
    assert judged(identifier_list(key, [], _65530={})) == "TRUST_STALE"
    # Without an end, as the EU reference issuer has them, it counts.
    assert judged(identifier_list(key, [b"\x41\x42"], _4=None)) == "REVOKED"
    assert judged(identifier_list(key, [], _4=None)) == "VALID"
    # An index means nothing in it, nor an identifier in a status list; one of two that can tell is enough.
    indexed = {"status_list": {"idx": 7, "uri": LIST_URI}}
    assert judged(identifier_list(key, []), indexed) == "TRUST_STALE"
    assert judged(identifier_list(key, []), {**entry, **indexed}) == "VALID"
    assert judged(identifier_list(key, [b"\x41\x42"]), {**entry, **indexed}) == "REVOKED"


STATUS_LIST = "application/statuslist+cwt"
READER_PURPOSE = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.0.18013.5.1.6")])


def status_list(signer, values=b"", **form):
    """A Token Status List of 16 tokens, signed by a certificate."""
    packed = zlib.compress(values + bytes(2 - len(values)))
    claims = {
        Claim.SUB: LIST_URI,
        Claim.IAT: NOW - DAY,
        Claim.STATUS_LIST: {"bits": 1, "lst": packed},
    }
    return issuer.revocation_list(signer, STATUS_LIST, claims, **form)


@pytest.mark.parametrize("machine", ["cpython", "micropython"])
def test_lists_that_a_certificate_of_the_root_has_signed(folder, machine):
    identified = {"identifier_list": {"id": b"\x41\x42", "uri": LIST_URI}}
    indexed = {"status_list": {"idx": 7, "uri": LIST_URI}}
    lister = issuer.document_signer(ROOT, NOW - 9 * DAY, change=without_purpose)
    others = put(
        "others.cbor", cbor2.dumps([{**cose.cose_key(READER.public_key()), Key.KID: b"k1"}])
    )

    def judged(list_, entry, *more):
        put("response.bin", response(document(status=entry)))
        put("list.cwt", list_)
        return verify("--status", "list.cwt", "--vm", machine, *more)["verdict"]

    def identifiers(signer, revoked=(), **form):
        return issuer.identifier_list(signer, LIST_URI, revoked, NOW - DAY, **form)

    for signer in (
        lister,
        SIGNER,
    ):  # one of its own, and the document signer, as the EU issuer has it
        assert judged(identifiers(signer, [b"\x41\x42"]), identified) == "REVOKED"
        assert judged(identifiers(signer), identified) == "VALID"
        assert judged(status_list(signer, b"\x80"), indexed) == "REVOKED"
        assert judged(status_list(signer, chain=[signer.der, ROOT.der]), indexed) == "VALID"
        assert judged(status_list(signer), indexed, "--keys", others) == "VALID"
    assert judged(identifiers(lister), indexed) == "TRUST_STALE"
    assert judged(identifiers(lister, expires=NOW), identified) == "TRUST_STALE"
    for refused in (
        issuer.document_signer(
            issuer.iaca(NOW - 9 * DAY), NOW - 9 * DAY
        ),  # of a namesake of the root
        issuer.document_signer(ROOT, NOW - 9 * DAY, change=with_purpose(READER_PURPOSE)),
        issuer.document_signer(ROOT, NOW - 9 * DAY, change=with_usage(key_agreement=True)),
        issuer.document_signer(ROOT, NOW - DAY // 2),
        issuer.document_signer(ROOT, NOW - 90 * DAY, days=60),
        ROOT,
    ):
        assert judged(status_list(refused), indexed) == "TRUST_STALE"
    for chain in (
        [],
        [lister.der, SIGNER.der],
        [lister.der] * 3,
        5,
        [5],
        b"",
        b"\x30\x00",
        SIGNER.der,
    ):
        assert judged(status_list(lister, chain=chain), indexed) == "TRUST_STALE"
    # Of another root, which may be at hand as well: its lists are of its own documents.
    other = issuer.iaca(NOW - 9 * DAY)
    roots = ("--iaca", put("other.der", other.der))
    foreign = status_list(issuer.document_signer(other, NOW - 9 * DAY), b"\x80")
    assert judged(foreign, indexed, *roots) == "TRUST_STALE"
    revoked = put("revoked.cwt", status_list(lister, b"\x80"))
    assert judged(foreign, indexed, "--status", revoked, *roots) == "REVOKED"
    # Of the future: it does not take the place of the present one.
    later = issuer.revocation_list(
        SIGNER,
        STATUS_LIST,
        {
            Claim.SUB: LIST_URI,
            Claim.IAT: NOW + DAY,
            Claim.STATUS_LIST: {"bits": 1, "lst": zlib.compress(b"\0\0")},
        },
    )
    assert judged(later, indexed) == "TRUST_STALE"
    assert judged(later, indexed, "--status", revoked) == "REVOKED"
    texts = issuer.identifier_list(lister, LIST_URI, ["AB"], NOW - DAY)
    assert judged(texts, identified) == "TRUST_STALE"
    changed = bytearray(status_list(lister, b"\x80"))
    changed[-70] ^= 1
    assert judged(bytes(changed), indexed) == "TRUST_STALE"


def without_purpose(extensions):
    return {name: one for name, one in extensions.items() if name != "purpose"}


def with_purpose(purpose):
    return lambda extensions: {**extensions, "purpose": (purpose, False)}


def with_usage(**used):
    return lambda extensions: {
        **without_purpose(extensions),
        "usage": (issuer.key_usage(digital_signature=True, **used), True),
    }
