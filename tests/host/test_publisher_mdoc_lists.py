"""Lists that say which mdocs are revoked, of identifiers or by a certificate: from issuer to verdict."""

import hashlib
import json
import zlib
from datetime import timedelta
from pathlib import Path

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from mdoc_world import LIST_URI, NOW, ROOT, SIGNER, code, document, response
from names import Claim, Header, Key
from program import answer, borne
from test_publisher_roots import UNKNOWN, terminal
from test_publisher_roots import folder as folder

from bornetools.errors import UserError
from bornetools.issuer import cose
from bornetools.issuer import mdoc as issuer
from bornetools.publisher import list_signers, status
from bornetools.publisher.check import check
from bornetools.publisher.repository import Repository
from bornetools.publisher.roots import Trusted
from bornetools.times import DAY

pytestmark = pytest.mark.usefixtures("quick_p256")

STATUS_LIST = "application/statuslist+cwt"
IDENTIFIER_LIST = "application/identifierlist+cwt"
ONE, TWO = b"\x01" * 16, b"\x02" * 16


@pytest.fixture
def repository(folder):
    made = Repository("R")
    made.add_roots([Trusted(ROOT.der, name="Utopia")])
    return made


def status_list(values=b"", bits=1, signer=SIGNER, at=NOW - DAY, **form):
    packed = zlib.compress(values.ljust(4, b"\0"))
    claims = {
        Claim.SUB: LIST_URI,
        Claim.IAT: at,
        Claim.EXP: NOW + DAY,
        Claim.STATUS_LIST: {"bits": bits, "lst": packed},
    }
    claims.update(form.pop("claims", {}))
    return issuer.revocation_list(signer, STATUS_LIST, claims, **form)


def identifier_list(revoked=(), signer=SIGNER, at=NOW - DAY, uri=LIST_URI, **form):
    return issuer.identifier_list(signer, uri, revoked, at, **form)


def take(repository, token, slug="m", uri=LIST_URI):
    return repository.import_status(token, NOW, slug=slug, uri=uri)


def judged(entry, trust):
    return code(response(document(status=entry)), trust)


def indexed(index):
    return {"status_list": {"idx": index, "uri": LIST_URI}}


def identified(identifier):
    return {"identifier_list": {"id": identifier, "uri": LIST_URI}}


def test_a_status_list_signed_by_a_certificate_reaches_the_terminal(repository):
    made = take(repository, status_list(b"\x24", 2))
    assert made.counts == {"m": 1, "m-suspended": 1}
    trust = terminal()
    verdicts = [judged(indexed(place), trust) for place in (1, 2, 3, 16)]
    assert verdicts == ["REVOKED", "SUSPENDED", "VALID", "TRUST_STALE"]
    check("R")


