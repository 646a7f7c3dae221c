"""An update by a courier who may do anything: borne.trust.update on a real store. The first release and a
change of root keys have real signatures."""

import hashlib
import os
from binascii import hexlify

import plain_rsl
from signing import Signer, ideal_signatures
from support import raises, run, scratch
from tuf_repository import EARLIER, LATER, NOW, Repository

from borne import limits
from borne.errors import TrustError
from borne.token import cbor
from borne.trust import kinds
from borne.trust.release_store import ReleaseStore
from borne.trust.update import Update

KEYS, POLICY = b"the keys", b"\xa0"


def sha256(data):
    return hexlify(hashlib.sha256(data).digest()).decode()


async def no_pause():
    pass


class Publisher(Repository):
    """A repository with target files: `content` by name."""

    def __init__(self):
        super().__init__()
        self.content = {"keys.cbor": KEYS, "policy.cbor": POLICY}
        self.release(1)

    def release(self, time=NOW):
        """Publishes `content` as the next version."""
        self.targets["targets"] = {
            name: {"length": len(data), "hashes": {"sha256": sha256(data)}}
            for name, data in self.content.items()
        }
        self.timestamp["x-borne-issued"] = time
        self.next("targets", "snapshot", "timestamp")

    def metadata(self):
        """The names that a courier sends, in order."""
        version = self.targets["version"]
        names = sorted([name for name in self.files if name.endswith(".root.json")])
        return names[1:] + [
            "timestamp.json",
            "%d.snapshot.json" % self.snapshot["version"],
            "%d.targets.json" % version,
        ]


class Courier:
    def __init__(self, publisher, folder=None):
        self.publisher = publisher
        if folder is None:
            folder = scratch("update")
            store = ReleaseStore(folder)
            root = publisher.first_root
            store.begin(sha256(root), len(root), len(root))
            store.append(sha256(root), 0, root)
            store.finish(sha256(root))
            store.commit(0, 0, {"root.json": sha256(root)})
        self.folder = folder
        self.power_on()

    def power_on(self):
        self.store = ReleaseStore(self.folder)
        self.store.collect()  # as borne.trust.keeper does
        self.update = Update(self.store)
        self.sent = []

    def put(self, name, data):
        at = self.update.begin(name, sha256(data), len(data))
        while at < len(data):
            self.sent.append(name)
            at = self.update.append(data[at : at + 1000])
        run(self.update.finish(no_pause))

    def put_metadata(self):
        for name in self.publisher.metadata():
            self.put(name, self.publisher.files[name])

    def commit(self, now=NOW):
        return run(self.update.commit(now, no_pause))

    def sync(self):
        """Everything that a courier does. Returns the names of the files that were wanted."""
        self.put_metadata()
        names = []
        while True:
            wanted = self.commit()
            if not wanted:
                self.update.collect()
                return names
            for name, digest, size in wanted:
                data = self.publisher.content[name]
                assert (hexlify(digest).decode(), size) == (sha256(data), len(data))
                names.append(name)
                self.put(name, data)

    def released(self):
        """(version, content by target name) of the release in force, as a restart finds it."""
        store = ReleaseStore(self.folder)
        names = [name for name in store.names() if not name.endswith(".json")]
        return store.version, {name: store.read(name, 100000) for name in names}


def code(function, *args):
    return raises(TrustError, function, *args).code


@ideal_signatures
def test_identifier_lists_come_whole_and_take_a_lists_place():
    publisher = Publisher()
    courier = Courier(publisher)
    publisher.content["status/ids/1.idl"] = b"one"
    publisher.release()
    assert "status/ids/1.idl" in courier.sync()
    assert courier.released()[1]["status/ids/1.idl"] == b"one"
    del publisher.content["status/ids/1.idl"]
    publisher.content["status/ids/2.idl"] = b"two, after it"
    publisher.content["status/ids/1-2.rsd"] = b"x"  # a delta is for lists of indices
    publisher.release()
    sent = courier.sync()
    released = courier.released()[1]
    assert released["status/ids/2.idl"] == b"two, after it" and "status/ids/1.idl" not in released
    assert sent == ["status/ids/2.idl"]
    for number in range(limits.STATUS_LIST_COUNT_MAX):
        publisher.content["status/l%d/1.rsl" % number] = b"%d" % number
    publisher.release()
    assert code(courier.sync) == "UNSUPPORTED"


