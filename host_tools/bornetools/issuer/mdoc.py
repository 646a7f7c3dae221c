"""Issuers of mdocs for tests and the demo: IACA, document signer, documents, and a wallet's DeviceResponse.

Built on cbor2 and cryptography, without code of the firmware. Violations of ISO/IEC 18013-5 by an issuer or
a wallet can be requested. Parameters make the foreseen ones (another key, other validity), `change` all
others: it gets the finished structure before signing or encoding, and returns the replacement.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from bornetools.issuer.cose import cose_key, new_key
from bornetools.times import DAY

T = TypeVar("T")

HCOV, EHIC, PID = "borne.hcov.1", "eu.europa.ec.eudi.ehic.1", "eu.europa.ec.eudi.pid.1"
MDL_DS = ObjectIdentifier("1.0.18013.5.1.2")  # extended key usage: Annex B.1.4
ES256, HMAC_256, TYP, X5CHAIN = -7, 5, 16, 33
_FULL_DATE, _TDATE, _ENCODED = 1004, 0, 24
_DATES = ("birth_date", "issuance_date", "expiry_date")  # full-dates of the EU's documents

PrivateKey = ec.EllipticCurvePrivateKey
Change = Callable[[Any], Any]
Extension = tuple[x509.ExtensionType, bool]  # (extension, whether critical)


def unchanged(structure: T) -> T:
    return structure


@dataclass(frozen=True)
class Authority:
    """A key and its certificate: that of an IACA or of a document signer."""

    key: PrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def iaca(
    now: int, *, name: str = "Utopia IACA", days: int = 3650, change: Change = unchanged
) -> Authority:
    """A root after Annex B.1.2. `change` gets its dict of extensions by name."""
    key = new_key()
    extensions = {
        "basic": (x509.BasicConstraints(ca=True, path_length=0), True),
        "usage": (key_usage(key_cert_sign=True, crl_sign=True), True),
        "ski": (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    }
    return _certified(name, name, key, key, now, days, change(extensions))


def document_signer(
    root: Authority,
    now: int,
    *,
    name: str = "Utopia DS",
    days: int = 365,
    change: Change = unchanged,
    **built: Any,
) -> Authority:
    """A document signer after Annex B.1.4."""
    key = new_key()
    extensions = {
        "aki": (x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key()), False),
        "ski": (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        "usage": (key_usage(digital_signature=True), True),
        "purpose": (x509.ExtendedKeyUsage([MDL_DS]), True),
        "names": (x509.IssuerAlternativeName([x509.RFC822Name("iaca@example.org")]), False),
    }
    issuer = root.certificate.subject
    return _certified(name, issuer, key, root.key, now, days, change(extensions), **built)


def key_usage(**used: bool) -> x509.KeyUsage:
    names = "digital_signature content_commitment key_encipherment data_encipherment key_agreement"
    names += " key_cert_sign crl_sign encipher_only decipher_only"
    return x509.KeyUsage(**{name: used.get(name, False) for name in names.split()})


def _certified(
    name: str,
    issuer: str | x509.Name,
    key: PrivateKey,
    signing_key: PrivateKey,
    now: int,
    days: int,
    extensions: dict[str, Extension],
    *,
    public_key: Any = None,
    digest: Any = None,
) -> Authority:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(public_key or key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_moment(now))
        .not_valid_after(_moment(now + days * DAY))
    )
    for extension, critical in extensions.values():
        builder = builder.add_extension(extension, critical)
    return Authority(key, builder.sign(signing_key, digest or hashes.SHA256()))


def _name(name: str | x509.Name) -> x509.Name:
    if isinstance(name, x509.Name):
        return name
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "UT")
    return x509.Name([country, x509.NameAttribute(NameOID.COMMON_NAME, name)])


@dataclass
class Mdoc:
    """A document in a wallet: `name_spaces` has the encoded IssuerSignedItems (bytes) by name space and
    element identifier; `issuer_auth` is a COSE_Sign1 array."""

    doc_type: str
    name_spaces: dict[str, dict[str, bytes]]
    issuer_auth: list[Any]
    device_key: PrivateKey


def issue(
    signer: Authority,
    doc_type: str,
    elements: dict[str, dict[str, Any]],
    signed_at: int,
    *,
    device_key: PrivateKey | None = None,
    days: int = 30,
    valid_from: int | None = None,
    status: dict[str, Any] | None = None,
    chain: Iterable[bytes] | None = None,
    change_item: Change = unchanged,
    change_mso: Change = unchanged,
    change_header: Change = unchanged,
) -> Mdoc:
    """A document with these `elements` by name space. `status` is the MSO's; `chain` the x5chain (DER)."""
    device_key = device_key or new_key()
    name_spaces: dict[str, dict[str, bytes]] = {}
    digests: dict[str, dict[int, bytes]] = {}
    number = 0
    for name_space, values in elements.items():
        name_spaces[name_space], digests[name_space] = {}, {}
        for identifier, value in values.items():
            item = {
                "digestID": number,
                "random": secrets.token_bytes(24),
                "elementIdentifier": identifier,
                "elementValue": _dated(identifier, value),
            }
            encoded = cbor2.dumps(change_item(item))
            name_spaces[name_space][identifier] = encoded
            digests[name_space][number] = hashlib.sha256(cbor2.dumps(_wrapped(encoded))).digest()
            number += 1
    mso = {
        "version": "1.0",
        "digestAlgorithm": "SHA-256",
        "valueDigests": digests,
        "deviceKeyInfo": {"deviceKey": cose_key(device_key.public_key())},
        "docType": doc_type,
        "validityInfo": {
            "signed": tdate(signed_at),
            "validFrom": tdate(signed_at if valid_from is None else valid_from),
            "validUntil": tdate(signed_at + days * DAY),
        },
    }
    if status is not None:
        mso["status"] = status
    certificates = [signer.der] if chain is None else list(chain)
    header = {X5CHAIN: certificates[0] if len(certificates) == 1 else certificates}
    payload = cbor2.dumps(_wrapped(cbor2.dumps(change_mso(mso))))
    auth = sign1(signer.key, payload, unprotected=change_header(header))
    return Mdoc(doc_type, name_spaces, auth, device_key)