@pytest.mark.parametrize(
    ("bits", "values"), [(2, [1, 2, 3, 0]), (4, [1, 2, 3, 11, 15, 0]), (8, [1, 2, 3, 11, 255, 0])]
)
def test_a_status_that_terminals_do_not_know_hides_no_other(repository, bits, values):
    """It is that token's alone: UNSUPPORTED, for each value above 2."""
    packed = sum(value << bits * place for place, value in enumerate(values))
    size = -(-len(values) * bits // 8)
    made = take(repository, status_list(packed.to_bytes(size, "little"), bits))
    assert made.counts == {"m": 1, "m-suspended": 1, "m-other": len(values) - 3}
    known = {0: "VALID", 1: "REVOKED", 2: "SUSPENDED"}
    trust = terminal()
    for place, value in enumerate(values):
        assert judged(indexed(place), trust) == known.get(value, "UNSUPPORTED")
    check("R")
    # Whose status is one that is known again.
    take(repository, status_list(b"\x00", bits, at=NOW), None)
    assert judged(indexed(2), terminal("later")) == "VALID"
    root = hashlib.sha256(ROOT.der).hexdigest()
    assert repository.revoke_root(root[:8])[1] == ["m"]
    assert repository.draft.slugs() == []


def test_an_identifier_list_reaches_the_terminal(repository):
    made = take(repository, identifier_list([ONE]))
    assert (made.slug, made.size, made.counts) == ("m", None, {"m": 1})
    assert set(made.files) == {"status/m/1.idl"}
    trust = terminal()
    assert judged(identified(ONE), trust) == "REVOKED"
    assert judged(identified(TWO), trust) == "VALID"
    assert judged({**identified(TWO), **indexed(3)}, trust) == "VALID"
    assert judged(indexed(3), trust) == "TRUST_STALE"
    check("R")


def test_the_next_list_replaces_it(repository):
    take(repository, identifier_list([ONE]))
    assert judged(identified(ONE), terminal("one")) == "REVOKED"
    made = repository.import_status(identifier_list([TWO], at=NOW), NOW)
    assert (made.version, set(made.files)) == (2, {"status/m/2.idl"})
    trust = terminal("two")
    assert [judged(identified(one), trust) for one in (ONE, TWO)] == ["VALID", "REVOKED"]
    released = repository.release(NOW).targets
    assert [name for name in released if name.startswith("status/")] == ["status/m/2.idl"]
    with pytest.raises(UserError, match="a newer status list m"):
        repository.import_status(identifier_list([ONE]), NOW)
    again = repository.import_status(identifier_list([TWO], at=NOW), NOW)
    assert (again.version, again.files) == (2, {})


def test_as_the_eu_reference_issuer_writes_them(repository):
    """By its document signer, with a kid outside the protected header, `iss`, and without an end."""
    claims = {Claim.ISS: "https://issuer.example", Claim.SUB: LIST_URI, Claim.IAT: NOW - DAY}
    claims[Claim.IDENTIFIER_LIST] = {"identifiers": {b"4124": {}}}
    token = issuer.revocation_list(SIGNER, IDENTIFIER_LIST, claims, unprotected={Header.KID: b"1"})
    take(repository, token)
    trust = terminal()
    assert judged(identified(b"4124"), trust) == "REVOKED"
    assert judged(identified(b"4125"), trust) == "VALID"
    claims[Claim.SUB] = LIST_URI + "/2"
    claims[Claim.STATUS_LIST] = {"bits": 1, "lst": zlib.compress(b"\x80")}
    del claims[Claim.IDENTIFIER_LIST]
    token = issuer.revocation_list(SIGNER, STATUS_LIST, claims, unprotected={Header.KID: b"1"})
    assert take(repository, token, "n", LIST_URI + "/2").counts == {"n": 1}


def test_an_issuers_key_signs_identifier_lists_too(repository):
    """Of the draft's keys, at its issuer's host."""
    uri = "https://a.example/identifiers"
    (key,) = repository.issuer_keys()
    private = cose.read_private_key(Path("A/keys") / f"{key[Key.KID].hex()}.pem")
    claims = {
        Claim.SUB: uri,
        Claim.IAT: NOW - 60,
        Claim.EXP: NOW + DAY,
        Claim.IDENTIFIER_LIST: {"identifiers": {ONE: {}}},
    }
    header = {cose.KID: key[Key.KID], cose.TYP: IDENTIFIER_LIST}
    repository.import_status(cose.sign(cose.encode(claims), private, header), NOW, slug="a")
    trust = terminal()
    entry = {"identifier_list": {"id": ONE, "uri": uri}}
    assert judged(entry, trust) == "REVOKED"
    assert repository.revoke_key(key[Key.KID]) == ["a"]


@pytest.mark.parametrize(
    ("reason", "signer"),
    [
        ("no root has issued", issuer.document_signer(issuer.iaca(NOW - DAY), NOW - DAY)),
        ("no root has issued", issuer.iaca(NOW - DAY)),
        ("no root has issued", ROOT),
        ("outside its period", issuer.document_signer(ROOT, NOW - DAY // 2)),
        ("outside its period", issuer.document_signer(ROOT, NOW - 90 * DAY, days=89)),
        ("outside its period", issuer.document_signer(ROOT, NOW - 9 * DAY, days=8)),
    ],
)
def test_certificates_that_do_not_count(repository, reason, signer):
    for token in (status_list(signer=signer), identifier_list(signer=signer)):
        with pytest.raises(UserError, match=reason):
            take(repository, token)
    assert repository.draft.lists() == {}


def test_a_certificate_with_more_than_is_known(repository):
    signer = issuer.document_signer(
        ROOT, NOW - 9 * DAY, change=lambda usual: {**usual, "more": (UNKNOWN, True)}
    )
    with pytest.raises(UserError, match="critical extension"):
        take(repository, status_list(signer=signer))


def for_purpose(oid):
    return {"purpose": (x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid)]), False)}


@pytest.mark.parametrize(
    "extensions",
    [
        for_purpose("1.0.18013.5.1.6"),
        for_purpose("1.0.18013.5.1.8"),
        for_purpose("1.3.6.1.5.5.7.3.1"),
        {"usage": (issuer.key_usage(digital_signature=True, key_agreement=True), True)},
        {"usage": (issuer.key_usage(digital_signature=True), False)},
        {"basic": (x509.BasicConstraints(ca=True, path_length=0), True)},
    ],
)
def test_certificates_for_something_else(repository, extensions):
    signer = issuer.document_signer(
        ROOT, NOW - 9 * DAY, change=lambda usual: {**usual, **extensions}
    )
    with pytest.raises(UserError, match="is for something else"):
        take(repository, status_list(signer=signer))