def lists():
    """A list, its successor, and the delta between them."""
    old = plain_rsl.whole(list(range(0, 3000, 3)), size=4000, version=1)
    new = plain_rsl.whole(list(range(3, 3003, 3)), size=4000, version=2)
    return old, new, plain_rsl.delta(old, new, [0, 3000], 1)


def test_a_first_release():
    courier = Courier(Publisher())
    assert courier.update.root_version() == 1
    assert sorted(courier.sync()) == ["keys.cbor", "policy.cbor"]
    assert courier.released() == (2, {"keys.cbor": KEYS, "policy.cbor": POLICY})
    assert ReleaseStore(courier.folder).time == 1
    # Metadata and targets, and nothing else.
    assert len(os.listdir(courier.folder + "/objects")) == 6


@ideal_signatures
def test_what_is_there_is_not_wanted_again():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.sync()
    publisher.content["keys.cbor"] = b"other keys"
    publisher.release(5)
    assert courier.sync() == ["keys.cbor"]
    assert courier.released()[1] == {"keys.cbor": b"other keys", "policy.cbor": POLICY}
    # Only a new timestamp: the same files, as of later.
    publisher.timestamp["x-borne-issued"] = 9
    publisher.next("timestamp")
    assert courier.sync() == []
    assert ReleaseStore(courier.folder).time == 9
    # The same once more, and a commit that is repeated because its answer was lost.
    assert courier.sync() == []
    assert courier.commit() == []


@ideal_signatures
def test_only_metadata_and_what_is_wanted_may_come():
    publisher = Publisher()
    courier = Courier(publisher)
    begin = courier.update.begin
    digest = sha256(b"x")
    for name in (
        "keys.cbor",
        "root.json",
        "x.root.json",
        "1.timestamp.json",
        "../x",
        "",
        "-1.root.json",
    ):
        assert code(begin, name, digest, 1) == "UNWANTED", name
    assert code(begin, "2.root.json", digest, limits.TUF_ROOT_MAX + 1) == "LENGTH"
    assert code(begin, "2.root.json", "../" + digest[3:], 1) == "FORMAT"
    courier.put_metadata()
    assert code(begin, "keys.cbor", sha256(KEYS), len(KEYS)) == "UNWANTED"
    assert len(courier.commit()) == 2
    for name, digest, size in (
        ("keys.cbor", sha256(KEYS), len(KEYS) + 1),
        ("keys.cbor", sha256(POLICY), len(KEYS)),
        ("policy.cbor", sha256(KEYS), len(KEYS)),
        ("other.cbor", sha256(KEYS), len(KEYS)),
    ):
        assert code(begin, name, digest, size) == "UNWANTED"
    assert begin("keys.cbor", sha256(KEYS), len(KEYS)) == 0


@ideal_signatures
def test_more_or_other_bytes_than_promised_are_refused():
    courier = Courier(Publisher())
    courier.put_metadata()
    courier.commit()
    courier.update.begin("keys.cbor", sha256(KEYS), len(KEYS))
    assert code(courier.update.append, KEYS + b"x") == "LENGTH"
    assert courier.update.begin("keys.cbor", sha256(KEYS), len(KEYS)) == 0
    courier.update.append(b"x" * len(KEYS))
    assert code(run, courier.update.finish(no_pause)) == "HASH"
    assert courier.sync()
    assert courier.released()[0] == 2


@ideal_signatures
def test_a_plug_pulled_at_any_time_costs_only_what_had_not_come():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.sync()
    before = courier.released()
    publisher.content["keys.cbor"] = bytes(range(256)) * 30
    publisher.content["policy.cbor"] = b"other"
    publisher.release(5)
    courier.put_metadata()
    courier.power_on()  # nobody has verified that: it goes
    courier.put_metadata()
    assert len(courier.sent) == 3
    courier.commit()
    courier.power_on()  # it has been verified: it stays
    courier.put_metadata()
    assert courier.sent == []
    wanted = courier.commit()
    name, digest, size = [one for one in wanted if one[0] == "keys.cbor"][0]
    at = courier.update.begin(name, hexlify(digest).decode(), size)
    courier.update.append(publisher.content[name][:3000])
    courier.store.close()
    assert courier.released() == before
    courier.power_on()
    assert sorted(courier.sync()) == ["keys.cbor", "policy.cbor"]
    # 7680 bytes, of which 3000 were there.
    assert at == 0 and courier.sent.count("keys.cbor") == 5
    assert courier.released() == (3, publisher.content)


