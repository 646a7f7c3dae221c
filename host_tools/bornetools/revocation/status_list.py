"""IETF Token Status Lists in their CWT form, verified and taken apart for writing revocation lists."""

import zlib
from dataclasses import dataclass

import cbor2
import numpy as np

from borne import limits
from bornetools.errors import UserError
from bornetools.issuer import claims, cose
from bornetools.issuer.issuer import (
    ACTIVE,
    KEY_ISSUER,
    KEY_NOT_AFTER,
    KEY_NOT_BEFORE,
    KEY_STATE,
)

_CWT = 61  # the tag that may be around a COSE_Sign1: RFC 8392 section 6
_WHAT = "status list"
_TYPES = ("application/statuslist+cwt", "statuslist+cwt")
_SIZE_MAX = limits.STATUS_INDEX_MAX + 1


@dataclass(frozen=True, eq=False)
class StatusListToken:
    """A verified status list. `issuer` is the URI that its key is of, or None; `size` counts its tokens;
    `indices` maps each status value but 0 to the increasing indices (int64 array) that have it."""

    uri: str
    issuer: str | None
    issued_at: int
    expires: int | None
    size: int
    indices: dict[int, np.ndarray]


def from_status_list(token: bytes, keys: list[dict]) -> StatusListToken:
    """The status list in a CWT (COSE_Sign1) that one of `keys` (COSE_Key maps of issuers) has signed.

    The key has to be active and inside its period when the list was issued. Raises UserError.
    """
    message = cose.decode(token, _WHAT)
    if isinstance(message, cbor2.CBORTag) and message.tag == _CWT:
        message = message.value
    payload, kid = cose.open_signed(cbor2.dumps(message), keys, _WHAT)
    if cose.decode(message.value[0], _WHAT).get(cose.TYP) not in _TYPES:
        raise UserError("signed, but not as a status list")
    content = cose.decode(payload, _WHAT)
    try:
        uri, issued_at, entry = (
            content[claims.SUB],
            content[claims.IAT],
            content[claims.STATUS_LIST],
        )
        expires = content.get(claims.EXP)
        bits, packed = entry["bits"], entry["lst"]
        whole = all(isinstance(n, int) for n in (issued_at, 0 if expires is None else expires))
        if not isinstance(uri, str) or not whole or bits not in (1, 2, 4, 8):
            raise ValueError("a claim is of the wrong type")
        unpack = zlib.decompressobj()
        values = unpack.decompress(packed, _SIZE_MAX * bits // 8 + 1)
        size = len(values) * 8 // bits
        if not 0 < size <= _SIZE_MAX or not unpack.eof:
            raise ValueError("it is cut short or too long")
    except (AttributeError, KeyError, TypeError, ValueError, zlib.error) as error:
        raise UserError(f"this status list is not one: {error}") from error
    key = next(key for key in keys if key.get(2) == kid)
    usable = key.get(KEY_STATE, ACTIVE) == ACTIVE
    inside = key.get(KEY_NOT_BEFORE, 0) <= issued_at <= key.get(KEY_NOT_AFTER, issued_at)
    if not usable or not inside:
        raise UserError("this status list's key is revoked or outside its period")
    return StatusListToken(
        uri, key.get(KEY_ISSUER), issued_at, expires, size, _indices(values, bits)
    )


def _indices(values: bytes, bits: int) -> dict[int, np.ndarray]:
    packed = np.frombuffer(values, np.uint8)
    # Values are packed from the least significant bits on.
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    each = (packed[:, None] >> shifts & ((1 << bits) - 1)).ravel()
    set_ = np.flatnonzero(each)
    return {int(value): set_[each[set_] == value] for value in np.unique(each[set_])}
