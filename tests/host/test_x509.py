"""Certificates that `cryptography` makes, each rule of RFC 5280 and ISO/IEC 18013-5 Annex B broken once."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st
from mutations import damaged, examples

from borne.errors import DecodeError, UnsupportedError
from borne.token.x509 import Certificate, is_document_signer, is_root
from bornetools.issuer import mdoc as issuer
from bornetools.times import DAY

NOW = 1_800_000_000
ROOT = issuer.iaca(NOW)
SIGNER = issuer.document_signer(ROOT, NOW)


def put(name, extension, critical=True):
    return lambda extensions: {**extensions, name: (extension, critical)}


def left_out(name):
    return lambda extensions: {key: one for key, one in extensions.items() if key != name}


def root(change=issuer.unchanged):
    return is_root(Certificate(memoryview(issuer.iaca(NOW, change=change).der)))


def signer(change=issuer.unchanged, **built):
    made = issuer.document_signer(ROOT, NOW, change=change, **built)
    return is_document_signer(Certificate(memoryview(made.der)))


def test_what_it_reads_is_what_cryptography_reads():
    for made in (ROOT, SIGNER):
        read, known = Certificate(made.der), made.certificate
        assert bytes(read.issuer) == known.issuer.public_bytes()
        assert bytes(read.subject) == known.subject.public_bytes()
        assert read.not_before == known.not_valid_before_utc.timestamp()
        assert read.not_after == known.not_valid_after_utc.timestamp()
        numbers = known.public_key().public_numbers()
        assert (read.x, read.y) == (numbers.x, numbers.y)
        assert read.signed_by(Certificate(ROOT.der))
        ski = known.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        assert read.ski == ski.value.digest


def test_a_root():
    assert root()
    assert not root(put("basic", x509.BasicConstraints(ca=True, path_length=1)))
    assert not root(put("basic", x509.BasicConstraints(ca=True, path_length=None)))
    assert not root(put("basic", x509.BasicConstraints(ca=False, path_length=None)))
    assert not root(left_out("basic"))
    assert not root(left_out("ski"))
    assert not root(left_out("usage"))
    assert not root(put("usage", issuer.key_usage(key_cert_sign=True)))
    both = issuer.key_usage(key_cert_sign=True, crl_sign=True, digital_signature=True)
    assert not root(put("usage", both))
    assert not root(put("purpose", x509.ExtendedKeyUsage([issuer.MDL_DS])))
    assert not is_root(Certificate(SIGNER.der))
    # Below another: not its own issuer.
    assert not is_root(
        Certificate(
            issuer.document_signer(
                ROOT,
                NOW,
                change=lambda _: {
                    "basic": (x509.BasicConstraints(ca=True, path_length=0), True),
                    "usage": (issuer.key_usage(key_cert_sign=True, crl_sign=True), True),
                    "ski": (x509.SubjectKeyIdentifier(b"id"), False),
                },
            ).der
        )
    )


def test_a_document_signer():
    assert signer()
    assert signer(put("basic", x509.BasicConstraints(ca=False, path_length=None)))
    assert not signer(put("basic", x509.BasicConstraints(ca=True, path_length=None)))
    assert not signer(left_out("usage"))
    for usage in ("content_commitment", "key_agreement", "key_cert_sign", "crl_sign"):
        also = issuer.key_usage(digital_signature=True, **{usage: True})
        assert not signer(put("usage", also)), usage
        assert not signer(put("usage", issuer.key_usage(**{usage: True}))), usage
    assert not signer(left_out("purpose"))
    assert not signer(put("purpose", x509.ExtendedKeyUsage([issuer.MDL_DS]), critical=False))
    for purpose in (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE):
        assert not signer(put("purpose", x509.ExtendedKeyUsage([purpose])))
        assert not signer(put("purpose", x509.ExtendedKeyUsage([issuer.MDL_DS, purpose])))


def test_critical_extensions():
    number = x509.ObjectIdentifier("1.2.3.4")
    unknown = x509.UnrecognizedExtension(number, b"\x04\x00")
    assert signer(put("more", unknown, critical=False))
    with pytest.raises(UnsupportedError):
        signer(put("more", unknown))
    constraints = x509.NameConstraints([x509.DNSName("example.org")], None)
    with pytest.raises(UnsupportedError):
        root(put("more", constraints))


def test_algorithms_and_keys():
    for digest in (hashes.SHA384(), hashes.SHA512()):
        with pytest.raises(UnsupportedError):
            signer(digest=digest)
    others = (
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP256K1()),
        ed25519.Ed25519PrivateKey.generate(),
    )
    for key in others:
        with pytest.raises(UnsupportedError):
            signer(public_key=key.public_key())


@pytest.mark.parametrize("year", [1950, 1999, 2000, 2049, 2050, 9999])
def test_both_forms_of_time(year):
    key = issuer.new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    moment = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(1950, 1, 1))
        .not_valid_after(moment)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    read = Certificate(made.public_bytes(Encoding.DER))
    assert read.not_after == int(moment.timestamp())


def test_two_extensions_of_one_kind_and_too_many():
    def many(count):
        return lambda extensions: {
            **extensions,
            **{
                f"more{number}": (
                    x509.UnrecognizedExtension(x509.ObjectIdentifier(f"1.2.3.{number}"), b""),
                    False,
                )
                for number in range(count)
            },
        }

    assert signer(many(19))
    with pytest.raises(DecodeError):
        signer(many(20))


@examples(300)
@given(st.data())
def test_whatever_the_bytes_are_nothing_but_a_refusal_comes_out(data):
    changed = data.draw(damaged(SIGNER.der))
    known = Certificate(ROOT.der)
    try:
        read = Certificate(memoryview(changed))
    except DecodeError:
        return
    assert not read.signed_by(known)


@examples(30)
@given(st.integers(1, DAY * 400))
def test_periods_have_both_ends_in(days):
    read = Certificate(SIGNER.der)
    assert read.covers(read.not_before)
    assert read.covers(read.not_after)
    assert not read.covers(read.not_before - days)
    assert not read.covers(read.not_after + days)
