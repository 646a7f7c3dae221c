"""One more row in borne.crypto.algorithms is all that another algorithm takes: in tokens, certificates, TUF.

The rows of these tests calculate by `cryptography`. P-384 has another size and hash; Ed25519 has neither the
form of ECDSA's keys nor of its signatures, and hashes the key and half of the signature first.
"""

import hashlib
from datetime import UTC, datetime

import cbor2
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from mutations import cose_key as p256_key
from mutations import key, sign1
from names import COSE_KEY, Claim, Cover, Header, Key
from securesystemslib.signer import CryptoSigner

from borne.crypto import algorithms, ecdsa_der
from borne.crypto.algorithms import ES256, HASHES, Ecdsa
from borne.errors import DecodeError, UnsupportedError
from borne.token import cose, cose_key
from borne.token.key_set import KeySet
from borne.token.x509 import Certificate
from borne.trust.key_file import KeyFile
from borne.trust.policy import Policy
from borne.trust.store import FolderStore
from borne.trust.trustset import TrustSet
from borne.trust.tuf_signatures import Payload
from borne.verify import verifier
from borne.verify.evidence import Evidence
from borne.verify.verdict import Verdict

pytestmark = pytest.mark.usefixtures("quick_p256")

NOW = 1_800_000_000  # 2027-01-15
DAY = 86400
URI = "https://issuer.example/"
NONCE = bytes(range(32))
RAW = (Encoding.Raw, PublicFormat.Raw)


class P384:
    """In the place of a module of borne.crypto."""

    @staticmethod
    def on_curve(x: int, y: int) -> bool:
        try:
            ec.EllipticCurvePublicNumbers(x, y, ec.SECP384R1()).public_key()
        except ValueError:
            return False
        return True

    @staticmethod
    def verify(x: int, y: int, digest: bytes, signature: bytes) -> bool:
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP384R1()).public_key()
        r, s = (int.from_bytes(signature[at : at + 48], "big") for at in (0, 48))
        try:
            prehashed = ec.ECDSA(utils.Prehashed(hashes.SHA384()))
            public.verify(utils.encode_dss_signature(r, s), digest, prehashed)
        except InvalidSignature:
            return False
        return True


class All:
    """In the place of a hash: what it is fed with."""

    def __init__(self, first: bytes):
        self._fed = first

    def update(self, data: bytes) -> None:
        self._fed += data

    def digest(self) -> bytes:
        return self._fed


class Ed25519:
    """A row that is no Ecdsa, and its own curve. What it makes of a public key as a point is its own
    business; here x is the 32 bytes, y is 0."""

    size, coordinates, prefix = 32, 1, b""
    cose, cose_key = -8, (1, 6)
    x509 = spki = bytes.fromhex("300506032b6570")  # RFC 8410 section 3
    hash, tuf, comb = "", None, 0

    @property
    def curve(self):
        return self

    def point(self, data: bytes) -> tuple[int, int]:
        return int.from_bytes(data, "big"), 0

    def signature(self, data: bytes) -> bytes | None:
        return data if len(data) == 64 else None

    def hasher(self, key, signature: bytes) -> All:
        return All(bytes(signature[:32]) + key.x.to_bytes(32, "big"))

    def verify(self, x: int, y: int, digest: bytes, signature: bytes) -> bool:
        public = x.to_bytes(32, "big")
        assert digest[:64] == bytes(signature[:32]) + public
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(public).verify(bytes(signature), digest[64:])
        except InvalidSignature:
            return False
        return True


ES384 = Ecdsa(
    curve=P384,
    size=48,
    hash="SHA-384",
    cose=-35,
    cose_key=(2, 2),
    x509=bytes.fromhex("300a06082a8648ce3d040303"),
    spki=bytes.fromhex("301006072a8648ce3d020106052b81040022"),
    tuf=("ecdsa", "ecdsa-sha2-nistp384"),
)
EDDSA = Ed25519()


@pytest.fixture
def more(monkeypatch):
    monkeypatch.setitem(HASHES, "SHA-384", (hashlib.sha384, 48))
    monkeypatch.setattr(algorithms, "ALGORITHMS", (ES256, ES384, EDDSA))


