"""ECDSA verification on P-256 with Python integers (FIPS 186-5 section 6.4.2, SP 800-186 section 3.2.1.3).

u1*G + u2*Q by interleaved wNAF over one chain of doublings, in Jacobian coordinates
(x = X/Z^2, y = Y/Z^3; Z = 0 is the point at infinity). Nothing here is secret: signatures, keys and
digests are public, so time may depend on them. No private key may ever pass through this module.
"""

from array import array

from micropython import const

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_BITS = const(257)  # digits of a wNAF of a scalar below N

_WIDTH_G = const(5)
_WIDTH_Q = const(4)
# G, 3G, 5G, ... 15G, affine: (x, y). tests/host/test_p256.py recomputes them with another library.
_G = (
    (
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
    (
        0x5ECBE4D1A6330A44C8F7EF951D4BF165E6C6B721EFADA985FB41661BC6E7FD6C,
        0x8734640C4998FF7E374B06CE1A64A2ECD82AB036384FB83D9A79B127A27D5032,
    ),
    (
        0x51590B7A515140D2D784C85608668FDFEF8C82FD1F5BE52421554A0DC3D033ED,
        0xE0C17DA8904A727D8AE1BF36BF8A79260D012F00D4D80888D1D0BB44FDA16DA4,
    ),
    (
        0x8E533B6FA0BF7B4625BB30667C01FB607EF9F8B8A80FEF5B300628703187B2A3,
        0x73EB1DBDE03318366D069F83A6F5900053C73633CB041B21C55E1A86C1F400B4,
    ),
    (
        0xEA68D7B6FEDF0B71878938D51D71F8729E0ACB8C2C6DF8B3D79E8A4B90949EE0,
        0x2A2744C972C9FCE787014A964A8EA0C84D714FEAA4DE823FE85A224A4DD048FA,
    ),
    (
        0x3ED113B7883B4C590638379DB0C21CDA16742ED0255048BF433391D374BC21D1,
        0x9099209ACCC4C8A224C843AFA4F4C68A090D04DA5E9889DAE2F8EEFCE82A3740,
    ),
    (
        0x177C837AE0AC495A61805DF2D85EE2FC792E284B65EAD58A98E15D9D46072C01,
        0x63BB58CD4EBEA558A24091ADB40F4E7226EE14C3A1FB4DF39C43BBE2EFC7BFD8,
    ),
    (
        0xF0454DC6971ABAE7ADFB378999888265AE03AF92DE3A0EF163668C63E59B9D5F,
        0xB5B93EE3592E2D1F4E6594E51F9643E62A3B21CE75B5FA3F47E59CDE0D034F36,
    ),
)


def verify(x, y, digest, signature):
    """True if `signature` (r || s, 64 bytes) is a signature of `digest` (32 bytes) by the key (x, y).

    x and y are ints; anything out of range or off the curve is False.
    """
    if len(signature) != 64 or not on_curve(x, y):
        return False
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N):
        return False
    w = _inverse(s, N)
    x1, _, z1 = _sum_of_products(int.from_bytes(digest, "big") * w % N, r * w % N, x, y)
    if z1 == 0:
        return False
    # x1 / z1^2 = r (mod N), without the division: that x coordinate is r or r + N.
    zz = z1 * z1 % P
    return x1 == r * zz % P or (r + N < P and x1 == (r + N) * zz % P)


def on_curve(x, y):
    """True if (x, y) is a point of P-256 with both coordinates reduced."""
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x - 3) * x - _B) % P == 0


def _sum_of_products(u1, u2, x, y):
    """u1*G + u2*(x, y), Jacobian."""
    digits_g = _wnaf(u1, _WIDTH_G)
    digits_q = _wnaf(u2, _WIDTH_Q)
    table = _odd_multiples(x, y, 1 << (_WIDTH_Q - 2))
    point = (1, 1, 0)
    for i in range(_BITS - 1, -1, -1):
        point = _double(point)
        digit = digits_g[i]
        if digit:
            gx, gy = _G[abs(digit) >> 1]
            point = _add(point, (gx, gy if digit > 0 else P - gy, 1))
        digit = digits_q[i]
        if digit:
            qx, qy, qz = table[abs(digit) >> 1]
            point = _add(point, (qx, qy if digit > 0 else P - qy, qz))
    return point


def _odd_multiples(x, y, count):
    """[1, 3, 5, ...] times (x, y), Jacobian."""
    table = [(x, y, 1)]
    twice = _double(table[0])
    while len(table) < count:
        table.append(_add(table[-1], twice))
    return table


def _wnaf(k, width):
    """The width-w non-adjacent form of k, least significant digit first: odd or zero, |d| < 2^(w-1)."""
    digits = array("b", bytes(_BITS))
    window = 1 << width
    i = 0
    while k:
        if k & 1:
            digit = k & (window - 1)
            if digit >= window >> 1:
                digit -= window
            digits[i] = digit
            k -= digit
        k >>= 1
        i += 1
    return digits


def _double(point):
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


def _add(p, q):
    """p + q: add-2007-bl without its doublings, and the mixed addition where q has Z = 1."""
    x1, y1, z1 = p
    x2, y2, z2 = q
    if z1 == 0:
        return q
    if z2 == 0:
        return p
    zz1 = z1 * z1 % P
    u2 = x2 * zz1 % P
    s2 = y2 * z1 * zz1 % P
    if z2 == 1:
        u1, s1, z3 = x1, y1, z1
    else:
        zz2 = z2 * z2 % P
        u1 = x1 * zz2 % P
        s1 = y1 * z2 * zz2 % P
        z3 = z1 * z2
    h = (u2 - u1) % P
    r = (s2 - s1) % P
    if h == 0:
        return _double(p) if r == 0 else (1, 1, 0)
    hh = h * h % P
    hhh = h * hh % P
    v = u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, z3 * h % P


def _inverse(a, modulus):
    """1/a modulo a prime, by extended Euclid: a third of the work of Fermat's power."""
    u, v = a, modulus
    s, t = 1, 0
    while u > 1:
        q = v // u
        u, v = v - q * u, u
        s, t = t - q * s, s
    return s % modulus
