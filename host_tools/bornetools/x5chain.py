"""COSE_Sign1 messages with the signer's certificate in x5chain (RFC 9360), on `cryptography`."""

from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import ExtensionOID

from bornetools.errors import UserError

ALG, CRIT, TYP, X5CHAIN = 1, 2, 16, 33
_UNDERSTOOD = {ALG, CRIT, 4, TYP, X5CHAIN}  # with kid
# Extensions that may be critical: this module or the library checks them.
_READ = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
}
_CWT, _SIGN1 = 61, 18  # tags
# The ECDSA algorithms of ISO/IEC 18013-5: digest, and bytes of r or s.
_ALGORITHMS: dict[int, tuple[hashes.HashAlgorithm, int]] = {
    -7: (hashes.SHA256(), 32),
    -35: (hashes.SHA384(), 48),
    -36: (hashes.SHA512(), 66),
}


_SIGNS = x509.KeyUsage(True, *[False] * 8)  # digitalSignature, and no other


@dataclass(frozen=True)
class Message:
    """`protected` and `unprotected` are the headers, `payload` and `signature` bytes; `what` names it to the
    user."""

    what: str
    protected: dict[Any, Any]
    unprotected: dict[Any, Any]
    payload: bytes
    signature: bytes
    protected_raw: bytes

    def chain(self, header: dict[Any, Any]) -> list[x509.Certificate]:
        """The certificates in a header's x5chain, the signer's first; may be empty. Raises UserError."""
        chain = header.get(X5CHAIN) or []
        chain = [chain] if isinstance(chain, bytes) else chain
        if not isinstance(chain, list) or not all(isinstance(one, bytes) for one in chain):
            raise UserError(f"this {self.what} has an x5chain without certificates")
        return [load(one, f"x5chain of this {self.what}") for one in chain]

    def verify(self, signer: x509.Certificate) -> None:
        """Raises UserError unless the key of `signer` has signed the message, by ES256, ES384 or ES512."""
        critical = self.protected.get(CRIT, [])
        if not isinstance(critical, list) or not all(
            isinstance(one, int | str) and one in _UNDERSTOOD for one in critical
        ):
            raise UserError(f"this {self.what} has a critical header that is not known")
        key = signer.public_key()
        alg = self.protected.get(ALG)
        digest, size = _ALGORITHMS.get(alg if isinstance(alg, int) else 0, (hashes.SHA256(), 0))
        if not isinstance(key, ec.EllipticCurvePublicKey) or len(self.signature) != 2 * size:
            raise UserError(
                f"this {self.what}'s signature is of another kind than its signer's key"
            )
        r, s = (
            int.from_bytes(half, "big") for half in (self.signature[:size], self.signature[size:])
        )
        signed = cbor2.dumps(["Signature1", self.protected_raw, b"", self.payload])
        try:
            key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(digest))
        except InvalidSignature:
            raise UserError(f"this {self.what}'s signature does not verify") from None


def read(data: bytes, what: str) -> Message:
    """The COSE_Sign1 in `data`, tagged or not, perhaps as a CWT. Raises UserError."""
    try:
        message = cbor2.loads(data)
        while isinstance(message, cbor2.CBORTag) and message.tag in (_CWT, _SIGN1):
            message = message.value
        raw, unprotected, payload, signature = message
        protected = cbor2.loads(raw)
        if not isinstance(protected, dict) or not isinstance(unprotected, dict):
            raise TypeError("headers are maps")
        if not isinstance(payload, bytes) or not isinstance(signature, bytes):
            raise TypeError("payload and signature are byte strings")
        # RFC 9052 section 3: no parameter in both headers; those that matter are signed.
        if unprotected.keys() & (protected.keys() | {ALG, CRIT, TYP}):
            raise TypeError("a header parameter is not protected, or twice")
    except (cbor2.CBORError, ValueError, TypeError, ArithmeticError):
        raise UserError(f"this {what} is not a COSE_Sign1") from None
    return Message(what, protected, unprotected, payload, signature, raw)


def load_all(data: bytes, name: str) -> list[x509.Certificate]:
    """The certificate in DER, or all in PEM, at least one. Raises UserError."""
    try:
        if b"-----BEGIN" in data:
            found = x509.load_pem_x509_certificates(data)
        else:
            found = [x509.load_der_x509_certificate(data)]
        for one in found:
            one.subject.rfc4514_string(), one.issuer.rfc4514_string(), one.extensions
    except (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension):
        raise UserError(f"{name}: not a certificate in PEM or DER") from None
    return found


def load(data: bytes, name: str) -> x509.Certificate:
    """The one certificate in PEM or DER. Raises UserError."""
    found = load_all(data, name)
    if len(found) != 1:
        raise UserError(f"{name}: {len(found)} certificates, where one is looked for")
    return found[0]


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` is a CA that may sign certificates, and has signed `certificate`."""
    try:
        certificate.verify_directly_issued_by(issuer)
        extensions = issuer.extensions
        is_ca = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return is_ca and usage.key_cert_sign and _is_understood(issuer)


def only_signs(certificate: x509.Certificate) -> bool:
    """Whether the key is for signatures alone, and not a CA's, and no critical extension is unknown."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    except x509.ExtensionNotFound:
        return False
    try:
        is_ca = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_ca = False
    return not is_ca and usage.critical and usage.value == _SIGNS and _is_understood(certificate)


def _is_understood(certificate: x509.Certificate) -> bool:
    return all(one.oid in _READ for one in certificate.extensions if one.critical)


def covers(certificate: x509.Certificate, at: int) -> bool:
    """Whether `at` (unix seconds) is in the certificate's validity period."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return begins.timestamp() <= at <= ends.timestamp()


def purposes(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    """The certificate's extended key usage; empty if none is stated."""
    try:
        return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return []
