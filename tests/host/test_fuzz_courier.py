"""Couriers who do anything, in any order: nothing of it outlasts their unplugging and a restart, but what
they could have brought of the publisher's."""

import contextlib
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import examples

from borne import limits
from borne.errors import StoreError
from borne.trust import kinds
from bornetools import power_cuts
from bornetools.emulator.machine.flash import Flash
from bornetools.link.client import Refused
from bornetools.power_cuts.in_process import OBJECTS, TRUST, Courier, Terminal
from bornetools.times import DAY
from bornetools.verify import library_p256

CASES = ("first sync", "delta and new root")
ROLES = ("root", "snapshot", "targets")
PART = ".part"
PROVISIONED = 1_800_000_000  # the floor that no release has raised

# What the publisher never signed: under any name, of any size, of which some bytes are put.
ANY_NAME = st.sampled_from(
    [
        "timestamp.json",
        *(f"{version}.{role}.json" for version in (1, 2, 3, 40) for role in ROLES),
        *("keys.cbor", "policy.cbor", "status/long/1.rsl", "status/short/1-2.rsd", "../x", ""),
    ]
)
SIZES = st.sampled_from([0, 1, 500, 900, 1024, 6000, 9000, 200_000])
GARBAGE = st.tuples(st.just("garbage"), ANY_NAME, st.integers(0, 1000), SIZES, st.integers(0, 1024))
# A file of the publisher's: how much of it, and whether its last byte is another.
GENUINE = st.tuples(
    st.just("genuine"), st.integers(0, 12), st.sampled_from([0.3, 1.0, 1.0]), st.booleans()
)
TIME = st.tuples(st.just("time"), st.integers(-60, 60))
OTHERS = st.sampled_from([("commit",), ("hello",), ("all_metadata",)])
SESSIONS = st.lists(st.one_of(GARBAGE, GENUINE, OTHERS, TIME), min_size=1, max_size=25)


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    with library_p256.in_use():
        found = power_cuts.cases(tmp_path_factory.mktemp("courier"))
        yield {case.name: case for case in found}


class Session:
    """A courier at a terminal that starts on `image`."""

    def __init__(self, case, image):
        self.terminal = Terminal(Flash(image=image))
        self.courier = Courier(self.terminal)
        self._now = case.new.time
        self._metadata = case.new.source.metadata(self.terminal.update.root_version())
        self._files = [*self._metadata.items(), *targets(case).items()]

    def do(self, what, *how):
        # Refused, as it should be, or the flash is full.
        with contextlib.suppress(Refused, StoreError):
            getattr(self, what)(*how)

    def garbage(self, name, which, size, put):
        digest = hashlib.sha256(b"%d" % which).digest()
        self._request("put", name=name, sha256=digest, size=size, offset=0, data=b"x" * put)

    def genuine(self, which, share, spoiled):
        name, data = self._files[which % len(self._files)]
        sent = bytearray(data[: int(len(data) * share)])
        if spoiled and sent:
            sent[-1] ^= 1
        self._put(name, data, sent)

    def all_metadata(self):
        for name, data in self._metadata.items():
            self._put(name, data, data)

    def commit(self):
        self._request("commit")

    def hello(self):
        self._request("hello")

    def time(self, days):
        self._request("time", time=self._now + days * DAY)

    def _put(self, name, data, sent):
        digest = hashlib.sha256(data).digest()
        for at in range(0, len(sent), limits.LINK_CHUNK_MAX):
            piece = bytes(sent[at : at + limits.LINK_CHUNK_MAX])
            with contextlib.suppress(Refused):
                self._request(
                    "put", name=name, sha256=digest, size=len(data), offset=at, data=piece
                )

    def _request(self, command, **fields):
        return self.courier.request(command, **fields)


def targets(case):
    """The new release's targets, deltas among them: content by name."""
    signed = json.loads(case.new.files["targets.json"])["signed"]["targets"]
    return {
        name: case.new.source.target(
            name, bytes.fromhex(entry["hashes"]["sha256"]), entry["length"]
        )
        for name, entry in signed.items()
        if kinds.find(name) or name.endswith(kinds.DELTAS)
    }


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def on_flash(terminal):
    """The size of each file of the store by its name."""
    names = terminal.files.listdir(OBJECTS)
    return {name: terminal.files.stat(f"{OBJECTS}/{name}")[6] for name in names}


