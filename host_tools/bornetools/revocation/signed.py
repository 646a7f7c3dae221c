"""Issuers' lists in their CWT form, verified: by a key of the issuer, or by a certificate of an IACA root.

Token Status Lists name the key by its kid. MSO revocation lists (ISO/IEC 18013-5, second edition, section
12.3.6) have their signer's certificate in the protected header, as x5chain, issued by the IACA root that
issued the document signer's.
"""

from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from borne import limits
from bornetools import x5chain
from bornetools.errors import UserError
from bornetools.issuer import claims, cose
from bornetools.issuer.issuer import (
    ACTIVE,
    KEY_ISSUER,
    KEY_NOT_AFTER,
    KEY_NOT_BEFORE,
    KEY_STATE,
)

WHAT = "status list"
_CWT = 61  # the tag that may be around a COSE_Sign1: RFC 8392 section 6
# Certificates for something else: readers, VICALs, and RFC 5280's own purposes. The standard has no purpose
# of its own for signers of lists, and the EU reference issuer uses its document signers.
_OTHER_PURPOSES = {
    x509.ObjectIdentifier("1.0.18013.5.1.6"),
    x509.ObjectIdentifier("1.0.18013.5.1.8"),
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.CODE_SIGNING,
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    ExtendedKeyUsageOID.TIME_STAMPING,
    ExtendedKeyUsageOID.OCSP_SIGNING,
}


@dataclass(frozen=True)
class Signed:
    """A verified list, not looked into: `typ` is its type (header 16), `claims` its map, `issuer` the URI
    that its key is of; or None: the key names none, or a root's certificate has signed."""

    typ: Any
    claims: dict[Any, Any]
    issuer: str | None

    @property
    def issued_at(self) -> int:
        at: int = self.claims[claims.IAT]
        return at


def by_key(token: bytes, keys: list[dict[int, Any]]) -> Signed:
    """The list in a CWT (COSE_Sign1) that one of `keys` (COSE_Key maps of issuers) has signed.

    The key has to be active and inside its period when the list was issued. Raises UserError.
    """
    message = cose.decode(token, WHAT)
    if isinstance(message, cbor2.CBORTag) and message.tag == _CWT:
        message = message.value
    payload, kid = cose.open_signed(cbor2.dumps(message), keys, WHAT)
    key = next(key for key in keys if key.get(2) == kid)
    typ = cose.decode(message.value[0], WHAT).get(cose.TYP)
    found = Signed(typ, _claims(payload), key.get(KEY_ISSUER))
    usable = key.get(KEY_STATE, ACTIVE) == ACTIVE
    at = found.issued_at
    if not usable or not key.get(KEY_NOT_BEFORE, 0) <= at <= key.get(KEY_NOT_AFTER, at):
        raise UserError("this status list's key is revoked or outside its period")
    return found


def by_root(token: bytes, roots: list[bytes], at: int) -> tuple[Signed, bytes]:
    """The list in a CWT whose x5chain one of `roots` (certificates, DER) has issued, and that root.

    Certificates have to be inside their periods when the list was issued, and at the time `at`. Raises
    UserError.
    """
    message = x5chain.read(token, WHAT)
    chain = message.chain(message.protected)
    if not chain:
        raise UserError("this status list has neither a kid nor an x5chain in its protected header")
    signer, *above = chain
    issuers = []
    for der in roots:
        root = x509.load_der_x509_certificate(der)
        if above in ([], [root]) and x5chain.is_issued_by(signer, root):
            issuers.append((root, der))
    if not issuers:
        raise UserError("no root of the draft has issued this status list's certificate")
    # Annex B, of the signers of lists.
    if not x5chain.only_signs(signer) or _OTHER_PURPOSES & set(x5chain.purposes(signer)):
        raise UserError("this status list's certificate is for something else")
    message.verify(signer)
    found = Signed(message.protected.get(cose.TYP), _claims(message.payload), None)
    # A root may have been certified anew with its key and name: one that counts is enough.
    for root, der in issuers:
        if all(x5chain.covers(one, t) for one in (signer, root) for t in (found.issued_at, at)):
            return found, der
    raise UserError("a certificate of this status list is outside its period")


def _claims(payload: bytes) -> dict[Any, Any]:
    content = cose.decode(payload, WHAT)
    if not isinstance(content, dict) or not _is_time(content.get(claims.IAT)):
        raise UserError("this status list is not one: it does not say when it was issued")
    if claims.EXP in content and not _is_time(content[claims.EXP]):
        raise UserError("this status list is not one: its end is not whole seconds")
    return content


def _is_time(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value <= limits.TIME_MAX