class Es384:
    """A key pair."""

    alg = -35

    def __init__(self):
        self.private = ec.generate_private_key(ec.SECP384R1())

    def cose_key(self) -> dict:
        numbers = self.private.public_key().public_numbers()
        x, y = (number.to_bytes(48, "big") for number in (numbers.x, numbers.y))
        return {Key.KTY: 2, Key.CRV: 2, Key.X: x, Key.Y: y}

    def sign(self, message: bytes) -> bytes:
        r, s = utils.decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA384())))
        return r.to_bytes(48, "big") + s.to_bytes(48, "big")


class Eddsa:
    """A key pair."""

    alg = -8

    def __init__(self):
        self.private = ed25519.Ed25519PrivateKey.generate()

    def cose_key(self) -> dict:
        return {Key.KTY: 1, Key.CRV: 6, Key.X: self.private.public_key().public_bytes(*RAW)}

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


def signed(pair, header: dict, payload: bytes, detached: bool = False) -> bytes:
    protected = cbor2.dumps({Header.ALG: pair.alg, **header})
    signature = pair.sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, None if detached else payload, signature]))


def verdict(issuer, holder, proven_by=None, presented=None) -> Verdict:
    claims = {
        Claim.ISS: URI,
        Claim.EXP: NOW + DAY,
        Claim.CNF: {COSE_KEY: holder.cose_key()},
        Claim.HCOV: {
            Cover.FAMILY: "Lefèvre",
            Cover.BIRTH_DATE: "1985-02-01",
            Cover.NIR: "255081416802538",
            Cover.ENTITLEMENTS: [["AMO", "2027-01-01", "2027-12-31"]],
        },
    }
    token = signed(issuer, {Header.KID: b"k1"}, cbor2.dumps(claims))
    asked = [
        "borne-proof-1",
        NONCE,
        "T1",
        "dispensing",
        hashlib.sha256(token).digest(),
        True,
        "pin",
    ]
    header = {"uv": True, "method": "pin"}
    proof = signed(proven_by or holder, header, cbor2.dumps(asked), detached=True)
    keys = KeySet.decode(
        cbor2.dumps([{**(presented or issuer).cose_key(), Key.KID: b"k1", Key.ISSUER: URI}])
    )
    evidence = Evidence(token, proof, NONCE, "T1", "dispensing")
    return verifier.verify(evidence, TrustSet(keys, Policy(), NOW), NOW)


@pytest.mark.parametrize("kind", [Es384, Eddsa])
def test_a_token(more, kind):
    issuer, holder = kind(), kind()
    assert verdict(issuer, holder).code == "VALID"
    assert verdict(issuer, holder, proven_by=kind()).code == "CLONED"
    assert verdict(issuer, holder, presented=kind()).code == "BAD_SIGNATURE"


def test_a_token_and_its_proof_by_different_algorithms(more):
    assert verdict(Es384(), Eddsa()).code == "VALID"
    found = verdict(Eddsa(), Es384())
    assert found.code == "VALID"
    # A receipt is of ES256: so its form says.
    assert found.signed.proof.is_plain() is False
    assert len(found.signed.digest) == 32
    assert len(found.signed.holder_key.encoded()) == 96


def test_without_the_rows_neither_is_known():
    for kind in (Es384, Eddsa):
        with pytest.raises(UnsupportedError):
            cose_key.key(kind().cose_key())
        message = cose.decode_sign1(signed(kind(), {}, b"payload"))
        with pytest.raises(UnsupportedError):
            cose.require_known(message)


def test_the_message_has_to_name_its_keys_algorithm(more):
    pair = Es384()
    known = cose_key.key(pair.cose_key())
    for named in (-7, -8, None):
        protected = cbor2.dumps({Header.ALG: named})
        signature = pair.sign(cbor2.dumps(["Signature1", protected, b"", b"payload"]))
        item = [protected, {}, b"payload", signature]
        assert not cose.decode_sign1(cbor2.dumps(item)).verify(known)
    assert cose.decode_sign1(signed(pair, {}, b"payload")).verify(known)
    for wrong in ({Key.ALG: -7}, {Key.ALG: -8}, {Key.ALG: None}):
        with pytest.raises(UnsupportedError):
            cose_key.key({**pair.cose_key(), **wrong})
    assert cose_key.key({**pair.cose_key(), Key.ALG: -35}).algorithm is ES384


