"""X.509 certificates (RFC 5280), strictly: those of ISO/IEC 18013-5:2021 Annex B, and no others.

Only DER is accepted (X.690 section 10): definite lengths in their shortest form, no surplus bytes, no encoded
default values. Refused as not supported: versions other than v3, algorithms and keys that are not in
borne.crypto.algorithms, compressed points, critical extensions that this module does not read. `is_root` and
`is_document_signer` check the use of a certificate.
"""

import hashlib

from micropython import const

from borne import limits_mdoc
from borne.crypto import algorithms, ecdsa_der  # noqa: F401 - in use while certificates are read
from borne.crypto.algorithms import PublicKey
from borne.errors import DecodeError, UnsupportedError
from borne.token import dates
from borne.token.der import Der

if False:  # for types only
    from borne.protocols import Bytes

_BOOLEAN = const(1)
_INTEGER = const(2)
_BITS = const(3)
_OCTETS = const(4)
_UTC_TIME = const(0x17)
_GENERALIZED_TIME = const(0x18)
_SEQUENCE = const(0x30)
_SET = const(0x31)
# Strings: UTF8, Numeric, Printable, Teletex, IA5, Visible, Universal, BMP
_TEXTS = const((0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A, 0x1C, 0x1E))
_VERSION = const(0xA0)  # explicit tags of TBSCertificate
_EXTENSIONS = const(0xA3)
_KEY_ID = const(0x80)  # AuthorityKeyIdentifier's

_SKI = const(b"\x55\x1d\x0e")
_KEY_USAGE = const(b"\x55\x1d\x0f")
_BASIC_CONSTRAINTS = const(b"\x55\x1d\x13")
_AKI = const(b"\x55\x1d\x23")
_EXTENDED_KEY_USAGE = const(b"\x55\x1d\x25")
DIGITAL_SIGNATURE, KEY_CERT_SIGN, CRL_SIGN = const(0x80), const(0x04), const(0x02)
# 1.0.18013.5.1.2 (ISO/IEC 18013-5 Annex B.1.4), and 1.3.130.2.0.0.1.2, with which the EU reference issuer's
# signers are certified instead.
_DOCUMENT_SIGNER = const((b"\x28\x81\x8c\x5d\x05\x01\x02", b"\x2b\x81\x02\x02\x00\x00\x01\x02"))

_SERIAL_MAX = const(20)  # bytes: RFC 5280 section 4.1.2.2
_EXTENSIONS_MAX = const(24)


