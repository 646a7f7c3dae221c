import hashlib

from signing import _multiple
from support import raises

from borne.crypto import comb, ecdh, ecdsa_sign, p256, p256_base, secret
from borne.crypto.comb import N
from borne.crypto.field import P
from borne.errors import DecodeError

EDGES = (
    1,
    2,
    3,
    N - 1,
    N - 2,
    N >> 1,
    (N >> 1) + 1,
    1 << 255,
    1 << 32,
    (1 << 128) - 1,
    0xFF << 248,
)


def test_public_keys_are_multiples_of_the_base_point():
    for scalar in EDGES + (0x1234567890ABCDEF << 190,):
        pair = ecdh.KeyPair(scalar)
        assert (pair.x, pair.y) == _multiple(scalar), scalar


def test_both_sides_agree():
    for a in EDGES:
        b = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
        one, other = ecdh.KeyPair(a), ecdh.KeyPair(b)
        both = _multiple(a * b % N)[0].to_bytes(32, "big")
        assert one.shared(other.x, other.y) == other.shared(one.x, one.y) == both


def test_a_published_agreement():
    # RFC 5903 section 8.1: 256-bit random ECP group.
    i = 0xC88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433
    r = 0xC6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53
    pair = ecdh.KeyPair(i)
    assert pair.x == 0xDAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180
    other = ecdh.KeyPair(r)
    assert other.x == 0xD12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63
    shared = 0xD6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE
    assert pair.shared(other.x, other.y) == shared.to_bytes(32, "big")


def test_points_that_are_none_are_refused():
    pair = ecdh.KeyPair(12345)
    other = ecdh.KeyPair(54321)
    for x, y in (
        (other.x, other.y ^ 1),
        (other.x ^ 1, other.y),
        (0, 0),
        (0, 1),
        (other.x + P, other.y),
        (other.x, other.y - P),
        (-other.x, other.y),
    ):
        raises(DecodeError, pair.shared, x, y)


def test_private_keys_out_of_range_are_refused():
    for wrong in (0, -1, N, N + 1, 1 << 256):
        raises(ValueError, ecdh.KeyPair, wrong)


def test_additions_that_cannot_be_done_in_place():
    base = p256.BASE + (p256_base.TABLE, comb.WIDTH)
    # Two equal shares meet in a doubling, opposite ones at infinity.
    assert secret.multiply([7, 7], *base, 99) == _multiple(14)
    assert secret.multiply([5, N - 3], *base, 99) == _multiple(2)
    raises(ValueError, secret.multiply, [5, N - 5], *base, 99)


def test_the_mask_changes_nothing():
    base = p256.BASE + (p256_base.TABLE, comb.WIDTH)
    for mask in (0, 1, P, P - 1, 1 << 255, (1 << 256) - 1):
        assert secret.multiply([77], *base, mask) == _multiple(77)


def test_signatures_as_published():
    # RFC 6979 appendix A.2.5, P-256 with SHA-256.
    key = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
    for text, r, s in (
        (
            b"sample",
            0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
            0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8,
        ),
        (
            b"test",
            0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
            0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083,
        ),
    ):
        digest = hashlib.sha256(text).digest()
        wanted = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        for seed in (bytes(32), b"\xff" * 32, digest):
            assert ecdsa_sign.sign(key, digest, seed) == wanted
        pair = ecdh.KeyPair(key)
        assert p256.verify(pair.x, pair.y, digest, wanted)


def test_digests_and_keys_at_the_edges_sign():
    for key in EDGES:
        pair = ecdh.KeyPair(key)
        for digest in (bytes(32), b"\xff" * 32, N.to_bytes(32, "big")):
            signature = ecdsa_sign.sign(key, digest, b"s" * 32)
            assert p256.verify(pair.x, pair.y, digest, signature)


def test_an_agreement_reads_all_entries_of_the_other_sides_comb():
    read = []
    was = secret.field.select

    def noted(table, count, n, to):
        read.append((len(table), count))
        was(table, count, n, to)

    pair, other = ecdh.KeyPair(12345), ecdh.KeyPair(54321)
    secret.field.select = noted
    try:
        assert pair.shared(other.x, other.y) == _multiple(12345 * 54321)[0].to_bytes(32, "big")
    finally:
        secret.field.select = was
    assert read == [(8 * comb.ENTRY, 8)] * 64  # columns


def test_an_entry_is_selected_from_all():
    table = bytearray(n * 7 + (n >> 8) & 0xFF for n in range(8 * comb.ENTRY))
    for n in range(8):
        to = bytearray(comb.ENTRY)
        secret.field.select(table, 8, n, to)
        assert to == table[comb.ENTRY * n : comb.ENTRY * (n + 1)]
