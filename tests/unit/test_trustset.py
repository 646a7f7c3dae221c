"""Trust sets from releases, with revocation lists; test_status.py has those with status lists."""

import hashlib
import os
from binascii import hexlify

import plain_rsl
from names import Key, Rule
from signing import Signer
from support import raises

from borne.errors import StoreError
from borne.token import cbor
from borne.trust import trustset
from borne.trust.release_store import ReleaseStore
from borne.verify.credential import StatusRef

NOW = plain_rsl.ISSUED + 100
URI = plain_rsl.URI
ISSUER = "https://issuer.example/"
KEY = Signer("issuer").cose_key(b"k1", {Key.ISSUER: ISSUER})
FOLDER = "/tmp/borne-trustset-%d" % int.from_bytes(os.urandom(4), "big")
REVOKED, SUSPENDED = [3, 500, 999], [4, 500]


def release(files, time=NOW):
    """A ReleaseStore with keys, a policy and those files."""
    files = dict(files)
    files["keys.cbor"] = cbor.encode([KEY])
    files["policy.cbor"] = cbor.encode({Rule.CLOCK_SKEW: 60})
    try:
        os.mkdir(FOLDER)
    except OSError:
        pass
    store = ReleaseStore(FOLDER)
    names = {}
    for name, data in files.items():
        names[name] = hexlify(hashlib.sha256(data).digest()).decode()
        at = store.begin(names[name], len(data), len(data))
        if at < len(data):
            store.append(names[name], at, data[at:])
        store.finish(names[name])
    store.commit(store.version + 1, time, names)
    return ReleaseStore(FOLDER)


def loaded(files, problems=None):
    return trustset.load(
        release(files), None if problems is None else lambda *one: problems.append(one)
    )


def both(**fields):
    return {
        "status/all/2.rsl": plain_rsl.whole(REVOKED, **fields),
        "status/some/7.rsl": plain_rsl.whole(SUSPENDED, value=2, **fields),
    }


def status(trust, index, now=NOW):
    return trust.status(StatusRef(URI, index, ISSUER), now)


def test_a_release_is_a_trust_set():
    trust = loaded({})
    assert (trust.as_of, trust.policy.clock_skew) == (NOW, 60)
    assert [key.kid for key in trust.find_keys(b"k1", ISSUER)] == [b"k1"] and len(trust.keys) == 1
    assert status(trust, 3) is None


def test_two_lists_of_one_uri_state_two_values():
    trust = loaded(both())
    found = {index: status(trust, index) for index in (3, 4, 5, 500, 999, 0)}
    assert found == {3: 1, 4: 2, 5: 0, 500: 1, 999: 1, 0: 0}
    assert trust.status(StatusRef(URI + "x", 3, ISSUER), NOW) is None
    # The publisher vouches for its lists: no issuer's key is asked.
    assert trust.status(StatusRef(URI, 3, "https://other.example/"), NOW) == 1


def test_one_list_is_enough():
    files = both()
    del files["status/some/7.rsl"]
    trust = loaded(files)
    assert [status(trust, index) for index in (3, 4)] == [1, 0]


def test_what_a_list_cannot_tell_is_undetermined_but_what_another_states_stands():
    trust = loaded(both())
    assert status(trust, 1000) is None
    assert status(trust, 3, plain_rsl.EXPIRES) is None
    files = both()
    files["status/some/7.rsl"] = plain_rsl.whole(SUSPENDED, value=2, expires=NOW)
    trust = loaded(files)
    assert [status(trust, index) for index in (3, 4, 5)] == [1, None, None]
    files["status/some/7.rsl"] = plain_rsl.whole(SUSPENDED, value=2, size=600)
    trust = loaded(files)
    assert [status(trust, index) for index in (999, 4, 5, 998)] == [1, 2, 0, None]
    trust = loaded(both(expires=0))
    assert status(trust, 3, NOW + 10**8) == 1


def test_the_newest_of_a_value_counts():
    files = both()
    files["status/all/1.rsl"] = plain_rsl.whole([5], issued_at=plain_rsl.ISSUED - 1)
    trust = loaded(files)
    assert [status(trust, index) for index in (3, 5)] == [1, 0]


def test_without_one_of_the_lists_nothing_counts_as_valid():
    for name, data in (
        ("status/some/7.rsl", plain_rsl.whole(SUSPENDED, value=2)[:40]),
        ("status/some/7.rsl", b"garbage"),
        ("status/some/7.rsl", b""),
        ("status/new/1.other", b"a format to come"),
    ):
        files = both()
        files[name] = data
        problems = []
        trust = loaded(files, problems)
        assert len(problems) == 1 and problems[0][0] == name and problems[0][1]
        assert [status(trust, index) for index in (3, 5)] == [1, None]


def test_a_file_that_is_gone_is_refused():
    store = release(both())
    os.remove(FOLDER + "/objects/" + store.sha256("keys.cbor"))
    raises(StoreError, trustset.load, store, None)
    raises(StoreError, trustset.load, ReleaseStore(FOLDER + "/nowhere"), None)
