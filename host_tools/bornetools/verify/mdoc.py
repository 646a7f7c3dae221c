"""`borne verify --format mdoc`: the files of an mdoc's session, laid out for the firmware's verifier."""

import json
from collections.abc import Iterable
from pathlib import Path

import cbor2
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from borne import limits_mdoc
from borne.crypto import comb
from borne.errors import DecodeError
from borne.token.key_set import KeySet
from borne.trust import kinds
from bornetools import files, x5chain
from bornetools.errors import UserError
from bornetools.publisher import roots
from bornetools.verify.token import list_name

_ENCODED = 24  # tag
_COSE_CRV, _COSE_D, _P256 = -1, -4, 1  # RFC 9053 section 7.1.1
# Exceptions of cbor2 on data that is not CBOR; beside its own, those of values inside tags.
_NOT_CBOR = (cbor2.CBORError, ValueError, TypeError, ArithmeticError)
_SCALAR = 32


def prepare(
    folder: Path,
    response: str,
    transcript: str,
    iaca: Iterable[str],
    keys: str | None,
    status: Iterable[str],
    reader_key: str | None,
    at: int,
    time_zone: str,
) -> None:
    """Writes the input of `verify_files.verify_folder` to `folder`; `iaca` and `status` are lists of paths,
    `keys` and `reader_key` paths or None. Raises UserError."""
    trust = folder / "trust"
    (trust / "status").mkdir(parents=True)
    entries = [{1: one} for path in iaca for one in roots.certificates(path)]
    if len(entries) > limits_mdoc.ROOTS_MAX:
        raise UserError(f"{len(entries)} roots: at most {limits_mdoc.ROOTS_MAX} are looked at")
    (trust / kinds.ROOTS.name).write_bytes(cbor2.dumps(entries))
    if keys:
        key_set = files.read_binary_or_hex(keys, "key set")
        try:
            KeySet.decode(key_set)
        except DecodeError as error:
            raise UserError(f"{keys}: not a COSE key set: {error.reason}") from error
        (trust / kinds.KEYS.name).write_bytes(key_set)
    for number, path in enumerate(status):
        data = files.read_binary_or_hex(path, "status list")
        try:
            x5chain.read(data, "status list")
        except UserError as error:
            raise UserError(f"{path}: {error.message}") from error
        (trust / list_name(number)).write_bytes(data)
    answer = files.read_binary_or_hex(response, "DeviceResponse")
    private = private_scalar(reader_key) if reader_key else None
    if private is None and _has_mac(answer):
        raise UserError(f"{response}: authenticated by MAC: that needs --reader-private-key")
    (folder / "response.bin").write_bytes(answer)
    (folder / "transcript.bin").write_bytes(_transcript(transcript))
    reader = f"{private:064x}" if private else None
    request = {"format": "mdoc", "at": at, "time_zone": time_zone, "reader_key": reader}
    (folder / "request.json").write_text(json.dumps(request))


def _has_mac(answer: bytes) -> bool:
    """Whether a document in the DeviceResponse is authenticated by MAC; False if `answer` is none."""
    try:
        documents = cbor2.loads(answer)["documents"]
        return any("deviceMac" in one["deviceSigned"]["deviceAuth"] for one in documents)
    except (*_NOT_CBOR, KeyError):
        return False


def private_scalar(path: str) -> int:
    """A P-256 private key: PEM, DER, a COSE_Key, or its 32 bytes. Raises UserError."""
    private = _scalar(path)
    if not 0 < private < comb.N:
        raise UserError(f"{path}: not a P-256 private key")
    return private


def _scalar(path: str) -> int:
    data = files.read_binary_or_hex(path, "private key")
    if len(data) == _SCALAR:
        return int.from_bytes(data, "big")
    try:
        loaded = cbor2.loads(data)
        if isinstance(loaded, dict) and isinstance(loaded.get(_COSE_D), bytes):
            if loaded.get(_COSE_CRV, _P256) != _P256:
                raise UserError(f"{path}: not a P-256 private key")
            return int.from_bytes(loaded[_COSE_D], "big")
    except _NOT_CBOR:
        pass  # not CBOR: another format
    pem = data.lstrip().startswith(b"-----")
    load = serialization.load_pem_private_key if pem else serialization.load_der_private_key
    try:
        key = load(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UserError(f"{path}: not an unencrypted private key") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise UserError(f"{path}: not a P-256 private key")
    return key.private_numbers().private_value


def _transcript(path: str) -> bytes:
    """The SessionTranscript in a file, bare or in tag 24 (SessionTranscriptBytes). Raises UserError."""
    data = files.read_binary_or_hex(path, "session transcript")
    try:
        loaded = cbor2.loads(data)
        if isinstance(loaded, cbor2.CBORTag) and loaded.tag == _ENCODED:
            data = loaded.value
            loaded = cbor2.loads(data)
    except _NOT_CBOR:
        raise UserError(f"{path}: not CBOR, so no session transcript") from None
    if not isinstance(loaded, list) or len(loaded) != 3:
        raise UserError(f"{path}: not a session transcript, which is an array of three")
    return data
