"""The issuers' keys that terminals trust: `keys.cbor` of the draft (COSE_KeySet, docs/protocol.md).

Every key names its issuer, so that no issuer can sign for another. Revocation is final.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from borne import limits
from borne.errors import DecodeError
from borne.token import cose_key
from borne.trust import kinds
from bornetools import files
from bornetools.errors import UserError
from bornetools.issuer import claims, cose
from bornetools.issuer.issuer import KEY_ISSUER, KEY_NOT_AFTER, KEY_NOT_BEFORE, KEY_STATE, REVOKED

_KTY, _KID, _ALG, _CRV, _X, _Y = 1, 2, 3, -1, -2, -3
_PUBLISHED = (_KTY, _KID, _ALG, _CRV, _X, _Y, KEY_ISSUER, KEY_NOT_BEFORE, KEY_NOT_AFTER, KEY_STATE)


@dataclass
class Added:
    """The kids (bytes) of new keys and newly revoked keys, and the names of lists dropped with the latter."""

    new: list[bytes] = field(default_factory=list)
    revoked: list[bytes] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


class IssuerKeys:
    """The key set in the file `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[dict[int, Any]]:
        """The COSE_Keys, oldest first. Raises UserError."""
        return _checked(cose.decode(files.read(self.path, "key set"), "key set"), self.path)

    def add(self, keys: list[dict[int, Any]]) -> Added:
        """Adds `keys` (of `load`). A key already present can only become revoked.

        Raises UserError, and changes nothing, if the keys contradict the set or exceed its capacity.
        """
        present = self.read()
        added = Added()
        for key in keys:
            same = [one for one in present if _name(one) == _name(key)]
            if not same:
                present.append(key)
                added.new.append(key[_KID])
            elif any(same[0][label] != key[label] for label in (_X, _Y)):
                raise UserError(f"another key has the kid {key[_KID].hex()} of {key[KEY_ISSUER]}")
            elif key.get(KEY_STATE) == REVOKED != same[0].get(KEY_STATE):
                same[0][KEY_STATE] = REVOKED
                added.revoked.append(key[_KID])
        self._write(present)
        return added

    def revoke(self, kid: bytes, issuer: str | None = None) -> str:
        """Marks the key `kid` revoked: terminals refuse everything signed by it, at any time.

        Returns the issuer's URI. Raises UserError if the key is absent or revoked already, or if several
        issuers have the kid and `issuer` is None.
        """
        keys = self.read()
        found = [key for key in keys if key[_KID] == kid and issuer in (None, key[KEY_ISSUER])]
        if not found:
            raise UserError(f"no key {kid.hex()} in {self.path}")
        if len(found) > 1:
            raise UserError(f"several issuers have a key {kid.hex()}: name one with --issuer")
        if found[0].get(KEY_STATE) == REVOKED:
            raise UserError(f"the key {kid.hex()} is revoked already")
        found[0][KEY_STATE] = REVOKED
        self._write(keys)
        uri: str = found[0][KEY_ISSUER]
        return uri

    def _write(self, keys: list[dict[int, Any]]) -> None:
        data = cose.encode(keys)
        if len(keys) > limits.KEYS_MAX or len(data) > kinds.KEYS.most:
            raise UserError(f"more keys than a terminal holds ({limits.KEYS_MAX})")
        points: dict[bytes, dict[int, Any]] = {}
        for key in keys:
            twin = points.setdefault(key[_X] + key[_Y], key)
            if twin is not key:
                # Terminals refuse a repeated key: a message's kid would choose between its two entries.
                raise UserError(
                    f"{key[_KID].hex()} of {key[KEY_ISSUER]} is the key {twin[_KID].hex()} of"
                    f" {twin[KEY_ISSUER]}: a key is in the set once"
                )
        files.replace(self.path, data)


def load(source: Path, issuer: str | None = None) -> list[dict[int, Any]]:
    """The keys in a COSE_KeySet file, in an issuer's folder, or in a public key's PEM file.

    `issuer` is the URI for keys that name none. Raises UserError if terminals do not
    understand a key, or a key still names no issuer.
    """
    source = Path(source)
    if issuer is not None:
        claims.check_uri(issuer)
    if source.is_dir():
        source = source / kinds.KEYS.name
    data = files.read(source, "key set")
    if data.lstrip().startswith(b"-----"):
        entries: object = [_from_pem(data, source)]
    else:
        entries = cose.decode(data, "key set")
    if not isinstance(entries, list) or not entries:
        raise UserError(f"{source}: not a COSE key set, or an empty one")
    return _checked(entries, source, issuer)


def _from_pem(data: bytes, source: Path) -> dict[int, Any]:
    try:
        key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise UserError(f"{source}: not a public key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise UserError(f"{source}: not a P-256 key")
    return {**cose.cose_key(key), _KID: cose.key_id(key)}


def _checked(entries: object, source: Path, issuer: str | None = None) -> list[dict[int, Any]]:
    """The published parameters of the entries, in the form that terminals read."""
    if not isinstance(entries, list):
        raise UserError(f"{source}: not a COSE key set")
    keys = []
    for number, entry in enumerate(entries, 1):
        try:
            known = cose_key.key(entry)
        except DecodeError as error:
            raise UserError(f"{source}: key {number}: {error.reason}") from error
        if known.kid is None:
            raise UserError(f"{source}: key {number}: no kid")
        if known.issuer is None and issuer is None:
            raise UserError(f"{source}: key {number} names no issuer: give --issuer")
        key = {_ALG: cose.ES256, KEY_ISSUER: issuer, **entry}
        claims.check_uri(key[KEY_ISSUER])
        keys.append({label: key[label] for label in _PUBLISHED if label in key})
    return keys


def _name(key: dict[int, Any]) -> tuple[bytes, str]:
    return key[_KID], key[KEY_ISSUER]
