"""The keeper of the trust set: its start, and its switch to a release that cannot be loaded."""

import hashlib
import os
from binascii import hexlify

from signing import Signer
from support import raises, scratch

from borne.errors import StoreError
from borne.token import cbor
from borne.trust import trustset
from borne.trust.keeper import TrustKeeper
from borne.trust.release_store import ReleaseStore

KEYS = cbor.encode([Signer("issuer").cose_key(b"k1", {})])


def upload(store, data):
    sha256 = hexlify(hashlib.sha256(data).digest()).decode()
    store.begin(sha256, len(data), len(data))
    store.append(sha256, 0, data)
    store.finish(sha256)
    return sha256


def released(version=4):
    """The folder of a store with a release, and the files that it has."""
    folder = scratch("keeper")
    store = ReleaseStore(folder)
    names = {"keys.cbor": upload(store, KEYS), "policy.cbor": upload(store, b"\xa0")}
    store.commit(version, 1_800_000_000, names)
    return folder, sorted(names.values())


def keeper(folder, told):
    return TrustKeeper(
        folder,
        lambda version, policy: told.append(version),
        lambda code, text: told.append((code, text)),
    )


def objects(folder):
    return sorted(os.listdir(folder + "/objects"))


def leave(folder, name):
    with open(folder + "/objects/" + name, "wb"):
        pass


def test_what_couriers_have_left_is_gone_after_a_start():
    folder, kept = released()
    leave(folder, "ab" * 32 + ".part")
    leave(folder, "ab" * 32)
    told = []
    keeper(folder, told).load()
    assert objects(folder) == kept and told == [4]


def test_of_a_damaged_release_a_start_deletes_nothing():
    folder, kept = released()
    with open(folder + "/release.cbor", "rb") as file:
        data = file.read()
    with open(folder + "/release.cbor", "wb") as file:
        file.write(data[:-1])
    told = []
    keeper(folder, told)
    assert objects(folder) == kept and told[0][0] == "NO_TRUST"


def test_a_release_that_cannot_be_loaded_is_told_with_its_number():
    folder, _ = released()
    told = []
    one = keeper(folder, told)
    one.load()
    names = {name: one.store.sha256(name) for name in one.store.names()}
    one.store.commit(5, 1_800_000_001, names)
    real = trustset.load

    def full(*_):
        raise MemoryError

    trustset.load = full
    try:
        error = raises(StoreError, one.switch)
    finally:
        trustset.load = real
    assert "release 5 is in force" in str(error)
    assert one.trust.as_of is None and ("NO_TRUST", "MemoryError") in told
    one.switch()  # what the courier's next commit does
    assert one.trust.as_of == 1_800_000_001


def test_a_terminal_without_a_release_starts():
    folder = scratch("keeper")
    told = []
    one = keeper(folder, told)
    one.load()
    one.switch()
    assert one.trust.as_of is None