@ideal_signatures
def test_roots_of_mdoc_issuers_come_along_and_may_go_again():
    publisher = Publisher()
    courier = Courier(publisher)
    publisher.content["iaca.cbor"] = b"roots"
    publisher.release()
    assert "iaca.cbor" in courier.sync()
    assert courier.released()[1]["iaca.cbor"] == b"roots"
    for number in range(limits.STATUS_LIST_COUNT_MAX):  # they take no list's place
        publisher.content["status/l%d/1.rsl" % number] = b"%d" % number
    publisher.release()
    courier.sync()
    assert len(courier.released()[1]) > limits.STATUS_LIST_COUNT_MAX
    del publisher.content["iaca.cbor"]
    publisher.release()
    courier.sync()
    assert "iaca.cbor" not in courier.released()[1]
    publisher.content["iaca.cbor"] = bytes(limits.ROOTS_FILE_MAX + 1)
    publisher.release()
    courier.put_metadata()
    assert len(courier.commit()) == 1
    assert code(courier.put, "iaca.cbor", publisher.content["iaca.cbor"]) == "LENGTH"


@ideal_signatures
def test_refused_metadata_change_nothing_and_the_next_courier_is_heard():
    def older():
        publisher.timestamp["version"] -= 1
        publisher.publish("timestamp")

    def expired():
        publisher.timestamp["expires"] = EARLIER
        publisher.next("timestamp")

    def forged():
        publisher.signers["timestamp"] = ["root"]
        publisher.next("timestamp")

    def mixed():
        publisher.release()
        name = "%d.targets.json" % publisher.targets["version"]
        publisher.files[name] = publisher.files["2.targets.json"]

    def cut():
        publisher.files["timestamp.json"] = publisher.files["timestamp.json"][:-5]

    def without_time():
        publisher.timestamp.pop("x-borne-issued")
        publisher.next("timestamp")

    def time_is(value):
        publisher.timestamp["x-borne-issued"] = value
        publisher.next("timestamp")

    def time_that_is_none():
        time_is(True)

    def time_beyond_cbor():
        time_is(1 << 64)

    def time_after_the_targets_expire():
        # Whoever has the timestamp's key alone must not set the clocks of terminals at will.
        publisher.timestamp["expires"] = "9999-01-01T00:00:00Z"
        time_is(NOW + 400 * 86400)

    def delegated():
        publisher.targets["delegations"] = {"keys": {}, "roles": []}
        publisher.release()

    def list_of_length(length):
        entry = {"length": length, "hashes": {"sha256": "ab" * 32}}
        publisher.targets["targets"]["status/a/9.rsl"] = entry
        publisher.next("targets", "snapshot", "timestamp")

    def list_of_another_name():
        publisher.content["status/../\u00e9/1.rsl"] = KEYS
        publisher.release()

    def list_too_large():
        list_of_length(limits.STATUS_LIST_FILE_MAX + 1)

    def length_beyond_cbor():
        list_of_length(1 << 64)

    def too_many_lists():
        for number in range(limits.STATUS_LIST_COUNT_MAX + 1):
            publisher.content["status/l%d/1.rsl" % number] = KEYS
        publisher.release()

    def without_policy():
        publisher.content = {"keys.cbor": KEYS}
        publisher.release()

    for change, expected in (
        (older, "ROLLBACK"),
        (expired, "EXPIRED"),
        (forged, "BAD_SIGNATURE"),
        (mixed, "BAD_SIGNATURE VERSION HASH LENGTH"),
        (cut, "FORMAT"),
        (without_time, "FORMAT"),
        (time_that_is_none, "FORMAT"),
        (time_beyond_cbor, "FORMAT EXPIRED"),
        (time_after_the_targets_expire, "EXPIRED"),
        (delegated, "UNSUPPORTED"),
        (list_of_another_name, "FORMAT"),
        (list_too_large, "LENGTH"),
        (length_beyond_cbor, "LENGTH"),
        (too_many_lists, "UNSUPPORTED"),
        (without_policy, "MISSING"),
    ):
        publisher = Publisher()
        courier = Courier(publisher)
        courier.sync()
        before = courier.released()
        publisher.next("timestamp")
        courier.sync()
        change()
        courier.put_metadata()
        assert code(courier.commit) in expected.split(), change
        assert courier.released() == before
        # A commit after that has nothing to do: what was refused is forgotten.
        assert courier.commit() == [] and courier.released() == before

        good = Publisher()
        good.content["keys.cbor"] = b"good"
        good.timestamp["version"] = 20
        good.snapshot["version"] = good.targets["version"] = 20
        good.release()
        courier.publisher = good
        courier.sync()
        assert courier.released()[1]["keys.cbor"] == b"good"


