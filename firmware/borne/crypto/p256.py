"""ECDSA verification on P-256 (FIPS 186-5 section 6.4.2, SP 800-186 section 3.2.1.3).

Two combs over one chain of doublings give u1*G + u2*Q. The comb of G is part of the firmware. The comb of
a key is built on the spot, as wide as pays for one signature, or was built when the key came
(borne.trust.key_combs). The native module, where in use (borne.crypto.native), does all of this.

Nothing here is secret: signatures, keys and digests are public, so time may depend on them. No private key
may ever pass through this module.
"""

from micropython import const

from borne.crypto import comb, field, p256_base
from borne.crypto.comb import N
from borne.crypto.field import P

if False:  # for types only
    from typing import Callable

    from borne.protocols import Bytes, File

_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
BASE: tuple[int, int] = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_ONCE = const(4)  # the width that pays for one signature
_native = None


def use(verify: "Callable[[bytes, bytes, Bytes], bool] | None") -> None:
    """Sets `verify(x || y, digest, r || s)`, the native module's, for all signatures from now on; None: the
    Python of this module."""
    global _native
    _native = verify


def native() -> bool:
    """Whether the native module is in use: it needs no combs."""
    return _native is not None


def verify(
    x: int,
    y: int,
    digest: bytes,
    signature: "Bytes",
    table: "Bytes | File | None" = None,
    start: int = 0,
) -> bool:
    """True if `signature` (r || s, 64 bytes) is a signature of `digest` (32 bytes) by the key (x, y).

    x and y are ints; anything out of range or off the curve is False. `table` is the key's comb of width
    comb.WIDTH, if there is one: bytes, or an open file in which it begins at `start`. False from a damaged
    comb means nothing. Raises OSError if the file cannot be read.
    """
    if len(signature) != 64:
        return False
    if _native:  # it checks the rest itself
        if not (0 <= x < P and 0 <= y < P):
            return False
        return _native(x.to_bytes(32, "big") + y.to_bytes(32, "big"), digest, signature)
    if not on_curve(x, y):
        return False
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N):
        return False
    w = field.invert_int(s, N)
    u1, u2 = int.from_bytes(digest, "big") * w % N, r * w % N
    if table is None:
        of_key = comb.Comb(comb.build(x, y, _ONCE), _ONCE, u2)
    else:
        of_key = comb.Comb(table, comb.WIDTH, u2, start)
    return _is_sum(u1, u2, x, y, r, of_key)


def on_curve(x: int, y: int) -> bool:
    """True if (x, y) is a point of P-256 with both coordinates reduced."""
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x - 3) * x - _B) % P == 0


def _is_sum(u1: int, u2: int, x: int, y: int, r: int, of_key: comb.Comb) -> bool:
    """Whether the x coordinate of u1*G + u2*(x, y) is r modulo N; `of_key` is the Comb for u2."""
    of_base = comb.Comb(p256_base.TABLE, comb.WIDTH, u1)
    total = comb.point(0, 0)
    sign = of_key.next()
    field.lin(of_key.x, 1, of_key.x, 0, total[0])
    field.lin(of_key.y, sign, of_key.y, 0, total[1])
    while True:
        if of_base.columns > of_key.columns:
            sign = of_base.next()
            comb.add(total, of_base.x, of_base.y, sign)
        if not of_key.columns:
            break
        comb.double(total)
        sign = of_key.next()
        comb.add(total, of_key.x, of_key.y, sign)
    if field.is_zero(total[2]):  # infinity, or an addition that would have been a doubling
        from borne.crypto import jacobian  # only here: hardly any terminal ever needs it

        exact = jacobian.sum_of_products(u1, BASE + (1,), u2, (x, y, 1))
        if exact[2] == 0:
            return False
        total = [field.element(one) for one in exact]
    # X / Z^2 = r (mod N), without the division: the x coordinate is r or r + N.
    square, product = bytearray(field.SIZE), bytearray(field.SIZE)
    field.sqr(total[2], square)
    for candidate in (r, r + N):
        if candidate < P:
            field.mul(field.element(candidate), square, product)
            field.lin(product, 1, total[0], -1, product)
            if field.is_zero(product):
                return True
    return False
