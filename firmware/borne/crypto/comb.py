"""Points of P-256 in field elements, and combs: tables that leave one addition for `width` bits of a scalar.

A point is [X, Y, Z, ...]: x = X/Z^2, y = Y/(2*Z^3), followed by scratch elements. Y is twice the usual
coordinate: this saves some multiplications by two. Z = 0 is the point at infinity. The addition of a point to
itself or to its opposite also gives Z = 0, wrongly in the first case. Z then stays 0, however the calculation
goes on. A calculation that ends at Z = 0 has to be repeated with borne.crypto.jacobian.

A comb of width w (4 or 8) for Q (Lim and Lee 1994; all digits 1 or -1 as with Hamburg 2012) has 2^(w-1)
entries. With d = columns(w) and B_j = 2^(d*j) * Q, entry e is B_(w-1), plus B_j for each bit j of e that is
1, minus B_j for each that is 0. Entries are in Gray code order: neighbours differ in one digit. An entry is
64 bytes: X and Y with Z = 1, as field.store writes them.
"""

from micropython import const

from borne.crypto import field
from borne.crypto.field import lin, load, mul, sqr, store

if False:  # for types only
    from typing import Iterator

    from borne.protocols import Bytes, File, Point

WIDTH = const(8)  # of the combs that are kept: 8 kB
ENTRY = const(64)
_HALF = const(32)
_WORK = const(5)  # scratch elements of a point, after X, Y, Z
_EIO = const(5)
_BATCH = const(8)  # entries that share one inversion

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def columns(width: int) -> int:
    """The number of additions, and of doublings, with a comb of that width."""
    return 256 // width


def size(width: int) -> int:
    """The size of a comb in bytes."""
    return ENTRY << (width - 1)


def point(x: int, y: int) -> "Point":
    """The point with the affine coordinates x and y (ints)."""
    made = [bytearray(field.SIZE) for _ in range(3 + _WORK)]
    made[0] = field.element(x)
    made[1] = field.element(2 * y % field.P)
    made[2] = field.element(1)
    return made


def double(p: "Point") -> None:
    """p = 2 * p, for a = -3: dbl-2001-b of the Explicit-Formulas Database."""
    x, y, z, a, b, c, d, _ = p
    sqr(z, a)
    lin(x, 3, a, 3, b)
    lin(x, 1, a, -1, a)
    mul(a, b, c)  # alpha
    sqr(y, b)  # 4 * gamma
    mul(x, b, a)  # 4 * beta
    mul(y, z, d)
    p[2], p[6] = d, z
    sqr(c, z)
    lin(z, 1, a, -2, x)
    lin(a, 2, x, -2, a)
    mul(c, a, z)
    sqr(b, a)
    lin(z, 1, a, -1, y)


def add(p: "Point", x2: bytearray, y2: bytearray, sign: int) -> None:
    """p = p + sign * (x2, y2), the second with Z = 1, sign 1 or -1: madd-2007-bl."""
    x, y, z, a, b, c, d, e = p
    sqr(z, a)
    mul(x2, a, b)
    mul(z, a, c)
    mul(y2, c, a)
    lin(a, sign, y, -1, a)  # r
    lin(b, 1, x, -1, b)  # H
    mul(z, b, c)
    lin(c, 2, c, 0, z)
    sqr(b, c)
    mul(b, c, d)  # J / 4
    mul(x, c, b)  # V / 4
    sqr(a, c)
    lin(d, 1, b, 2, e)
    lin(c, 1, e, -4, x)
    lin(b, 4, x, -1, b)
    mul(a, b, c)
    mul(y, d, b)
    lin(c, 2, b, -8, y)


def normalise(points: "list[Point]") -> None:
    """Scales all points (X, Y, Z) to Z = 1, with one inversion for all (Montgomery's trick). No point may be
    at infinity."""
    a, b, c = bytearray(field.SIZE), bytearray(field.SIZE), bytearray(field.SIZE)
    before = [bytearray(points[0][2])]
    for p in points[1:]:
        product = bytearray(field.SIZE)
        mul(before[-1], p[2], product)
        before.append(product)
    one = field.element(1)
    inverse = bytearray(before[-1])
    field.invert(inverse)
    for i in range(len(points) - 1, -1, -1):
        x, y, z = points[i]
        if i:
            mul(inverse, before[i - 1], a)
            mul(inverse, z, b)
            inverse[:] = b
        else:
            a[:] = inverse
        sqr(a, b)
        mul(a, b, c)
        mul(x, b, a)
        mul(y, c, b)
        x[:], y[:] = a, b
        z[:] = one


