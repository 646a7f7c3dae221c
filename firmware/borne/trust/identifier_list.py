"""An identifier list in its CWT form (ISO/IEC 18013-5, second edition, section 12.3.6): revoked MSOs.

A CWT like a Token Status List, but with another type and claim: a map of the revoked identifiers (byte
strings). Host tools read these lists; terminals have revocation lists.
"""

from borne import limits_mdoc
from borne.errors import DecodeError
from borne.token import cbor, cbor_open
from borne.trust import signed_list

if False:  # for types only
    from typing import Iterable

    from borne.protocols import Encoded, Map, Store
    from borne.token.cose_key import CoseKey

_SMALL = (signed_list.SUB, signed_list.EXP, signed_list.NBF, signed_list.IAT, signed_list.TTL)
_IDENTIFIER_LIST, _STATUS_LIST = 65530, 65533
_TYP = ("application/identifierlist+cwt", "identifierlist+cwt")
_REVOKED = 1


class IdentifierList(signed_list.SignedList):
    """A SignedList; `revoked` is the set of identifiers (bytes) in it.

    The standard requires an end of validity; the lists of the EU reference issuer have none.
    """

    states = _REVOKED  # the only status of an identifier list
    identifiers = True

    def __init__(
        self, view: "Encoded", keys: "Iterable[CoseKey]", store: "Store | None" = None
    ) -> None:
        """`view` is the CWT (bytes or FileView); `keys` and `store` give its possible signers, as in
        list_signer.find.

        Raises DecodeError if it is no identifier list, UntrustedError if no trusted signer has signed it.
        """
        message, payload = signed_list.message(view, _TYP)
        most = limits_mdoc.IDENTIFIER_LIST_ITEMS_MAX
        claims = cbor_open.fields(payload, most)
        if _STATUS_LIST in claims:
            raise DecodeError("signed as an identifier list, with a status list in it")
        if _IDENTIFIER_LIST not in claims:
            raise DecodeError("no identifier list in it")
        small: "Map" = {}
        for label in _SMALL:
            if label in claims:
                small[label] = cbor.decode(claims[label])
        entry = cbor_open.fields(claims[_IDENTIFIER_LIST], most)
        if "identifiers" not in entry:
            raise DecodeError("no identifiers in it")
        self.revoked: "set[bytes]" = set()
        for identifier in cbor_open.fields(entry["identifiers"], most, most):
            if not isinstance(identifier, bytes):
                raise DecodeError("identifier is not a byte string")
            if not 0 < len(identifier) <= limits_mdoc.IDENTIFIER_MAX:
                raise DecodeError("identifier is not 1 to %d bytes" % limits_mdoc.IDENTIFIER_MAX)
            self.revoked.add(identifier)
        super().__init__(message, small, keys, store)

    def value(self, identifier: object, now: int) -> int | None:
        """1 (revoked) or 0 for `identifier` (bytes); None outside the list's period of validity."""
        if not self.counts(now):
            return None
        return _REVOKED if identifier in self.revoked else 0


def is_one(view: "Encoded") -> bool:
    """True if the CWT says that it is an identifier list. Raises DecodeError."""
    return signed_list.is_type(view, _TYP)
