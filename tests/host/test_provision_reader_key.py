"""`borne provision reader-key` onto the MicroPython VM on a pty, and the certificates that it takes."""

import datetime
import hashlib
from base64 import b64encode

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flash_board import Board, Plug
from flash_board import board as board
from program import told

from borne.errors import StoreError
from borne.provisioned import reader_key
from bornetools import times

pytestmark = pytest.mark.usefixtures("patient")

PEM = serialization.Encoding.PEM
NOW = datetime.datetime.fromtimestamp(times.now(), datetime.UTC)
DAY = datetime.timedelta(days=1)


def give(board, *more, status=0):
    return told("provision", "reader-key", "--port", board.port, *more, status=status)


def loaded(flash):
    return reader_key.load(str(flash / reader_key.FILE), lambda size: b"r" * size)


def signs(key, certificate):
    """Whether what the terminal's key signs is by the certificate's key."""
    signature = key.sign(hashlib.sha256(b"text").digest())
    r, s = (int.from_bytes(signature[at : at + 32]) for at in (0, 32))
    try:
        certificate.public_key().verify(
            encode_dss_signature(r, s), b"text", ec.ECDSA(hashes.SHA256())
        )
    except InvalidSignature:
        return False
    return True


def test_a_key_by_a_test_authority(board, flash, tmp_path):
    ca = tmp_path / "ca"
    output = give(board, "--test-ca", ca, "--name", "Pharmacie du Pont", "--days", 30)
    key = loaded(flash)
    (own,) = (x509.load_der_x509_certificate(one) for one in key.chain)
    authority = x509.load_pem_x509_certificate((ca / "reader-ca.pem").read_bytes())
    own.verify_directly_issued_by(authority)
    assert signs(key, own)
    assert hashlib.sha256(key.chain[0]).hexdigest() in output
    assert "CN=Pharmacie du Pont" in output
    assert str(ca / "reader-ca.pem") in output
    assert 29 * DAY < own.not_valid_after_utc - NOW < 31 * DAY
    # Annex B.1.7.
    purposes = own.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert purposes.critical
    assert [one.dotted_string for one in purposes.value] == ["1.0.18013.5.1.6"]
    usage = own.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_cert_sign
    assert (ca / "reader-ca.key.pem").stat().st_mode & 0o777 == 0o600

    again = give(board, "--test-ca", ca, "--name", "Pharmacie du Pont")
    assert again != output
    assert loaded(flash).chain != key.chain
    (own,) = (x509.load_der_x509_certificate(one) for one in loaded(flash).chain)
    own.verify_directly_issued_by(authority)


class Authority:
    """A root, an authority below it and a reader, as PEM files; any of it can be made wrong."""

    def __init__(self, folder, purpose="1.0.18013.5.1.6", curve=None, days=30, usage=True):
        self.folder = folder
        self.root_key, self.middle_key = (ec.generate_private_key(ec.SECP256R1()) for _ in (1, 2))
        self.key = ec.generate_private_key(curve or ec.SECP256R1())
        self.root = self.certify("root", "root", self.root_key, self.root_key)
        self.middle = self.certify("middle", "root", self.middle_key, self.root_key)
        more = [x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)])] if purpose else []
        if usage is not None:
            more.append(x509.KeyUsage(usage, *[False] * 8))
        self.reader = self.certify("reader", "middle", self.key, self.middle_key, more, days)

    def certify(self, name, issuer, key, issuer_key, more=(), days=30):
        def named(text):
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        builder = x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(issuer))
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(NOW - 10 * DAY).not_valid_after(NOW + days * DAY)
        for one in more:
            builder = builder.add_extension(one, critical=True)
        return builder.sign(issuer_key, hashes.SHA256())

    def files(self, *chain, key=None):
        key = key or self.key
        (self.folder / "key.pem").write_bytes(
            key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        chain = chain or (self.reader, self.middle, self.root)
        (self.folder / "chain.pem").write_bytes(b"".join(one.public_bytes(PEM) for one in chain))
        return "--key", self.folder / "key.pem", "--chain", self.folder / "chain.pem"


def test_a_key_from_files(board, flash, tmp_path):
    authority = Authority(tmp_path)
    output = give(board, *authority.files())
    key = loaded(flash)
    der = serialization.Encoding.DER
    # Without the root, which a wallet has.
    assert key.chain == (authority.reader.public_bytes(der), authority.middle.public_bytes(der))
    assert signs(key, authority.reader)
    assert "CN=reader" in output
    assert "CN=middle" in output


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"purpose": ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string}, "not for mdoc reader"),
        ({"purpose": None}, "does not say what its key is for"),
        ({"usage": False}, "not for mdoc reader"),
        ({"usage": None}, "does not say what its key is for"),
        ({"curve": ec.SECP384R1()}, "not on P-256"),
        ({"days": -1}, "not valid now"),
    ],
)
def test_certificates_that_no_wallet_would_take(board, flash, tmp_path, wrong, text):
    assert text in " ".join(give(board, *Authority(tmp_path, **wrong).files(), status=2).split())
    assert not list(flash.iterdir())


