"""Revocation lists: numpy's writer and reader, the plain writer and the firmware's reader agree."""

import subprocess
import sys
import zlib

import numpy as np
import plain_rsl
import pytest
from apply_delta import applied
from hypothesis import given, settings
from hypothesis import strategies as st
from names import ES256, Claim, Header, Key

from borne import limits
from borne.errors import DecodeError, TrustError
from borne.token import cose_key
from borne.trust import revocation as device
from borne.trust.status import StatusList
from bornetools import revocation
from bornetools.errors import UserError
from bornetools.issuer import cose
from bornetools.on_micropython import vm
from bornetools.revocation import coding

URI = plain_rsl.URI
NOW = 1_800_000_000
SIZES = st.sampled_from((64, 65, 100, 1024))
PARAMETERS = st.one_of(st.integers(1, 100), st.integers(1, limits.RSL_PARAMETER_MAX))


@st.composite
def lists(draw):
    """(increasing indices, size of the list), sparse or dense, with clusters."""
    gaps = draw(st.lists(st.one_of(st.integers(0, 3), st.integers(0, 2000)), max_size=400))
    indices = np.cumsum(np.array(gaps, np.int64) + 1) - 1
    size = int(indices[-1]) + 1 if len(indices) else 1
    return indices, size + draw(st.integers(0, 100))


def written(indices, size, version=1, **changes):
    fields = {"uri": URI, "value": 1, "issued_at": NOW, "expires": NOW + 9, **changes}
    return revocation.write(np.array(indices, np.int64), size, version=version, **fields)


@given(lists(), SIZES, PARAMETERS)
def test_blocks_are_as_the_plain_writer_makes_them_and_are_read_again(given_list, block, parameter):
    indices, size = given_list
    data = coding.encode(indices, block, parameter)
    assert data == plain_rsl.blocks(indices.tolist(), block, parameter)
    assert np.array_equal(coding.decode(data, block, parameter, size), indices)


