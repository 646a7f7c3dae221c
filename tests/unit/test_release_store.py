import hashlib
import os
from binascii import hexlify

from names import Release
from support import raises

from borne import limits
from borne.errors import StoreError, TrustError
from borne.token import cbor
from borne.trust.release_store import ReleaseStore

NUMBER = int.from_bytes(os.urandom(4), "big")
KEYS = b"k" * 3000
POLICY = b"\xa0"
folders = []


def new_folder():
    folder = "/tmp/borne-releases-%d-%d" % (NUMBER, len(folders))
    folders.append(folder)
    os.mkdir(folder)
    return folder


def sha256(data):
    return hexlify(hashlib.sha256(data).digest()).decode()


def code(function, *args):
    return raises(TrustError, function, *args).code


def upload(store, data, chunk=700):
    at = store.begin(sha256(data), len(data), len(data))
    for offset in range(at, len(data), chunk):
        store.append(sha256(data), offset, data[offset : offset + chunk])
    store.finish(sha256(data))
    return sha256(data)


def objects(folder):
    return sorted(os.listdir(folder + "/objects"))


def released(folder=None):
    folder = folder or new_folder()
    store = ReleaseStore(folder)
    names = {"keys.cbor": upload(store, KEYS), "policy.cbor": upload(store, POLICY)}
    store.commit(4, 1_800_000_000, names)
    return folder, store


