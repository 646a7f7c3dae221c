"""The release store on littlefs, with the power cut at every write; and littlefs filled up."""

import hashlib

import pytest

from borne import limits
from borne.errors import TrustError
from borne.trust import atomic
from borne.trust.release_store import ReleaseStore
from bornetools import power_cuts
from bornetools.emulator.flash import BLOCK_SIZE, Files, Flash

FIRST, SECOND, THIRD = power_cuts.releases()


@pytest.mark.parametrize(
    ("name", "old", "new"), [("all files", FIRST, SECOND), ("by delta", SECOND, THIRD)]
)
def test_every_cut_leaves_a_whole_release_and_the_next_sync_the_new_one(
    name, old, new, capsys, record_property
):
    seen = []
    result = power_cuts.try_update(name, old, new, progress=lambda *now: seen.append(now))
    assert result.lost == []
    assert result.writes > 80
    for when in power_cuts.WHEN:
        assert result.cuts[when] == result.writes
    assert result.cuts[power_cuts.TWICE] >= result.writes // 5
    assert result.survived == result.tried == sum(result.cuts.values())
    assert seen == [(done, result.writes) for done in range(1, result.writes + 1)]
    record_property("power cuts tried", result.tried)
    record_property("power cuts survived", result.survived)
    with capsys.disabled():
        print(f"\n{name}: {result.survived} of {result.tried} power cuts survived")
    assert f"| {name} | {result.writes} |" in power_cuts.markdown([result])


class RemovesFirst(ReleaseStore):
    """Replaces release.cbor in two steps."""

    def commit(self, version, time, names):
        if self.version:
            self._os.remove(self._release)
        super().commit(version, time, names)


class CollectsFirst(ReleaseStore):
    """Deletes the old release's files before the new one is in force."""

    def commit(self, version, time, names):
        for sha256 in set(self.names().values()) - set(names.values()):
            self._os.remove(self._path(sha256))
        super().commit(version, time, names)


class WritesInPlace(ReleaseStore):
    """Uploads straight to the place of the finished file."""

    def begin(self, sha256, size, most):
        at = super().begin(sha256, size, most)
        if self._file:
            self._file.close()
            self._os.rename(self._path(sha256) + ".part", self._path(sha256))
            self._file = self._open(self._path(sha256), "ab")
        return at


@pytest.mark.parametrize("store_class", [RemovesFirst, CollectsFirst, WritesInPlace])
def test_a_store_with_a_gap_is_found_out(store_class):
    result = power_cuts.try_update("by delta", SECOND, THIRD, store_class)
    assert 0 < result.survived < result.tried
    assert len(result.lost) == result.tried - result.survived


def test_an_upload_that_is_not_synced_is_found_out(monkeypatch):
    old, new = power_cuts.Release(1, {"a": b"a"}), power_cuts.Release(2, {"b": b"b" * 17_000})
    assert power_cuts.try_update("one file", old, new).lost == []
    monkeypatch.setattr(atomic, "sync", lambda file, os_module: None)
    result = power_cuts.try_update("one file", old, new)
    assert any("synced of an upload" in text for text in result.lost)


def test_the_flash_remembers_every_write():
    flash = Flash(16)
    files = Files(flash, new=True)
    with files.open("/a", "wb") as file:
        file.write(bytes(9000))
    again = Flash(16)
    for write in flash.writes:
        write.onto(again.buffer)
    assert again.buffer == flash.buffer
    assert Files(again).stat("/a")[6] == 9000
    with pytest.raises(OSError, match="CORRUPT"):
        Files(Flash(16))


def full_terminal():
    """A terminal's files with a release, and 20 blocks free but for littlefs's own."""
    files = Files(Flash(32), new=True)
    store = ReleaseStore("/", files, files.open)
    data = b"keys" * 500
    sha256 = hashlib.sha256(data).hexdigest()
    store.begin(sha256, 2000, 2000)
    store.append(sha256, 0, data)
    store.finish(sha256)
    store.commit(1, 2, {"keys.cbor": sha256})
    return files, store, data


def test_what_begins_finds_room_to_its_end():
    files, store, keys = full_terminal()
    size = store.free()
    assert size > 15 * BLOCK_SIZE
    data = bytes(range(256)) * (size // 256)
    sha256 = hashlib.sha256(data).hexdigest()
    with pytest.raises(TrustError) as refused:
        store.begin(sha256, size + 1, 1 << 20)
    assert refused.value.code == "FULL"
    assert store.begin(sha256, len(data), 1 << 20) == 0
    for at in range(0, len(data), 1000):
        store.append(sha256, at, data[at : at + 1000])
    store.finish(sha256)
    store.commit(2, 3, {"keys.cbor": sha256})
    assert ReleaseStore("/", files, files.open).read("keys.cbor", size) == data


def fill(files):
    with files.open("/journal", "wb") as file:
        while True:
            file.write(bytes(BLOCK_SIZE))
            file.flush()


def test_a_flash_that_something_else_fills_keeps_the_release():
    files, store, keys = full_terminal()
    data = bytes(10 * BLOCK_SIZE)
    sha256 = hashlib.sha256(data).hexdigest()
    store.begin(sha256, len(data), len(data))
    store.append(sha256, 0, data[: limits.STORE_SYNC])
    with pytest.raises(OSError, match="NOSPC"):
        fill(files)
    rest = range(limits.STORE_SYNC, len(data), 1000)
    with pytest.raises(TrustError) as refused:
        _ = [store.append(sha256, at, data[at : at + 1000]) for at in rest]
    assert refused.value.code == "FULL"
    with pytest.raises(TrustError) as refused:
        store.begin(sha256, len(data), len(data))
    assert refused.value.code == "FULL"
    for one in (store, ReleaseStore("/", files, files.open)):
        assert one.read("keys.cbor", 2000) == keys
    files.remove("/journal")
    assert store.begin(sha256, len(data), len(data)) == limits.STORE_SYNC