@given(lists(), SIZES)
def test_the_device_reads_what_the_host_writes(given_list, block):
    indices, size = given_list
    data = written(indices, size, block_size=block)
    read = device.open(data, len(data))
    assert list(read) == indices.tolist()
    assert (read.uri, read.version, read.value) == (URI, 1, 1)
    assert (read.issued_at, read.expires) == (NOW, NOW + 9)
    revoked = np.zeros(size, bool)
    revoked[indices] = True
    for index in {0, size - 1, size // 2, *indices[:9].tolist(), *(indices[:9] // 2).tolist()}:
        assert read.contains(index) == revoked[index]


@given(lists(), lists(), SIZES)
def test_a_delta_makes_the_new_list(old, new, block):
    (old, old_size), (new, new_size) = old, new
    before = written(old, old_size, 3, block_size=1024)
    after = written(new, max(old_size, new_size), 4, expires=None, block_size=block)
    delta = revocation.delta(before, after)
    assert applied(before, delta) == after


@settings(max_examples=300)
@given(lists(), st.data())
def test_a_corrupted_list_is_refused_or_read_within_its_bounds(given_list, data):
    indices, size = given_list
    whole = bytearray(written(indices, size, block_size=64))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    whole = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        read = device.open(whole, len(whole))
        found = list(read)
        assert found == sorted(set(found))
        assert not found or found[-1] < read.size
        assert all(read.contains(index) for index in found[:20])
    except TrustError:
        pass
    try:
        again = revocation.read(whole)
        assert list(device.open(whole, len(whole))) == again.indices.tolist()
    except (UserError, TrustError):
        pass


@settings(max_examples=300)
@given(lists(), lists(), st.data())
def test_a_corrupted_delta_makes_the_new_list_or_none(old, new, data):
    (old, old_size), (new, new_size) = old, new
    before = written(old, old_size, 3, block_size=64)
    after = written(new, max(old_size, new_size), 4, block_size=64)
    delta = bytearray(revocation.delta(before, after))
    place = data.draw(st.integers(0, len(delta) - 1))
    delta[place] ^= data.draw(st.integers(1, 255))
    try:
        made = applied(before, bytes(delta))
    except TrustError:
        return
    assert made == after  # what was hit does not matter here, such as an unused parameter


def test_noise_is_refused():
    for seed in range(20):
        noise = np.random.default_rng(seed).bytes(5000)
        for head in (b"", b"BRSL\1\1\4\0", plain_rsl.header(99, 1 << 27, block_size=1024)):
            data = head + noise
            with pytest.raises(TrustError):
                list(device.open(data, len(data)))
            with pytest.raises(UserError):
                revocation.read(data)


def test_what_no_terminal_takes_is_not_written():
    for indices, size, changes in (
        ([1, 1], 10, {}),
        ([2, 1], 10, {}),
        ([-1], 10, {}),
        ([10], 10, {}),
        ([], 0, {}),
        ([], limits.STATUS_INDEX_MAX + 2, {}),
        ([], 10, {"uri": ""}),
        ([], 10, {"uri": "a b"}),
        ([], 10, {"uri": "é"}),
        ([], 10, {"uri": "a" * 257}),
        ([], 10, {"value": 0}),
        ([], 10, {"value": 256}),
        ([], 10, {"version": -1}),
        ([], 10, {"expires": NOW}),
        ([], 10, {"expires": limits.TIME_MAX + 1}),
        ([], 10, {"block_size": 63}),
        ([], 10, {"block_size": 1025}),
    ):
        with pytest.raises(UserError):
            written(indices, size, **changes)


def test_a_list_larger_than_terminals_take_is_not_written(monkeypatch):
    data = written(range(0, 1000, 2), 1000)
    monkeypatch.setattr(limits, "STATUS_LIST_FILE_MAX", len(data))
    assert written(range(0, 1000, 2), 1000) == data
    monkeypatch.setattr(limits, "STATUS_LIST_FILE_MAX", len(data) - 1)
    with pytest.raises(UserError):
        written(range(0, 1000, 2), 1000)


def test_a_delta_is_of_one_list_and_forward():
    one, two = written([1], 10, 1), written([2], 10, 2)
    for old, new in (
        (two, one),
        (one, one),
        (one, written([2], 10, 2, uri=URI + "x")),
        (one, written([2], 10, 2, value=2)),
        (one, two[:-1]),
        (b"", two),
        (written([9], 10, 1), written([2], 5, 2)),
    ):
        with pytest.raises(UserError):
            revocation.delta(old, new)


def test_a_delta_of_few_changes_is_small():
    random = np.random.default_rng(3)
    old = np.unique(random.integers(0, 10**6, 10_000))
    new = np.setxor1d(old, np.unique(random.integers(0, 10**6, 100)))
    before, after = written(old, 10**6, 1), written(new, 10**6, 2)
    assert len(revocation.delta(before, after)) < 400 < len(after) / 20


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.02])
def test_sizes_of_67_million_tokens_are_close_to_the_entropy(rate):
    size = 67_000_000
    revoked = np.random.default_rng(5).choice(size, int(size * rate), replace=False, shuffle=False)
    data = written(np.sort(revoked), size)
    entropy = -rate * np.log2(rate) - (1 - rate) * np.log2(1 - rate)
    assert len(data) * 8 <= (1.03 if rate == 0.01 else 1.05) * entropy * size


# Leaves 4 KiB of heap, and no more, to a list of 67 million tokens.
_IN_4_KIB = """
import gc, sys
from borne.trust import revocation
from borne.trust.store import FolderStore
indices = [int(n) for n in sys.argv[2:]]
found = bytearray(len(indices))
view = FolderStore(sys.argv[1]).view("1.rsl", 4194304)
revocation.open(view, len(view)).contains(5)
gc.collect()
left = bytearray(4096)
ballast = None
size = 1 << 17
while size >= 64:
    try:
        while True:
            ballast = (bytearray(size), ballast)
    except MemoryError:
        size >>= 1
left = None
gc.collect()
free = gc.mem_free()
one = revocation.open(view, len(view))
for at in range(len(indices)):
    found[at] = one.contains(indices[at])
ballast = None
print(free, list(found))
"""


def test_a_look_up_takes_4_kib_of_ram_whatever_the_list(tmp_path):
    size = 67_000_000
    revoked = np.unique(np.random.default_rng(6).integers(0, size, 670_000))
    (tmp_path / "1.rsl").write_bytes(written(revoked, size, block_size=1024))
    script = tmp_path / "look_up.py"
    script.write_text(_IN_4_KIB)
    asked = [0, size - 1, *revoked[::60_000].tolist(), *(revoked[::60_000] + 1).tolist()]
    done = vm.run(script, tmp_path, *asked)
    free, _, found = done.stdout.decode().strip().partition(" ")
    assert free.isdigit(), done.stdout.decode()
    assert int(free) < 4096 + 512  # crumbs of the heap included
    among = set(revoked.tolist())
    assert found == str([int(index in among) for index in asked])