class Certificate(PublicKey):
    """A decoded certificate, its signature not verified, and the PublicKey in it: `issuer` and `subject`
    (slices, whole Names), `not_before`, `not_after` (unix seconds), `ski`, `aki` (bytes or None),
    `is_ca` bool, `path_length` int or None, `key_usage` (its first eight bits, 0: none stated; their
    names are above), `purposes` (list of OIDs' contents; None: none stated); `usage_critical`,
    `constraints_critical` and `purposes_critical` say whether these extensions are critical."""

    def __init__(self, data: "Bytes") -> None:
        """`data` is a memoryview or bytes. Raises DecodeError, or UnsupportedError."""
        if len(data) > limits_mdoc.CERTIFICATE_MAX:
            raise DecodeError("certificate too large")
        self._encoded = data
        outer = Der(data)
        whole = Der(outer.take(_SEQUENCE))
        outer.end_here()
        self._tbs = whole.whole(_SEQUENCE)
        self._signed_with = bytes(whole.whole(_SEQUENCE))
        signature = whole.take(_BITS)
        whole.end_here()
        rows = [row for row in algorithms.ALGORITHMS if row.x509 == self._signed_with]
        if not rows:
            raise UnsupportedError("certificate's signature algorithm")
        if len(signature) < 1 or signature[0]:
            raise DecodeError("certificate's signature is not whole bytes")
        self._signature = bytes(signature[1:])
        if not [row for row in rows if row.signature(self._signature)]:
            raise DecodeError("certificate's signature")
        self._read(Der(Der(self._tbs).take(_SEQUENCE)))

    def signed_by(self, key: PublicKey) -> bool:
        """True if `key` signed this certificate."""
        if self._signed_with != key.algorithm.x509:
            return False
        signature = key.algorithm.signature(self._signature)
        if signature is None:
            return False
        hasher = key.algorithm.hasher(key, signature)
        hasher.update(self._tbs)
        return key.verify(hasher.digest(), signature)

    def key_digest(self) -> bytes:
        """SHA-256 of the public key (x || y), 32 bytes: the same for all certificates of one CA's key."""
        return hashlib.sha256(self.encoded()).digest()

    def is_encoded(self, data: "Bytes") -> bool:
        """True if `data` (bytes-like) is this very certificate."""
        return bytes(data) == bytes(self._encoded)

    def covers(self, at: int) -> bool:
        """True if `at` (unix seconds) is in its validity period."""
        return self.not_before <= at <= self.not_after

    def _read(self, tbs: Der) -> None:
        # RFC 5280 section 4.1
        if bytes(tbs.take(_VERSION)) != b"\x02\x01\x02":
            raise UnsupportedError("certificate's version")
        serial = tbs.take(_INTEGER)
        if not _is_positive(serial) or len(serial) > _SERIAL_MAX:
            raise DecodeError("certificate's serial number")
        if bytes(tbs.whole(_SEQUENCE)) != self._signed_with:
            raise DecodeError("certificate's two algorithms differ")
        self.issuer = _name(tbs)
        validity = Der(tbs.take(_SEQUENCE))
        self.not_before = _time(validity)
        self.not_after = _time(validity)
        validity.end_here()
        self.subject = _name(tbs)
        super().__init__(*_public_key(tbs.take(_SEQUENCE)))
        self.ski: bytes | None = None
        self.aki: bytes | None = None
        self.path_length: int | None = None
        self.purposes: list[bytes] | None = None
        self.is_ca = self.purposes_critical = False
        self.usage_critical = self.constraints_critical = False
        self.key_usage = 0
        # Unique identifiers, which RFC 5280 says must not be generated, would stand here.
        self._extensions(Der(tbs.take(_EXTENSIONS)))
        tbs.end_here()

    def _extensions(self, outer: Der) -> None:
        listed = Der(outer.take(_SEQUENCE))
        outer.end_here()
        seen: set = set()
        while listed.left():
            extension = Der(listed.take(_SEQUENCE))
            oid = extension.oid()
            critical = extension.left() and extension.next() == _BOOLEAN
            if critical and bytes(extension.take(_BOOLEAN)) != b"\xff":
                raise DecodeError("certificate's BOOLEAN is not DER's true")
            value = Der(extension.take(_OCTETS))
            extension.end_here()
            if oid in seen or len(seen) >= _EXTENSIONS_MAX:
                raise DecodeError("certificate's extension twice, or too many")
            seen.add(oid)
            if oid == _SKI:
                self.ski = bytes(value.take(_OCTETS))
                value.end_here()
            elif oid == _AKI:
                self.aki = _authority(value)
            elif oid == _KEY_USAGE:
                self.key_usage = _usage(value)
                self.usage_critical = bool(critical)
            elif oid == _BASIC_CONSTRAINTS:
                self._constraints(value)
                self.constraints_critical = bool(critical)
            elif oid == _EXTENDED_KEY_USAGE:
                self.purposes = _purposes(value)
                self.purposes_critical = bool(critical)
            elif critical:
                raise UnsupportedError("certificate's critical extension")

    def _constraints(self, value: Der) -> None:
        fields = Der(value.take(_SEQUENCE))
        value.end_here()
        if fields.left() and fields.next() == _BOOLEAN:
            if bytes(fields.take(_BOOLEAN)) != b"\xff":
                raise DecodeError("certificate's BOOLEAN is not DER's true")
            self.is_ca = True
        if fields.left():
            length = fields.take(_INTEGER)
            if len(length) != 1 or length[0] & 0x80 or not self.is_ca:
                raise DecodeError("certificate's path length")
            self.path_length = length[0]
        fields.end_here()


def may_only(certificate: Certificate, usage: int) -> bool:
    """True if the key usage is `usage` alone, and critical."""
    return certificate.usage_critical and certificate.key_usage == usage


def is_root(certificate: Certificate) -> bool:
    """True for an IACA root as in Annex B.1.2: self-issued, a CA for document signers alone."""
    return (
        certificate.is_ca
        and certificate.constraints_critical
        and certificate.path_length == 0
        and may_only(certificate, KEY_CERT_SIGN | CRL_SIGN)
        and certificate.ski is not None
        and bytes(certificate.issuer) == bytes(certificate.subject)
        and certificate.purposes is None
    )


