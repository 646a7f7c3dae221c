"""Power cuts: every write to flash of an update of the trust data is the last one, once.

An update runs on littlefs over a recorded flash (bornetools.emulator.flash). Then, for each of its writes
(programmed units and erased blocks alike), the flash is put back to the moment at which the power
goes: before that write, halfway through it, and halfway with garbage at the torn edge. The terminal
starts on what is left, and has to have the whole old or the whole new release, whatever else it had, and
every byte of an upload that was synced; then the courier comes again, and the new release has to be
there whole. Some of these second attempts are cut, too.
"""

import hashlib
import random
from dataclasses import dataclass, field

import numpy as np

from borne import limits
from borne.errors import StoreError, TrustError
from borne.trust import revocation_delta
from borne.trust.clock import Clock
from borne.trust.release_store import ReleaseStore
from bornetools import revocation
from bornetools.emulator.flash import Files, Flash, Write

_BLOCKS = 64
_ROOT = "/trust"
_CHUNK = 1024  # bytes of one message on the link
_TIME = 1_800_000_000
_TWICE_EVERY = 5  # after one of so many cuts, the second attempt is cut, too
_MOST = limits.STATUS_LIST_FILE_MAX
# What a terminal has beside its releases, and must not lose.
_OTHERS = {"/journal": b'{"time": 1, "verdict": "VALID"}\n' * 40, "/settings": b"\xa1\x01\x02"}

WHEN = ("before", "torn", "garbled")
TWICE = "twice"


@dataclass(frozen=True)
class Release:
    """`files` are contents (bytes) by name. `deltas`, by the name of a list, are pairs: the name of the
    list to start from, and the delta (bytes)."""

    version: int
    files: dict
    deltas: dict = field(default_factory=dict)

    @property
    def names(self):
        return {name: _sha256(data) for name, data in self.files.items()}

    @property
    def time(self):
        return _TIME + self.version * limits.CLOCK_SAVE_EVERY


@dataclass
class Result:
    """Of one kind of update: the `writes` that it takes, the number of `cuts` tried by their moment
    (WHEN and TWICE), and `lost`, a text for each that was not survived."""

    update: str
    writes: int
    cuts: dict
    lost: list

    @property
    def tried(self):
        return sum(self.cuts.values())

    @property
    def survived(self):
        return self.tried - len(self.lost)


class Lost(Exception):
    """Something that a power cut must not take is gone."""


def run(progress=None):
    """Tries all cuts of an update of all files and of one by delta. Returns a list of Result.

    `progress(done, total)` is called after each write.
    """
    first, second, third = releases()
    return [
        try_update("all files", first, second, progress=progress),
        try_update("by delta", second, third, progress=progress),
    ]


def try_update(name, old, new, store_class=ReleaseStore, progress=None):
    """Tries all cuts of the update from the Release `old` to `new`. Returns Result."""
    return _Experiment(store_class, old, new).run(name, progress)


