"""DeviceRequest (ISO/IEC 18013-5:2021 section 8.3.2.1.2.1), with reader authentication (section 9.1.4)."""

from micropython import const

from borne import limits_mdoc
from borne.crypto.algorithms import ES256
from borne.errors import DecodeError
from borne.token import cbor, cose

if False:  # for types only
    from typing import Sequence

    from borne.protocols import DocRequest
    from borne.provisioned.reader_key import ReaderKey

HEADER_X5CHAIN = 33  # RFC 9360 section 2
_VERSION = const("1.0")
_ENCODED = const(24)  # the tag of encoded CBOR: RFC 8949 section 3.4.5.1
_ARRAY = const(4)
_MAP = const(5)


def encode(
    doc_requests: "list[DocRequest]",
    transcript: bytes = b"",
    reader_key: "ReaderKey | None" = None,
    chain: "Sequence[bytes]" = (),
    into: "memoryview | None" = None,
) -> "bytes | memoryview":
    """The DeviceRequest for `doc_requests`: a list of (docType, {namespace: [(identifier, intent to
    retain)]}).

    With `reader_key`, whose sign(digest) returns 64 bytes, each is signed for the session's `transcript`
    (SessionTranscript, bytes); `chain` is the key's certificates (DER, its own first). `into` is a buffer for
    the result: a signed request may exceed any free piece of the heap. Raises DecodeError if the request is
    too large.
    """
    parts = [b""]
    for doc_type, namespaces in doc_requests:
        items = items_request(doc_type, namespaces)
        request = cbor.head(_MAP, 2 if reader_key else 1) + cbor.encode("itemsRequest") + items
        if reader_key:
            request += cbor.encode("readerAuth") + _reader_auth(
                transcript, items, reader_key, chain
            )
        parts.append(request)
    head = cbor.head(_MAP, 2) + cbor.encode("version") + cbor.encode(_VERSION)
    parts[0] = head + cbor.encode("docRequests") + cbor.head(_ARRAY, len(parts) - 1)
    size = sum([len(part) for part in parts])
    if size > limits_mdoc.REQUEST_MAX:
        raise DecodeError("device request too large")
    if into is None:
        return b"".join(parts)
    at = 0
    for part in parts:
        into[at : at + len(part)] = part
        at += len(part)
    return into[:size]


def items_request(doc_type: str, namespaces: dict[str, list[tuple[str, bool]]]) -> bytes:
    """ItemsRequestBytes: #6.24(bstr .cbor ItemsRequest)."""
    names = {}
    for namespace in namespaces:
        names[namespace] = dict(namespaces[namespace])
    request = cbor.encode({"docType": doc_type, "nameSpaces": names})
    return cbor.encode(cbor.Tag(_ENCODED, request))


def reader_authentication(transcript: bytes, items: bytes) -> bytes:
    """ReaderAuthenticationBytes, which the reader signs: of the SessionTranscript and ItemsRequestBytes."""
    signed = cbor.head(_ARRAY, 3) + cbor.encode("ReaderAuthentication") + bytes(transcript) + items
    return cbor.encode(cbor.Tag(_ENCODED, signed))


def _reader_auth(
    transcript: bytes, items: bytes, reader_key: "ReaderKey", chain: "Sequence[bytes]"
) -> bytes:
    """The COSE_Sign1 with a detached payload: section 9.1.4.4."""
    protected = cbor.encode({cose.HEADER_ALG: ES256.cose})
    certificates = chain[0] if len(chain) == 1 else list(chain)
    message = cose.Sign1({}, protected, {}, None, b"")
    digest = message.digest(reader_authentication(transcript, items))
    return cbor.encode([protected, {HEADER_X5CHAIN: certificates}, None, reader_key.sign(digest)])