@ideal_signatures
def test_versions_may_be_great():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.sync()
    publisher.snapshot["version"] = publisher.targets["version"] = (1 << 63) - 2
    publisher.release()
    courier.sync()
    assert courier.released()[0] == (1 << 63) - 1


@ideal_signatures
def test_what_another_courier_left_is_not_in_the_way():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.sync()
    publisher.content["policy.cbor"] = b"\xa1\x01\x00"
    publisher.release()
    # As many roots as there may be, none of them genuine; and then no commit.
    for number in range(2, limits.TUF_ROOT_ROTATIONS_MAX + 6):
        courier.put("%d.root.json" % number, b"root %d" % number)
    assert code(courier.put, "timestamp.json", b"timestamp") == "FULL"
    courier.update.forget()
    before = len(os.listdir(courier.folder + "/objects"))

    def free():  # once all of them are gone
        return 8192 if len(os.listdir(courier.folder + "/objects")) < before else 0

    courier.store.free = free
    assert courier.sync() == ["policy.cbor"]


def objects(courier):
    return os.listdir(courier.folder + "/objects")


def begin(courier, name, data, part):
    """Puts the first `part` bytes of `data`."""
    courier.update.begin(name, sha256(data), len(data))
    courier.update.append(data[:part])


@ideal_signatures
def test_what_a_courier_begins_and_never_ends_stays_within_bounds():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.sync()
    before = objects(courier)
    most = 0
    for number in range(600):
        role = ("timestamp", "%d.root" % number, "9.snapshot", "1.targets")[number % 4]
        begin(courier, role + ".json", b"%0200d" % number, 100)
        most = max(most, len(objects(courier)))
        if number % 100 == 0:
            courier.update.forget()
    assert most == len(before) + 1
    courier.power_on()
    assert sorted(objects(courier)) == sorted(before)
    publisher.release(9)
    courier.sync()
    assert courier.released()[0] == 3


@ideal_signatures
def test_what_a_courier_ends_and_never_commits_stays_within_bounds():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.sync()
    before = objects(courier)
    for number in range(200):  # under one name, one takes the place of the other
        courier.put("timestamp.json", b"timestamp %d" % number)
    assert len(objects(courier)) <= len(before) + 2
    for _ in range(3):
        courier.update.forget()
        for number in range(2, limits.TUF_ROOT_ROTATIONS_MAX + 6):
            courier.put("%d.root.json" % number, b"root %d" % number)
    assert len(objects(courier)) <= len(before) + limits.TUF_ROOT_ROTATIONS_MAX + 4
    courier.power_on()
    assert sorted(objects(courier)) == sorted(before)


@ideal_signatures
def test_of_each_wanted_target_there_is_one_part_which_a_restart_keeps():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.sync()
    before = objects(courier)
    first = {"keys.cbor": b"first keys" * 300, "policy.cbor": b"first policy" * 300}
    publisher.content.update(first)
    publisher.release(5)
    courier.put_metadata()
    assert len(courier.commit()) == 2
    for _ in range(2):
        for name, data in first.items():
            begin(courier, name, data, 1000)
        parts = sorted([sha256(data) + ".part" for data in first.values()])
        courier.power_on()
        assert [name for name in sorted(objects(courier)) if name.endswith(".part")] == parts
        courier.put_metadata()  # none of that makes room for itself at their expense
        assert [name for name in sorted(objects(courier)) if name.endswith(".part")] == parts
        courier.commit()
    # The next release wants others: these go.
    publisher.content.update({"keys.cbor": b"second keys", "policy.cbor": POLICY})
    publisher.release(6)
    assert courier.sync() == ["keys.cbor"]
    assert courier.released() == (4, publisher.content)
    assert len(objects(courier)) == len(before)
    assert sorted(os.listdir(courier.folder)) == ["objects", "release.cbor"]


