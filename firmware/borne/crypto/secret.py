"""Multiplication of a point of P-256 by secret scalars.

Every scalar goes through the same doublings and additions of a comb (borne.crypto.comb), whose digits are
all 1 or -1, over a table of public values. Of a small comb, that of a phone's point in a tap, all entries are
read at each column. The time still depends on:

- the entry that is read of the base point's comb, where a cache lies before its flash or external RAM: a
  scalar meets it once, while no phone is read, or as two random shares;
- the integers that hold the scalar's digits: a branch for its parity, and one for each column's sign;
- the inversion at the end, by Euclid. It sees Z times a secret factor (`mask`), so its time says nothing.

The mask makes the intermediate values unpredictable, too (Coron 1999, section 5.3). An addition that would
have been a doubling is repeated by a slow method, which takes a different time: once in 2^250 times for
random scalars. A caller that multiplies by the same secret repeatedly has to split it at random
(borne.crypto.ecdsa_sign does).
"""

from borne.crypto import comb, field
from borne.crypto.field import P


class _Hidden(comb.Comb):
    """A comb of which all entries are read at each column: no address depends on the scalar."""

    def __init__(self, table: bytes | bytearray, width: int, scalar: int) -> None:
        super().__init__(table, width, scalar)
        self._all = table
        self._chosen = bytearray(comb.ENTRY)

    def entry(self, n: int) -> "tuple[bytearray, int]":
        field.select(self._all, len(self._all) // comb.ENTRY, n, self._chosen)
        return self._chosen, 0


def multiply(
    scalars: list[int], x: int, y: int, table: bytes | bytearray, width: int, mask: int
) -> tuple[int, int]:
    """The affine coordinates (ints) of the sum of `scalars` times the point (x, y) (ints, on the curve).

    `table` is the point's comb of that `width`, `mask` a secret int. Raises ValueError if the sum is the
    point at infinity.
    """
    kind = _Hidden if width < comb.WIDTH else comb.Comb
    combs = [kind(table, width, scalar) for scalar in scalars]
    total = comb.point(0, 0)
    z = field.element(mask % P or 1)
    square, cube = bytearray(field.SIZE), bytearray(field.SIZE)
    field.sqr(z, square)
    field.mul(z, square, cube)
    sign = combs[0].next()
    field.mul(combs[0].x, square, total[0])
    field.mul(combs[0].y, cube, total[1])
    field.lin(total[1], sign, total[1], 0, total[1])
    total[2][:] = z
    begun = 1  # combs already used in this column
    for column in range(comb.columns(width)):
        if column:
            comb.double(total)
        for one in combs[begun:]:
            sign = one.next()
            comb.add(total, one.x, one.y, sign)
        begun = 0
    if field.is_zero(total[2]):
        return _exact(sum(scalars) % comb.N, x, y)
    comb.normalise([total[:3]])
    return field.canonical(total[0]) % P, _half(field.canonical(total[1]) % P)


def _exact(scalar: int, x: int, y: int) -> tuple[int, int]:
    from borne.crypto import jacobian  # only here: hardly any terminal ever needs it

    a, b, z = jacobian.sum_of_products(scalar, (x, y, 1), 0, (x, y, 1))
    if z == 0:
        raise ValueError("point at infinity")
    inverse = field.invert_int(z, P)
    return a * inverse * inverse % P, b * inverse * inverse * inverse % P


def _half(y: int) -> int:
    return (y + P >> 1) if y & 1 else y >> 1