def test_a_session_is_agreed_on_p256_alone(more):
    assert cose_key.point(p256_key(key(1)))
    for kind in (Es384, Eddsa):
        with pytest.raises(UnsupportedError):
            cose_key.point(kind().cose_key())


def certificate(subject, issuer, hash) -> Certificate:
    """Of the key `subject`, by the key `issuer`."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A")])
    at = datetime.fromtimestamp(NOW, UTC)
    builder = x509.CertificateBuilder(name, name, subject.public_key(), 1, at, at)
    builder = builder.add_extension(x509.SubjectKeyIdentifier(b"1"), critical=False)
    return Certificate(builder.sign(issuer, hash).public_bytes(Encoding.DER))


def test_a_certificate(more):
    pairs = {
        ES256: (ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()),
        ES384: (ec.generate_private_key(ec.SECP384R1()), hashes.SHA384()),
        EDDSA: (ed25519.Ed25519PrivateKey.generate(), None),
    }
    roots = {row: certificate(private, private, hash) for row, (private, hash) in pairs.items()}
    for row, root in roots.items():
        assert root.algorithm is row
        for subject, _ in pairs.values():
            one = certificate(subject, *pairs[row])
            assert [known for known in roots if one.signed_by(roots[known])] == [row]
    # A curve goes with its own hash.
    with pytest.raises(DecodeError):
        certificate(pairs[ES256][0], pairs[ES384][0], hashes.SHA256())
    with_another = certificate(pairs[ES384][0], pairs[ES256][0], hashes.SHA384())
    assert not [row for row in roots if with_another.signed_by(roots[row])]


def test_metadata(more):
    metadata = {"_type": "root", "version": 1}
    message = b'{"_type":"root","version":1}'
    for made, known in (
        (CryptoSigner.generate_ecdsa(), True),
        (CryptoSigner(ec.generate_private_key(ec.SECP384R1())), True),
        (CryptoSigner.generate_ed25519(), False),  # its row has no name for TUF
    ):
        entry = made.public_key.to_dict()
        signature = made.sign(message).signature
        assert (Payload(metadata).signer(entry, signature) is not None) is known
        assert Payload({**metadata, "version": 2}).signer(entry, signature) is None


def test_only_keys_whose_algorithm_has_combs_have_a_place_for_one(more, tmp_path):
    keys = [
        {**Es384().cose_key(), Key.KID: b"0"},
        {**p256_key(key(1)), Key.KID: b"1"},
        {**Eddsa().cose_key(), Key.KID: b"2"},
        {**p256_key(key(2)), Key.KID: b"3"},
    ]
    (tmp_path / "keys.cbor").write_bytes(cbor2.dumps(keys))
    file = KeyFile(FolderStore(str(tmp_path)))
    file.combs = object()
    found = [file.find(b"%d" % number)[0] for number in range(4)]
    assert [one.combs is not None for one in found] == [False, True, False, True]
    assert [one.comb_at for one in found] == [0, 0, 0, 8192]
    assert file.combs_size == 2 * 8192


@given(st.sampled_from([32, 48, 66]), st.data())
def test_signatures_in_der_of_any_size(size, data):
    r, s = (data.draw(st.integers(1, 256**size - 1)) for _ in "rs")
    der = utils.encode_dss_signature(r, s)
    raw = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    assert ecdsa_der.signature(der, size) == raw
    fits = max(r, s) < 256 ** (size - 1)
    assert (ecdsa_der.signature(der, size - 1) is not None) is fits


def test_a_p256_token_is_what_it_was(more):
    message = cose.decode_sign1(sign1(key(1), cbor2.dumps({Header.ALG: -7}), b"payload"))
    assert message.verify(cose_key.key(p256_key(key(1))))
