"""A virtual phone with a wallet that holds mdocs, and presents them by NFC (ISO/IEC 18013-5).

Its session is made of `cryptography` and `cbor2`; it shares no code with the firmware. Its knobs make it
misbehave as real wallets and frauds do.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bornetools.emulator.phones import handset, mdoc_tag
from bornetools.emulator.phones.handset import Handset
from bornetools.issuer import mdoc as mdoc_issuer
from bornetools.issuer.cose import cose_key, new_key

AID = bytes.fromhex("A0000002480400")
ENVELOPE = 0xC3
ENCRYPTION, DECODING, TERMINATION = 10, 11, 20  # status codes of a session
GENERAL_ERROR = 10  # status of a DeviceResponse

_READER, _DEVICE = bytes(8), bytes(7) + b"\1"  # first 8 bytes of a nonce, before the counter
_ENCODED = 24
_DECODE_ERRORS = (cbor2.CBORError, ValueError, TypeError, KeyError, IndexError, AttributeError)

Change = Callable[[bytes], bytes]


class _Refused(Exception):
    """The session ends with `status`."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class _Session:
    reader_key: ec.EllipticCurvePublicKey
    transcript: bytes
    reader: AESGCM
    device: AESGCM


class Wallet(Handset):
    """A phone whose wallet holds `documents`, and no application of the token profile.

    `mac`: the wallet authenticates by MAC. `device_key`: in place of the documents' own, as in a clone.
    `withheld`: element identifiers that the holder does not release; `excess`: identifiers released without a
    request. `readers`: the authorities whose readers alone it answers, by the reader's certificate; None:
    any. `trusts`: as `readers`, but other readers get status 10, and readers without authentication the usual
    answer. `ends_after`: each answer ends the session; else another request may come, and with `deaf` that
    request gets this status word. `ponders`: seconds until the holder has agreed; `locked`: the holder does
    not agree, and the session ends. `ends`: the wallet ends the session with that code. `change_response`,
    `change_data`, `change_envelope`: take and return the bytes of the DeviceResponse before it is encrypted,
    of the SessionData, of the DO'53'. `refuses`: status words by INS. `transfers`: False means that there is
    no application for the transfer. `engagement`: as mdoc_tag.Tag takes it. `pace`: as Handset takes it.

    `requests` are the DeviceRequests of the last session, decoded, and `asked` is the last of them; `ended`:
    whether the reader has ended the session.
    """

    chained = ENVELOPE
    request_max = 8192

    def __init__(
        self,
        documents: Sequence[mdoc_issuer.Mdoc],
        *,
        mac: bool = False,
        device_key: ec.EllipticCurvePrivateKey | None = None,
        withheld: Sequence[str] = (),
        excess: Sequence[str] = (),
        readers: Sequence[x509.Certificate] | None = None,
        trusts: Sequence[x509.Certificate] | None = None,
        ends_after: bool = True,
        deaf: bytes | None = None,
        ponders: float = 0.0,
        locked: bool = False,
        ends: int | None = None,
        change_response: Change | None = None,
        change_data: Change | None = None,
        change_envelope: Change | None = None,
        refuses: dict[int, bytes] | None = None,
        transfers: bool = True,
        engagement: dict[str, Any] | None = None,
        **pace: Any,
    ) -> None:
        self.documents = list(documents)
        self.mac = mac
        self.device_key = device_key
        self.withheld = withheld
        self.excess = list(excess)
        self.readers = readers
        self.trusts = trusts
        self.ends_after = ends_after
        self.deaf = deaf
        self.ponders = ponders
        self.locked = locked
        self.ends = ends
        self.change_response = change_response
        self.change_data = change_data
        self.change_envelope = change_envelope
        self.refuses = refuses or {}
        self.transfers = transfers
        self.engagement = engagement or {}
        self.asked: dict[Any, Any] | None = None
        self.requests: list[dict[Any, Any]] = []
        self.ended = False
        super().__init__(**pace)

    def reset(self) -> None:
        super().reset()
        self._key = new_key()  # EDeviceKey: a new one for each session
        encoded = cbor2.dumps(cose_key(self._key.public_key()))
        self._engagement = cbor2.dumps({0: "1.0", 1: [1, _wrapped(encoded)]})
        self._tag = mdoc_tag.Tag(self._engagement, **self.engagement)
        self._selected = b""
        self._answered_one = False
        self._session: _Session | None = None
        self.ended = False

    def pause(self, command: bytes) -> float:
        request = command[:2] == bytes([0, ENVELOPE]) and not self._answered_one
        return self.slow + (self.ponders if request else 0)

    def refusal(self, ins: int, parameters: bytes) -> bytes | None:
        if ins in self.refuses:
            return self.refuses[ins]
        if ins == handset.SELECT or self._selected == mdoc_tag.AID:
            return None
        return None if self._selected == AID and ins == ENVELOPE else handset.NO_SUCH_INS

    def respond(self, ins: int, parameters: bytes, data: bytes, length: int) -> bytes:
        if ins == handset.SELECT and parameters == handset.BY_NAME:
            self._selected = data if data in ((mdoc_tag.AID, AID)[: 1 + self.transfers]) else b""
            return handset.OK if self._selected else handset.NOT_FOUND
        if self._selected == mdoc_tag.AID:
            return self._tag.respond(ins, parameters, data, length)
        if ins != ENVELOPE or parameters != b"\0\0":
            return handset.WRONG_P1_P2
        message = _opened(data)
        if message is None or self._tag.handover is None:
            return handset.WRONG_DATA
        if self.deaf is not None and self._session:
            return self.deaf
        answer = self._answer(message)
        if answer is None:
            return handset.OK
        self._answered_one = True
        envelope = _do(answer)
        if self.change_envelope:
            envelope = self.change_envelope(envelope)
        return self.deliver(envelope, length)

    def _answer(self, message: bytes) -> bytes | None:
        """The SessionData that answers a message; None for one that ends the session."""
        try:
            fields = cbor2.loads(message)
            if "status" in fields and "data" not in fields:
                self.ended = True
                return None
            answer: dict[str, Any] = {"data": self._present(fields)}
            if self.ends_after:
                answer["status"] = TERMINATION
            data = cbor2.dumps(answer)
        except _Refused as refused:
            data = cbor2.dumps({"status": refused.status})
        except InvalidTag:
            data = cbor2.dumps({"status": ENCRYPTION})
        except _DECODE_ERRORS:
            data = cbor2.dumps({"status": DECODING})
        return self.change_data(data) if self.change_data else data

    def _established(self, reader: bytes) -> _Session:
        """The session with the reader whose encoded COSE_Key is `reader`."""
        wrapped = _wrapped(reader)
        transcript = cbor2.dumps([_wrapped(self._engagement), wrapped, self._tag.handover])
        reader_key = _public_key(cbor2.loads(reader))
        secret = self._key.exchange(ec.ECDH(), reader_key)
        salt = hashlib.sha256(cbor2.dumps(_wrapped(transcript))).digest()
        sk_reader, sk_device = (
            HKDF(hashes.SHA256(), 32, salt, info).derive(secret)
            for info in (b"SKReader", b"SKDevice")
        )
        return _Session(reader_key, transcript, AESGCM(sk_reader), AESGCM(sk_device))

    def _present(self, message: dict[Any, Any]) -> bytes:
        """The encrypted DeviceResponse to a SessionEstablishment, or to a SessionData after it."""
        session = self._session
        if session is None:
            session = self._session = self._established(message["eReaderKey"].value)
            self.requests = []
        counter = (len(self.requests) + 1).to_bytes(4, "big")
        self.asked = cbor2.loads(session.reader.decrypt(_READER + counter, message["data"], None))
        self.requests.append(self.asked)
        if self.ends is not None or self.locked:
            raise _Refused(TERMINATION if self.ends is None else self.ends)
        response = self._response(self.asked, session)
        if self.change_response:
            response = self.change_response(response)
        return session.device.encrypt(_DEVICE + counter, response, None)

    def _response(self, request: dict[Any, Any], session: _Session) -> bytes:
        if self.trusts is not None and not all(
            "readerAuth" not in one or self._knows(one, session.transcript, self.trusts)
            for one in request["docRequests"]
        ):
            return cbor2.dumps({"version": "1.0", "status": GENERAL_ERROR})
        shown = self._agreed(request, session.transcript)
        return mdoc_issuer.device_response(
            [one for one in self.documents if shown.get(one.doc_type)],
            session.transcript,
            shown=shown,
            reader_key=session.reader_key if self.mac else None,
            device_key=self.device_key,
        )

    def _agreed(self, request: dict[Any, Any], transcript: bytes) -> dict[str, Iterable[str]]:
        """The identifiers of the released elements, by document type."""
        shown: dict[str, Iterable[str]] = {}
        for one in request["docRequests"]:
            items = cbor2.loads(one["itemsRequest"].value)
            if self.readers is not None and not self._knows(one, transcript, self.readers):
                raise _Refused(TERMINATION)
            shown[items["docType"]] = self.excess + [
                identifier
                for elements in items["nameSpaces"].values()
                for identifier in elements
                if identifier not in self.withheld
            ]
        return shown

    def _knows(
        self, request: dict[Any, Any], transcript: bytes, readers: Sequence[x509.Certificate]
    ) -> bool:
        """Whether the document request is of a reader whose certificate one of `readers` has issued."""
        if "readerAuth" not in request:
            return False
        protected, unprotected, _, signature = request["readerAuth"]
        chain = unprotected[mdoc_issuer.X5CHAIN]
        certificate = x509.load_der_x509_certificate(
            chain if isinstance(chain, bytes) else chain[0]
        )
        items = cbor2.dumps(request["itemsRequest"])
        payload = b"\x83" + cbor2.dumps("ReaderAuthentication") + transcript + items
        signed = cbor2.dumps(["Signature1", protected, b"", cbor2.dumps(_wrapped(payload))])
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        key = certificate.public_key()
        try:
            if not isinstance(key, ec.EllipticCurvePublicKey):
                return False
            key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return any(_issued(authority, certificate) for authority in readers)


def _issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _public_key(key: dict[Any, Any]) -> ec.EllipticCurvePublicKey:
    x, y = (int.from_bytes(key[label], "big") for label in (-2, -3))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _do(data: bytes) -> bytes:
    """The DO'53' of `data`: tag, length of BER-TLV, value."""
    size = len(data)
    if size < 0x80:
        return bytes([0x53, size]) + data
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x53, 0x80 | len(length)]) + length + data


def _opened(data: bytes) -> bytes | None:
    """The value of a DO'53', or None if `data` is none."""
    if len(data) < 2 or data[0] != 0x53:
        return None
    begin = 2 if data[1] < 0x80 else 2 + (data[1] & 0x7F)
    size = data[1] if data[1] < 0x80 else int.from_bytes(data[2:begin], "big")
    return data[begin:] if size == len(data) - begin else None


def _wrapped(encoded: bytes) -> cbor2.CBORTag:
    return cbor2.CBORTag(_ENCODED, encoded)