def build(x: int, y: int, width: int) -> bytearray:
    """The comb of that width for the point (x, y) (ints), as bytes."""
    made = bytearray(size(width))
    at = 0
    for piece in building(x, y, width):
        if piece:
            made[at : at + len(piece)] = piece
            at += len(piece)
    return made


def building(x: int, y: int, width: int) -> "Iterator[bytearray | None]":
    """`build` as a generator: yields the comb's bytes in pieces, each valid until the next. Yields None now
    and then, so that a loop can read phones in between."""
    bases, steps = [], []  # B_j, and 2 * B_j: the difference of neighbours
    p = point(x, y)
    for j in range(width):
        bases.append(_copy(p))
        if j < width - 1:
            double(p)
            steps.append(_copy(p))
            for _ in range(columns(width) - 1):
                double(p)
        yield None
    normalise(bases + steps)
    yield None
    base = bases.pop()
    for i in range(3):
        p[i][:] = base[i]
    while bases:
        base = bases.pop()
        add(p, base[0], base[1], -1)
    count = min(_BATCH, 1 << (width - 1))
    batch = [_copy(p) for _ in range(count)]
    data = bytearray(ENTRY * count)
    for n in range(1 << (width - 1)):
        if n:
            j = 0
            while not n >> j & 1:
                j += 1
            add(p, steps[j][0], steps[j][1], 1 if (n ^ n >> 1) >> j & 1 else -1)
        entry = batch[n % count]
        for i in range(3):
            entry[i][:] = p[i]
        if n % count == count - 1:
            normalise(batch)
            for i in range(count):
                for k in range(2):
                    field.reduce(batch[i][k], p[3])
                    store(batch[i][k], data, ENTRY * i + _HALF * k)
            yield data


class Comb:
    """A comb at work for the factor `scalar` (int): `table` is its bytes, or an open file in which it begins
    at `start`. `columns` is the number of columns left. Raises OSError."""

    def __init__(self, table: "Bytes | File", width: int, scalar: int, start: int = 0) -> None:
        self._table = table
        self._start = start
        self._buffer = None if isinstance(table, (bytes, bytearray)) else bytearray(ENTRY)
        self._width = width
        self.columns = columns(width)
        # A bit b of _bits is the scalar's digit 2b - 1: sum of (2b - 1) * 2^i = 2 * _bits - (2^256 - 1).
        odd = scalar + (1 << 256) - 1
        self._bits = ((odd - N if odd & 1 else odd) >> 1).to_bytes(32, "little")
        self.x, self.y = bytearray(field.SIZE), bytearray(field.SIZE)

    def next(self) -> int:
        """Loads the entry of the next column, most significant first, into `x` and `y`. Returns its sign."""
        self.columns -= 1
        bits, bit, digits = self._bits, self.columns, 0
        step = columns(self._width)
        for j in range(self._width):
            digits |= (bits[bit >> 3] >> (bit & 7) & 1) << j
            bit += step
        top = 1 << (self._width - 1)
        sign = 1 if digits & top else -1
        n = (digits if sign == 1 else ~digits) & (top - 1)
        shift = 1
        while shift < self._width:  # from Gray code
            n ^= n >> shift
            shift <<= 1
        data, at = self.entry(n)
        load(data, at, self.x)
        load(data, at + _HALF, self.y)
        return sign

    def entry(self, n: int) -> "tuple[Bytes, int]":
        """Where entry `n` is: bytes, and its place in them."""
        at = self._start + n * ENTRY
        if self._buffer is None:
            return self._table, at  # type: ignore[return-value]  # no file, as there is no buffer
        self._table.seek(at)  # type: ignore[union-attr]
        if self._table.readinto(self._buffer) != ENTRY:  # type: ignore[union-attr]
            raise OSError(_EIO)
        return self._buffer, 0


def _copy(p: "Point") -> "Point":
    return [bytearray(one) for one in p[:3]]
