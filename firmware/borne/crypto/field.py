"""Arithmetic modulo the prime P of P-256 (SP 800-186 section 3.2.1.3) on elements in place: no allocation.

An element is a bytearray of SIZE, whose format only this module and borne.crypto.limbs know. It stands for
a number modulo P times 2^260 (Montgomery's form), not fully reduced.

    mul(a, b, r)        r = a * b           r is neither a nor b
    sqr(a, r)           r = a * a           r is not a
    lin(a, x, b, y, r)  r = x*a + y*b       x and y ints, |x| + |y| <= 16; r may be a or b
    load(data, at, r)   the 32 bytes at `at`, least significant first
    store(a, data, at)  the same bytes of an element that `reduce` made
    select(table, count, n, to)  entry n of `count` (64 bytes), of which all are read; bytearrays both

limbs.py has these six in machine code: the same instructions for all numbers. Where limbs.py cannot be
loaded (CPython, a port without native code), Python's integers do the work, and the time depends on the
numbers. So does the time of all other functions here: borne.crypto.secret says how secrets go through them.
"""

from micropython import const

if False:  # for types only
    from borne.protocols import Bytes

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
SIZE = const(40)
_BYTES = const(32)
_ROUND = const(
    30
)  # leading bits of a number that a step of Lehmer's uses: a small integer on any board
_HALF = const(1 << 14)  # bound of its factors: its quotients equal those of the whole numbers

try:
    _limbs = __import__("borne.crypto.limbs", None, None, ("mul",))
    lin, load, mul, sqr, store = _limbs.lin, _limbs.load, _limbs.mul, _limbs.sqr, _limbs.store
    select = _limbs.select
    NATIVE = True
except (
    ImportError,
    AttributeError,
    SyntaxError,
    ValueError,
):  # no such file, CPython, no emitter, other chip
    NATIVE = False
    _INVERSE_R = pow(2, 260 * (P - 2), P)

    # Written out, not shared: on CPython a verification spends nearly all its time in these three.
    def mul(a: bytearray, b: bytearray, r: bytearray) -> None:
        product = int.from_bytes(a, "little") * int.from_bytes(b, "little") * _INVERSE_R
        r[:] = (product % P).to_bytes(SIZE, "little")

    def sqr(a: bytearray, r: bytearray) -> None:
        value = int.from_bytes(a, "little")
        r[:] = (value * value * _INVERSE_R % P).to_bytes(SIZE, "little")

    def lin(a: bytearray, x: int, b: bytearray, y: int, r: bytearray) -> None:
        total = int.from_bytes(a, "little") * x + int.from_bytes(b, "little") * y
        r[:] = (total % P).to_bytes(SIZE, "little")

    def load(data: "Bytes", at: int, r: bytearray) -> None:
        r[:_BYTES] = data[at : at + _BYTES]

    def store(a: bytearray, data: bytearray, at: int) -> None:
        data[at : at + _BYTES] = a[:_BYTES]

    def select(table: "Bytes", count: int, n: int, to: bytearray) -> None:
        to[:] = table[2 * _BYTES * n : 2 * _BYTES * (n + 1)]


def raw(value: int) -> bytearray:
    """An element with `value` (below 2^256) as it stands, without the factor 2^260."""
    element = bytearray(SIZE)
    load(value.to_bytes(_BYTES, "little"), 0, element)
    return element


_ONE = raw(1)
_SQUARE = raw((1 << 520) % P)


def element(value: int) -> bytearray:
    """The element for an int below 2^256."""
    made = bytearray(SIZE)
    mul(raw(value), _SQUARE, made)
    return made


def reduce(a: bytearray, t: bytearray) -> None:
    """Reduces `a` fully; `t` is a scratch element."""
    mul(a, _SQUARE, t)
    mul(t, _ONE, a)


def is_zero(a: bytearray) -> bool:
    """Whether `a` is 0 modulo P."""
    return canonical(a) in (0, P)


def invert(a: bytearray) -> None:
    """1/a in place; `a` is not 0 modulo P."""
    mul(raw(invert_int(canonical(a), P)), _SQUARE, a)


def canonical(a: bytearray) -> int:
    """The number that `a` stands for: at most P."""
    t = bytearray(SIZE)
    mul(a, _ONE, t)
    data = bytearray(_BYTES)
    store(t, data, 0)
    return int.from_bytes(data, "little")


def invert_int(a: int, modulus: int) -> int:
    """1/a (ints, 0 < a < modulus, no common factor): extended Euclid with Lehmer's steps, in which most
    quotients come from the leading bits alone (Knuth, TAOCP 4.5.2, algorithm L)."""
    u, v = modulus, a
    s, t = 0, 1  # u = s * a and v = t * a, modulo the modulus
    shift = 256 - _ROUND
    while v:
        while shift and u >> (shift + _ROUND - 8) == 0:
            shift = max(0, shift - 8)
        x, y = u >> shift, v >> shift
        b, c, d, e = 1, 0, 0, 1
        while y + d > 0 and y + e > 0:
            q = (x + b) // (y + d)
            if q != (x + c) // (y + e):
                break
            b, d = d, b - q * d
            c, e = e, c - q * e
            x, y = y, x - q * y
            if not -_HALF < e < _HALF:
                break
        if c == 0:
            q = u // v
            u, v = v, u - q * v
            s, t = t, s - q * t
        else:
            u, v = b * u + c * v, d * u + e * v
            s, t = b * s + c * t, d * s + e * t
    return s % modulus
