"""`borne verify --format mdoc`: the files of an mdoc's session, laid out for the firmware's verifier."""

import json

import cbor2
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from borne.crypto import p256
from borne.errors import DecodeError
from borne.token import cose_key
from bornetools import files
from bornetools.errors import UserError
from bornetools.publisher.roots import Trusted

_ENCODED = 24  # tag
_COSE_D = -4  # RFC 9053 section 7.1.1
_SCALAR = 32


def prepare(folder, response, transcript, iaca, keys, status, reader_key, at):
    """Lays out what `verify_mdoc_files.verify_folder` reads, in `folder`; `iaca` and `status` are lists of
    paths, `keys` and `reader_key` paths or None. Raises UserError."""
    trust = folder / "trust"
    (trust / "status").mkdir(parents=True)
    entries = [{1: certificate(path)} for path in iaca]
    (trust / "iaca.cbor").write_bytes(cbor2.dumps(entries))
    if keys:
        key_set = files.read_binary_or_hex(keys, "key set")
        try:
            cose_key.key_set(key_set)
        except DecodeError as error:
            raise UserError(f"{keys}: not a COSE key set: {error.reason}") from error
        (trust / "keys.cbor").write_bytes(key_set)
    for number, path in enumerate(status):
        data = files.read_binary_or_hex(path, "status list")
        (trust / "status" / f"{number:04}.cwt").write_bytes(data)
    answer = files.read_binary_or_hex(response, "DeviceResponse")
    private = private_scalar(reader_key) if reader_key else None
    if private is None and b"deviceMac" in answer:
        raise UserError(f"{response}: authenticated by MAC: that needs --reader-private-key")
    (folder / "response.bin").write_bytes(answer)
    (folder / "transcript.bin").write_bytes(_transcript(transcript))
    request = {"at": at, "reader_key": f"{private:064x}" if private else None}
    (folder / "request.json").write_text(json.dumps(request))


def certificate(path) -> bytes:
    """The DER of an IACA root's certificate, in DER or PEM. Raises UserError if terminals do not take it."""
    data = files.read_binary_or_hex(path, "IACA certificate")
    if data.lstrip().startswith(b"-----"):
        try:
            loaded = x509.load_pem_x509_certificate(data)
        except ValueError:
            raise UserError(f"{path}: not a certificate in PEM") from None
        data = loaded.public_bytes(serialization.Encoding.DER)
    Trusted(data, name=str(path)).check()
    return data


def private_scalar(path) -> int:
    """A P-256 private key: PEM, DER, a COSE_Key, or its 32 bytes. Raises UserError."""
    private = _scalar(path)
    if not 0 < private < p256.N:
        raise UserError(f"{path}: not a P-256 private key")
    return private


def _scalar(path) -> int:
    data = files.read_binary_or_hex(path, "private key")
    if len(data) == _SCALAR:
        return int.from_bytes(data, "big")
    try:
        loaded = cbor2.loads(data)
        if isinstance(loaded, dict) and isinstance(loaded.get(_COSE_D), bytes):
            return int.from_bytes(loaded[_COSE_D], "big")
    except (cbor2.CBORError, ValueError, TypeError):
        pass  # not CBOR: one of the others
    pem = data.lstrip().startswith(b"-----")
    load = serialization.load_pem_private_key if pem else serialization.load_der_private_key
    try:
        key = load(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UserError(f"{path}: not an unencrypted private key") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise UserError(f"{path}: not a P-256 private key")
    return key.private_numbers().private_value


def _transcript(path) -> bytes:
    """The SessionTranscript; the file may have it with its tag 24 around, as SessionTranscriptBytes."""
    data = files.read_binary_or_hex(path, "session transcript")
    try:
        loaded = cbor2.loads(data)
    except (cbor2.CBORError, ValueError, TypeError):
        raise UserError(f"{path}: not CBOR, so no session transcript") from None
    if isinstance(loaded, cbor2.CBORTag) and loaded.tag == _ENCODED:
        data = loaded.value
        loaded = cbor2.loads(data) if isinstance(data, bytes) else None
    if not isinstance(loaded, list) or len(loaded) != 3:
        raise UserError(f"{path}: not a session transcript, which is an array of three")
    return data
