"""COSE_Key and COSE_KeySet (RFC 9052 section 7): public keys for the algorithms of borne.crypto."""

from micropython import const

from borne import limits
from borne.crypto import algorithms
from borne.crypto.algorithms import ES256, PublicKey
from borne.errors import DecodeError, UnsupportedError
from borne.token import cbor

if False:  # for types only
    from typing import Iterator

    from borne.protocols import Encoded, Map, Scalar

_KTY = const(1)
_KID = const(2)
_ALG = const(3)
_KEY_OPS = const(4)
_CRV = const(-1)
_X = const(-2)
_Y = const(-3)
_D = const(-4)
_VERIFY = const(2)
# Borne's own labels, from the private range: docs/protocol.md.
_ISSUER = const(-65801)
_NOT_BEFORE = const(-65802)
_NOT_AFTER = const(-65803)
_STATE = const(-65804)
_ACTIVE = const(0)
_REVOKED = const(1)
_MARK = const(8)  # bytes of a key that tell it from others


class CoseKey(PublicKey):
    """A PublicKey: `kid` bytes or None; `issuer` str or None (not bound to one); `not_before` and
    `not_after` unix seconds or None; `revoked` bool."""

    def __init__(self, fields: dict) -> None:
        super().__init__(*_verifying(fields))
        kid = fields.get(_KID)
        self.kid = None if kid is None else bytes(_sized(kid, limits.KID_MAX))
        self.issuer = _optional(fields, _ISSUER, str)
        self.not_before = _optional(fields, _NOT_BEFORE, int)
        self.not_after = _optional(fields, _NOT_AFTER, int)
        state = fields.get(_STATE, _ACTIVE)
        if isinstance(state, bool) or state not in (_ACTIVE, _REVOKED):
            raise UnsupportedError("key state")
        self.revoked = state == _REVOKED

    def usable(self, at: int) -> bool:
        """True if the key was neither revoked nor outside its own period at `at` (unix seconds)."""
        if self.revoked or (self.not_before is not None and at < self.not_before):
            return False
        return self.not_after is None or at <= self.not_after


def key(fields: object) -> CoseKey:
    """The CoseKey of a decoded COSE_Key map. Raises DecodeError, or UnsupportedError for a key of another
    algorithm."""
    if not isinstance(fields, dict):
        raise DecodeError("not a COSE_Key")
    return CoseKey(fields)


def public_key(fields: object) -> PublicKey:
    """The PublicKey of a decoded COSE_Key map in a message. Its kid may have any length, as it is not used.
    Raises as `key`."""
    if not isinstance(fields, dict):
        raise DecodeError("not a COSE_Key")
    if not isinstance(fields.get(_KID, b""), (bytes, memoryview)):
        raise DecodeError("not a COSE_Key")
    return PublicKey(*_verifying(fields))


def keys_of(data: "Encoded") -> "Iterator[tuple[CoseKey, int, int]]":
    """Yields (CoseKey, start, end) for each key of a COSE_KeySet (bytes or FileView) that has a kid: the key
    and its offsets.

    Malformed and unsupported keys are skipped (section 7). Raises DecodeError if the set itself is malformed,
    has no usable key, or contains a key twice: the kid of a message, which is unsigned, would then choose
    between two issuers, periods or states.
    """
    if len(data) > limits.KEY_SET_MAX:
        raise DecodeError("key set too large")
    count = 0
    seen = bytearray()  # the last bytes of each key
    for fields, start, end in cbor.array(data, deterministic=False, most=limits.KEY_SET_ITEMS_MAX):
        count += 1
        if count > limits.KEYS_MAX:
            raise DecodeError("not a COSE_KeySet")
        try:
            one = key(fields)
        except DecodeError:
            continue
        if one.kid is None:
            continue
        mark = one.encoded()[-_MARK:]
        for at in range(0, len(seen), _MARK):
            if seen[at : at + _MARK] == mark:
                raise DecodeError("a key twice in the key set")
        seen += mark
        yield one, start, end
    if not seen:
        raise DecodeError("no usable key in the key set")


def encode(x: int, y: int) -> bytes:
    """The COSE_Key of the public point (x, y) of P-256, without other fields."""
    kty, crv = ES256.cose_key
    x_bytes, y_bytes = x.to_bytes(ES256.size, "big"), y.to_bytes(ES256.size, "big")
    return cbor.encode({_KTY: kty, _CRV: crv, _X: x_bytes, _Y: y_bytes})


def point(fields: object) -> tuple[int, int]:
    """The point (x, y) of a decoded COSE_Key map on P-256, whatever the key is for.

    Raises DecodeError, or UnsupportedError: another kind of key.
    """
    algorithm, x, y = _public(fields)
    if algorithm is not ES256:
        raise UnsupportedError("key type")
    return x, y


def _verifying(fields: dict) -> tuple[algorithms.Ecdsa, int, int]:
    """The arguments of PublicKey, for a key that may verify."""
    named = fields.get(_ALG)
    if _ALG in fields and algorithms.find("cose", named) is None:
        raise UnsupportedError("key algorithm")
    operations = fields.get(_KEY_OPS)
    if operations is not None and (not isinstance(operations, list) or _VERIFY not in operations):
        raise UnsupportedError("key not for verifying")
    public = _public(fields)
    if _ALG in fields and named != public[0].cose:
        raise UnsupportedError("key algorithm")
    return public


def _public(fields: object) -> tuple[algorithms.Ecdsa, int, int]:
    """Algorithm and point of a decoded COSE_Key map."""
    if not isinstance(fields, dict):
        raise DecodeError("not a COSE_Key")
    kty, crv = fields.get(_KTY), fields.get(_CRV)
    algorithm = algorithms.find("cose_key", (kty, crv))
    if algorithm is None or isinstance(kty, bool) or isinstance(crv, bool):  # True equals 1
        raise UnsupportedError("key type")
    if _D in fields:
        raise DecodeError("private key where a public one belongs")
    if isinstance(fields.get(_Y), bool):
        raise UnsupportedError("compressed point")
    data = b""
    for label in (_X, _Y)[: algorithm.coordinates]:
        # RFC 9053 section 7.1.1: leading zeros are kept, so the length is fixed.
        if len(_sized(fields.get(label), algorithm.size)) != algorithm.size:
            raise DecodeError("not a COSE_Key")
        data += fields[label]
    found = algorithm.point(data)
    if found is None:
        raise DecodeError("point not on the curve")
    return algorithm, found[0], found[1]


def _sized(value: object, most: int) -> bytes | memoryview:
    if not isinstance(value, (bytes, memoryview)) or len(value) > most:
        raise DecodeError("not a COSE_Key")
    return value


def _optional(fields: "Map", label: int, kind: "type[Scalar]") -> "Scalar | None":
    value = fields.get(label)
    if value is not None and (isinstance(value, bool) or not isinstance(value, kind)):
        raise DecodeError("not a COSE_Key")
    if isinstance(value, int) and not 0 <= value <= limits.TIME_MAX:
        raise DecodeError("not a COSE_Key")
    return value
