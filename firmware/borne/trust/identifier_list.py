"""An identifier list in its CWT form (ISO/IEC 18013-5, second edition, section 12.3.6): revoked MSOs.

A CWT as a Token Status List is, of another type and claim: a map of the identifiers, byte strings, that are
revoked. Host tools read these; terminals have revocation lists.
"""

from borne import limits, limits_mdoc
from borne.errors import DecodeError
from borne.token import cbor, cbor_open, cose, cwt
from borne.trust import list_signer

if False:  # for types only
    from typing import Iterable

    from borne.protocols import Encoded, Map, Store
    from borne.token.cose_key import CoseKey

_SUB, _EXP, _IAT = 2, 4, 6
_IDENTIFIER_LIST, _STATUS_LIST = 65530, 65533
_TYP = ("application/identifierlist+cwt", "identifierlist+cwt")
_REVOKED = 1


class IdentifierList:
    """A verified list: `uri` str, `issued_at` unix seconds, `issuer` as list_signer.issuer has it."""

    states = _REVOKED  # an identifier list has no other
    identifiers = True

    def __init__(
        self, view: "Encoded", keys: "Iterable[CoseKey]", store: "Store | None" = None
    ) -> None:
        """`view` is the CWT (bytes or FileView); `keys` and `store` are those who may have signed it, as
        list_signer.issuer takes them.

        Raises DecodeError if it is no identifier list, UntrustedError if no signer that counts has signed it.
        """
        message = cwt.message(view)
        if not _is_type(message):
            raise DecodeError("not an identifier list")
        if message.payload is None:
            raise DecodeError("identifier list without a payload")
        claims = cbor_open.fields(message.payload, limits_mdoc.IDENTIFIER_LIST_ITEMS_MAX)
        if _STATUS_LIST in claims or _IDENTIFIER_LIST not in claims:
            raise DecodeError("not an identifier list")
        small: "Map" = {}
        for label in (_SUB, _EXP, _IAT):
            if label in claims:
                small[label] = cbor.decode(claims[label])
        self.uri = cwt.text(small, _SUB, limits.URI_MAX)
        self.issued_at = cwt.numeric_date(small, _IAT)
        # The standard requires it; the lists of the EU reference issuer have none.
        self._expires = cwt.optional_date(small, _EXP)
        entry = cbor_open.fields(claims[_IDENTIFIER_LIST], limits_mdoc.IDENTIFIER_LIST_ITEMS_MAX)
        if "identifiers" not in entry:
            raise DecodeError("not an identifier list")
        most = limits_mdoc.IDENTIFIER_LIST_ITEMS_MAX
        self._revoked = set(cbor_open.fields(entry["identifiers"], most, most))
        for identifier in self._revoked:
            if not isinstance(identifier, bytes):
                raise DecodeError("identifier is not a byte string")
        self.issuer = list_signer.issuer(message, keys, store, self.issued_at)

    def value(self, identifier: object, now: int) -> int | None:
        """1 (revoked) or 0 for `identifier` (bytes), or None where the list has expired."""
        if self._expires is not None and now >= self._expires:
            return None
        return _REVOKED if identifier in self._revoked else 0


def is_one(view: "Encoded") -> bool:
    """True if the CWT says that it is an identifier list. Raises DecodeError."""
    return _is_type(cwt.message(view))


def _is_type(message: cose.Sign1) -> bool:
    typ = message.protected.get(cose.HEADER_TYP)
    return isinstance(typ, str) and typ in _TYP