def device_response(
    documents: Iterable[Mdoc],
    transcript: bytes,
    *,
    shown: dict[str, Iterable[str]] | None = None,
    reader_key: ec.EllipticCurvePublicKey | None = None,
    device_key: PrivateKey | None = None,
    device_signed: dict[str, dict[str, Any]] | None = None,
    change: Change = unchanged,
) -> bytes:
    """A wallet's DeviceResponse in the session of `transcript`, an encoded SessionTranscript.

    `shown` are the identifiers of elements by document type (None: all). With `reader_key` the device
    authenticates by MAC. `device_key` replaces the documents' own keys. `device_signed` are elements stated
    by the device itself, by name space.
    """
    answered = []
    for mdoc in documents:
        wanted = None if shown is None else set(shown.get(mdoc.doc_type, ()))
        name_spaces = {
            name_space: [
                _wrapped(item)
                for identifier, item in items.items()
                if wanted is None or identifier in wanted
            ]
            for name_space, items in mdoc.name_spaces.items()
        }
        stated = _wrapped(cbor2.dumps(device_signed or {}))
        payload = device_authentication(transcript, mdoc.doc_type, stated)
        key = device_key or mdoc.device_key
        if reader_key is None:
            auth = {"deviceSignature": sign1(key, payload, detached=True)}
        else:
            auth = {"deviceMac": mac0(emac_key(key, reader_key, transcript), payload)}
        answered.append(
            {
                "docType": mdoc.doc_type,
                "issuerSigned": {"nameSpaces": name_spaces, "issuerAuth": mdoc.issuer_auth},
                "deviceSigned": {"nameSpaces": stated, "deviceAuth": auth},
            }
        )
    return cbor2.dumps(change({"version": "1.0", "documents": answered, "status": 0}))


def device_authentication(transcript: bytes, doc_type: str, stated: cbor2.CBORTag) -> bytes:
    """DeviceAuthenticationBytes: ISO/IEC 18013-5 section 9.1.3.4."""
    head = b"\x84" + cbor2.dumps("DeviceAuthentication")
    parts = head + transcript + cbor2.dumps(doc_type) + cbor2.dumps(stated)
    return cbor2.dumps(_wrapped(parts))


def emac_key(private: PrivateKey, public: ec.EllipticCurvePublicKey, transcript: bytes) -> bytes:
    """EMacKey: section 9.1.3.5."""
    salt = hashlib.sha256(cbor2.dumps(_wrapped(transcript))).digest()
    kdf = HKDF(hashes.SHA256(), 32, salt, b"EMacKey")
    return kdf.derive(private.exchange(ec.ECDH(), public))