def test_a_root_that_was_certified_anew(repository):
    """With its key and its name: of the draft's two certificates one counts."""
    builder = (
        x509.CertificateBuilder(ROOT.certificate.issuer, ROOT.certificate.subject)
        .public_key(ROOT.key.public_key())
        .serial_number(7)
        .not_valid_before(ROOT.certificate.not_valid_before_utc - timedelta(days=900))
        .not_valid_after(ROOT.certificate.not_valid_before_utc)
    )
    for one in ROOT.certificate.extensions:
        builder = builder.add_extension(one.value, one.critical)
    former = builder.sign(ROOT.key, hashes.SHA256()).public_bytes(Encoding.DER)
    repository.remove_root(hashlib.sha256(ROOT.der).hexdigest())
    repository.add_roots([Trusted(former), Trusted(ROOT.der)])
    take(repository, status_list(b"\x80"))
    assert judged(indexed(7), terminal()) == "REVOKED"


def test_a_certificate_for_no_stated_purpose_signs_lists(repository):
    signer = issuer.document_signer(
        ROOT,
        NOW - 9 * DAY,
        change=lambda one: {name: value for name, value in one.items() if name != "purpose"},
    )
    assert take(repository, status_list(signer=signer, chain=[signer.der, ROOT.der])).version == 1


@pytest.mark.parametrize(
    ("reason", "claims"),
    [
        ("with a status list in it", {Claim.STATUS_LIST: {"bits": 1, "lst": b""}}),
        ("not one", {Claim.IDENTIFIER_LIST: None}),
        ("not one", {Claim.IDENTIFIER_LIST: {}}),
        ("not one", {Claim.IDENTIFIER_LIST: {"identifiers": [ONE]}}),
        ("not one", {Claim.IDENTIFIER_LIST: {"identifiers": {"text": {}}}}),
        ("not one", {Claim.IDENTIFIER_LIST: {"identifiers": {b"": {}}}}),
        ("not one", {Claim.IDENTIFIER_LIST: {"identifiers": {bytes(65): {}}}}),
        ("not one", {Claim.SUB: 5}),
        ("not one", {Claim.EXP: "tomorrow"}),
        ("not one", {Claim.EXP: -(10**18)}),
        ("not one", {Claim.EXP: None}),
        ("not one", {Claim.IAT: 10**30}),
        ("not one", {Claim.IAT: "today"}),
        ("has expired", {Claim.EXP: NOW}),
        ("in the future", {Claim.IAT: NOW + 301}),
        ("URI is 1 to 256", {Claim.SUB: "https://a.example/é"}),
    ],
)
def test_identifier_lists_that_are_none(repository, reason, claims):
    token = identifier_list([ONE], change=lambda content: {**content, **claims})
    uri = claims.get(2, LIST_URI)
    with pytest.raises(UserError, match=reason):
        take(repository, token, uri=uri)
    assert repository.draft.lists() == {}


def test_forged_headers_and_signatures(repository):
    for chain in ([], [SIGNER.der] * 2, [SIGNER.der, ROOT.der, ROOT.der], 5, [5], b"\x30\x00"):
        with pytest.raises(UserError, match="x5chain|no root has issued|names no key|DER"):
            take(repository, status_list(chain=chain))
    with pytest.raises(UserError, match="critical header"):
        take(repository, signed_with({Header.CRIT: [99], 99: 1}))
    changed = bytearray(status_list(b"\x80"))
    changed[-1] ^= 1
    with pytest.raises(UserError, match="does not verify"):
        take(repository, bytes(changed))
    for claims in (5, [], {}):
        with pytest.raises(UserError, match="not one"):
            take(repository, issuer.revocation_list(SIGNER, STATUS_LIST, claims))


def signed_with(header):
    """A status list whose protected header has more in it."""
    claims = {
        Claim.SUB: LIST_URI,
        Claim.IAT: NOW - DAY,
        Claim.STATUS_LIST: {"bits": 1, "lst": zlib.compress(b"\x80")},
    }
    header = {Header.TYP: STATUS_LIST, Header.X5CHAIN: SIGNER.der, **header}
    message = issuer.sign1(SIGNER.key, cbor2.dumps(claims), protected=header)
    return cbor2.dumps(cbor2.CBORTag(18, message))