@ideal_signatures
def test_parts_of_verified_targets_that_fill_the_flash_make_room_for_the_next_release():
    """The courier who brought the metadata was genuine, or had them from one; what he sent then was not."""
    publisher = Publisher()
    courier = Courier(publisher)
    courier.sync()
    publisher.content["status/a/1.rsl"] = bytes(50000)
    publisher.release(5)
    courier.put_metadata()
    courier.commit()
    begin(courier, "status/a/1.rsl", publisher.content["status/a/1.rsl"], 1)
    courier.update.append(b"garbage" * 7000)

    def used():
        return sum([os.stat(courier.folder + "/objects/" + name)[6] for name in objects(courier)])

    courier.power_on()
    room = used() + 100  # not even for metadata
    courier.store.free = lambda: max(0, room - used())
    publisher.content["status/a/1.rsl"] = b"others" * 3000
    publisher.release(6)
    assert courier.sync() == ["status/a/1.rsl"]
    assert courier.released() == (4, publisher.content)


@ideal_signatures
def test_the_phones_are_looked_for_while_keys_and_roots_are_checked():
    publisher = Publisher()
    courier = Courier(publisher)
    keys = [Signer("issuer %d" % number).cose_key(b"%d" % number, {}) for number in range(9)]
    publisher.content["keys.cbor"] = cbor.encode(keys)
    publisher.content["iaca.cbor"] = cbor.encode([{1: b"no root"}] * 30)
    publisher.release()
    courier.sync()
    publisher.release(3)
    courier.put_metadata()
    looks = []

    async def pause():
        looks.append(1)

    counts = []
    for check in (None, kinds.check):
        looks.clear()
        courier.update = Update(courier.store, check)
        courier.put_metadata()
        assert run(courier.update.commit(NOW, pause)) == []
        counts.append(len(looks))
    assert counts[1] >= counts[0] + 9 + 30


@ideal_signatures
def test_a_courier_that_has_gone_holds_neither_files_nor_heap():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.put_metadata()
    courier.commit()
    courier.update.begin("keys.cbor", sha256(KEYS), len(KEYS))
    assert courier.update.active() and courier.store._file
    courier.update.forget()
    assert not courier.update.active() and courier.store._file is None
    assert courier.update._plan is None and not courier.update._metadata


@ideal_signatures
def test_what_is_signed_and_cannot_be_loaded_does_not_replace_the_release():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.sync()
    before = courier.released()
    key = Signer("issuer").cose_key(b"1", {})
    good = {"keys.cbor": cbor.encode([key]), "policy.cbor": b"\xa0", "status/a/1.rsl": lists()[0]}
    courier.update = Update(courier.store, kinds.check)
    for name in good:
        for bad in (b"", b"\xff", b"\x80", good[name][:-1] if name == "keys.cbor" else b"BRSL"):
            publisher.content = dict(good)
            publisher.content[name] = bad
            publisher.release()
            assert code(courier.sync) == "FORMAT", (name, bad)
            assert courier.released() == before
            courier.update.forget()
    publisher.content = good
    publisher.release()
    courier.sync()
    assert courier.released()[1] == good


@ideal_signatures
def test_what_tuf_persists_is_kept_though_the_rest_never_comes():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.sync()
    before = courier.released()
    old = {name: publisher.files[name] for name in publisher.files}
    publisher.release()
    courier.put_metadata()
    assert courier.commit() == [] and courier.released()[0] == 3  # the same files
    publisher.content["keys.cbor"] = b"other"
    publisher.release()
    courier.put_metadata()
    assert len(courier.commit()) == 1
    courier.power_on()
    assert courier.released() == (3, before[1])
    # The timestamp in between is older than the one seen last: a rollback, though never in force.
    courier.put("timestamp.json", old["timestamp.json"])
    assert code(courier.commit) == "ROLLBACK"
    courier.sync()
    assert courier.released()[1]["keys.cbor"] == b"other"


def test_a_root_is_taken_though_nothing_else_comes():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.sync()
    publisher.set_keys("timestamp", ["other"])
    publisher.next("root")
    courier.put("2.root.json", publisher.files["2.root.json"])
    assert code(courier.commit) == "MISSING"
    assert courier.update.root_version() == 2
    courier.power_on()
    assert courier.update.root_version() == 2 and courier.released()[0] == 2
    # What the old key signs is refused from now on.
    courier.put("timestamp.json", publisher.files["timestamp.json"])
    assert code(courier.commit) == "BAD_SIGNATURE"
    publisher.next("timestamp")
    assert courier.sync() == []