def markdown(results):
    """The results (list of Result) as a table."""
    lines = [
        "| update | writes to flash | cut before | cut halfway | garbled | cut twice | survived |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in results:
        cuts = " | ".join(str(one.cuts[when]) for when in (*WHEN, TWICE))
        lines.append(f"| {one.update} | {one.writes} | {cuts} | {one.survived} of {one.tried} |")
    return "\n".join(lines) + "\n"


def releases():
    """Three releases; all files but root change to the second, metadata and a list to the third."""
    rng = np.random.default_rng(1)
    uri = "https://issuer.example/status/1"
    indices = np.sort(rng.choice(1_000_000, 2000, replace=False))
    lists = [
        revocation.write(indices[:1500], 1_000_000, uri, 1, 1, _TIME),
        revocation.write(indices[10:1990], 1_000_000, uri, 2, 1, _TIME),
        revocation.write(indices, 1_000_000, uri, 3, 1, _TIME),
    ]
    one = {"root.json": rng.bytes(2500), "status/large/1.rsl": rng.bytes(18_000)}
    two = {"root.json": one["root.json"], "status/large/2.rsl": rng.bytes(18_500)}
    three = dict(two)
    for files in (one, two):
        files.update({"keys.cbor": rng.bytes(1800), "policy.cbor": rng.bytes(90)})
    three.update({name: two[name] for name in ("keys.cbor", "policy.cbor")})
    for number, files in enumerate((one, two, three), 1):
        for name, size in (("timestamp", 500), ("snapshot", 600), ("targets", 1500)):
            files[name + ".json"] = rng.bytes(size)
        files[f"status/small/{number}.rsl"] = lists[number - 1]
    delta = {"status/small/3.rsl": ("status/small/2.rsl", revocation.delta(lists[1], lists[2]))}
    return Release(1, one), Release(2, two), Release(3, three, delta)


class _Terminal:
    """A terminal that starts on a flash, and the courier at its port."""

    def __init__(self, flash, store_class):
        self.flash = flash
        self.files = Files(flash)
        self.store = store_class(_ROOT, self.files, self.files.open)
        self.clock = Clock("/clock", lambda: 0, None, self.files, self.files.open)
        self.synced = []  # of uploads: (writes so far, hash, size, bytes that have to survive)

    def update(self, release):
        """All that a sync does."""
        names = release.names
        if self.store.version:
            deltas = [_sha256(delta) for _, delta in release.deltas.values()]
            self.store.collect([*names.values(), *deltas])
        for name, data in release.files.items():
            if name not in release.deltas or not self._apply(release, name):
                self.send(data)
        self.store.commit(release.version, release.time, names)
        self.clock.verified(release.time)
        self.store.collect()

    def send(self, data):
        """Uploads a file, from where it stopped. Returns its hash."""
        sha256 = _sha256(data)
        at = self.store.begin(sha256, len(data), _MOST)
        while at < len(data):
            chunk = data[at : at + _CHUNK]
            self.store.append(sha256, at, chunk)
            if at // limits.STORE_SYNC != (at + len(chunk)) // limits.STORE_SYNC:
                self.synced.append((len(self.flash.writes), sha256, len(data), at + len(chunk)))
            at += len(chunk)
        self.store.finish(sha256)
        return sha256

    def check(self, release):
        """Raises Lost, StoreError or OSError unless `release` and all else is there whole."""
        if (self.store.time, self.store.names()) != (release.time, release.names):
            raise Lost("part of the release")
        for name, data in release.files.items():
            if self.store.read(name, _MOST) != data:
                raise Lost(name)
        for path, data in _OTHERS.items():
            with self.files.open(path, "rb") as file:
                if file.read() != data:
                    raise Lost(path)

    def _apply(self, release, name):
        """Makes a list of its delta and the list that is there. False if that one is not."""
        base, delta = release.deltas[name]
        if base not in self.store.names():
            return False
        delta = self.send(delta)
        sha256, size = _sha256(release.files[name]), len(release.files[name])
        new = self.store.create(sha256, size, _MOST)
        if new:
            with self.store.open(base) as old, self.store.open_object(delta) as changes:
                revocation_delta.apply(old, changes, new)
        self.store.finish(sha256)
        return True


class _Experiment:
    """The update from the Release `old` to `new`."""

    def __init__(self, store_class, old, new):
        self._store_class = store_class
        self._old = old
        self._new = new
        self._random = random.Random(1)

    def run(self, name, progress):
        image = self._before()
        terminal = self._start(image)
        terminal.update(self._new)
        writes = terminal.flash.writes
        result = Result(name, len(writes), dict.fromkeys((*WHEN, TWICE), 0), [])
        for number, write in enumerate(writes):
            synced = [upload for at, *upload in terminal.synced if at <= number]
            for when in WHEN:
                again = self._try(result, when, number, _cut(image, write, when), synced)
                if again and when == "before" and number % _TWICE_EVERY == 0:
                    twice = bytearray(image)
                    last = self._random.randrange(len(again))
                    for one in again[:last]:
                        one.onto(twice)
                    self._try(result, TWICE, number, _cut(twice, again[last], "torn"), ())
            write.onto(image)
            if progress:
                progress(number + 1, len(writes))
        return result

    def _start(self, image):
        return _Terminal(Flash(image=image), self._store_class)

    def _before(self):
        """The flash before the update, with what an earlier courier began and never finished."""
        flash = Flash(_BLOCKS)
        files = Files(flash, new=True)
        files.mkdir(_ROOT)
        for path, data in _OTHERS.items():
            with files.open(path, "wb") as file:
                file.write(data)
        terminal = self._start(flash.buffer)
        terminal.update(self._old)
        terminal.send(b"abandoned" * 900)
        return terminal.flash.buffer

    def _try(self, result, when, number, image, synced):
        """Starts on `image`, and records what came of it. Returns the writes of the second attempt."""
        result.cuts[when] += 1
        try:
            return self._survive(image, synced)
        except (Lost, StoreError, TrustError, OSError) as error:
            result.lost.append(f"{result.update}, {when}, write {number}: {error!r}")
            return None

    def _survive(self, image, synced):
        terminal = self._start(image)
        found = self._new if terminal.store.version == self._new.version else self._old
        terminal.check(found)
        if terminal.clock.floor() not in (self._old.time, self._new.time):
            raise Lost("the clock's floor")
        if found is self._old:
            for sha256, size, at in synced:
                if terminal.store.begin(sha256, size, _MOST) < at:
                    raise Lost("what was synced of an upload")
        first = len(terminal.flash.writes)
        terminal.update(self._new)
        writes = terminal.flash.writes[first:]
        terminal = self._start(terminal.flash.buffer)
        if terminal.store.version != self._new.version:
            raise Lost("the update")
        terminal.check(self._new)
        if sorted(terminal.files.listdir(_ROOT + "/objects")) != sorted(self._new.names.values()):
            raise Lost("room, to files that no release names")
        return writes


def _cut(image, write, when):
    """The flash as it is if the power goes at that moment of `write`."""
    image = bytearray(image)
    half = len(write.data) // 2
    if when != "before":
        Write(write.start, write.data[:half]).onto(image)
    if when == "garbled":
        image[write.start + half] ^= 0x5A
    return image


def _sha256(data):
    return hashlib.sha256(data).hexdigest()