def test_an_issuer_may_begin_to_sign_by_a_certificate(repository):
    uri = "https://a.example/status/1"
    (key,) = repository.issuer_keys()
    private = cose.read_private_key(Path("A/keys") / f"{key[Key.KID].hex()}.pem")
    claims = {
        Claim.SUB: uri,
        Claim.IAT: NOW - 60,
        Claim.STATUS_LIST: {"bits": 1, "lst": zlib.compress(b"\x80")},
    }
    token = cose.sign(cose.encode(claims), private, {cose.KID: key[Key.KID], cose.TYP: STATUS_LIST})
    repository.import_status(token, NOW, slug="a")
    later = status_list(at=NOW, claims={Claim.SUB: uri})
    with pytest.raises(UserError, match="confirm it with --uri"):
        repository.import_status(later, NOW)
    assert repository.import_status(later, NOW, uri=uri).slug == "a"
    # A kid in it may be that of another's key, by chance.
    assert take(repository, signed_with({Header.KID: key[Key.KID]})).counts == {"m": 1}


def test_a_new_list_by_a_certificate_is_confirmed(repository):
    with pytest.raises(UserError, match="confirm it with --uri"):
        take(repository, status_list(), uri=None)
    with pytest.raises(UserError, match="this is the list"):
        take(repository, status_list(), uri=LIST_URI + "x")
    take(repository, status_list())
    assert repository.import_status(status_list(at=NOW), NOW).slug == "m"


def test_a_list_stays_of_its_kind_and_of_its_issuer(repository):
    take(repository, status_list())
    with pytest.raises(UserError, match="of another kind"):
        take(repository, identifier_list(at=NOW))
    other = issuer.iaca(NOW - 90 * DAY, name="Utopia IACA 2")
    repository.add_roots([Trusted(other.der)])
    forged = status_list(b"\x80", signer=issuer.document_signer(other, NOW - 9 * DAY), at=NOW)
    with pytest.raises(UserError, match="is a list of iaca:.*: confirm it with --uri"):
        repository.import_status(forged, NOW)
    # A renewed root is another root: the publisher says that it is the same issuer's.
    assert repository.import_status(forged, NOW, uri=LIST_URI).counts == {"m": 1}
    fingerprint = hashlib.sha256(other.der).hexdigest()
    assert repository.draft.lists()["m"]["issuer"] == list_signers.of_root(fingerprint).issuer
    with pytest.raises(UserError, match="is a list of iaca:"):
        repository.import_status(status_list(at=NOW + 1), NOW)


def test_a_root_that_goes_takes_its_lists_with_it(repository):
    take(repository, status_list(b"\x24", 2))
    take(repository, identifier_list(uri=LIST_URI + "/2"), "n", LIST_URI + "/2")
    root = hashlib.sha256(ROOT.der).hexdigest()
    told = answer("publish", "roots", "revoke", "R", root[:8], "--json")
    assert told == {"fingerprint": root, "dropped": ["m", "n"]}
    assert set(repository.release(NOW).targets) == {"keys.cbor", "policy.cbor", "iaca.cbor"}
    with pytest.raises(UserError, match="no root has issued"):
        take(repository, status_list(at=NOW))
    _, dropped = repository.remove_root(root)
    assert dropped == ["m", "n"]  # their folders were gone already


def test_on_the_command_line(repository):
    def invoke(*args):
        return borne("publish", "status", "import", "R", *args, "--at", NOW)

    Path("ids.cwt").write_bytes(identifier_list([ONE, TWO]))
    refused = invoke("ids.cwt", "--list", "m")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--uri" in refused.stderr
    done = invoke("ids.cwt", "--list", "m", "--uri", LIST_URI)
    assert done.stdout == "list m, version 1: 2 in m; status/m/1.idl 95 bytes\n"
    done = invoke("ids.cwt", "--json")
    assert json.loads(done.stdout)["size"] is None


def test_many_identifiers(repository):
    revoked = [number.to_bytes(4, "big") for number in range(20_000)]
    made = take(repository, identifier_list(revoked))
    assert made.files["status/m/1.idl"] == 32 + len(LIST_URI) + 16 * 20_000
    trust = terminal()
    assert judged(identified(revoked[12_345]), trust) == "REVOKED"
    assert judged(identified((20_000).to_bytes(4, "big")), trust) == "VALID"


def test_more_lists_than_a_terminal_holds(repository):
    for n in range(17):
        uri = f"{LIST_URI}/{n}"
        take(repository, identifier_list(uri=uri), f"l-{n}", uri)
    with pytest.raises(UserError, match="17 revocation lists"):
        repository.release(NOW)


def test_names_of_identifier_lists_do_not_clash_with_those_of_other_statuses(repository):
    for suffix in status.MORE:
        with pytest.raises(UserError, match="is not a list's name"):
            take(repository, identifier_list(), "m" + suffix)