@ideal_signatures
def test_no_time_no_update_and_no_root_no_release():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.put_metadata()
    assert code(courier.commit, None) == "CLOCK_UNSET"
    assert len(courier.commit()) == 2
    assert code(courier.commit, None) == "CLOCK_UNSET"  # though what is wanted is known
    courier = Courier(publisher, scratch("update"))
    courier.put_metadata()
    assert courier.update.root_version() is None
    assert code(courier.commit) == "NO_ROOT"


def test_roots_alone_are_taken_without_a_time():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.sync()
    before = courier.store.names()
    publisher.root["expires"] = EARLIER  # as this one is, which is not judged
    publisher.next("root")
    publisher.set_keys("timestamp", ["another"])
    publisher.next("root")
    publisher.content["keys.cbor"] = b"other keys"
    publisher.release(5)
    courier.put_metadata()
    assert code(courier.commit, None) == "CLOCK_UNSET"
    courier.power_on()
    after = courier.store.names()
    assert courier.update.root_version() == 3
    # The timestamp's key is another (5.3.11): what the old one signed is gone, and nothing new is there.
    assert courier.store.sha256("timestamp.json") is courier.store.sha256("snapshot.json") is None
    kept = {"targets.json", "keys.cbor", "policy.cbor"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert courier.released() == (2, {"keys.cbor": KEYS, "policy.cbor": POLICY})
    # With a time the last root's expiry is judged first, and nothing below it is taken.
    courier.put_metadata()
    assert code(courier.commit) == "EXPIRED"
    assert courier.store.names() == after
    publisher.root["expires"] = LATER
    publisher.next("root")
    courier.put_metadata()
    assert code(courier.commit, None) == "CLOCK_UNSET"
    assert courier.update.root_version() == 4
    # Nothing of it has to be sent again once the time is known, but what it is to lead to.
    assert [name for name, _, _ in courier.commit()] == ["keys.cbor"]
    courier.sync()
    assert courier.released()[1]["keys.cbor"] == b"other keys"


def test_without_a_time_a_root_wants_its_signatures_and_the_next_version():
    for change, expected in (("stranger", "BAD_SIGNATURE"), ("gap", "VERSION"), ("cut", "FORMAT")):
        publisher = Publisher()
        courier = Courier(publisher)
        before = courier.store.names()
        if change == "stranger":
            publisher.signers["root"] = ["a stranger"]
        if change == "gap":
            publisher.root["version"] += 1
        publisher.next("root")
        name = "%d.root.json" % publisher.root["version"]
        data = publisher.files[name]
        courier.put("2.root.json", data[:-9] if change == "cut" else data)
        assert code(courier.commit, None) == expected
        assert courier.store.names() == before


@ideal_signatures
def test_a_release_from_the_future_is_refused_while_it_is_sure_what_the_time_is():
    latest = NOW + limits.CLOCK_SKEW_MAX
    for sure, issued, taken in (
        (True, NOW, True),
        (True, latest, True),
        (True, latest + 1, False),
        (True, NOW + 30 * 86400, False),
        (False, NOW + 30 * 86400, True),
    ):
        publisher = Publisher()
        courier = Courier(publisher)
        courier.sync()
        before, names = courier.released(), courier.store.names()
        publisher.release(issued)
        courier.put_metadata()
        if taken:
            assert run(courier.update.commit(NOW, no_pause, sure)) == []
            assert ReleaseStore(courier.folder).time == issued
            continue
        with_time = courier.update.commit(NOW, no_pause, sure)
        assert raises(TrustError, run, with_time).code == "FUTURE"
        # Nothing of it stays, so that it is in nobody's way: the publisher releases again, at the right time.
        assert courier.released() == before and courier.store.names() == names
        publisher.timestamp["x-borne-issued"] = NOW
        publisher.next("timestamp")
        courier.put_metadata()
        assert run(courier.update.commit(NOW, no_pause, sure)) == []
        assert ReleaseStore(courier.folder).time == NOW


@ideal_signatures
def test_a_release_from_the_future_that_is_in_force_makes_way_for_the_next():
    publisher = Publisher()
    courier = Courier(publisher)
    publisher.release(NOW + 30 * 86400)
    courier.sync()  # by a courier's time
    courier.put_metadata()
    again = courier.update.commit(NOW, no_pause, True)
    assert raises(TrustError, run, again).code == "FUTURE"
    publisher.release(NOW)
    courier.put_metadata()
    assert run(courier.update.commit(NOW, no_pause, True)) == []
    assert ReleaseStore(courier.folder).time == NOW


@ideal_signatures
def test_a_delta_is_wanted_where_one_leads_from_the_list_at_hand():
    old, new, delta = lists()
    publisher = Publisher()
    publisher.content["status/a/1.rsl"] = old
    publisher.release()
    courier, late = Courier(publisher), Courier(publisher)
    assert "status/a/1.rsl" in courier.sync()
    del publisher.content["status/a/1.rsl"]
    publisher.content["status/a/2.rsl"] = new
    publisher.content["status/a/1-2.rsd"] = delta
    publisher.release()
    assert courier.sync() == ["status/a/1-2.rsd"]
    assert "status/a/2.rsl" in late.sync()
    for one in (courier, late):
        assert one.released()[1] == {
            "keys.cbor": KEYS,
            "policy.cbor": POLICY,
            "status/a/2.rsl": new,
        }


@ideal_signatures
def test_a_delta_that_does_not_lead_to_the_list_gives_way_to_the_whole():
    old, new, delta = lists()
    publisher = Publisher()
    publisher.content["status/a/1.rsl"] = old
    publisher.release()
    courier = Courier(publisher)
    courier.sync()
    del publisher.content["status/a/1.rsl"]
    publisher.content["status/a/2.rsl"] = new
    publisher.content["status/a/1-2.rsd"] = delta[:-1] + bytes([delta[-1] ^ 1])
    publisher.release()
    assert courier.sync() == ["status/a/1-2.rsd", "status/a/2.rsl"]
    assert courier.released()[1]["status/a/2.rsl"] == new


@ideal_signatures
def test_combs_give_way_to_a_list_that_a_delta_makes():
    old, new, delta = lists()
    publisher = Publisher()
    publisher.content["status/a/1.rsl"] = old
    publisher.release()
    courier = Courier(publisher)
    courier.sync()
    combs = courier.store.path_beside("keys.cbor")
    with open(combs, "wb") as file:
        file.write(b"combs")
    del publisher.content["status/a/1.rsl"]
    publisher.content["status/a/2.rsl"] = new
    publisher.content["status/a/1-2.rsd"] = delta
    publisher.release()

    def free():
        try:
            os.stat(combs)
        except OSError:
            return 100000
        return len(new) - 1

    courier.store.free = free
    assert courier.sync() == ["status/a/1-2.rsd"]
    assert courier.released()[1]["status/a/2.rsl"] == new
    assert free() == 100000


@ideal_signatures
def test_a_list_that_a_delta_makes_and_nothing_gives_way_to():
    old, new, delta = lists()
    publisher = Publisher()
    publisher.content["status/a/1.rsl"] = old
    publisher.release()
    courier = Courier(publisher)
    courier.sync()
    before = courier.released()
    del publisher.content["status/a/1.rsl"]
    publisher.content["status/a/2.rsl"] = new
    publisher.content["status/a/1-2.rsd"] = delta
    publisher.release()
    courier.put_metadata()
    ((name, _, _),) = courier.commit()
    courier.put(name, delta)
    courier.store.free = lambda: len(new) - 1
    assert code(courier.commit) == "FULL"
    assert courier.released() == before


@ideal_signatures
def test_a_full_flash_loses_nothing_and_old_leavings_make_room():
    publisher = Publisher()
    courier = Courier(publisher)
    courier.sync()
    before = courier.released()
    publisher.content["keys.cbor"] = b"k" * 5000
    publisher.release()
    # What another courier left behind.
    leavings = b"x" * limits.TUF_ROOT_MAX
    for number in range(3):
        Update(courier.store).begin("9.root.json", sha256(leavings + bytes([number])), 100)
        courier.store.close()
    courier.put_metadata()
    courier.commit()
    real = courier.store.free
    courier.store.free = lambda: 1000
    assert code(courier.update.begin, "keys.cbor", sha256(b"k" * 5000), 5000) == "FULL"
    assert courier.released() == before
    courier.store.free = real
    assert not [name for name in os.listdir(courier.folder + "/objects") if name.endswith(".part")]
    courier.sync()
    assert courier.released()[1]["keys.cbor"] == b"k" * 5000
