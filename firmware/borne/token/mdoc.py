"""A DeviceResponse (ISO/IEC 18013-5 section 8.3.2.1.2.2) and the documents in it.

This module checks the shape only. borne.verify.mdoc_credential checks the issuer, the phone, and whether
a document is valid today. Signed and hashed parts are kept unchanged: slices of the response.

Unsigned parts are read strictly: heads in their shortest form, no unknown field, errors for requested names
only, no bytes after the end. Header parameters other than x5chain are ignored, whatever their values, except
those that have to be signed. So each byte of a response counts, is refused, or is ignored.
"""

from micropython import const

from borne import limits_mdoc
from borne.errors import DecodeError, UnsupportedError, UntrustedError
from borne.token import attributes, cbor, cbor_open, cose, cwt
from borne.token.mso import Mso

if False:  # for types only
    from typing import Any, Container, Iterator

    from borne.crypto.ecdh import KeyPair
    from borne.protocols import Bytes, Encoded, Map, Slice

_TAG_ENCODED = const(24)  # RFC 8949 section 3.4.5.1
_HEADER_X5CHAIN = const(33)  # RFC 9360 section 2
_HMAC_256 = const(5)  # RFC 9053 section 3.1
_MAC_SIZE = const(32)
_BYTES = const(2)

_RESPONSE = const(("version", "documents", "documentErrors", "status"))
_DOCUMENT = const(("docType", "issuerSigned", "deviceSigned", "errors"))


class Response:
    """`status` int (0: OK) and `documents`, a list of Document, perhaps empty."""

    def __init__(self, data: "Bytes") -> None:
        """Raises DecodeError, or UnsupportedError for another version or algorithm."""
        if len(data) > limits_mdoc.RESPONSE_MAX:
            raise DecodeError("response too large")
        fields = _fields(data, _RESPONSE)
        version = cbor.decode(_required(fields, "version"))
        # The type is checked, too: MicroPython compares the bytes of a memoryview with those of text.
        if not isinstance(version, str) or version != "1.0":
            raise UnsupportedError("response's version")
        status = cbor.decode(_required(fields, "status"))
        if isinstance(status, bool) or not isinstance(status, int):
            raise DecodeError("response's status is not a number")
        self.status = status
        documents = (
            cbor_open.parts(fields["documents"], limits_mdoc.RESPONSE_ITEMS_MAX)
            if "documents" in fields
            else []
        )
        if len(documents) > limits_mdoc.DOCUMENTS_MAX:
            raise DecodeError("too many documents")
        for error in (
            cbor_open.parts(fields["documentErrors"]) if "documentErrors" in fields else ()
        ):
            _check_errors(cbor.decode(error, deterministic=False), attributes.DOC_TYPES)
        self.documents = [Document(one) for one in documents]


