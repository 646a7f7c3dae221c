import io
import os
import random

import plain_rsl
from apply_delta import applied
from support import raises

from borne import limits
from borne.errors import TrustError
from borne.storage.file_view import FileView
from borne.trust import revocation, revocation_delta
from borne.trust.store import FolderStore

FOLDER = "/tmp/borne-test-%d" % int.from_bytes(os.urandom(4), "big")


def opened(data):
    return revocation.open(data, len(data))


def refused(data):
    """The code with which a list is refused when it is opened, or read to its end."""
    return raises(TrustError, lambda: list(opened(data))).code


def some(count, size, seed):
    random.seed(seed)
    found = set()
    while len(found) < count:
        found.add(random.getrandbits(30) % size)
    return sorted(found)


def test_a_list_byte_by_byte():
    # Gaps 3, 0 and 17 by parameter 5 (remainders 0, 1, 2 in two bits, 3 and 4 in three), and ones.
    data = opened(
        b"BRSL\x01\x02\x00\x40\x00\x00\x00\x05\x00\x00\x03\xe8\x00\x00\x00\x04\x00\x00\x00\x07"
        + b"\x00\x00\x00\x00\x6b\x49\xd2\x00\x00\x00\x00\x00\x6b\x4b\x23\x80\x00\x03u:x"
        + b"\x00\x00\x00\x0a"
        + bytes([0b0_110_0_00_1, 0b1_1_0_10_111])
    )
    assert list(data) == [10, 14, 15, 33]
    assert (data.uri, data.version, data.size, data.count) == ("u:x", 7, 1000, 4)
    assert (data.value, data.block_size, data.parameter) == (2, 64, 5)
    assert (data.issued_at, data.expires) == (1_800_000_000, 1_800_086_400)


def test_look_ups_agree_with_the_indices():
    for parameter in (1, 2, 3, 5, 8, 69, 1000, limits.RSL_PARAMETER_MAX):
        for size, count in ((1, 0), (1, 1), (1000, 0), (1000, 1), (1000, 1000), (3000, 400)):
            indices = some(count, size, parameter)
            data = opened(plain_rsl.whole(indices, size, parameter=parameter))
            assert list(data) == indices
            for index in range(0, size, 1 if size <= 1000 else 7):
                assert data.contains(index) == (index in indices)
            raises(IndexError, data.contains, size)
            raises(IndexError, data.contains, -1)


def test_clusters_far_apart_begin_blocks_of_their_own():
    indices = list(range(50)) + list(range(1_000_000, 1_000_050)) + [limits.STATUS_INDEX_MAX]
    data = opened(plain_rsl.whole(indices, limits.STATUS_INDEX_MAX + 1, parameter=1))
    assert list(data) == indices
    assert data.contains(49) and data.contains(1_000_000) and data.contains(limits.STATUS_INDEX_MAX)
    assert not data.contains(50) and not data.contains(999_999) and not data.contains(1_000_050)


def test_files_views_and_bytes_are_read_alike():
    indices = some(500, 5000, 1)
    data = plain_rsl.whole(indices, 5000)
    os.mkdir(FOLDER)
    try:
        with open(FOLDER + "/1.rsl", "wb") as file:
            file.write(data)
        with open(FOLDER + "/1.rsl", "rb") as file:
            assert list(revocation.open(file, len(data))) == indices
            assert list(revocation.open(FileView(file, 0, len(data)), len(data))) == indices
        view = FolderStore(FOLDER).view("1.rsl", limits.STATUS_LIST_FILE_MAX)
        assert list(revocation.open(view, len(data))) == indices
        assert list(opened(memoryview(data))) == indices
        os.remove(FOLDER + "/1.rsl")
    finally:
        os.rmdir(FOLDER)


def test_a_list_without_an_end_of_validity():
    assert opened(plain_rsl.whole([1], expires=0)).expires is None


def test_headers_out_of_bounds_are_refused():
    for fields in (
        {"magic": b"BRSX"},
        {"value": 0},
        {"block_size": 0},
        {"block_size": 63},
        {"block_size": 1025},
        {"block_size": 65535},
        {"parameter": 0},
        {"parameter": limits.RSL_PARAMETER_MAX + 1},
        {"parameter": 0xFFFFFFFF},
        {"size": 0},
        {"size": limits.STATUS_INDEX_MAX + 2},
        {"size": 0xFFFFFFFF},
        {"size": 0x9},
        {"issued_at": plain_rsl.EXPIRES},
        {"issued_at": limits.TIME_MAX + 1, "expires": 0},
        {"expires": 0xFFFFFFFFFFFFFFFF},
        {"uri": b""},
        {"uri": b"a" * 257},
        {"uri": b"https://\xc3\xa9.example/"},
        {"uri": b"a b"},
        {"uri_size": 65535},
    ):
        data = plain_rsl.header(10, **fields) + plain_rsl.blocks(range(10), 64, 5)
        assert raises(TrustError, opened, data).code == "FORMAT", fields
    data = plain_rsl.whole([1], form=2)
    assert raises(TrustError, opened, data).code == "UNSUPPORTED"
    assert refused(b"") == "FORMAT"
    assert refused(plain_rsl.header(1)) == "FORMAT"
    assert refused(plain_rsl.whole([1])[:-1]) == "FORMAT"
    assert refused(plain_rsl.header(0) + b"\x00\x00\x00\x05") == "FORMAT"
    big = plain_rsl.whole([1]) + bytes(20)
    assert raises(TrustError, revocation.open, io.BytesIO(big), 1 << 23).code == "FORMAT"


