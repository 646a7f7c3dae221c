"""DeviceEngagement (ISO/IEC 18013-5:2021 section 8.2.1.1): a phone's data about itself before a session.

    {0: version tstr, 1: [cipher suite int, #6.24(bstr .cbor EDeviceKey)], ? 2: [+ retrieval method], ...}

The session's keys depend on the received bytes, so the caller has to keep them.
"""

from micropython import const

from borne import limits_mdoc
from borne.errors import DecodeError, UnsupportedError
from borne.token import cbor, cose_key

if False:  # for types only
    from borne.protocols import Bytes

TAG_ENCODED = 24  # RFC 8949 section 3.4.5.1: a byte string that holds CBOR
_VERSION = const(0)
_SECURITY = const(1)
_METHODS = const(2)
_SUITE = const(1)  # ECDH, HKDF-SHA256, AES-256-GCM, HMAC-SHA256: table 22
_NFC = const(1)  # table 1
_NFC_VERSION = const(1)
_MAX_COMMAND = const(0)
_MAX_RESPONSE = const(1)


class Engagement:
    """`x` and `y` (ints) are EDeviceKey, the phone's ephemeral key. `nfc` is (maximum bytes of data in one
    command, the same for a response), or None if the phone does not name NFC: with NFC engagement the
    carriers are in the handover, and not here."""

    def __init__(self, data: "Bytes") -> None:
        """`data` is the raw DeviceEngagement (bytes-like). Raises DecodeError, or UnsupportedError for
        another version, cipher suite or curve."""
        if len(data) > limits_mdoc.ENGAGEMENT_MAX:
            raise DecodeError("engagement too large")
        fields = cbor.decode(data, deterministic=False, most=limits_mdoc.ENGAGEMENT_ITEMS_MAX)
        if not isinstance(fields, dict):
            raise DecodeError("not a DeviceEngagement")
        version = fields.get(_VERSION)
        if not isinstance(version, str):
            raise DecodeError("not a DeviceEngagement")
        if not version.startswith("1."):  # a minor version adds what can be ignored
            raise UnsupportedError("engagement version")
        security = fields.get(_SECURITY)
        if not isinstance(security, list) or len(security) < 2:
            raise DecodeError("engagement without security")
        if isinstance(security[0], bool) or security[0] != _SUITE:
            raise UnsupportedError("cipher suite")
        self.x, self.y = cose_key.point(encoded(security[1]))
        self.nfc = _nfc(fields.get(_METHODS, []))


def encoded(item: object) -> object:
    """The item that is encoded in a decoded #6.24(bstr). Raises DecodeError."""
    if not isinstance(item, cbor.Tag) or item.tag != TAG_ENCODED:
        raise DecodeError("not encoded CBOR")
    if not isinstance(item.value, (bytes, memoryview)):
        raise DecodeError("not encoded CBOR")
    return cbor.decode(item.value, deterministic=False, most=limits_mdoc.ENGAGEMENT_ITEMS_MAX)


def _nfc(methods: object) -> tuple[int, int] | None:
    if not isinstance(methods, list):
        raise DecodeError("retrieval methods are not a list")
    for method in methods:
        if not isinstance(method, list) or len(method) < 2:
            raise DecodeError("not a retrieval method")
        if isinstance(method[0], bool) or isinstance(method[1], bool):  # True equals 1
            raise DecodeError("not a retrieval method")
        if method[:2] == [_NFC, _NFC_VERSION]:
            options = method[2] if len(method) > 2 else None
            if not isinstance(options, dict):
                raise DecodeError("NFC without its options")
            return _length(options.get(_MAX_COMMAND)), _length(options.get(_MAX_RESPONSE))
    return None


def _length(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise DecodeError("NFC without its lengths")
    if not limits_mdoc.PART_MIN <= value <= limits_mdoc.PART_MAX:
        raise DecodeError("NFC lengths out of range")
    return value
