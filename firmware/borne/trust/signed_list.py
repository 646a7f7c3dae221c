"""The common part of both kinds of issuers' lists: a CWT, its type, times and signer.

The one reader of such lists, also for `borne publish status import`. Terminals get revocation lists.
"""

from borne import limits
from borne.errors import DecodeError
from borne.token import cbor, cose, cwt
from borne.trust import list_signer

if False:  # for types only
    from typing import Iterable

    from borne.protocols import Encoded, Map, Store
    from borne.token.cose_key import CoseKey

SUB, EXP, NBF, IAT, TTL = 2, 4, 5, 6, 65534  # the claims that are read here


class SignedList:
    """A verified list: `uri` str; `issued_at`, `not_before` and `expires` (unix seconds; the last two may be
    None); `signer` (list_signer.Signer), `issuer` as the signer has it."""

    def __init__(
        self,
        message: cose.Sign1,
        claims: "Map",
        keys: "Iterable[CoseKey]",
        store: "Store | None",
    ) -> None:
        """`claims` has SUB, EXP, NBF, IAT and TTL, if present; `keys` and `store` are as in list_signer.find.

        Raises DecodeError, or UntrustedError if no trusted signer has signed it.
        """
        self.uri = cwt.text(claims, SUB, limits.URI_MAX)
        self.issued_at = cwt.numeric_date(claims, IAT)
        self.not_before = cwt.optional_date(claims, NBF)
        self.expires = cwt.optional_date(claims, EXP)
        if cwt.optional_date(claims, TTL) == 0:
            raise DecodeError("time to live is not positive")
        self.signer = list_signer.find(message, keys, store, self.issued_at)
        self.issuer = self.signer.issuer

    def counts(self, now: int) -> bool:
        """True if `now` (unix seconds) is in the list's period of validity."""
        if self.not_before is not None and now < self.not_before:
            return False
        return self.expires is None or now < self.expires


def message(view: "Encoded", types: tuple[str, ...]) -> "tuple[cose.Sign1, Encoded]":
    """(Sign1, its payload) of a list (bytes or FileView) that is of one of `types`.

    Unlike a token, a list has no CWT tag. Raises DecodeError, or UnsupportedError for another algorithm
    or critical header.
    """
    found = _opened(view)
    if not _is_of(found, types):
        raise DecodeError("the type is another")
    if found.payload is None:
        raise DecodeError("list without a payload")
    return found, found.payload


def is_type(view: "Encoded", types: tuple[str, ...]) -> bool:
    """True if the list says that it is of one of `types`. Raises as `message`."""
    return _is_of(_opened(view), types)


def _is_of(found: cose.Sign1, types: tuple[str, ...]) -> bool:
    typ = found.protected.get(cose.HEADER_TYP)
    return isinstance(typ, str) and typ in types


def _opened(view: "Encoded") -> cose.Sign1:
    item = cbor.decode(view, deterministic=False, most=limits.COSE_ITEMS_MAX)
    return cose.tagged(item, understood=(list_signer.HEADER_X5CHAIN,))
