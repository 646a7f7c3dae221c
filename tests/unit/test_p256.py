import hashlib

from signing import Signer

from borne.crypto import comb, field, jacobian, p256, p256_base

DIGEST = hashlib.sha256(b"sample").digest()
SIGNER = Signer("a")
BASE = p256.BASE + (1,)


def test_a_signature_verifies_and_a_changed_one_does_not():
    signature = SIGNER.sign(DIGEST)
    assert p256.verify(SIGNER.x, SIGNER.y, DIGEST, signature)
    assert p256.verify(SIGNER.x, SIGNER.y, DIGEST, memoryview(signature))
    for at in (0, 31, 32, 63):
        changed = bytearray(signature)
        changed[at] ^= 1
        assert not p256.verify(SIGNER.x, SIGNER.y, DIGEST, changed)
    other = Signer("b")
    assert not p256.verify(other.x, other.y, DIGEST, signature)


def test_a_published_signature_verifies():
    # RFC 6979 appendix A.2.5: P-256, SHA-256, message "sample".
    x = 0x60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6
    y = 0x7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299
    r = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    s = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8
    assert p256.verify(x, y, DIGEST, r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def test_scalars_out_of_range_are_refused():
    good = SIGNER.sign(DIGEST)
    for bad in (0, p256.N, p256.N + 1, (1 << 256) - 1):
        raw = bad.to_bytes(32, "big")
        assert not p256.verify(SIGNER.x, SIGNER.y, DIGEST, raw + good[32:])
        assert not p256.verify(SIGNER.x, SIGNER.y, DIGEST, good[:32] + raw)
    for size in (0, 63, 65, 72):
        assert not p256.verify(SIGNER.x, SIGNER.y, DIGEST, (good + bytes(8))[:size])


def test_points_off_the_curve_are_refused():
    good = SIGNER.sign(DIGEST)
    assert not p256.verify(SIGNER.x, SIGNER.y ^ 1, DIGEST, good)
    assert not p256.verify(0, 0, DIGEST, good)
    assert not p256.on_curve(SIGNER.x + field.P, SIGNER.y)
    assert not p256.on_curve(SIGNER.x, -SIGNER.y)


def test_a_comb_is_as_good_and_a_wrong_one_accepts_nothing():
    signature = SIGNER.sign(DIGEST)
    table = comb.build(SIGNER.x, SIGNER.y, comb.WIDTH)
    assert len(table) == comb.size(comb.WIDTH) == 8192
    changed = bytearray(signature)
    changed[40] ^= 1
    assert p256.verify(SIGNER.x, SIGNER.y, DIGEST, signature, table)
    assert not p256.verify(SIGNER.x, SIGNER.y, DIGEST, changed, table)
    for wrong in (bytes(8192), b"\xff" * 8192, p256_base.TABLE):
        assert not p256.verify(SIGNER.x, SIGNER.y, DIGEST, signature, wrong)


def test_the_group_law_holds_in_its_special_cases():
    g = BASE
    infinity = (1, 1, 0)
    minus_g = (g[0], field.P - g[1], 1)
    add, double = jacobian.add, jacobian.double
    assert add(g, minus_g)[2] == 0
    assert add(infinity, g) == g and add(g, infinity) == g
    assert _affine(add(g, g)) == _affine(double(g))
    fourfold = double(double(g))
    assert _affine(add(fourfold, fourfold)) == _affine(double(fourfold))
    assert double(infinity)[2] == 0


def test_points_in_place_are_those_of_the_integers():
    point, exact = comb.point(*p256.BASE), BASE
    other = comb.point(SIGNER.x, SIGNER.y)
    for sign in (1, 1, -1, 1):
        comb.double(point)
        comb.add(point, other[0], other[1], sign)
        exact = jacobian.add(
            jacobian.double(exact), (SIGNER.x, SIGNER.y if sign == 1 else field.P - SIGNER.y, 1)
        )
    one = [bytearray(each) for each in point[:3]]
    comb.normalise([one])
    x, y = _affine(exact)
    assert _is(one[0], x) and _is(one[1], 2 * y)


def test_an_addition_that_cannot_be_done_in_place_leaves_zero():
    for sign in (1, -1):  # of a point to itself, or to its opposite
        point = comb.point(*p256.BASE)
        comb.add(point, bytearray(point[0]), bytearray(point[1]), sign)
        assert field.is_zero(point[2])
        comb.double(point)
        comb.add(point, field.element(SIGNER.x), field.element(2 * SIGNER.y % field.P), 1)
        assert field.is_zero(point[2])


def test_keys_that_are_multiples_of_the_base_point():
    """Their sums meet doublings and the point at infinity; the signatures are made backwards from u1, u2."""
    small = [BASE, jacobian.double(BASE)]
    for _ in range(3):
        small.append(jacobian.add(small[-1], BASE))
    small += [(x, field.P - y, z) for x, y, z in small]
    for point in small:
        x, y = _affine(point)
        table = comb.build(x, y, comb.WIDTH)
        for u1, u2 in (
            (1, 1),
            (2, 1),
            (0, 5),
            (p256.N - 1, 1),
            (1 << 255, 1 << 255),
            (3, p256.N - 2),
        ):
            total = jacobian.sum_of_products(u1, BASE, u2, (x, y, 1))
            r = _affine(total)[0] % p256.N if total[2] else 7
            s = r * field.invert_int(u2, p256.N) % p256.N
            digest = (u1 * s % p256.N).to_bytes(32, "big")
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
            for by in (None, table):
                assert p256.verify(x, y, digest, signature, by) == bool(total[2])


def test_numbers_in_the_field():
    edges = [0, 1, 2, field.P - 1, field.P - 2, 1 << 255, (1 << 96) - 1, field.P >> 1, 0xFFFF << 13]
    for a in edges:
        for b in edges:
            x, y, z = field.element(a), field.element(b), bytearray(field.SIZE)
            field.mul(x, y, z)
            assert _is(z, a * b)
            field.sqr(x, z)
            assert _is(z, a * a)
            field.lin(x, 8, y, -8, z)
            assert _is(z, 8 * a - 8 * b)
            field.lin(x, -1, y, 0, x)
            assert _is(x, -a)


def test_inverses():
    for modulus in (field.P, p256.N):
        for a in (
            1,
            2,
            3,
            modulus - 1,
            modulus - 2,
            1 << 128,
            (1 << 255) + 12345,
            SIGNER.x % modulus,
        ):
            assert a * field.invert_int(a, modulus) % modulus == 1


def _affine(point):
    x, y, z = point
    inverse = field.invert_int(z, field.P)
    return x * inverse * inverse % field.P, y * inverse * inverse * inverse % field.P


def _is(element, value):
    """Whether that is what it stands for."""
    difference = bytearray(field.SIZE)
    field.lin(element, 1, field.element(value % field.P), -1, difference)
    return field.is_zero(difference)
