"""The mobile security object (MSO, ISO/IEC 18013-5 section 9.1.2.4): the signed part of an mdoc."""

from borne import limits, limits_mdoc
from borne.crypto.algorithms import HASHES
from borne.errors import DecodeError, UnsupportedError, UntrustedError
from borne.token import cbor, cbor_open, cose_key, cwt, tdate

if False:  # for types only
    from borne.protocols import Bytes, Encoded, Map, Slice


class Mso:
    """`doc_type` str, `device_key` PublicKey, `issued_at`, `not_before`, `expires` (unix seconds: `signed`,
    `validFrom`, `validUntil`), `status_list` (uri, index) or None, `identifier_list` (uri, identifier
    bytes) or None, `has_status`: the MSO names a status mechanism, perhaps neither of these."""

    def __init__(self, data: "Bytes") -> None:
        """`data` is the encoded map. Raises DecodeError; UnsupportedError for another version or digest."""
        fields = cbor_open.fields(data, limits_mdoc.RESPONSE_ITEMS_MAX)
        if not _text(fields, "version").startswith("1."):
            raise UnsupportedError("MSO version")
        algorithm = _text(fields, "digestAlgorithm")
        if algorithm not in HASHES:
            raise UnsupportedError("digest algorithm")
        self._hash = HASHES[algorithm]
        self.doc_type = _text(fields, "docType")
        key_info = cbor_open.fields(
            _required(fields, "deviceKeyInfo"), limits_mdoc.RESPONSE_ITEMS_MAX
        )
        self.device_key = cose_key.public_key(_decoded(_required(key_info, "deviceKey")))
        self._authorizations = key_info.get("keyAuthorizations")
        validity = cbor_open.fields(_required(fields, "validityInfo"))
        self.issued_at = _time(validity, "signed")
        self.not_before = _time(validity, "validFrom")
        self.expires = _time(validity, "validUntil")
        self.status_list: tuple[str, int] | None = None
        self.identifier_list: tuple[str, bytes] | None = None
        self.has_status = "status" in fields
        if self.has_status:
            self._read_status(_decoded(fields["status"]))
        self._digests = cbor_open.fields(
            _required(fields, "valueDigests"), limits_mdoc.RESPONSE_ITEMS_MAX
        )

    def digests(self, name_space: object) -> "Digests":
        """The Digests of that name space. Raises UntrustedError if the issuer signed no such name space."""
        if name_space not in self._digests:
            raise UntrustedError("name space that the issuer did not sign")
        return Digests(self._digests[name_space], self._hash)

    def authorizes(self, name_space: object, identifier: object) -> bool:
        """True if the device's key may sign that element (section 9.1.2.4, keyAuthorizations)."""
        if self._authorizations is None:
            return False
        rules = _decoded(self._authorizations)
        if not isinstance(rules, dict):
            raise DecodeError("key authorizations are not a map")
        elements = rules.get("dataElements", {})
        if not isinstance(elements, dict):
            raise DecodeError("key authorizations are not a map")
        return name_space in _list(rules.get("nameSpaces", [])) or identifier in _list(
            elements.get(name_space, [])
        )

    def _read_status(self, status: object) -> None:
        # Token Status List, section "Referenced Token in COSE", and ISO/IEC 18013-5 for identifier lists.
        if not isinstance(status, dict):
            raise DecodeError("status is not a map")
        if "status_list" in status:
            entry = _map(status["status_list"])
            index = cwt.numeric_date(entry, "idx")
            if index > limits.STATUS_INDEX_MAX:
                raise DecodeError("status index too large")
            self.status_list = (cwt.text(entry, "uri", limits.URI_MAX), index)
        if "identifier_list" in status:
            entry = _map(status["identifier_list"])
            identifier = entry.get("id")
            if (
                not cwt.is_bytes(identifier)
                or not 0 < len(identifier) <= limits_mdoc.IDENTIFIER_MAX
            ):
                raise DecodeError("identifier of an identifier list")
            self.identifier_list = (cwt.text(entry, "uri", limits.URI_MAX), bytes(identifier))


class Digests:
    """The digests of one name space, each for one element."""

    def __init__(self, data: "Bytes", hash: tuple) -> None:
        """`data` is the encoded map; `hash` one of HASHES. Raises DecodeError."""
        self._hasher, self._size = hash
        most = limits_mdoc.RESPONSE_ITEMS_MAX
        self._digests = cbor_open.fields(
            data, most, most
        )  # signed: so many, as documents have elements
        self._taken: set = set()

    def take(self, number: object, element: "Bytes") -> bool:
        """True if `element` (encoded, with its tag 24) has digest `number`. A number may be taken once.

        Raises DecodeError for a number taken before, UntrustedError for one that the issuer did not sign.
        """
        if isinstance(number, bool) or not isinstance(number, int):
            raise DecodeError("digest ID is not a number")
        if number in self._taken:
            raise DecodeError("digest ID twice")
        self._taken.add(number)
        digest = self._digests.get(number)
        if digest is None:
            raise UntrustedError("digest ID that the issuer did not sign")
        value = cbor.decode(digest)
        if not cwt.is_bytes(value) or len(value) != self._size:
            raise DecodeError("digest is not %d bytes" % self._size)
        return self._hasher(element).digest() == bytes(value)


def _required(fields: "dict[object, Slice]", key: str) -> "Slice":
    if key not in fields:
        raise DecodeError("MSO without a field that it has to have")
    return fields[key]


def _decoded(data: "Encoded") -> object:
    return cbor.decode(data, deterministic=False)


def _text(fields: "dict[object, Slice]", key: str) -> str:
    value = _decoded(_required(fields, key))
    if not isinstance(value, str):
        raise DecodeError("field of the MSO is not text")
    return value


def _map(value: object) -> "Map":
    if not isinstance(value, dict):
        raise DecodeError("status is not a map")
    return value


def _list(value: object) -> list:
    if not isinstance(value, list):
        raise DecodeError("key authorizations are not lists")
    return value


def _time(fields: "dict[object, Slice]", key: str) -> int:
    seconds = tdate.seconds(_decoded(_required(fields, key)))
    if seconds is None or seconds < 0:
        raise DecodeError("validity is not a tdate")
    return seconds
