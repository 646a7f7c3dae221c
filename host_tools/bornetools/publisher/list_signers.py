"""Issuers' lists, read by the firmware's reader, and their signers in a draft: issuers' keys, or IACA roots
by their certificates."""

from dataclasses import dataclass

from borne import limits
from borne.errors import DecodeError, StoreError, UntrustedError
from borne.token import cose_key
from borne.trust import identifier_list, kinds, list_signer
from borne.trust.identifier_list import IdentifierList
from borne.trust.status import StatusList
from borne.trust.store import FolderStore
from bornetools.errors import UserError
from bornetools.publisher.draft import Draft
from bornetools.publisher.issuer_keys import IssuerKeys
from bornetools.publisher.roots import IacaRoots, Trusted

_ROOT = "iaca:"


@dataclass(frozen=True)
class Signer:
    """`issuer` is the URI of an issuer, or `iaca:` and the fingerprint of a root; `kid` that of the issuer's
    key in hexadecimal, empty for a root."""

    issuer: str
    kid: str = ""

    @property
    def is_root(self) -> bool:
        return self.issuer.startswith(_ROOT)


def of_root(fingerprint: str) -> Signer:
    """The IACA root with this fingerprint (SHA-256 of its certificate, in hexadecimal)."""
    return Signer(_ROOT + fingerprint)


def verified(token: bytes, draft: Draft, at: int) -> tuple[StatusList | IdentifierList, Signer]:
    """The list in a CWT, and its signer in `draft`.

    A certificate must be inside its period both when the list was issued and at the time `at`. Raises
    UserError.
    """
    if len(token) > limits.STATUS_LIST_FILE_MAX:
        raise UserError(f"a status list of {len(token)} bytes is too large")
    keys = [cose_key.key(key) for key in IssuerKeys(draft.path / kinds.KEYS.name).read()]
    roots = IacaRoots(draft.path / kinds.ROOTS.name).read()
    store = FolderStore(str(draft.path)) if roots else None
    try:
        kind = IdentifierList if identifier_list.is_one(token) else StatusList
        found = kind(token, keys, store)
    except UntrustedError as error:
        raise UserError(f"this status list has no signer that counts: {error.reason}") from error
    except DecodeError as error:
        raise UserError(f"this status list is not one: {error.reason}") from error
    except StoreError as error:
        raise UserError(str(error)) from error
    return found, _signer(found.signer, roots, at)


def _signer(found: list_signer.Signer, roots: list[Trusted], at: int) -> Signer:
    if found.key:
        return Signer(found.key.issuer or "", (found.key.kid or b"").hex())
    # A root may be recertified with the same key and name: one current certificate is enough.
    counting = [root.certificate for root in found.roots if root.certificate.covers(at)]
    if found.certificate and found.certificate.covers(at):
        for root in roots:
            if any(one.is_encoded(root.certificate) for one in counting):
                return of_root(root.fingerprint)
    raise UserError("a certificate of this status list is outside its period")
