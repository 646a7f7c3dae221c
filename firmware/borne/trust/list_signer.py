"""The signer of a status list or an identifier list: an issuer's key, or an IACA root by a certificate.

By ISO/IEC 18013-5, second edition, section 12.3.6, the signer's certificate is in the protected header, as
x5chain, and its issuer is the IACA root. Host tools read such lists; terminals get revocation lists.
"""

from borne.errors import DecodeError, UntrustedError
from borne.token import cose, cwt, x509
from borne.trust.roots import RootFile

if False:  # for types only
    from typing import Iterable, Sequence

    from borne.protocols import Store
    from borne.token.cose_key import CoseKey
    from borne.trust.roots import Root

HEADER_X5CHAIN = 33  # RFC 9360
# Extended key usages of other certificates: of readers, of VICALs, and RFC 5280's own.
_READER, _VICAL = b"\x28\x81\x8c\x5d\x05\x01\x06", b"\x28\x81\x8c\x5d\x05\x01\x08"
_OTHERS = (_READER, _VICAL) + tuple(
    [b"\x2b\x06\x01\x05\x05\x07\x03" + bytes([number]) for number in (1, 2, 3, 4, 8, 9)]
)


class Signer:
    """The signer of a list: a `key` (CoseKey), or a `certificate` (x509.Certificate) that each of `roots`
    (list of Root, never empty) has issued; `key` is then None.

    `issuer` is the issuer of the signed lists: the URI of the key's issuer, or None if the key names none; or
    the digest (bytes) of the roots' key.
    """

    def __init__(
        self,
        key: "CoseKey | None",
        certificate: "x509.Certificate | None" = None,
        roots: "Sequence[Root]" = (),
    ) -> None:
        self.key = key
        self.certificate = certificate
        self.roots = roots
        self.issuer = key.issuer if key else roots[0].certificate.key_digest()


def find(
    message: cose.Sign1, keys: "Iterable[CoseKey]", store: "Store | None", issued_at: int
) -> Signer:
    """The Signer of `message` (Sign1 of `issued_at`, unix seconds).

    `keys` is a list of CoseKey, and `store` may have iaca.cbor (None: there is none). Raises DecodeError, or
    UntrustedError if no trusted signer has signed it.
    """
    kid = message.kid()
    found = [key for key in keys if kid is not None and key.kid == kid]
    for key in found:
        if message.verify(key):
            if not key.usable(issued_at):
                raise UntrustedError("its key is revoked or outside its period")
            return Signer(key)
    if HEADER_X5CHAIN in message.protected:
        return _below_root(message, store, issued_at)
    if kid is None:
        raise DecodeError("it names no key")
    raise UntrustedError("its signature does not verify" if found else "its key is unknown")


def _below_root(message: cose.Sign1, store: "Store | None", issued_at: int) -> Signer:
    chain = message.protected[HEADER_X5CHAIN]
    chain = chain if isinstance(chain, list) else [chain]
    if not 0 < len(chain) <= 2 or not all([cwt.is_bytes(one) for one in chain]):
        raise DecodeError("x5chain is not one certificate, or two")
    signer = x509.Certificate(chain[0])
    roots = RootFile(store).find(signer.aki, signer.issuer) if store else []
    if len(chain) == 2:
        roots = [root for root in roots if root.certificate.is_encoded(chain[1])]
    roots = [root for root in roots if not root.revoked and root.certificate.covers(issued_at)]
    roots = [root for root in roots if signer.signed_by(root.certificate)]
    if not roots:
        raise UntrustedError("no root has issued its signer's certificate")
    others = [purpose for purpose in signer.purposes or () if purpose in _OTHERS]
    if signer.is_ca or not x509.may_only(signer, x509.DIGITAL_SIGNATURE) or others:
        raise UntrustedError("its signer's certificate is for something else")
    if not signer.covers(issued_at):
        raise UntrustedError("its signer's certificate is outside its period")
    if not message.verify(signer):
        raise UntrustedError("its signature does not verify")
    return Signer(None, signer, roots)