def check_what_is_left(case, image, before):
    """A terminal that starts on `image`, after a courier was there, which `before` knew nothing of."""
    terminal = Terminal(Flash(image=image))
    store = terminal.store
    names = {name: digest.hex() for name, digest in store.names().items()}
    found = (store.version, store.time, names)
    old, new = case.old, case.new
    releases = [(one.version, one.time, one.names) for one in verified(old, new)]
    assert found in releases
    floors = {new.time} if store.version == new.version else {case.floor}
    if names["root.json"] == new.names["root.json"] != old.names["root.json"]:
        floors.add(
            PROVISIONED
        )  # it withdraws the timestamp's key, and with it what releases have said
    assert terminal.floor in floors
    assert terminal.clock.now() == before.clock.now() or store.version == new.version
    assert not terminal.update.active()
    # Files of the release, and of verified targets whole or in part, and nothing else.
    signed = {sha256(data): len(data) for data in (*new.files.values(), *targets(case).values())}
    release = set(names.values())
    for name, size in on_flash(terminal).items():
        digest = name.removesuffix(PART)
        assert name in release or (digest in signed and size <= signed[digest]), name
        if found == releases[0]:
            assert name in release, "nothing was verified"
    extra = set(terminal.files.listdir(TRUST)) - {"objects", "release.cbor", "wanted"}
    assert extra <= {"release.cbor.new", "wanted.new"}


def verified(old, new):
    """What may be in force: what TUF persists is persisted one after the other."""
    found = [old]
    for names in (("root",), ("root", "timestamp"), ("root", "timestamp", "snapshot")):
        kept = {f"{name}.json": new.files[f"{name}.json"] for name in names}
        found.append(type(old)(old.version, old.time, {**old.files, **kept}))
    # A new root with other keys for the timestamp makes the old timestamp and snapshot go.
    files = {
        name: data
        for name, data in old.files.items()
        if name not in ("timestamp.json", "snapshot.json")
    }
    root = {"root.json": new.files["root.json"]}
    found.append(type(old)(old.version, old.time, {**files, **root}))
    timestamp = {"timestamp.json": new.files["timestamp.json"]}
    found.append(type(old)(old.version, old.time, {**files, **root, **timestamp}))
    return [*found, new]


def judge(case, sessions):
    image = case.image
    wanted = {sha256(data) for data in targets(case).values()}
    for session in sessions:
        here = Session(case, image)
        for step in session:
            here.do(*step)
            parts = {name.removesuffix(PART) for name in on_flash(here.terminal) if PART in name}
            assert len(parts - wanted) <= 1
        here.terminal.update.forget()  # or else files are open
        image = bytes(here.terminal.flash.buffer)
        check_what_is_left(case, image, Terminal(Flash(image=case.image)))
    honest = Session(case, image)
    honest.courier.sync(case.new)
    assert honest.terminal.store.version == case.new.version
    left = Terminal(Flash(image=honest.terminal.flash.buffer))
    assert sorted(on_flash(left)) == sorted(case.new.names.values())


@pytest.mark.parametrize("name", CASES)
@examples(40)
@given(st.lists(SESSIONS, min_size=1, max_size=2))
def test_nothing_that_a_courier_did_outlasts_him(cases, name, sessions):
    judge(cases[name], sessions)


@pytest.mark.parametrize("name", CASES)
@examples(25)
@given(st.lists(SESSIONS, min_size=1, max_size=2))
def test_nor_on_a_flash_that_has_hardly_room_for_the_release(cases, name, sessions):
    case = cases[name]
    terminal = Terminal(Flash(image=case.image))
    needed = sum(map(len, case.new.files.values())) + sum(map(len, targets(case).values()))
    spare = terminal.store.free() - needed
    usual = limits.STORE_RESERVE
    limits.STORE_RESERVE = usual + max(0, spare - 12_000)
    try:
        judge(case, sessions)
    finally:
        limits.STORE_RESERVE = usual