class Document:
    """`doc_type` str, `issuer_auth` Sign1 (not yet verified), `chain` (list of certificates in DER), `mso`
    Mso. The verifier sets `root_name` (str or None) and `root_id` (bytes, the digest of the root's key)."""

    root_name: str | None = None
    root_id: bytes | None = None

    def __init__(self, data: "Bytes") -> None:
        fields = _fields(data, _DOCUMENT)
        doc_type = cbor.decode(_required(fields, "docType"))
        if not isinstance(doc_type, str):
            raise DecodeError("document type is not text")
        self.doc_type = doc_type
        issuer = _fields(_required(fields, "issuerSigned"), ("nameSpaces", "issuerAuth"))
        self._name_spaces = issuer.get("nameSpaces", b"\xa0")
        self.issuer_auth = _message(_required(issuer, "issuerAuth"))
        cose.require_known(self.issuer_auth)
        self.chain = _chain(self.issuer_auth)
        if self.issuer_auth.payload is None:
            raise DecodeError("issuerAuth without a payload")
        self.mso = Mso(_encoded(self.issuer_auth.payload))
        device = _fields(_required(fields, "deviceSigned"), ("nameSpaces", "deviceAuth"))
        self._device_name_spaces = _required(device, "nameSpaces")
        self._authenticate(_required(device, "deviceAuth"))
        if "errors" in fields:
            errors = _map(cbor.decode(fields["errors"], deterministic=False))
            for name_space in errors:
                if name_space != self.doc_type:
                    raise UnsupportedError("error of a name space that was not asked for")
                _check_errors(errors[name_space], attributes.asked(self.doc_type))

    def elements(self) -> "Iterator[tuple[object, str, Bytes]]":
        """Yields (name space, identifier, encoded value) of each element that is returned.

        Raises DecodeError for an element that comes twice, UntrustedError for an element that differs from
        the signed one.
        """
        count = 0
        name_spaces = cbor_open.fields(self._name_spaces, limits_mdoc.RESPONSE_ITEMS_MAX)
        for name_space, items in name_spaces.items():
            digests = self.mso.digests(name_space)
            seen: set = set()
            returned = cbor_open.parts(
                items, limits_mdoc.RESPONSE_ITEMS_MAX, limits_mdoc.ELEMENTS_MAX
            )
            if not returned:
                raise DecodeError("name space without elements")
            for item in returned:
                count += 1
                if count > limits_mdoc.ELEMENTS_MAX:
                    raise DecodeError("too many elements")
                # IssuerSignedItem: section 8.3.2.1.2.2
                fields = cbor_open.fields(_encoded(item))
                if not digests.take(cbor.decode(_required(fields, "digestID")), item):
                    raise UntrustedError("element is not what the issuer signed")
                identifier = cbor.decode(_required(fields, "elementIdentifier"))
                if not isinstance(identifier, str) or identifier in seen:
                    raise DecodeError("element identifier is not text, or twice")
                seen.add(identifier)
                yield name_space, identifier, _required(fields, "elementValue")

    def check_device_signed(self) -> None:
        """Raises DecodeError if the device signed an element that its key is not authorized for."""
        name_spaces = cbor_open.fields(_encoded(self._device_name_spaces))
        for name_space, items in name_spaces.items():
            for identifier in cbor_open.fields(items):
                if not self.mso.authorizes(name_space, identifier):
                    raise DecodeError("element that the device's key is not authorized for")

    def is_of_device(self, transcript: bytes, reader_key: "KeyPair | None") -> bool:
        """True if the device whose key the issuer signed has answered in this session (section 9.1.3).

        `transcript` is the encoded SessionTranscript; `reader_key` has `shared(x, y)`, 32 bytes, for a MAC.
        """
        payload = self._device_authentication(transcript)
        if self._signature is not None:
            return self._signature.verify(self.mso.device_key, payload)
        if reader_key is None or self._mac is None:
            return False
        from borne.crypto.hmac import hmac
        from borne.token.mdoc_session import emac_key

        # MAC_structure: RFC 9052 section 6.3
        device_key = self.mso.device_key
        protected, expected = self._mac.protected_raw, self._mac.signature
        tag = hmac(
            emac_key(reader_key.shared(device_key.x, device_key.y), transcript),
            b"\x84\x64MAC0",
            cbor.head(_BYTES, len(protected)),
            protected,
            b"\x40",
            cbor.head(_BYTES, len(payload)),
            payload,
        )
        different = 0  # all bytes are compared: the right tag is secret until now
        for one, other in zip(tag, expected):
            different |= one ^ other
        return different == 0

    def _device_authentication(self, transcript: bytes) -> bytearray:
        """DeviceAuthenticationBytes (section 9.1.3.4)."""
        inner = (
            b"\x84\x74DeviceAuthentication",
            transcript,
            cbor.encode(self.doc_type),
            self._device_name_spaces,
        )
        head = b"\xd8\x18" + cbor.head(_BYTES, sum([len(part) for part in inner]))
        result = bytearray(head)
        for part in inner:
            result += part
        return result

    def _authenticate(self, data: "Bytes") -> None:
        self._signature: cose.Sign1 | None = None
        self._mac: cose.Sign1 | None = None
        auth = _fields(data, ("deviceSignature", "deviceMac"))
        if len(auth) != 1:
            raise DecodeError("device authentication is not one of two")
        for kind in auth:
            message = _message(auth[kind])
            if message.payload is not None:
                raise DecodeError("device authentication with a payload")
            if kind == "deviceSignature":
                cose.require_known(message)
                self._signature = message
                continue
            if message.protected.get(cose.HEADER_ALG) != _HMAC_256 or len(message.protected) != 1:
                raise UnsupportedError("MAC algorithm")
            if len(message.signature) != _MAC_SIZE:
                raise DecodeError("device MAC is not 32 bytes")
            self._mac = message


def _message(data: "Slice") -> cose.Sign1:
    """A COSE_Sign1 or COSE_Mac0. Its unprotected header is opened, not decoded: libraries leave CBOR in it
    that borne.token.cbor refuses."""
    parts = cbor_open.parts(data)
    if len(parts) != 4:
        raise DecodeError("not a COSE_Sign1")
    raw, unprotected, payload, signature = parts
    message = cose.message(
        [
            cbor.decode(raw),
            cbor_open.fields(unprotected),
            cbor.decode(payload),
            cbor.decode(signature),
        ]
    )
    cose.require_protected(message)
    return message


def _chain(message: cose.Sign1) -> "list[Bytes]":
    """The x5chain (RFC 9360 section 2), signer first, as a list. Raises DecodeError."""
    if _HEADER_X5CHAIN not in message.unprotected:
        raise DecodeError("issuerAuth without x5chain")
    chain: "Any" = cbor.decode(message.unprotected[_HEADER_X5CHAIN])
    if not isinstance(chain, list):
        chain = [chain]
    for certificate in chain:
        if not cwt.is_bytes(certificate):
            raise DecodeError("x5chain is not of certificates")
    if not 1 <= len(chain) <= 2:
        raise UnsupportedError("certificate chain")
    return chain


def _fields(data: "Slice", known: "Container[str]") -> "dict[object, Slice]":
    fields = cbor_open.fields(data, limits_mdoc.RESPONSE_ITEMS_MAX)
    for key in fields:
        if key not in known:
            raise UnsupportedError("unknown field in the response")
    return fields


def _required(fields: "dict[object, Slice]", key: str) -> "Slice":
    if key not in fields:
        raise DecodeError("response without a field that it has to have")
    return fields[key]


def _encoded(data: "Encoded") -> bytes | memoryview:
    """The CBOR in an item of tag 24. Raises DecodeError."""
    item = cbor.decode(data)
    if not isinstance(item, cbor.Tag) or item.tag != _TAG_ENCODED or not cwt.is_bytes(item.value):
        raise DecodeError("not an encoded CBOR item")
    return item.value


def _map(value: object) -> "Map":
    if not isinstance(value, dict):
        raise DecodeError("errors are not a map")
    return value


def _check_errors(errors: object, asked: "Container[object]") -> None:
    """Raises DecodeError or UnsupportedError unless `errors` are for names in `asked`. Errors are not signed,
    so only one form is accepted: 0, "data not returned", the only code in the standard."""
    for name, code in _map(errors).items():
        if isinstance(code, bool) or not isinstance(code, int):
            raise DecodeError("error is not a number")
        if name not in asked or code:
            raise UnsupportedError("error that is not for what was asked")