class NoRoom:
    """File operations of a flash with `bytes_free`."""

    def __init__(self, bytes_free):
        self.bytes_free = bytes_free

    def __getattr__(self, name):
        return getattr(os, name)

    def statvfs(self, path):
        return (1024, 1024, 9999, 0, self.bytes_free // 1024)


def named(store):
    """The release's files, as `commit` takes them."""
    return {name: store.sha256(name) for name in store.names()}


def test_a_release_is_there_after_a_restart():
    folder, store = released()
    for one in (store, ReleaseStore(folder)):
        assert (one.version, one.time) == (4, 1_800_000_000)
        assert named(one) == {"keys.cbor": sha256(KEYS), "policy.cbor": sha256(POLICY)}
        assert one.read("keys.cbor", 3000) == KEYS
        with one.open("policy.cbor") as file:
            assert file.read() == POLICY
        view = one.view("keys.cbor", 3000)
        assert len(view) == 3000 and view[2999] == 107 and view[0:3] == b"kkk"


def test_a_store_without_a_release_holds_nothing():
    store = ReleaseStore(new_folder())
    assert (store.version, store.time, store.names()) == (0, 0, {})
    raises(StoreError, store.read, "keys.cbor", 3000)
    store.collect()


def test_a_release_is_loaded_without_a_large_piece_of_heap():
    class File:
        def __init__(self, path, mode):
            self._file = open(path, mode)  # noqa: SIM115 - as open itself
            self.seek = self._file.seek

        def read(self, size):
            assert size <= limits.CBOR_TEXT_MAX
            return self._file.read(size)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self._file.close()

    folder = new_folder()
    store = ReleaseStore(folder)
    digest = upload(store, POLICY)
    names = {"status/%030d/1.rsl" % number: digest for number in range(40)}
    store.commit(1, 2, names)
    read = ReleaseStore(folder, open_file=File)
    assert (read.version, read.time, named(read)) == (1, 2, names)


def test_reading_is_bounded():
    _, store = released()
    raises(StoreError, store.read, "keys.cbor", 2999)
    raises(StoreError, store.view, "keys.cbor", 2999)
    raises(StoreError, store.open, "other.cbor")


def test_a_release_that_is_not_whole_is_refused():
    folder, store = released()
    with open(folder + "/release.cbor", "rb") as file:
        good = file.read()
    digest = bytes(32)
    for data in (
        b"",
        good[:-1],
        good + b"\0",
        cbor.encode([]),
        cbor.encode({Release.VERSION: 4, Release.AS_OF: 5}),
        cbor.encode({Release.VERSION: -4, Release.AS_OF: 5, Release.FILES: {}}),
        cbor.encode({Release.VERSION: 4, Release.AS_OF: True, Release.FILES: {}}),
        cbor.encode({Release.VERSION: 4, Release.AS_OF: 5, Release.FILES: []}),
        cbor.encode({Release.VERSION: 4, Release.AS_OF: 5, Release.FILES: {"a": digest[1:]}}),
        cbor.encode({Release.VERSION: 4, Release.AS_OF: 5, Release.FILES: {"a": "b" * 32}}),
        cbor.encode({Release.VERSION: 4, Release.AS_OF: 5, Release.FILES: {7: digest}}),
        bytes(limits.RELEASE_MAX + 1),
    ):
        with open(folder + "/release.cbor", "wb") as file:
            file.write(data)
        raises(StoreError, ReleaseStore, folder)
    with open(folder + "/release.cbor", "wb") as file:
        file.write(good)
    assert ReleaseStore(folder).version == 4


def test_an_upload_goes_on_where_it_stopped():
    folder, store = released()
    data = bytes(range(256)) * 20
    name = sha256(data)
    assert store.begin(name, len(data), len(data)) == 0
    store.append(name, 0, data[:2000])
    assert store.begin(name, len(data), len(data)) == 2000
    store.append(name, 2000, data[2000:2001])
    store.close()
    store = ReleaseStore(folder)  # restarted
    assert store.begin(name, len(data), len(data)) == 2001
    store.append(name, 2001, data[2001:])
    store.finish(name)
    assert store.begin(name, len(data), len(data)) == len(data)
    store.finish(name)
    with store.open_object(name) as file:
        assert file.read() == data
    assert store.version == 4 and "new" not in store.names()


def test_what_is_synced_is_there_without_a_close():
    folder, store = released()
    data = bytes(limits.STORE_SYNC + 100)
    store.begin(sha256(data), len(data), len(data))
    store.append(sha256(data), 0, data[: limits.STORE_SYNC])
    assert os.stat(folder + "/objects/" + sha256(data) + ".part")[6] == limits.STORE_SYNC


def test_wrong_uploads_are_refused():
    folder, store = released()
    data = b"d" * 1000
    name = sha256(data)
    for wrong in (
        "",
        name[:-1],
        name + "0",
        name.upper(),
        "../" + name[3:],
        name[:-1] + "\n",
        7,
        None,
    ):
        assert code(store.begin, wrong, 1, 1) == "FORMAT"
        assert code(store.create, wrong, 1, 1) == "FORMAT"
        assert code(store.finish, wrong) == "FORMAT"
    assert code(store.begin, name, 1001, 1000) == "LENGTH"
    assert code(store.begin, name, -1, 1000) == "LENGTH"
    assert code(store.append, name, 0, b"d") == "OFFSET"
    assert code(store.finish, name) == "OFFSET"
    store.begin(name, 1000, 1000)
    store.append(name, 0, data[:500])
    for offset in (0, 499, 501, -1, 1000):
        assert code(store.append, name, offset, b"d") == "OFFSET"
    assert code(store.append, sha256(b"other"), 500, b"d") == "OFFSET"
    assert code(store.append, name, 500, b"d" * 501) == "LENGTH"
    assert code(store.finish, name) == "LENGTH"
    assert store.begin(name, 1000, 1000) == 500  # none of that has lost anything
    store.append(name, 500, data[500:])
    store.finish(name)


def test_an_upload_that_is_not_what_it_was_to_be_is_deleted():
    folder, store = released()
    name = sha256(b"right")
    before = objects(folder)
    store.begin(name, 5, 5)
    store.append(name, 0, b"wrong")
    assert code(store.finish, name) == "HASH"
    assert objects(folder) == before
    store.begin(name, 5, 5)
    store.append(name, 0, b"wro")
    store.begin(name, 2, 5)  # promised to be shorter now: what is there cannot be its beginning
    assert store.begin(name, 5, 5) == 0


def test_checking_takes_steps():
    _, store = released()
    data = bytes(50_000)
    store.begin(sha256(data), len(data), len(data))
    store.append(sha256(data), 0, data)
    steps = 0
    for _ in store.finishing(sha256(data)):
        steps += 1
        raises(StoreError, store.open_object, sha256(data))
    assert steps > 20
    store.open_object(sha256(data)).close()


def test_a_file_can_be_written_here():
    folder, store = released()
    name = sha256(b"made here")
    out = store.create(name, 9, 9)
    assert [out.write(b"made "), out.write(b"here")] == [5, 4]
    store.finish(name)
    with store.open_object(name) as file:
        assert file.read() == b"made here"
    other = sha256(b"never")
    out = store.create(other, 5, 5)
    out.write(b"nev")
    assert code(out.write, b"ermore") == "LENGTH"
    assert code(store.finish, other) == "LENGTH"
    assert code(out.write, b"er") == "OFFSET"  # it is no longer the upload under way
    store.create(other, 5, 5).write(b"again")
    assert code(store.finish, other) == "HASH"
    assert upload(store, b"never") == other
    assert store.create(other, 5, 5) is None  # it is there
    store.finish(other)


def test_a_release_of_what_is_not_there_is_refused_and_the_old_one_stays():
    folder, store = released()
    absent = sha256(b"absent")
    part = sha256(b"part")
    store.begin(part, 4, 4)
    store.append(part, 0, b"part")
    names = named(store)
    for name in (absent, part):
        assert code(store.commit, 5, 6, {"keys.cbor": name}) == "MISSING"
    assert code(store.commit, 5, 6, {"keys.cbor": "x"}) == "FORMAT"
    assert code(store.commit, -5, 6, names) == "FORMAT"
    assert code(store.commit, 5, 6, {"n" * 600: sha256(KEYS)}) == "FORMAT"
    many = {}
    for number in range(limits.CBOR_ITEMS_MAX + 1):
        many["name-%d" % number] = sha256(KEYS)
    assert code(store.commit, 5, 6, many) == "FORMAT"
    for one in (store, ReleaseStore(folder)):
        assert (one.version, named(one)) == (4, names)


def test_only_what_no_release_names_is_collected():
    folder, store = released()
    new_keys = upload(store, b"new keys")
    wanted = sha256(b"wanted")
    for data in (b"wanted", b"unwanted"):
        store.begin(sha256(data), len(data), len(data))
        store.append(sha256(data), 0, data[:3])
    upload(store, b"never released")
    store.commit(5, 6, {"keys.cbor": new_keys, "policy.cbor": sha256(POLICY)})
    assert len(objects(folder)) == 6
    store.collect([wanted])
    assert objects(folder) == sorted([new_keys, sha256(POLICY), wanted + ".part"])
    assert store.begin(wanted, 6, 6) == 3
    store.collect()
    assert objects(folder) == sorted([new_keys, sha256(POLICY)])
    assert code(store.append, wanted, 3, b"ted") == "OFFSET"


def test_what_verified_targets_name_is_kept_from_then_on_until_something_else_is_wanted():
    folder, store = released()
    for data in (b"wanted", b"more", b"unwanted"):
        store.begin(sha256(data), len(data), len(data))
        store.append(sha256(data), 0, data[:3])
    store.want([sha256(b"wanted"), sha256(b"never came"), sha256(b"more")])
    store = ReleaseStore(folder)  # restarted
    store.collect()
    parts = sorted([sha256(b"wanted") + ".part", sha256(b"more") + ".part"])
    kept = sorted(named(store).values())
    assert objects(folder) == sorted(kept + parts)
    store.want([sha256(b"more")])
    store.collect([sha256(b"wanted")])
    assert objects(folder) == sorted(kept + parts)
    store.collect()
    assert objects(folder) == sorted(kept + [sha256(b"more") + ".part"])
    for _ in range(2):
        store.want(())
        store.collect()
        assert objects(folder) == kept
    assert sorted(os.listdir(folder)) == ["objects", "release.cbor"]


def test_of_many_wanted_files_each_is_found():
    folder, store = released()
    many = [sha256(b"%d" % number) for number in range(100)]
    store.want(many)
    for name in many + [sha256(b"other"), many[0][:63] + "x", "x"]:
        with open(folder + "/objects/" + name, "wb"):
            pass
    store.collect()
    assert objects(folder) == sorted(many + list(named(store).values()))


def test_among_many_names_those_that_are_wanted_are_found():
    folder, store = released()
    part = sha256(b"wanted")
    names = [part] + [("%08x" % number) * 8 for number in (0, 1)]
    for number in range(1000):
        with open(folder + "/objects/" + ("%08x" % number) * 8 + ".part", "wb"):
            pass
    with open(folder + "/objects/" + part + ".part", "wb"):
        pass
    store.want(names)
    store.collect()
    kept = [name + ".part" for name in names] + list(named(store).values())
    assert objects(folder) == sorted(kept)


def test_of_a_release_that_is_damaged_nothing_is_collected_and_nothing_is_added():
    folder, store = released()
    with open(folder + "/release.cbor", "rb") as file:
        good = file.read()
    before = objects(folder)
    with open(folder + "/release.cbor", "wb") as file:
        file.write(good[:-1])
    told = []
    store = ReleaseStore(folder, damaged=told.append)
    store.collect()
    store.collect(derived=False)
    raises(StoreError, store.begin, sha256(b"x"), 1, 1)
    assert len(told) == 1 and objects(folder) == before
    with open(folder + "/release.cbor", "wb") as file:
        file.write(good)
    store.load()
    store.collect()
    assert objects(folder) == before and store.read("keys.cbor", 3000) == KEYS


def test_what_logs_hold_is_not_kept_free_for_them_again():
    class Held:
        def held(self):
            return 102_400

    folder, _ = released()
    store = ReleaseStore(folder, NoRoom(limits.STORE_RESERVE - 203_776))
    assert store.free() == 0
    store.logs = [Held(), Held()]
    assert store.free() == 1024 * 255 // 256


def test_a_full_flash_is_refused_before_anything_is_lost():
    folder, _ = released()
    before = objects(folder)
    files = NoRoom(limits.STORE_RESERVE + 4096)
    store = ReleaseStore(folder, files)
    assert 4000 < store.free() <= 4096
    data = bytes(4097)
    assert code(store.begin, sha256(data), 4097, 9999) == "FULL"
    assert code(store.create, sha256(data), 4097, 9999) == "FULL"
    assert objects(folder) == before
    data = data[:4000]
    assert store.begin(sha256(data), 4000, 9999) == 0
    store.append(sha256(data), 0, data[:3000])
    files.bytes_free -= 3072
    assert store.begin(sha256(data), 4000, 9999) == 3000  # what is there already takes no room
    files.bytes_free = 0
    assert store.free() == 0
    assert store.read("keys.cbor", 3000) == KEYS


def test_a_flash_that_fills_up_all_the_same_costs_only_the_upload():
    folder, _ = released()
    full = []

    class Full:
        def __init__(self, file):
            self._file = file

        def write(self, data):
            if full:
                raise OSError(28, "full")
            return self._file.write(data)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self._file.close()

        def __getattr__(self, name):
            return getattr(self._file, name)

    def open_full(path, mode):
        return Full(open(path, mode)) if mode != "rb" else open(path, mode)

    store = ReleaseStore(folder, os, open_full)
    name = sha256(b"data")
    store.begin(name, 4, 4)
    store.append(name, 0, b"da")
    full.append(True)
    assert code(store.append, name, 2, b"ta") == "FULL"
    assert code(store.commit, 5, 6, {}) == "FULL"
    full.clear()
    assert (store.version, ReleaseStore(folder).version) == (4, 4)
    assert store.begin(name, 4, 4) == 2


# The rest runs on MicroPython's own littlefs; tests/host/test_power_cuts.py does it on CPython.

BLOCK, BLOCKS = 512, 200
DATA = [bytes([number]) * (700 * number) for number in range(1, 5)]


class Flash:
    """A block device in RAM that loses its power after so many writes and erasures."""

    def __init__(self, image=None, writes=1 << 30):
        self.image = image or bytearray(b"\xff" * (BLOCK * BLOCKS))
        self.writes = writes
        self.done = 0

    def readblocks(self, block, buffer, offset=0):
        start = block * BLOCK + offset
        buffer[:] = memoryview(self.image)[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        return self._write(block * BLOCK + offset, buffer)

    def ioctl(self, operation, argument):
        if operation == 4:
            return BLOCKS
        if operation == 5:
            return BLOCK
        if operation == 6:
            return self._write(argument * BLOCK, b"\xff" * BLOCK)
        return 0

    def _write(self, start, data):
        if self.done == self.writes:
            return -5  # EIO
        self.image[start : start + len(data)] = data
        self.done += 1
        return 0


def update(store):
    """From version 1, with two files, to version 2, with one of these and two others."""
    old = named(store)
    names = {"a": upload(store, DATA[0]), "c": upload(store, DATA[2]), "d": upload(store, DATA[3])}
    store.commit(2, 200, names)
    store.collect()
    return old


def test_power_cuts_on_micropythons_littlefs():
    try:
        import vfs
    except ImportError:
        return  # CPython

    reserve, limits.STORE_RESERVE = limits.STORE_RESERVE, 2048
    flash = Flash()
    vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), "/cut")
    store = ReleaseStore("/cut")
    store.commit(1, 100, {"a": upload(store, DATA[0]), "b": upload(store, DATA[1])})
    vfs.umount("/cut")
    start = bytes(flash.image)
    seen = []
    writes = 0
    while True:
        flash = Flash(bytearray(start), writes)
        vfs.mount(vfs.VfsLfs2(flash), "/cut")
        store = ReleaseStore("/cut")
        try:
            update(store)
            cut = False
        except (OSError, StoreError, TrustError):
            assert flash.done == writes
            cut = True
        store.close()
        vfs.umount("/cut")
        flash = Flash(flash.image)
        vfs.mount(vfs.VfsLfs2(flash), "/cut")
        store = ReleaseStore("/cut")
        seen.append(store.version)
        wanted = {1: {"a": 0, "b": 1}, 2: {"a": 0, "c": 2, "d": 3}}[store.version]
        assert sorted(store.names()) == sorted(wanted)
        for name, number in wanted.items():
            assert store.read(name, 9999) == DATA[number]
        update(store)
        assert ReleaseStore("/cut").version == 2 and len(objects("/cut")) == 3
        vfs.umount("/cut")
        if not cut:
            break
        writes += 1
    limits.STORE_RESERVE = reserve
    # One moment at which the new release is there, and never back.
    assert writes > 50 and seen[0] == 1 and seen[-1] == 2 and seen == sorted(seen)