def test_67_million_tokens_are_built_in_a_minute_and_a_gigabyte():
    script = """if True:
        import resource, time
        import numpy as np
        from bornetools import revocation
        size = 67_000_000
        revoked = np.unique(np.random.default_rng(1).integers(0, size, 1_353_000))
        resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
        started = time.process_time()
        revocation.write(revoked, size, "u:x", 1, 1, 0)
        print(len(revoked) / size, time.process_time() - started)
    """
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    rate, seconds = map(float, done.stdout.split())
    assert rate == pytest.approx(0.02, rel=0.01)
    assert seconds < 60


class Signer:
    """An issuer's key, as its private half and as a COSE_Key."""

    def __init__(self, **fields):
        self.key = cose.new_key()
        kid = cose.key_id(self.key.public_key())
        self.public = {**cose.cose_key(self.key.public_key()), Key.KID: kid, Key.ALG: ES256}
        self.public |= {
            Key.ISSUER: "https://issuer.example/",
            Key.NOT_BEFORE: NOW - 100,
            Key.NOT_AFTER: NOW + 100,
        }

    def token(self, lst=b"", bits=1, typ="application/statuslist+cwt", change=None):
        claims = {Claim.SUB: URI, Claim.IAT: NOW, Claim.EXP: NOW + 50, Claim.TTL: 5}
        claims |= {Claim.STATUS_LIST: {"bits": bits, "lst": zlib.compress(lst, 9)}} | (change or {})
        header = {Header.KID: self.public[Key.KID]} | ({Header.TYP: typ} if typ else {})
        return cose.sign(cose.encode(claims), self.key, header)


def opened(token, keys):
    """The list, and its size and statuses, as an import has them."""
    try:
        found = StatusList(token, [cose_key.key(one) for one in keys])
    except DecodeError as error:
        raise UserError(error.reason) from error
    return found, *revocation.statuses(found.compressed, found.bits)


def test_a_status_list_token_is_taken_apart():
    signer = Signer()
    # The Token Status List document's example of two bits: 12 tokens.
    lst = bytes.fromhex("c944f9")
    found, size, statuses = opened(signer.token(lst, 2), [Signer().public, signer.public])
    assert (found.uri, found.issuer) == (URI, "https://issuer.example/")
    assert (found.issued_at, found.expires, size) == (NOW, NOW + 50, 12)
    assert {value: list(indices) for value, indices in statuses.items()} == {
        1: [0, 5, 7, 8],
        2: [1, 9],
        3: [3, 10, 11],
    }
    _, _, one = opened(signer.token(bytes([0xB9, 0xA3])), [signer.public])
    assert one[1].tolist() == [0, 3, 4, 5, 7, 8, 9, 13, 15]
    assert opened(signer.token(b"\x02", 8), [signer.public])[2][2].tolist() == [0]
    assert opened(signer.token(b"\x00"), [signer.public])[2] == {}


def test_what_is_no_usable_status_list_token_is_refused():
    signer = Signer()
    good = signer.token(b"\x01")
    for token, change in (
        (b"", {}),
        (b"\xd8\x3d" + good, {}),
        (good[:-1] + bytes([good[-1] ^ 1]), {}),
        (good, {Key.STATE: 1}),
        (good, {Key.NOT_BEFORE: NOW + 1}),
        (good, {Key.NOT_AFTER: NOW - 1}),
        (signer.token(b"\x01", typ="JWT"), {}),
        (signer.token(b"\x01", typ=None), {}),
        (signer.token(b"\x01", bits=3), {}),
        (signer.token(b""), {}),
        (signer.token(bytes((1 << 24) + 1)), {}),
        (signer.token(change={Claim.SUB: 5}), {}),
        (signer.token(b"\x01", change={Claim.IAT: "x"}), {}),
        (signer.token(b"\x01", change={Claim.EXP: "x"}), {}),
        (signer.token(change={Claim.STATUS_LIST: {"bits": 1, "lst": b"\x78\xda\x01"}}), {}),
        (signer.token(change={Claim.STATUS_LIST: {"bits": 1}}), {}),
        (signer.token(change={Claim.STATUS_LIST: 5}), {}),
    ):
        with pytest.raises(UserError):
            opened(token, [{**signer.public, **change}])
    with pytest.raises(UserError):
        opened(good, [Signer().public])
