"""A reader key for a terminal (ISO/IEC 18013-5 section 9.1.4), with its certificate (Annex B.1.7).

From a certification authority, as files; or, for tests and pilots, from one's own authority in a folder.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from borne.errors import DecodeError
from borne.provisioned.reader_key import ReaderKey
from bornetools import files
from bornetools.errors import UserError
from bornetools.issuer.folder import create

PURPOSE = x509.ObjectIdentifier("1.0.18013.5.1.6")  # mdoc reader authentication: Annex B.1.7
DAYS_MAX = 1187  # longest validity of a reader's certificate: Annex B.1.7
_CA_KEY, CA_CERTIFICATE = "reader-ca.key.pem", "reader-ca.pem"
_CA_DAYS = 3650
_EARLIER = timedelta(hours=1)  # a phone's clock may be late


def from_files(key: Path, chain: Path, now: int) -> ReaderKey:
    """The key of two PEM files: a private key, and certificates, the key's own first.

    Self-signed certificates are left out: a wallet trusts them already, or not at all. Raises
    UserError, also for a certificate that no wallet would take at `now` (unix seconds).
    """
    try:
        private = serialization.load_pem_private_key(files.read(key, "private key"), None)
        certificates = x509.load_pem_x509_certificates(files.read(chain, "certificate chain"))
    except (ValueError, TypeError, x509.InvalidVersion) as error:
        raise UserError(f"{key} or {chain}: {error}") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise UserError(f"{key}: no key on P-256")
    used = [one for one in certificates if one.subject != one.issuer]
    if not used:
        raise UserError(f"{chain}: no certificate but such as signed themselves")
    _check(private, used, datetime.fromtimestamp(now, UTC))
    return _terminals(private, used)


def from_test_ca(folder: Path, name: str, days: int, now: int) -> ReaderKey:
    """A new key, certified for `days` from `now` (unix seconds) by the authority in `folder`, which is made
    if there is none. `name` is what wallets show. Raises UserError."""
    at = datetime.fromtimestamp(now, UTC)
    ca_key, ca = _authority(folder, at)
    private = ec.generate_private_key(ec.SECP256R1())
    try:
        builder = _builder(name, ca.subject, private, ca_key, at, min(days, DAYS_MAX))
        builder = builder.add_extension(x509.ExtendedKeyUsage([PURPOSE]), critical=True)
        builder = builder.add_extension(_usage(digital_signature=True), critical=True)
        return _terminals(private, [builder.sign(ca_key, hashes.SHA256())])
    except ValueError as error:
        raise UserError(f"no certificate for this name: {error}") from error


def certificate(key: ReaderKey) -> x509.Certificate:
    """The key's own certificate."""
    return x509.load_der_x509_certificate(key.chain[0])


def _terminals(
    private: ec.EllipticCurvePrivateKey, certificates: list[x509.Certificate]
) -> ReaderKey:
    chain = [one.public_bytes(serialization.Encoding.DER) for one in certificates]
    try:
        return ReaderKey(private.private_numbers().private_value, chain)
    except DecodeError as error:
        raise UserError(f"not for a terminal: {error.reason}") from error


def _check(
    private: ec.EllipticCurvePrivateKey, chain: list[x509.Certificate], at: datetime
) -> None:
    own = chain[0]
    if not isinstance(private.curve, ec.SECP256R1):
        raise UserError("the private key is not on P-256")
    if own.public_key() != private.public_key():
        raise UserError("the first certificate is not that of the private key")
    for one in chain:
        if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
            raise UserError(f"the certificate of {one.subject.rfc4514_string()} is not valid now")
    for one, issuer in zip(chain, chain[1:], strict=False):
        try:
            one.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise UserError("the certificates are no chain, or not in order") from error
    try:
        purposes = own.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        usage = own.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as error:
        raise UserError("the certificate does not say what its key is for") from error
    if PURPOSE not in purposes or not usage.digital_signature:
        raise UserError(
            f"the certificate is not for mdoc reader authentication ({PURPOSE.dotted_string})"
        )


def _authority(folder: Path, at: datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """The private key and the certificate of the authority in `folder`."""
    key_file, certificate_file = folder / _CA_KEY, folder / CA_CERTIFICATE
    if not key_file.exists() and not certificate_file.exists():
        create(folder)
        private = ec.generate_private_key(ec.SECP256R1())
        title = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Borne test reader CA")])
        builder = _builder("Borne test reader CA", title, private, private, at, _CA_DAYS)
        builder = builder.add_extension(x509.BasicConstraints(True, 0), critical=True)
        builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        made = builder.sign(private, hashes.SHA256())
        pem = serialization.Encoding.PEM
        files.write_new(
            key_file,
            private.private_bytes(
                pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
            files.PRIVATE,
        )
        files.write_new(certificate_file, made.public_bytes(pem))
    try:
        key = serialization.load_pem_private_key(files.read(key_file, "CA key"), None)
        ca = x509.load_pem_x509_certificate(files.read(certificate_file, "CA certificate"))
    except (ValueError, TypeError) as error:
        raise UserError(f"{folder}: damaged: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != ca.public_key():
        raise UserError(f"{folder}: key and certificate do not belong together")
    return key, ca


def _builder(
    name: str,
    issuer: x509.Name,
    subject_key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    at: datetime,
    days: int,
) -> x509.CertificateBuilder:
    public = subject_key.public_key()
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _EARLIER)
        .not_valid_after(at + timedelta(days=days) - _EARLIER)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(authority, critical=False)
    )


def _usage(**used: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: used.get(name, False) for name in names})
