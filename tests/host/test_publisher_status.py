"""Status lists on their way to terminals: verified, transcoded, and bound to their issuer.

The published lists are read by the firmware's own reader; the values come from the issuer."""

import time
import zlib
from functools import lru_cache

import pytest
from apply_delta import applied
from names import Claim, Header, Key

from borne.trust import revocation
from bornetools.errors import UserError
from bornetools.issuer import cose
from bornetools.issuer.issuer import LIST_TYPE, Issuer
from bornetools.publisher import draft, issuer_keys, status
from bornetools.publisher.check import check
from bornetools.publisher.repository import Repository
from bornetools.revocation import rsl

NOW = int(time.time())
DAY = 86_400
URI = "https://a.example/"
LIST = URI + "status/1"
REVOKED, SUSPENDED = 1, 2


@pytest.fixture
def issuer(tmp_path):
    return Issuer.create(tmp_path / "A", URI, NOW - 3 * DAY, capacity=20_000)


@pytest.fixture
def repository(tmp_path, issuer):
    made = Repository.create(tmp_path / "R", NOW)
    made.add_keys(issuer_keys.load(issuer.path))
    return made


def sign(issuer, at, values, *, uri=LIST, bits=2, header=None, claims=None):
    """A status list token of `values` by index, signed by the issuer's key, by the test's own hand.

    `claims` replace the token's, by label; None leaves one out.
    """
    packed = bytearray(20_000 * bits // 8)
    for index, value in values.items():
        packed[index * bits // 8] |= value << index * bits % 8
    status_list = {"bits": bits, "lst": zlib.compress(bytes(packed))}
    content = {
        Claim.SUB: uri,
        Claim.IAT: at,
        Claim.EXP: at + DAY,
        Claim.TTL: 60,
        Claim.STATUS_LIST: status_list,
    }
    content |= claims or {}
    kid = issuer.key_set()[-1][Key.KID]
    key = cose.read_private_key(issuer.path / "keys" / f"{kid.hex()}.pem")
    headers = {cose.KID: kid, cose.TYP: LIST_TYPE} if header is None else header
    kept = {label: claim for label, claim in content.items() if claim is not None}
    return cose.sign(cose.encode(kept), key, headers)


def snapshot_of(repository):
    return {path: path.read_bytes() for path in repository.path.rglob("*") if path.is_file()}


def published(repository, name):
    (path,) = (repository.path / "targets" / name).parent.glob("*." + name.rpartition("/")[2])
    return path.read_bytes()


def opened(data):
    return revocation.open(data, len(data))


def test_an_issuers_list(repository, issuer):
    made = repository.import_status(issuer.status_list(NOW), NOW, slug="a")
    assert (made.slug, made.version, made.size) == ("a", 1, 20_000)
    assert made.counts == {"a": 0}
    repository.release(NOW)
    found = opened(published(repository, "status/a/1.rsl"))
    assert (found.uri, found.version, found.value) == (LIST, 1, REVOKED)
    assert (found.issued_at, found.expires) == (NOW, NOW + 30 * DAY)
    assert (found.size, list(found)) == (20_000, [])


def test_two_statuses_are_two_lists(repository, issuer):
    values = {5: REVOKED, 7: SUSPENDED, 19_999: REVOKED}
    made = repository.import_status(sign(issuer, NOW, values), NOW, slug="a")
    assert made.counts == {"a": 2, "a-suspended": 1}
    released = repository.release(NOW)
    assert set(released.targets) >= {"status/a/1.rsl", "status/a-suspended/1.rsl"}
    revoked = opened(published(repository, "status/a/1.rsl"))
    suspended = opened(published(repository, "status/a-suspended/1.rsl"))
    assert (revoked.value, list(revoked)) == (REVOKED, [5, 19_999])
    assert (suspended.value, list(suspended)) == (SUSPENDED, [7])
    # Whoever is reinstated has to be seen to be: the list stays, and is empty.
    repository.import_status(sign(issuer, NOW, {5: REVOKED}), NOW)
    repository.release(NOW)
    assert list(opened(published(repository, "status/a-suspended/2.rsl"))) == []
    check(str(repository.path))


def test_one_bit_lists(repository, issuer):
    repository.import_status(sign(issuer, NOW, {9: 1}, bits=1), NOW, slug="a")
    repository.release(NOW)
    assert list(opened(published(repository, "status/a/1.rsl"))) == [9]
    assert not (repository.path / "targets" / "status" / "a-suspended").exists()


def test_deltas_to_the_newest(repository, issuer):
    values = dict.fromkeys(range(0, 20000, 40), REVOKED)
    for version in range(1, 10):
        values[version] = REVOKED
        made = repository.import_status(sign(issuer, NOW + version, values), NOW, slug="a")
        released = repository.release(NOW)
    assert set(made.files) == {
        "status/a/9.rsl",
        *(f"status/a/{base}-9.rsd" for base in range(2, 9)),
    }
    assert {name for name in released.targets if "status" in name} == set(made.files)
    assert released.targets["status/a/8-9.rsd"] < released.targets["status/a/9.rsl"] // 2
    check(str(repository.path))
    for base in range(2, 9):
        old = published(repository, f"status/a/{base}.rsl")
        delta = published(repository, f"status/a/{base}-9.rsd")
        assert applied(old, delta) == published(repository, "status/a/9.rsl")


def test_a_delta_that_is_no_smaller_is_left_out(repository, issuer):
    repository.import_status(sign(issuer, NOW, {1: REVOKED}), NOW, slug="a")
    repository.release(NOW)
    made = repository.import_status(sign(issuer, NOW + 1, {1: REVOKED}), NOW)
    assert set(made.files) == {"status/a/2.rsl"}


def test_the_same_list_again_changes_nothing(repository, issuer):
    token = sign(issuer, NOW, {1: REVOKED})
    repository.import_status(token, NOW, slug="a")
    again = repository.import_status(token, NOW)
    assert (again.version, again.files) == (1, {})
    # Replaced before any terminal could have it; then counted on from the released one.
    assert repository.import_status(sign(issuer, NOW + 1, {2: REVOKED}), NOW).version == 1
    repository.release(NOW)
    assert list(opened(published(repository, "status/a/1.rsl"))) == [2]
    assert repository.import_status(sign(issuer, NOW + 2, {3: REVOKED}), NOW).version == 2


@pytest.mark.parametrize(
    ("reason", "later", "changes"),
    [
        ("in the future", 301, {}),
        ("has expired", -2 * DAY, {Claim.EXP: NOW}),
        ("a newer status list", -1, {}),
        ("not yet valid", 0, {Claim.NBF: NOW + 1}),
        ("not one", 0, {Claim.STATUS_LIST: {"bits": 3, "lst": zlib.compress(b"\0")}}),
        ("not one", 0, {Claim.STATUS_LIST: {"bits": 1, "lst": zlib.compress(b"\0")[:-1]}}),
        ("not one", 0, {Claim.STATUS_LIST: None}),
        ("not one", 0, {Claim.IAT: "now"}),
        ("not one", 0, {Claim.SUB: None}),
        ("give it a name", 0, {Claim.SUB: URI + "status/2"}),
    ],
)
def test_refused_content(repository, issuer, reason, later, changes):
    repository.import_status(sign(issuer, NOW, {}), NOW, slug="a")
    before = snapshot_of(repository)
    with pytest.raises(UserError, match=reason):
        repository.import_status(sign(issuer, NOW + later, {}, claims=changes), NOW)
    assert snapshot_of(repository) == before


def test_refused_headers(repository, issuer):
    kid = issuer.key_set()[0][Key.KID]
    for header, reason in (
        ({Header.TYP: LIST_TYPE}, "names no key"),
        ({Header.KID: "text", Header.TYP: LIST_TYPE}, "names no key"),
        ({Header.KID: kid}, "the type is another"),
        ({Header.KID: kid, Header.TYP: "application/cwt"}, "the type is another"),
    ):
        with pytest.raises(UserError, match=reason):
            repository.import_status(sign(issuer, NOW, {}, header=header), NOW, slug="a")


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xd2\x84", b"\xd2\x84\x40\xa0\x40\x40", b"\xa0"])
def test_not_a_status_list(repository, data):
    with pytest.raises(UserError):
        repository.import_status(data, NOW, slug="a")


def test_signatures_count(repository, issuer, tmp_path):
    token = bytearray(sign(issuer, NOW, {}))
    token[-1] ^= 1
    with pytest.raises(UserError, match="does not verify"):
        repository.import_status(bytes(token), NOW, slug="a")
    stranger = Issuer.create(tmp_path / "B", "https://b.example/", NOW)
    with pytest.raises(UserError, match="its key is unknown"):
        repository.import_status(sign(stranger, NOW, {}), NOW, slug="a")


def test_a_list_belongs_to_its_issuer(repository, issuer, tmp_path):
    other = Issuer.create(tmp_path / "B", "https://b.example/", NOW)
    repository.add_keys(issuer_keys.load(other.path))
    forged = sign(other, NOW, {})
    with pytest.raises(UserError, match="not at the host of https://b.example/"):
        repository.import_status(forged, NOW, slug="a")
    repository.import_status(sign(issuer, NOW, {}), NOW, slug="a")
    for slug in (None, "a", "b"):
        with pytest.raises(UserError, match="is a list of https://a.example/|is known as a"):
            repository.import_status(forged, NOW, slug=slug, uri=LIST)


def test_the_one_who_signed_counts_where_two_chose_a_kid(repository, issuer, tmp_path):
    other = Issuer.create(tmp_path / "B", "https://b.example/", NOW)
    kid = issuer.key_set()[0][Key.KID]
    (twin,) = issuer_keys.load(other.path)
    pem = (other.path / "keys" / f"{twin[2].hex()}.pem").read_bytes()
    repository.add_keys([{**twin, Key.KID: kid}])
    (other.path / "keys" / f"{kid.hex()}.pem").write_bytes(pem)
    (other.path / "keys.cbor").write_bytes(cose.encode([{**twin, Key.KID: kid}]))
    with pytest.raises(UserError, match="not at the host of https://b.example/"):
        repository.import_status(sign(other, NOW, {}), NOW, slug="a")
    repository.import_status(sign(issuer, NOW, {}), NOW, slug="a")
    repository.import_status(sign(other, NOW, {}, uri="https://b.example/1"), NOW, slug="b")
    issuers = {slug: one["issuer"] for slug, one in repository.draft.lists().items()}
    assert issuers == {"a": URI, "b": "https://b.example/"}


def test_a_list_at_another_host_is_confirmed(repository, issuer):
    token = sign(issuer, NOW, {}, uri="https://cdn.example/1")
    with pytest.raises(UserError, match="confirm it with --uri"):
        repository.import_status(token, NOW, slug="a")
    with pytest.raises(UserError, match="this is the list https://cdn.example/1"):
        repository.import_status(token, NOW, slug="a", uri=LIST)
    repository.import_status(token, NOW, slug="a", uri="https://cdn.example/1")
    assert repository.import_status(sign(issuer, NOW, {}, uri="https://cdn.example/1"), NOW)


@pytest.mark.parametrize("slug", [None, "", "A", "a/b", "..", "a" * 23, "é", "x-suspended", "a.b"])
def test_names_of_lists(repository, issuer, slug):
    with pytest.raises(UserError, match="give it a name" if slug is None else "list's name"):
        repository.import_status(sign(issuer, NOW, {}), NOW, slug=slug)


def test_a_uri_that_is_none(repository, issuer):
    token = sign(issuer, NOW, {}, claims={Claim.SUB: "https://[issuer.example/"})
    with pytest.raises(UserError, match="is not a URI"):
        repository.import_status(token, NOW, slug="a")


def test_a_name_stands_for_one_list(repository, issuer):
    repository.import_status(sign(issuer, NOW, {}), NOW, slug="a")
    second = sign(issuer, NOW, {}, uri=URI + "status/2")
    with pytest.raises(UserError, match=f"a is the list {LIST}"):
        repository.import_status(second, NOW, slug="a")
    assert repository.import_status(second, NOW, slug="a-2").version == 1


def test_a_revoked_key_takes_its_lists_with_it(repository, issuer):
    repository.import_status(sign(issuer, NOW, {1: REVOKED, 2: SUSPENDED}), NOW, slug="a")
    repository.release(NOW)
    old = issuer.key_set()[0][Key.KID]
    issuer.add_key(NOW)
    issuer.revoke_key(old, NOW)
    added = repository.add_keys(issuer_keys.load(issuer.path))
    assert (added.revoked, added.dropped) == ([old], ["a"])
    released = repository.release(NOW)
    assert set(released.targets) == {"keys.cbor", "policy.cbor"}
    made = repository.import_status(sign(issuer, NOW, {1: REVOKED}), NOW)
    assert (made.slug, made.version, set(made.files)) == ("a", 2, {"status/a/2.rsl"})


def test_the_publisher_revokes_a_key(repository, issuer):
    token = sign(issuer, NOW, {})
    repository.import_status(token, NOW, slug="a")
    (kid,) = (key[2] for key in repository.issuer_keys())
    with pytest.raises(UserError, match="no key"):
        repository.revoke_key(b"\x00")
    with pytest.raises(UserError, match="no key"):
        repository.revoke_key(kid, "https://b.example/")
    assert repository.revoke_key(kid) == ["a"]
    with pytest.raises(UserError, match="revoked already"):
        repository.revoke_key(kid)
    with pytest.raises(UserError, match="key is revoked"):
        repository.import_status(token, NOW, slug="a")
    # The issuer's own set still calls it active: that does not bring it back.
    assert repository.add_keys(issuer_keys.load(issuer.path)).new == []
    assert repository.issuer_keys()[0][Key.STATE] == 1


def test_an_expired_list_is_told(repository, issuer):
    repository.import_status(
        sign(issuer, NOW - DAY, {}, claims={Claim.EXP: NOW + 5}), NOW, slug="a"
    )
    assert repository.release(NOW).warnings == []
    (warning,) = repository.release(NOW + 5).warnings
    assert warning.startswith("list a has expired at ")


def test_more_lists_than_a_terminal_holds(repository, issuer):
    for n in range(17):
        repository.import_status(sign(issuer, NOW, {}, uri=f"{URI}{n}"), NOW, slug=f"l-{n}")
    with pytest.raises(UserError, match="17 revocation lists: a terminal holds 16"):
        repository.release(NOW)


def test_as_many_lists_and_deltas_as_there_can_be(repository, issuer, monkeypatch):
    # Each version of each list is the base of seven deltas: all are kept, once they have been read.
    monkeypatch.setattr(rsl, "read", lru_cache(maxsize=None)(rsl.read.__wrapped__))
    values = dict.fromkeys(range(0, 20000, 40), REVOKED) | {3: SUSPENDED}
    values |= {n + 7: SUSPENDED for n in values}
    for version in range(status.DELTAS + 1):
        values[version + 1] = REVOKED
        values[version + 11] = SUSPENDED
        for n in range(8):
            token = sign(issuer, NOW + version, values, uri=f"{URI}{n}")
            repository.import_status(token, NOW, slug=f"a-list-of-long-name-{n}")
        released = repository.release(NOW)
    assert len(released.targets) == draft.TARGETS_MAX
    check(str(repository.path))
    # The deltas that were left out would have saved less than those that were not.
    folder = repository.draft.path / "status"
    saved = {}
    for path in folder.rglob("*.rsd"):
        whole = path.with_name(path.stem.partition("-")[2] + ".rsl")
        saved[f"status/{path.parent.name}/{path.name}"] = whole.stat().st_size - path.stat().st_size
    assert len(saved) > draft.TARGETS_MAX
    taken = [size for name, size in saved.items() if name in released.targets]
    left = [size for name, size in saved.items() if name not in released.targets]
    assert min(taken) >= max(left)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 1}', b'{"a": {"uri": 1}}', b"\xff"])
def test_a_spoiled_record(repository, issuer, content):
    (repository.draft.path / "lists.json").write_bytes(content)
    with pytest.raises(UserError, match="not a record of lists"):
        repository.import_status(sign(issuer, NOW, {}), NOW, slug="a")


def test_progress_is_reported(repository, issuer):
    seen = []

    def progress(items, description):
        seen.append((description, len(items)))
        return items

    repository.import_status(sign(issuer, NOW, {2: SUSPENDED}), NOW, slug="a", progress=progress)
    repository.release(NOW, progress=progress)
    assert seen == [("Writing lists and deltas", 2), ("Hashing", 4), ("Copying", 4)]