def test_a_file_shorter_than_it_was_said_to_be_is_refused():
    data = plain_rsl.whole(range(0, 1000, 3))
    cut = revocation.open(io.BytesIO(data[:-5]), len(data))
    assert raises(TrustError, list, cut).code == "FORMAT"
    assert raises(TrustError, cut.contains, 999).code == "FORMAT"
    gone = revocation.open(io.BytesIO(data[:80]), len(data))
    assert raises(TrustError, gone.contains, 999).code == "FORMAT"


def test_indices_out_of_order_or_bounds_are_refused():
    first = plain_rsl.blocks(some(60, 500, 2), 64, 5)
    assert len(first) <= 64
    first += b"\xff" * (64 - len(first))
    for second in ([3], [1000], [999, 1000]):
        data = plain_rsl.header(60 + len(second)) + first + plain_rsl.blocks(second, 64, 5)
        assert refused(data) == "FORMAT", second
    # A remainder that the block's end cuts short, in its first bits and in its last.
    for body in (b"\x00\x00\x00\x01" + b"\x0f" + b"\xfe", b"\x00\x00\x00\x01" + b"\xfb"):
        data = plain_rsl.header(3) + body
        assert refused(data) == "FORMAT", body


def test_noise_ends_soon_in_a_refusal_or_in_indices_that_increase():
    random.seed(7)
    good = plain_rsl.whole(some(300, 3000, 3), 3000)
    for _ in range(300):
        data = bytearray(good)
        for _ in range(random.getrandbits(3) + 1):
            data[random.getrandbits(16) % len(data)] = random.getrandbits(8)
        last = -1
        try:
            noisy = opened(bytes(data))
            for index in noisy:
                assert last < index < noisy.size
                last = index
            noisy.contains(noisy.size // 2)
        except TrustError:
            pass


def deltas():
    """Pairs of lists of indices, with what changes from one to the other."""
    old = some(400, 3000, 4)
    flips = some(90, 4000, 5)
    yield old, sorted(set(old) ^ set(flips)), flips
    yield old, old, []
    yield old, [], old
    yield [], old, old
    yield [], [], []
    yield [0], [3999], [0, 3999]


def test_a_delta_makes_the_new_list_byte_for_byte():
    for old, new, changes in deltas():
        for parameter in (1, 7, 64):
            before = plain_rsl.whole(old, 3000, parameter=5, version=4)
            after = plain_rsl.whole(new, 4000, parameter=parameter, version=6)
            assert applied(before, plain_rsl.delta(before, after, changes, 4)) == after


def test_a_delta_is_applied_in_small_steps():
    before = plain_rsl.whole(range(0, 3000, 2), 3000, version=4)
    after = plain_rsl.whole(range(0, 3000, 3), 3000, version=5)
    changes = sorted(set(range(0, 3000, 2)) ^ set(range(0, 3000, 3)))
    done = io.BytesIO()
    written = 0
    for _ in revocation_delta.steps(before, plain_rsl.delta(before, after, changes, 4), done):
        assert len(done.getvalue()) - written <= 64 + 42 + len(plain_rsl.URI)
        written = len(done.getvalue())
    assert done.getvalue() == after


def test_a_delta_for_another_list_or_of_another_result_is_refused():
    before = plain_rsl.whole([1, 2, 3], version=4)
    after = plain_rsl.whole([1, 2, 4], version=5)
    good = plain_rsl.delta(before, after, [3, 4], 4)
    wrong = (
        ("HASH", plain_rsl.whole([1, 2, 5], version=4), good),
        ("HASH", plain_rsl.whole([1, 2, 3], version=3), good),
        ("HASH", before, plain_rsl.delta(before, after, [3, 5], 4)),
        ("HASH", before, good[:50] + bytes([good[50] ^ 1]) + good[51:]),
        ("FORMAT", before, plain_rsl.delta(before, after, [3, 4, 5, 6], 4)),
        ("FORMAT", before, plain_rsl.delta(before, after, [3, 4], 4, count=3)),
        ("UNSUPPORTED", before, plain_rsl.delta(before, after, [3, 4], 4, form=2)),
        ("FORMAT", before, good[:5] + bytes(4) + good[9:]),
        ("FORMAT", before, b"BRSX" + good[4:]),
        ("FORMAT", before, good[:60]),
        ("FORMAT", before, good[:-1]),
        ("FORMAT", before, after),
        ("FORMAT", good, good),
    )
    for code, old, delta in wrong:
        assert raises(TrustError, applied, old, delta).code == code
    for fields in ({"version": 4}, {"version": 3}, {"uri": b"u:other"}, {"value": 2}):
        fields["version"] = fields.get("version", 5)
        other = plain_rsl.whole([1, 2, 4], **fields)
        delta = plain_rsl.delta(before, other, [3, 4], 4)
        error = raises(TrustError, applied, before, delta)
        assert error.code == "FORMAT"


def test_a_change_beyond_a_list_that_has_shrunk_is_refused():
    before = plain_rsl.whole([1, 999], 1000, version=4)
    after = plain_rsl.whole([1], 500, version=5)
    delta = plain_rsl.delta(before, after, [], 4)
    error = raises(TrustError, applied, before, delta)
    assert error.code == "FORMAT"
