"""Combs of the issuers' keys on flash: made, kept, found damaged; and what a key is without them."""

import hashlib
import os
from binascii import hexlify

from names import ES256, Header
from signing import Signer
from support import raises, run, scratch

from borne.crypto import comb
from borne.token import cbor, cose
from borne.trust.key_combs import KeyCombs
from borne.trust.key_file import KeyFile
from borne.trust.release_store import ReleaseStore

SIGNERS = [Signer("one"), Signer("two")]
MESSAGE = cose.decode_sign1(SIGNERS[1].sign1({Header.ALG: ES256}, b"payload"))
SIZE = 2 * 8192 + 32


class Here:
    """A store with both keys, its combs, and what is counted."""

    def __init__(self):
        self.folder = scratch("combs")
        self.store = ReleaseStore(self.folder)
        self.busy = False
        self.pauses = 0
        self.release([one.cose_key(b"%d" % i) for i, one in enumerate(SIGNERS)])
        self.combs = KeyCombs(self.store, lambda: not self.busy)

    def release(self, keys):
        data = cbor.encode(keys)
        name = hexlify(hashlib.sha256(data).digest()).decode()
        self.store.begin(name, len(data), len(data))
        self.store.append(name, 0, data)
        self.store.finish(name)
        self.store.commit(self.store.version + 1, 1, {"keys.cbor": name})
        self.store.collect()

    def provide(self, pause=None):
        """The keys, after their combs have been wanted."""
        keys = KeyFile(self.store)
        self.combs.want(keys)
        self.pauses = 0
        run(self.combs.provide(pause or self.pause))
        return keys

    async def pause(self):
        self.pauses += 1

    def files(self):
        return [name for name in os.listdir(self.folder + "/objects") if ".combs" in name]

    def path(self):
        return self.folder + "/objects/" + self.files()[0]


def opened(keys):
    """How often a comb is opened while the second key judges its signature, which it has to find good."""
    (key,) = keys.find(b"1")
    if keys.combs is None:
        assert key.combs is None
    else:
        key.combs = Counting(keys.combs)
    assert MESSAGE.verify(key)
    (other,) = keys.find(b"0")
    assert not MESSAGE.verify(other)
    return key.combs.number if key.combs else 0


class Counting:
    def __init__(self, combs):
        self._combs = combs
        self.number = 0

    def opened(self):
        self.number += 1
        return self._combs.opened()


def test_they_are_made_in_pieces_and_found_again():
    here = Here()
    assert opened(KeyFile(here.store)) == 0
    assert opened(here.provide()) == 1
    assert here.pauses > 40
    with open(here.path(), "rb") as file:
        data = file.read()
    assert len(data) == SIZE and data[-32:] == hashlib.sha256(data[:-32]).digest()
    assert data[8192:-32] == bytes(comb.build(SIGNERS[1].x, SIGNERS[1].y, comb.WIDTH))
    here.store.collect()  # they go with keys.cbor
    assert opened(here.provide()) == 1
    assert here.pauses == 32  # read, and not made anew


def test_a_damaged_file_is_made_anew():
    here = Here()
    here.provide()
    with open(here.path(), "rb") as file:
        data = file.read()
    changed = bytearray(data)
    changed[9000] ^= 1
    for wrong in (changed, data[:-1], data + b"\0", data[:8192], b""):
        with open(here.path(), "wb") as file:
            file.write(wrong)
        assert opened(here.provide()) == 1
        with open(here.path(), "rb") as file:
            assert file.read() == data


def test_what_is_damaged_under_way_refuses_and_accepts_nothing():
    here = Here()
    keys = here.provide()
    for wrong in (bytes(SIZE), b"\xff" * SIZE, b"short"):
        with open(here.path(), "wb") as file:
            file.write(wrong)
        assert opened(keys) == 1
    os.remove(here.path())
    assert opened(keys) == 1


def test_who_comes_in_between_comes_first():
    here = Here()

    async def come():
        here.pauses += 1
        here.busy = here.pauses == 9

    assert opened(here.provide(come)) == 0
    assert here.pauses == 9
    assert not here.files()[0].endswith(".combs")
    here.busy = False
    run(here.combs.provide(here.pause))
    assert len(here.files()[0]) == 64 + len(".combs")


def test_other_keys_have_other_combs():
    here = Here()
    here.provide()
    (before,) = here.files()
    here.release([SIGNERS[1].cose_key(b"1"), SIGNERS[0].cose_key(b"0")])
    assert here.files() == []
    assert opened(here.provide()) == 1
    assert here.files() != [before]


def test_an_upload_that_lacks_room_gets_theirs():
    here = Here()
    here.provide()
    here.store.collect(derived=False)
    assert here.files() == []


def test_without_room_it_goes_without():
    here = Here()
    here.store.free = lambda: SIZE - 1
    assert opened(here.provide()) == 0
    assert here.files() == []


def test_without_memory_it_goes_without():
    here = Here()

    async def full():
        raise MemoryError

    assert opened(here.provide(full)) == 0


def test_none_is_begun_while_a_phone_is_read():
    here = Here()
    here.combs.want(KeyFile(here.store))
    begun = []

    async def pause():  # a phone lies there for good
        begun.append(here.files())
        raise LookupError

    raises(LookupError, run, here.combs.run(pause))
    assert begun == [[]]
