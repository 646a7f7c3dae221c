"""Reading a VICAL: a provider's signed list of IACA certificates (ISO/IEC 18013-5:2021 Annex C).

A COSE_Sign1 whose certificate stands in the header x5chain, over a map with `certificateInfos`. The
certificate of the provider's root, or of its signer, is what the publisher trusts and hands in.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import cbor2
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from bornetools import times
from bornetools.errors import UserError
from bornetools.publisher.roots import Trusted

_ALG, _X5CHAIN, _SIGN1 = 1, 33, 18
_VICAL_SIGNER = x509.ObjectIdentifier("1.0.18013.5.1.8")  # extended key usage: Annex B.1.9
# The algorithms of Annex C.1.7.1: digest and bytes of r or s.
_ALGORITHMS: dict[int, tuple[hashes.HashAlgorithm, int]] = {
    -7: (hashes.SHA256(), 32),
    -35: (hashes.SHA384(), 48),
    -36: (hashes.SHA512(), 66),
}


@dataclass(frozen=True)
class Vical:
    """`provider`, `date` (text) and what came of its certificates: `usable`, and why others are not."""

    provider: str
    date: str
    usable: list[Trusted]
    left_out: list[str]


def read(data: bytes, trusted: x509.Certificate, at: int) -> Vical:
    """Verifies a VICAL with the certificate of its signer or of that one's issuer, at the time `at`.

    Roots that terminals do not take (another curve, for one) are left out, and said. Raises UserError.
    """
    payload = _open(data, trusted, at)
    try:
        infos = payload["certificateInfos"]
        next_update = payload.get("nextUpdate")
        usable: list[Trusted] = []
        left_out = []
        for info in infos:
            try:
                usable.append(_root(info))
            except UserError as error:
                left_out.append(error.message)
        provider, date = str(payload["vicalProvider"]), _text(payload["date"])
    except (KeyError, TypeError, AttributeError):
        raise UserError("this VICAL has not the form of ISO/IEC 18013-5 Annex C") from None
    if isinstance(next_update, datetime) and next_update.timestamp() < at:
        left_out.insert(0, f"the provider promised a newer list for {_text(next_update)}")
    return Vical(provider, date, usable, left_out)


def load_certificate(data: bytes, name: str) -> x509.Certificate:
    """A certificate in PEM or DER. Raises UserError."""
    try:
        if data.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except ValueError:
        raise UserError(f"{name}: not a certificate in PEM or DER") from None


def _open(data: bytes, trusted: x509.Certificate, at: int) -> dict[str, Any]:
    """The payload of the COSE_Sign1, verified. Raises UserError."""
    try:
        message = cbor2.loads(data)
        if isinstance(message, cbor2.CBORTag) and message.tag == _SIGN1:
            message = message.value
        raw, unprotected, payload, signature = message
        protected = cbor2.loads(raw)
        digest, size = _ALGORITHMS[protected[_ALG]]
        chain = protected.get(_X5CHAIN) or unprotected.get(_X5CHAIN) or []
        chain = [chain] if isinstance(chain, bytes) else list(chain)
        certificates = [x509.load_der_x509_certificate(one) for one in chain] or [trusted]
    except (cbor2.CBORError, ValueError, TypeError, KeyError, AttributeError):
        raise UserError("this VICAL is not a COSE_Sign1 by ES256, ES384 or ES512") from None
    signer = _trusted_signer(certificates, trusted, at)
    key = signer.public_key()
    half = len(signature) // 2
    if not isinstance(key, ec.EllipticCurvePublicKey) or half != size:
        raise UserError("this VICAL's signature is of another kind than its signer's key")
    der = encode_dss_signature(
        int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    )
    try:
        key.verify(der, cbor2.dumps(["Signature1", raw, b"", payload]), ec.ECDSA(digest))
    except InvalidSignature:
        raise UserError("this VICAL's signature does not verify") from None
    try:
        opened = cbor2.loads(payload)
    except (cbor2.CBORError, ValueError, TypeError):
        opened = None
    if not isinstance(opened, dict):
        raise UserError("this VICAL has not the form of ISO/IEC 18013-5 Annex C")
    return opened


def _trusted_signer(
    chain: list[x509.Certificate], trusted: x509.Certificate, at: int
) -> x509.Certificate:
    """The signer, if it is the `trusted` certificate or the chain leads to that. Raises UserError."""
    for number, certificate in enumerate(chain):
        if not _covers(certificate, at):
            raise UserError("a certificate of this VICAL is outside its period")
        if certificate == trusted:
            return chain[0]
        issuer = chain[number + 1] if number + 1 < len(chain) else trusted
        try:
            certificate.verify_directly_issued_by(issuer)
            is_ca = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            is_ca = False
        if not is_ca:
            raise UserError("nobody whom you trust has signed this VICAL: another --signer?")
    if not _covers(trusted, at):
        raise UserError("the certificate of --signer is outside its period")
    try:
        usage = chain[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, x509.ExtensionNotFound):
        usage = x509.ExtendedKeyUsage([])
    if _VICAL_SIGNER not in usage:
        raise UserError("the signer's certificate is not for a VICAL")
    return chain[0]


def _covers(certificate: x509.Certificate, at: int) -> bool:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return begins.timestamp() <= at <= ends.timestamp()


def _root(info: dict[str, Any]) -> Trusted:
    """A CertificateInfo (Annex C.1.7.1) as a root. Raises UserError if terminals do not take it."""
    doc_types = tuple(str(one) for one in info["docType"])
    certificate = load_certificate(info["certificate"], "certificate of the VICAL")
    name = info.get("issuingAuthority") or certificate.subject.rfc4514_string()
    root = Trusted(certificate.public_bytes(Encoding.DER), doc_types, str(name))
    root.check()
    return root


def _text(moment: Any) -> str:
    if isinstance(moment, datetime):
        return times.write(int(moment.timestamp()))
    return str(moment)
