"""Power cuts at the writes of a sync, on littlefs; and littlefs filled up."""

import hashlib

import pytest

from borne import limits
from borne.errors import TrustError
from borne.storage import atomic
from borne.trust.clock import Clock
from borne.trust.release_store import ReleaseStore
from bornetools import power_cuts
from bornetools.emulator.machine.flash import BLOCK_SIZE, CUTS, Files, Flash
from bornetools.power_cuts.in_process import OBJECTS, Courier, Terminal

EVERY = 4  # writes of which one is cut: `borne bench power-cuts` cuts at all
NAMES = ("first sync", "delta and new root")


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    return {case.name: case for case in power_cuts.cases(tmp_path_factory.mktemp("cuts"))}


def test_the_syncs_are_what_they_are_called(cases):
    first, second = (cases[name] for name in NAMES)
    assert set(first.old.files) == {"root.json"}
    assert first.new == second.old
    assert set(second.new.files) - set(second.old.files) == {"status/short/2.rsl"}
    assert second.new.files["root.json"] != second.old.files["root.json"]
    assert len(first.new.files["status/long/1.rsl"]) > limits.STORE_SYNC
    for case in (first, second):
        there = set(Files(Flash(image=case.image)).listdir(OBJECTS))
        left = there - set(case.old.names.values())
        assert sorted(name.endswith(".part") for name in left) == [False, True]
    terminal = Terminal(Flash(image=second.image))
    courier = Courier(terminal)
    courier.sync(second.new)
    sent = {sha256 for _, (sha256, _) in courier.durable}
    assert sent & set(second.new.names.values()) == {
        second.new.names[name + ".json"] for name in ("root", "timestamp", "snapshot", "targets")
    }
    assert len(sent) == 5  # and the delta
    assert hexadecimal(terminal.store.names()) == second.new.names


@pytest.mark.parametrize("name", NAMES)
def test_cuts_leave_a_whole_release_and_the_next_sync_the_new_one(
    name, cases, capsys, record_property
):
    seen = []
    result = power_cuts.try_case(cases[name], every=EVERY, progress=lambda *now: seen.append(now))
    assert result.lost == []
    assert result.writes > 100
    for when in CUTS:
        assert result.cuts[when] == (result.writes + EVERY - 1) // EVERY
    assert result.cuts[power_cuts.TWICE] >= result.writes // EVERY // 2
    assert result.survived == result.tried == sum(result.left.values())
    assert all(result.left[state] for state in power_cuts.STATES)
    assert seen == [(done, result.writes) for done in range(1, result.writes + 1)]
    record_property("power cuts tried", result.tried)
    record_property("power cuts survived", result.survived)
    with capsys.disabled():
        print(f"\n{name}: {result.survived} of {result.tried} power cuts survived")
    assert f"| {name} | {result.writes} |" in power_cuts.markdown([result])


def hexadecimal(names):
    """As releases are committed."""
    return {name: digest.hex() for name, digest in names.items()}


class RemovesFirst(ReleaseStore):
    """Replaces release.cbor in two steps."""

    def commit(self, version, time, names):
        if self._names:
            self._os.remove(self._release)
        super().commit(version, time, names)


class CollectsFirst(ReleaseStore):
    """Deletes the old release's files before the new one is in force."""

    def commit(self, version, time, names):
        for sha256 in set(hexadecimal(self.names()).values()) - set(names.values()):
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

    def finishing(self, sha256):
        self.close()
        return super().finishing(sha256)


class SwitchesFileByFile(ReleaseStore):
    """Has releases on the way that nobody signed."""

    def commit(self, version, time, names):
        if self.version != version:
            mixed = {**hexadecimal(self.names()), "targets.json": names["targets.json"]}
            super().commit(self.version, self.time, mixed)
        super().commit(version, time, names)


class Relapses(ReleaseStore):
    """Has only the provisioned root again, when a courier comes for the second time."""

    relapsed = None

    def begin(self, sha256, size, most):
        if self.relapsed is None:
            self.relapsed = not self.version and len(self.names()) > 1
            if self.relapsed:
                super().commit(0, 0, {"root.json": self.sha256("root.json")})
        return super().begin(sha256, size, most)

    def commit(self, version, time, names):
        if version or not self.relapsed:
            super().commit(version, time, names)


class NeverCollects(ReleaseStore):
    def collect(self, more=()):
        self.close()


class SweepsTooFar(ReleaseStore):
    def collect(self, more=()):
        super().collect(more)
        if more:  # a courier is at work
            self._open("/settings", "wb").close()


@pytest.mark.parametrize(
    ("name", "store_class", "every", "found"),
    [
        ("first sync", RemovesFirst, EVERY, "part of the release"),
        ("delta and new root", CollectsFirst, EVERY, "cannot be read"),
        ("delta and new root", SwitchesFileByFile, EVERY, "part of the release"),
        ("first sync", WritesInPlace, 20, "cut short"),
        ("first sync", Relapses, 20, "what had been verified"),
        ("delta and new root", NeverCollects, 20, "room, to files"),
        ("delta and new root", SweepsTooFar, 20, "/settings"),
    ],
)
def test_a_store_with_a_gap_is_found_out(name, store_class, every, found, cases):
    result = power_cuts.try_case(cases[name], store_class, every)
    assert result.survived < result.tried
    assert len(result.lost) == result.tried - result.survived
    assert any(found in text for text in result.lost)


def test_an_upload_that_is_not_synced_is_found_out(monkeypatch, cases):
    monkeypatch.setattr(atomic, "sync", lambda file, os_module: None)
    result = power_cuts.try_case(cases["first sync"], every=10)
    assert any("synced of an upload" in text for text in result.lost)


def test_a_clock_that_keeps_what_a_courier_says_is_found_out(monkeypatch, cases):
    offer = Clock.offer

    def keep(clock, seconds):
        clock.verified(seconds)
        return offer(clock, seconds)

    monkeypatch.setattr(Clock, "offer", keep)
    result = power_cuts.try_case(cases["first sync"], every=20)
    assert any("the clock's floor" in text for text in result.lost)


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
    files = Files(Flash(104), new=True)
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
