"""COSE_Key and COSE_KeySet (RFC 9052 section 7): EC2 public keys on P-256, as issuers publish them."""

from borne import limits
from borne.crypto import p256
from borne.errors import DecodeError, UnsupportedError
from borne.token import cbor
from borne.token.cose import ES256

_KTY, _KID, _ALG, _KEY_OPS = 1, 2, 3, 4
_CRV, _X, _Y, _D = -1, -2, -3, -4
_EC2, _P256, _VERIFY = 2, 1, 2
# Ours, from the private range: docs/protocol.md.
_ISSUER, _NOT_BEFORE, _NOT_AFTER, _STATE = -65801, -65802, -65803, -65804
_ACTIVE, _REVOKED = 0, 1


class CoseKey:
    """A public key: `x` and `y` ints; `kid` bytes or None; `issuer` str or None (not bound to one);
    `not_before` and `not_after` unix seconds or None; `revoked` bool."""

    combs = None  # borne.trust.key_combs.KeyCombs, where there are some
    comb_at = 0  # where this key's begins in the file

    def __init__(self, fields):
        self.x, self.y = _verifying(fields)
        kid = fields.get(_KID)
        self.kid = None if kid is None else bytes(_sized(kid, limits.KID_MAX))
        self.issuer = _optional(fields, _ISSUER, str)
        self.not_before = _optional(fields, _NOT_BEFORE, int)
        self.not_after = _optional(fields, _NOT_AFTER, int)
        state = fields.get(_STATE, _ACTIVE)
        if state not in (_ACTIVE, _REVOKED):
            raise UnsupportedError("key state")
        self.revoked = state == _REVOKED

    def usable(self, at):
        """True if the key was neither revoked nor outside its own period at `at` (unix seconds)."""
        if self.revoked or (self.not_before is not None and at < self.not_before):
            return False
        return self.not_after is None or at <= self.not_after


def key(fields):
    """The CoseKey of a decoded COSE_Key map. Raises DecodeError, or UnsupportedError: not ES256's."""
    if not isinstance(fields, dict):
        raise DecodeError("not a COSE_Key")
    return CoseKey(fields)


def key_set(data):
    """Decodes a COSE_KeySet (bytes or FileView). Returns a list of CoseKey with a kid each.

    Raises as `keys_of` does.
    """
    return [one for one, _, _ in keys_of(data)]


def keys_of(data):
    """Yields (CoseKey, start, end) for each key of a COSE_KeySet (bytes or FileView) that has a kid, and
    where it lies.

    A key that is malformed or not understood is left out, as section 7 has it. Raises DecodeError if
    the set itself is malformed, or nothing usable is in it.
    """
    if len(data) > limits.KEY_SET_MAX:
        raise DecodeError("key set too large")
    count = usable = 0
    for fields, start, end in cbor.array(data, deterministic=False, most=limits.KEY_SET_ITEMS_MAX):
        count += 1
        if count > limits.KEYS_MAX:
            raise DecodeError("not a COSE_KeySet")
        try:
            one = key(fields)
        except DecodeError:
            continue
        if one.kid is not None:
            usable += 1
            yield one, start, end
    if not usable:
        raise DecodeError("no usable key in the key set")


def encode(x, y):
    """The COSE_Key (bytes) of the public point (x, y) (ints), and nothing else about it."""
    return cbor.encode(
        {_KTY: _EC2, _CRV: _P256, _X: x.to_bytes(32, "big"), _Y: y.to_bytes(32, "big")}
    )


def point(fields):
    """The point (x, y) (ints) of a decoded COSE_Key map, whatever the key is for.

    Raises DecodeError, or UnsupportedError: another kind of key.
    """
    if not isinstance(fields, dict):
        raise DecodeError("not a COSE_Key")
    if fields.get(_KTY) != _EC2 or fields.get(_CRV) != _P256:
        raise UnsupportedError("key type")
    if _D in fields:
        raise DecodeError("private key where a public one belongs")
    if isinstance(fields.get(_Y), bool):
        raise UnsupportedError("compressed point")
    x = _coordinate(fields.get(_X))
    y = _coordinate(fields.get(_Y))
    if not p256.on_curve(x, y):
        raise DecodeError("point not on the curve")
    return x, y


def _verifying(fields):
    """The point of a key for ES256."""
    if fields.get(_ALG, ES256) != ES256:
        raise UnsupportedError("key algorithm")
    operations = fields.get(_KEY_OPS)
    if operations is not None and (not isinstance(operations, list) or _VERIFY not in operations):
        raise UnsupportedError("key not for verifying")
    return point(fields)


def _coordinate(value):
    # RFC 9053 section 7.1.1: leading zeros are kept, so 32 bytes always.
    if len(_sized(value, 32)) != 32:
        raise DecodeError("not a COSE_Key")
    return int.from_bytes(value, "big")


def _sized(value, most):
    if not isinstance(value, (bytes, memoryview)) or len(value) > most:
        raise DecodeError("not a COSE_Key")
    return value


def _optional(fields, label, kind):
    value = fields.get(label)
    if value is not None and (isinstance(value, bool) or not isinstance(value, kind)):
        raise DecodeError("not a COSE_Key")
    return value
