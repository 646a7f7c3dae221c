import hashlib

from signing import Signer

from borne.crypto import p256

DIGEST = hashlib.sha256(b"sample").digest()
SIGNER = Signer("a")


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
    assert not p256.on_curve(SIGNER.x + p256.P, SIGNER.y)
    assert not p256.on_curve(SIGNER.x, -SIGNER.y)


def test_the_group_law_holds_in_its_special_cases():
    g = p256._G[0] + (1,)
    infinity = (1, 1, 0)
    minus_g = (g[0], p256.P - g[1], 1)
    assert p256._add(g, minus_g)[2] == 0
    assert p256._add(infinity, g) == g and p256._add(g, infinity) == g
    assert _affine(p256._add(g, g)) == _affine(p256._double(g))
    jacobian = p256._double(p256._double(g))
    assert _affine(p256._add(jacobian, jacobian)) == _affine(p256._double(jacobian))
    assert p256._double(infinity)[2] == 0


def test_multiples_of_the_base_point_agree_whichever_way_they_are_made():
    for k in (1, 2, 3, 15, 16, 17, p256.N - 1, p256.N - 2, 1 << 255):
        one = _affine(p256._sum_of_products(k, 0, *p256._G[0]))
        other = _affine(p256._sum_of_products(0, k, *p256._G[0]))
        split = _affine(p256._sum_of_products(k - 1, 1, *p256._G[0]))
        assert one == other == split
    assert p256._sum_of_products(p256.N - 1, 1, *p256._G[0])[2] == 0


def _affine(point):
    x, y, z = point
    inverse = p256._inverse(z, p256.P)
    assert z * inverse % p256.P == 1
    return x * inverse * inverse % p256.P, y * inverse * inverse * inverse % p256.P
