"""Trust data that is almost right: a courier may have damaged it, or written it himself.

Each file is refused with the one exception that its reader names, or gives something that can be used.
"""

import zlib
from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import (
    altered,
    cose_key,
    damaged,
    damages,
    encode,
    examples,
    key,
    ordered,
    sign1,
    tree,
    unsigned_change,
)
from names import ES256, Claim, Eligible, Header, Key, Release, Rule

from borne import limits
from borne.crypto import p256
from borne.errors import DecodeError, StoreError
from borne.token.key_set import KeySet
from borne.trust import policy, trustset
from borne.trust.status import StatusList
from borne.trust.store import FolderStore
from borne.verify.credential import StatusRef

pytestmark = pytest.mark.usefixtures("quick_p256")

NOW = 1_800_000_000
DAY = 86400
URI, LIST_URI = "https://issuer.example/", "https://issuer.example/status/1"
ISSUER = key(1001)
PUBLIC = {
    **cose_key(ISSUER),
    Key.KID: b"k1",
    Key.ALG: ES256,
    Key.ISSUER: URI,
    Key.NOT_BEFORE: NOW - DAY,
    Key.STATE: 0,
}
KEYS = tree(
    [{**cose_key(key(1003)), Key.KID: b"k0", Key.NOT_AFTER: NOW + DAY, Key.STATE: 1}, PUBLIC]
)
POLICY = tree(
    {
        Rule.WARN_AFTER: 7 * DAY,
        Rule.REFUSE_AFTER: 30 * DAY,
        Rule.CLOCK_SKEW: 60,
        Rule.PURPOSES: ["dispensing"],
        Rule.USER_VERIFICATION: True,
        Rule.RELAY_BOUND: 400,
        Rule.ELIGIBILITY: {
            Eligible.MINIMUM_AGE: 16,
            Eligible.FUNDS: ["01-"],
            Eligible.DEPARTEMENTS: ["75", "2A"],
            Eligible.GENERAL_FROM: "2027-01-01",
        },
    }
)
RELEASE = tree({Release.VERSION: 4, Release.AS_OF: NOW})
VALUES = bytes(index * 7 % 256 for index in range(600))
LIST = tree(
    {
        Claim.SUB: LIST_URI,
        Claim.EXP: NOW + DAY,
        Claim.IAT: NOW,
        Claim.TTL: 60,
        Claim.STATUS_LIST: {"bits": 2, "lst": zlib.compress(VALUES)},
    }
)
LIST_HEADER = tree({Header.ALG: ES256, Header.KID: b"k1", Header.TYP: "application/statuslist+cwt"})
COVER = SimpleNamespace(birth_date="1985-02-00", scheme="01-751-0001", departement="971", rank=0)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Writes the files of a trust set, and returns their FolderStore."""
    folder = tmp_path_factory.mktemp("trust")
    (folder / "status").mkdir()

    def write(files):
        for name, data in files.items():
            (folder / name).write_bytes(data)
        return FolderStore(str(folder))

    return write


def signed_list(claims=LIST, header=LIST_HEADER):
    return sign1(ISSUER, encode(header), encode(claims))


SIGNED = signed_list()


def whole():
    return {
        "keys.cbor": encode(KEYS),
        "policy.cbor": encode(POLICY),
        "release.cbor": encode(RELEASE),
        "status/1.cwt": SIGNED,
    }


def mutated(root):
    trees = altered(root)
    return damaged(encode(root)) | trees.map(encode) | trees.map(ordered).map(encode)


@examples(400)
@given(mutated(KEYS))
def test_a_key_set_has_usable_keys_or_is_refused(data):
    with suppress(DecodeError):
        keys = KeySet.decode(data)
        assert 0 < len(keys) <= limits.KEYS_MAX
        for one in keys:
            assert p256.on_curve(one.x, one.y)
            assert type(one.kid) is bytes
            assert len(one.kid) <= limits.KID_MAX
            assert one.usable(NOW) in (True, False)
            assert trustset.TrustSet(keys, policy.Policy(), NOW).find_keys(one.kid, one.issuer)


@examples(400)
@given(mutated(POLICY))
def test_a_policy_can_be_followed_or_is_refused(data):
    with suppress(DecodeError):
        rules = policy.decode(data)
        assert set(rules.purposes) <= {"consultation", "dispensing", "admission"}
        assert rules.purposes
        assert 0 <= rules.clock_skew <= limits.CLOCK_SKEW_MAX
        assert min(rules.warn_after, rules.refuse_after, rules.relay_bound) >= 0
        assert type(rules.user_verification) is bool
        assert isinstance(rules.excludes(COVER, "2027-01-15"), str | None)


@examples(200)
@given(damaged(SIGNED))
def test_a_damaged_status_list_is_refused(data):
    with suppress(DecodeError):
        keys = KeySet.decode(encode(KEYS))
        assert StatusList(data, keys).value(1, NOW) == VALUES[0] >> 2 & 3
        assert unsigned_change(SIGNED, data)


@examples(300)
@given(altered(LIST), altered(LIST_HEADER) | st.just(LIST_HEADER), st.integers(0, 1 << 30))
def test_a_status_list_that_was_signed_by_mistake(claims, header, index):
    check_list(signed_list(claims, header), index)


@examples(300)
@given(damages, st.sampled_from([1, 2, 4, 8]), st.integers(0, 5000))
def test_compressed_bytes_that_were_signed_by_mistake(damage, bits, index):
    entry = {"bits": bits, "lst": damage(zlib.compress(VALUES))}
    check_list(
        signed_list(tree({Claim.SUB: LIST_URI, Claim.IAT: NOW, Claim.STATUS_LIST: entry})), index
    )


def check_list(data, index):
    with suppress(DecodeError):
        one = StatusList(data, KeySet.decode(encode(KEYS)))
        value = one.value(index, NOW)
        assert value is None or 0 <= value < 256
        assert type(one.uri) is str
        assert one.issuer == URI
        assert one.issued_at >= 0


@examples(200)
@given(st.sampled_from(sorted(whole())), damages)
def test_a_damaged_file_on_the_terminal_is_refused_or_left_out(store, name, damage):
    files = whole()
    files[name] = damage(files[name])
    problems = []
    try:
        trust = trustset.load(store(files), lambda *one: problems.append(one))
    except StoreError:
        assert name.endswith(".cbor")
        return
    assert trust.keys
    assert trust.status(StatusRef(LIST_URI, 1, URI), NOW) in (None, VALUES[0] >> 2 & 3)
    assert all(name.startswith("status/") for name, _ in problems)
