"""P-256's group law without exceptions, in Python integers: slow, and correct for any two points.

A point is (X, Y, Z): x = X/Z^2, y = Y/Z^3; Z = 0 is the point at infinity.
"""

from borne.crypto.field import P

if False:  # for types only
    from borne.protocols import Jacobian


def sum_of_products(u: int, p: "Jacobian", v: int, q: "Jacobian") -> "Jacobian":
    """u*p + v*q, bit by bit."""
    both = add(p, q)
    total = (1, 1, 0)
    for i in range(255, -1, -1):
        total = double(total)
        bits = (u >> i & 1) | (v >> i & 1) << 1
        if bits:
            total = add(total, (p, q, both)[bits - 1])
    return total


def double(point: "Jacobian") -> "Jacobian":
    """2 * point: dbl-2001-b of the Explicit-Formulas Database, for a = -3."""
    x, y, z = point
    delta = z * z % P
    gamma = y * y % P
    beta = x * gamma % P
    alpha = 3 * (x - delta) * (x + delta) % P
    x3 = (alpha * alpha - 8 * beta) % P
    z3 = 2 * y * z % P
    y3 = (alpha * (4 * beta - x3) - 8 * gamma * gamma) % P
    return x3, y3, z3


def add(p: "Jacobian", q: "Jacobian") -> "Jacobian":
    """p + q: add-2007-bl without its doublings."""
    x1, y1, z1 = p
    x2, y2, z2 = q
    if z1 == 0:
        return q
    if z2 == 0:
        return p
    zz1 = z1 * z1 % P
    u2 = x2 * zz1 % P
    s2 = y2 * z1 * zz1 % P
    zz2 = z2 * z2 % P
    u1 = x1 * zz2 % P
    s1 = y1 * z2 * zz2 % P
    h = (u2 - u1) % P
    r = (s2 - s1) % P
    if h == 0:
        return double(p) if r == 0 else (1, 1, 0)
    hh = h * h % P
    hhh = h * hh % P
    v = u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, z1 * z2 * h % P