def is_document_signer(certificate: Certificate) -> bool:
    """True for a document signer as in Annex B.1.4, which may sign documents and nothing else."""
    purposes = certificate.purposes or ()
    return (
        not certificate.is_ca
        and may_only(certificate, DIGITAL_SIGNATURE)
        and certificate.purposes_critical
        and len(purposes) == 1
        and purposes[0] in _DOCUMENT_SIGNER
    )


def _time(fields: Der) -> int:
    """Unix seconds of a Time (RFC 5280 section 4.1.2.5): UTCTime up to 2049, then GeneralizedTime."""
    general = fields.next() == _GENERALIZED_TIME
    text = bytes(fields.take(_GENERALIZED_TIME if general else _UTC_TIME))
    if len(text) != (15 if general else 13) or text[-1] != 0x5A:  # Z
        raise DecodeError("certificate's time")
    if not general:
        text = (b"19" if text[:2] >= b"50" else b"20") + text
    elif text[:4] < b"2050":
        raise DecodeError("certificate's time")
    for byte in text[:-1]:
        if not 0x30 <= byte <= 0x39:
            raise DecodeError("certificate's time")
    t = text.decode()
    date, time = t[:4] + "-" + t[4:6] + "-" + t[6:8], t[8:10] + ":" + t[10:12] + ":" + t[12:14]
    seconds = dates.unix_time(date + "T" + time + "Z")
    if seconds is None:
        raise DecodeError("certificate's time")
    return seconds


def _name(fields: Der) -> "Bytes":
    """The Name (RFC 5280 section 4.1.2.4) that begins here, whole."""
    whole = fields.whole(_SEQUENCE)
    parts = Der(Der(whole).take(_SEQUENCE))
    while parts.left():
        attributes = Der(parts.take(_SET))
        last = b""
        while attributes.left() or not last:  # one at least
            encoded = bytes(attributes.whole(_SEQUENCE))
            if encoded < last:  # X.690 section 11.6
                raise DecodeError("certificate's name")
            last = encoded
            attribute = Der(Der(encoded).take(_SEQUENCE))
            attribute.oid()
            kind = attribute.next()
            if kind not in _TEXTS:
                raise DecodeError("certificate's name")
            attribute.take(kind)
            attribute.end_here()
    return whole


def _is_positive(number: "Bytes") -> bool:
    """Whether an INTEGER's contents are in their shortest form and above zero."""
    if not len(number) or number[0] & 0x80:
        return False
    if number[0]:
        return True
    return len(number) > 1 and number[1] & 0x80 != 0


def _public_key(data: "Bytes") -> tuple[algorithms.Ecdsa, int, int]:
    """Algorithm and point of a SubjectPublicKeyInfo's contents: RFC 5480 section 2."""
    info = Der(data)
    algorithm = algorithms.find("spki", bytes(info.whole(_SEQUENCE)))
    if algorithm is None:
        raise UnsupportedError("certificate's key type")
    bits = info.take(_BITS)
    info.end_here()
    head = b"\0" + algorithm.prefix  # no unused bits
    size = len(head) + algorithm.coordinates * algorithm.size
    if len(bits) != size or bytes(bits[: len(head)]) != head:
        raise UnsupportedError("certificate's key is not an uncompressed point")
    point = algorithm.point(bits[len(head) :])
    if point is None:
        raise DecodeError("certificate's key is not on the curve")
    return algorithm, point[0], point[1]


def _authority(value: Der) -> bytes | None:
    fields = Der(value.take(_SEQUENCE))
    value.end_here()
    if not fields.left() or fields.next() != _KEY_ID:
        return None
    return bytes(fields.take(_KEY_ID))  # issuer and serial number may follow: names are compared


def _usage(value: Der) -> int:
    bits = value.take(_BITS)
    value.end_here()
    # X.690 section 11.2: no zero bits at the end. The ninth, decipherOnly, has no use here.
    if (
        len(bits) != 2
        or bits[0] > 7
        or not bits[1]
        or bits[1] & ((2 << bits[0]) - 1) != 1 << bits[0]
    ):
        raise DecodeError("certificate's key usage")
    return bits[1]


def _purposes(value: Der) -> list[bytes]:
    listed = Der(value.take(_SEQUENCE))
    value.end_here()
    found = []
    while listed.left():
        found.append(listed.oid())
    if not found:
        raise DecodeError("certificate's extended key usage")
    return found