def identifier_list(
    signer: Authority,
    uri: str,
    revoked: Iterable[bytes],
    at: int,
    *,
    expires: int | None = None,
    change: Change = unchanged,
) -> bytes:
    """An identifier list (CWT) after section 12.3.6 of the second edition; `change` gets its claims."""
    claims = {2: uri, 6: at, 65530: {"identifiers": {one: {} for one in revoked}}}
    if expires is not None:
        claims[4] = expires
    return revocation_list(signer, "application/identifierlist+cwt", change(claims))


def revocation_list(
    signer: Authority, typ: str, claims: Any, *, chain: Any = None, unprotected: Any = None
) -> bytes:
    """A list (CWT) with its signer's certificate in the protected header, or `chain` as x5chain."""
    header = {TYP: typ, X5CHAIN: signer.der if chain is None else chain}
    signed = sign1(signer.key, cbor2.dumps(claims), protected=header, unprotected=unprotected)
    return cbor2.dumps(cbor2.CBORTag(18, signed))


def sign1(
    key: PrivateKey,
    payload: bytes,
    *,
    protected: dict[int, Any] | None = None,
    unprotected: dict[int, Any] | None = None,
    detached: bool = False,
) -> list[Any]:
    """A COSE_Sign1 array with ES256 (RFC 9052 section 4.2), untagged as in ISO/IEC 18013-5."""
    header = cbor2.dumps({1: ES256, **(protected or {})})
    to_sign = cbor2.dumps(["Signature1", header, b"", payload])
    r, s = decode_dss_signature(key.sign(to_sign, ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return [header, unprotected or {}, None if detached else payload, signature]


def mac0(key: bytes, payload: bytes) -> list[Any]:
    """A COSE_Mac0 array with HMAC 256/256 and detached payload (RFC 9052 section 6.2)."""
    protected = cbor2.dumps({1: HMAC_256})
    to_mac = cbor2.dumps(["MAC0", protected, b"", payload])
    return [protected, {}, None, hmac.digest(key, to_mac, "sha256")]


def session_transcript(reader_key: ec.EllipticCurvePublicKey) -> bytes:
    """A SessionTranscript of NFC handover for tests without a session: its engagement is made up."""
    engagement = cbor2.dumps(
        {0: "1.0", 1: [1, _wrapped(cbor2.dumps(cose_key(new_key().public_key())))]}
    )
    handover = [secrets.token_bytes(60), None]
    reader = cbor2.dumps(cose_key(reader_key))
    return cbor2.dumps([_wrapped(engagement), _wrapped(reader), handover])


def tdate(seconds: int) -> cbor2.CBORTag:
    return cbor2.CBORTag(_TDATE, _moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ"))


def full_date(text: str) -> cbor2.CBORTag:
    return cbor2.CBORTag(_FULL_DATE, text)


def ehic(
    family: str, given: str, birth_date: str, number: str, start: str, end: str
) -> dict[str, Any]:
    """The elements of an EHIC, as in the EU reference issuer."""
    person = {"family_name": family, "given_name": given, "birth_date": birth_date}
    institution = {"institution_id": "01", "institution_name": "CPAM", "country_code": "FR"}
    return {
        EHIC: {
            "subject": person,
            "credential_holder": person,
            "social_security_pin": number,
            "starting_date": start,
            "ending_date": end,
            "document_id": "80250000010000000001",
            "competent_institution": institution,
            "issuance_date": start,
            "expiry_date": end,
            "issuing_authority": "Test authority",
            "issuing_country": "FR",
        }
    }


def pid(family: str, given: str, birth_date: str, number: str | None = None) -> dict[str, Any]:
    """The elements of a PID that are used here, and an unused one."""
    elements = {
        "family_name": family,
        "given_name": given,
        "birth_date": birth_date,
        "nationality": ["FR"],
    }
    if number:
        elements["personal_administrative_number"] = number
    return {PID: elements}


def _dated(identifier: str, value: Any) -> Any:
    """`value`, with the tag of a full-date if `identifier` is one in the EU's documents."""
    if isinstance(value, dict):
        return {key: _dated(key, inner) for key, inner in value.items()}
    if isinstance(value, date):
        value = value.isoformat()
    return full_date(value) if identifier in _DATES and isinstance(value, str) else value


def _wrapped(encoded: bytes) -> cbor2.CBORTag:
    return cbor2.CBORTag(_ENCODED, encoded)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
