"""Reading a VICAL: a provider's signed list of IACA certificates (ISO/IEC 18013-5:2021 Annex C).

A VICAL is a COSE_Sign1 with its certificate in the header x5chain, over a map with `certificateInfos`. The
publisher supplies the trusted certificate: that of the provider's root or of its signer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bornetools import times, x5chain
from bornetools.errors import UserError
from bornetools.publisher.roots import Trusted

_VICAL_SIGNER = x509.ObjectIdentifier("1.0.18013.5.1.8")  # extended key usage: Annex B.1.9


@dataclass(frozen=True)
class Vical:
    """`provider`, `date` (text), the `usable` roots, and reasons for the certificates `left_out`."""

    provider: str
    date: str
    usable: list[Trusted]
    left_out: list[str]


def read(data: bytes, trusted: x509.Certificate, at: int) -> Vical:
    """Verifies a VICAL with the certificate of its signer or of the signer's issuer, at the time `at`.

    Roots that terminals refuse (another curve, for one) are left out and reported. Raises UserError.
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


def _open(data: bytes, trusted: x509.Certificate, at: int) -> dict[str, Any]:
    """The payload of the COSE_Sign1, verified. Raises UserError."""
    message = x5chain.read(data, "VICAL")
    # Annex C.1.7.1 puts x5chain into the unprotected header.
    chain = message.chain(message.protected) or message.chain(message.unprotected) or [trusted]
    message.verify(_trusted_signer(chain, trusted, at))
    try:
        opened = cbor2.loads(message.payload)
    except (cbor2.CBORError, ValueError, TypeError):
        opened = None
    if not isinstance(opened, dict):
        raise UserError("this VICAL has not the form of ISO/IEC 18013-5 Annex C")
    return opened


def _trusted_signer(
    chain: list[x509.Certificate], trusted: x509.Certificate, at: int
) -> x509.Certificate:
    """The signer: the `trusted` certificate, or one issued by it for VICALs. Raises UserError."""
    signer, *above = chain
    if not x5chain.covers(signer, at) or not x5chain.covers(trusted, at):
        raise UserError("a certificate of this VICAL, or that of --signer, is outside its period")
    if signer == trusted:
        return signer
    if above not in ([], [trusted]) or not x5chain.is_issued_by(signer, trusted):
        raise UserError("nobody whom you trust has signed this VICAL: another --signer?")
    if not x5chain.only_signs(signer) or _VICAL_SIGNER not in x5chain.purposes(signer):
        raise UserError("the signer's certificate is not for a VICAL")
    return signer


def _root(info: dict[str, Any]) -> Trusted:
    """A CertificateInfo (Annex C.1.7.1) as a root. Raises UserError if terminals refuse the root."""
    doc_types = tuple(info["docType"])
    if isinstance(info["docType"], str) or not doc_types:
        raise UserError("a certificate without a list of document types")
    if not all(isinstance(one, str) for one in doc_types):
        raise UserError("a certificate whose document types are not text")
    certificate = x5chain.load(info["certificate"], "certificate of the VICAL")
    name = info.get("issuingAuthority") or certificate.subject.rfc4514_string()
    root = Trusted(certificate.public_bytes(Encoding.DER), doc_types, str(name))
    root.check()
    return root


def _text(moment: Any) -> str:
    if isinstance(moment, datetime):
        return times.write(int(moment.timestamp()))
    return str(moment)