def test_files_that_do_not_belong_together(board, flash, tmp_path):
    one = Authority(tmp_path)
    other = ec.generate_private_key(ec.SECP256R1())
    lone = one.certify("x", "root", other, one.root_key)
    for chain, key, text in (
        ((), other, "not that of the private key"),
        ((one.reader, lone), None, "no chain"),
        ((one.middle, one.reader), None, "not that of the private key"),
        ((one.root,), None, "no certificate but such as signed themselves"),
        ((one.reader,) * 4, None, "no chain"),
    ):
        files = one.files(*chain, key=key)
        assert text in " ".join(give(board, *files, status=2).split())
    der = one.reader.public_bytes(serialization.Encoding.DER)
    other_version = der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1)
    body = b64encode(other_version)
    pem = b"-----BEGIN CERTIFICATE-----\n" + body + b"\n-----END CERTIFICATE-----\n"
    (tmp_path / "chain.pem").write_bytes(pem)
    assert "chain.pem" in give(board, *files, status=2)
    (tmp_path / "key.pem").write_bytes(b"nothing")
    assert "key.pem" in give(board, *files, status=2)
    assert not list(flash.iterdir())


def test_options_that_say_nothing_or_too_much(board, flash, tmp_path):
    one = Authority(tmp_path)
    files = one.files()
    for more in (
        (),
        files[:2],
        files[2:],
        ("--test-ca", tmp_path / "ca"),
        ("--name", "x"),
        (*files, "--test-ca", tmp_path / "ca", "--name", "x"),
    ):
        assert "--test-ca and --name" in give(board, *more, status=2)
    assert "behind reader-key" in told(
        "provision", "--id", "T", "reader-key", "--port", board.port, status=2
    )
    assert "--port" in told("provision", "--id", "T-01", status=2)
    assert not list(flash.iterdir())
    assert not (tmp_path / "ca").exists()


def test_a_plug_pulled_while_writing(tmp_path):
    files = Authority(tmp_path).files()
    received = []

    def count(data):
        received.append(len(data))
        return data

    (tmp_path / "whole").mkdir()
    with Board(tmp_path / "whole") as board:
        board.lose = count
        give(board, *files)
    wanted = (tmp_path / "whole" / reader_key.FILE).read_bytes()
    for eighths in (4, 6, 7):
        flash = tmp_path / str(eighths)
        flash.mkdir()
        (flash / reader_key.FILE).write_bytes(b"old")
        with Board(flash) as board:
            board.lose = Plug(sum(received) * eighths // 8)
            assert "How to go on" in give(board, *files, status=1)
        assert (flash / reader_key.FILE).read_bytes() in (b"old", wanted)
    with pytest.raises(StoreError):
        loaded(tmp_path / "4")
