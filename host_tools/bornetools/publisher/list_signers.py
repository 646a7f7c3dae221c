"""Who may sign the lists of a draft: its issuers' keys, and its IACA roots by their certificates."""

import hashlib
from dataclasses import dataclass
from typing import Any

from borne.trust import kinds
from bornetools import revocation, x5chain
from bornetools.errors import UserError
from bornetools.issuer import cose
from bornetools.publisher.draft import Draft
from bornetools.publisher.issuer_keys import IssuerKeys
from bornetools.publisher.roots import IacaRoots

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


def verified(token: bytes, draft: Draft, at: int) -> tuple[revocation.Signed, Signer]:
    """The list in a CWT, and who of `draft` has signed it. Raises UserError."""
    protected = x5chain.read(token, "status list").protected
    kid = protected.get(cose.KID)
    keys = [key for key in IssuerKeys(draft.path / kinds.KEYS.name).read() if key[2] == kid]
    has_chain = x5chain.X5CHAIN in protected
    if keys:
        try:
            found = _by_key(token, keys)
            return found, Signer(found.issuer or "", keys[0][2].hex())
        except UserError:
            if not has_chain:  # else the kid is that of another's key, by chance
                raise
    if has_chain:
        roots = IacaRoots(draft.path / kinds.ROOTS.name).read()
        ders = [root.certificate for root in roots if not root.revoked]
        found, der = revocation.by_root(token, ders, at)
        return found, of_root(hashlib.sha256(der).hexdigest())
    if not isinstance(kid, bytes):
        raise UserError("this is not a status list: it names no key")
    raise UserError(f"no issuer's key has this status list's kid {kid.hex()[:64]}")


def _by_key(token: bytes, keys: list[dict[int, Any]]) -> revocation.Signed:
    # Issuers choose their kids: two may have chosen the same, and only one has signed.
    for key in keys[:-1]:
        try:
            return revocation.by_key(token, [key])
        except UserError:
            continue
    return revocation.by_key(token, keys[-1:])
