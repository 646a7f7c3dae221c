"""The publisher's library. Who decides what is published well is python-tuf's client, as a terminal that
updates again and again, and python-tuf's metadata API."""

import hashlib
import json
import stat
import time

import cbor2
import pytest
from names import Key, Rule
from tuf.api.exceptions import DownloadHTTPError, ExpiredMetadataError, RepositoryError
from tuf.api.metadata import Metadata
from tuf.ngclient import FetcherInterface, Updater

from borne.token.key_set import KeySet
from borne.trust.tuf import TrustedMetadata
from bornetools.errors import UserError
from bornetools.issuer.issuer import Issuer
from bornetools.publisher import issuer_keys
from bornetools.publisher.check import check
from bornetools.publisher.repository import Repository

NOW = int(time.time())
DAY = 86_400
URI = "https://a.example/"


class Folder(FetcherInterface):
    def _fetch(self, url):
        try:
            with open(url, "rb") as file:
                return iter([file.read()])
        except OSError as error:
            raise DownloadHTTPError(str(error), 404) from error


class Client:
    """A terminal with its own memory, which starts from root version 1."""

    def __init__(self, repository, folder):
        self.repository = repository
        self.folder = folder
        self.root = repository.first_root.read_bytes()
        (folder / "targets").mkdir(parents=True)
        (folder / "metadata").mkdir()

    def update(self):
        """Updates. Returns the versions that it trusts now."""
        updater = Updater(
            str(self.folder / "metadata"),
            f"{self.repository.path}/metadata/",
            str(self.folder / "targets"),
            f"{self.repository.path}/targets/",
            fetcher=Folder(),
            bootstrap=self.root,
        )
        updater.refresh()
        self.updater = updater
        roles = ("root", "timestamp", "snapshot", "targets")
        return tuple(
            Metadata.from_file(str(self.folder / "metadata" / f"{role}.json")).signed.version
            for role in roles
        )

    def get(self, name):
        with open(self.updater.download_target(self.updater.get_targetinfo(name)), "rb") as file:
            return file.read()


@pytest.fixture
def issuer(tmp_path):
    return Issuer.create(tmp_path / "A", URI, NOW, capacity=1000)


@pytest.fixture
def repository(tmp_path, issuer):
    made = Repository.create(tmp_path / "R", NOW)
    made.add_keys(issuer_keys.load(issuer.path))
    return made


@pytest.fixture
def client(repository, tmp_path):
    return Client(repository, tmp_path / "client")


def metadata(repository, name):
    return json.loads((repository.path / "metadata" / name).read_bytes())


def snapshot_of(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def offline(repository, pattern, to):
    """Moves private keys away, as a person does. Returns their paths."""
    to.mkdir(exist_ok=True)
    return [path.rename(to / path.name) for path in sorted(repository.keys.glob(pattern))]


def test_new_repository(tmp_path):
    repository = Repository.create(tmp_path / "R", NOW, root=(2, 3), targets=(2, 2))
    names = sorted(path.name for path in repository.keys.iterdir())
    assert names == [
        *("root-1.pem", "root-2.pem", "root-3.pem", "snapshot.pem"),
        *("targets-1.pem", "targets-2.pem", "timestamp.pem"),
    ]
    assert stat.S_IMODE(repository.keys.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in repository.keys.iterdir()} == {0o600}
    root = metadata(repository, "1.root.json")
    signed = root["signed"]
    assert (signed["version"], signed["consistent_snapshot"]) == (1, True)
    thresholds = {role: (r["threshold"], len(r["keyids"])) for role, r in signed["roles"].items()}
    assert thresholds == {
        "root": (2, 3),
        "targets": (2, 2),
        "snapshot": (1, 1),
        "timestamp": (1, 1),
    }
    assert len(signed["keys"]) == 7
    for key in signed["keys"].values():
        assert (key["keytype"], key["scheme"]) == ("ecdsa", "ecdsa-sha2-nistp256")
        assert key["keyval"]["public"].startswith("-----BEGIN PUBLIC KEY-----")
    assert len(root["signatures"]) == 3
    published = snapshot_of(repository.path / "metadata") | snapshot_of(repository.path / "draft")
    assert not any(b"PRIVATE" in data for data in published.values())


@pytest.mark.parametrize("pair", [(0, 1), (2, 1)])
def test_a_threshold_that_cannot_be(tmp_path, pair):
    with pytest.raises(UserError, match="threshold"):
        Repository.create(tmp_path / "R", NOW, root=pair)
    assert not (tmp_path / "R").exists()


def test_first_release(repository, client, issuer):
    released = repository.release(NOW)
    assert released.versions == {"root": 1, "targets": 1, "snapshot": 1, "timestamp": 1}
    assert released.expires == NOW + 7 * DAY
    assert released.warnings == []
    assert client.update() == (1, 1, 1, 1)
    assert client.get("policy.cbor") == b"\xa0"
    (key,) = KeySet.decode(client.get("keys.cbor"))
    assert (key.kid, key.issuer) == (issuer.key_set()[0][Key.KID], URI)
    assert set(released.targets) == {"keys.cbor", "policy.cbor"}
    assert check(str(repository.path)) == released


def test_terminals_accept_it(repository):
    """The same by the firmware's rules."""
    repository.release(NOW)
    repository.rotate(["root"], NOW)
    repository.rotate(["targets", "timestamp"], NOW)
    folder = repository.path / "metadata"
    trusted = TrustedMetadata(repository.first_root.read_bytes())
    for version in (2, 3):
        trusted.update_root((folder / f"{version}.root.json").read_bytes())
    trusted.root_done(NOW)
    trusted.update_timestamp((folder / "timestamp.json").read_bytes(), NOW)
    trusted.update_snapshot((folder / "2.snapshot.json").read_bytes(), NOW)
    trusted.update_targets((folder / "2.targets.json").read_bytes(), NOW)
    data = (repository.draft.path / "keys.cbor").read_bytes()
    assert trusted.target("keys.cbor") == (len(data), hashlib.sha256(data).hexdigest())
    assert trusted.timestamp["x-borne-issued"] == NOW


def test_what_is_signed(repository):
    repository.release(NOW, days={"timestamp": 3, "snapshot": 4, "targets": 5})
    timestamp = metadata(repository, "timestamp.json")["signed"]
    assert timestamp["x-borne-issued"] == NOW
    snapshot = (repository.path / "metadata" / "1.snapshot.json").read_bytes()
    meta = timestamp["meta"]["snapshot.json"]
    assert (meta["version"], meta["length"]) == (1, len(snapshot))
    targets = (repository.path / "metadata" / "1.targets.json").read_bytes()
    assert json.loads(snapshot)["signed"]["meta"]["targets.json"]["length"] == len(targets)
    for name, days in (("timestamp", 3), ("1.snapshot", 4), ("1.targets", 5)):
        expires = metadata(repository, f"{name}.json")["signed"]["expires"]
        assert expires == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW + days * DAY))


def test_a_change_is_a_new_version_of_everything(repository, client):
    repository.release(NOW)
    client.update()
    before = snapshot_of(repository.path / "targets")
    repository.set_policy({"warn_after": 3 * DAY})
    assert repository.release(NOW).versions == {
        "root": 1,
        "targets": 2,
        "snapshot": 2,
        "timestamp": 2,
    }
    assert client.update() == (1, 2, 2, 2)
    assert cbor2.loads(client.get("policy.cbor")) == {Rule.WARN_AFTER: 3 * DAY}
    after = snapshot_of(repository.path / "targets")
    assert before.items() < after.items()
    assert (repository.path / "metadata" / "1.targets.json").exists()


def test_the_daily_release_needs_only_the_online_keys(repository, client, tmp_path):
    repository.release(NOW)
    offline(repository, "root*", tmp_path / "safe")
    targets = offline(repository, "targets*", tmp_path / "safe")
    assert repository.release(NOW).versions["timestamp"] == 2
    assert client.update() == (1, 2, 1, 1)
    # The snapshot is signed again as soon as the timestamp would outlive it.
    released = repository.release(NOW + 24 * DAY)
    assert (released.versions["snapshot"], released.warnings) == (2, [])
    # So are the targets, if their keys are there; until then it says what is coming.
    soon = repository.release(NOW + 89 * DAY)
    assert soon.versions["targets"] == 1
    assert len(soon.warnings) == 1
    assert "targets expires at" in soon.warnings[0]
    with pytest.raises(UserError, match="targets version 2 needs 1 signatures"):
        repository.release(NOW + 90 * DAY)
    assert repository.release(NOW + 90 * DAY, keys=targets).versions["targets"] == 2


def test_a_change_needs_the_threshold_of_targets(tmp_path, issuer):
    repository = Repository.create(tmp_path / "R", NOW, targets=(2, 3))
    repository.add_keys(issuer_keys.load(issuer.path))
    keys = offline(repository, "targets*", tmp_path / "safe")
    before = snapshot_of(repository.path)
    for some in ([], keys[:1]):
        with pytest.raises(UserError, match=f"needs 2 signatures.*give {len(some)}"):
            repository.release(NOW, keys=some)
    assert snapshot_of(repository.path) == before
    repository.release(NOW, keys=keys[1:])
    assert len(metadata(repository, "1.targets.json")["signatures"]) == 2
    check(str(repository.path))


def test_no_release_without_keys_or_with_a_spoiled_draft(tmp_path, repository):
    empty = Repository.create(tmp_path / "E", NOW)
    with pytest.raises(UserError, match="keys.cbor: no usable key"):
        empty.release(NOW)
    for name, data in (("policy.cbor", b"\x80"), ("keys.cbor", b"junk")):
        good = (repository.draft.path / name).read_bytes()
        (repository.draft.path / name).write_bytes(data)
        with pytest.raises(UserError, match=name):
            repository.release(NOW)
        (repository.draft.path / name).write_bytes(good)
    assert not (repository.path / "metadata" / "timestamp.json").exists()
    assert list((repository.path / "targets").iterdir()) == []


def test_an_interrupted_release_is_in_nobodys_way(repository, client):
    repository.release(NOW)
    repository.set_policy({"warn_after": 5})
    # It wrote metadata that no timestamp names, and half a target.
    (repository.path / "metadata" / "2.targets.json").write_bytes(b"{")
    (name,) = (path for path in (repository.path / "targets").iterdir() if "policy" in path.name)
    name.write_bytes(b"")
    repository.set_policy({})
    repository.release(NOW)
    client.update()
    assert client.get("policy.cbor") == b"\xa0"
    repository.set_policy({"warn_after": 5})
    assert repository.release(NOW).versions["targets"] == 3
    assert client.update()[3] == 3


def test_root_rotation(repository, client, tmp_path):
    repository.release(NOW)
    client.update()
    old = offline(repository, "root*", tmp_path / "safe")
    with pytest.raises(UserError, match="needs 1 keys of the present one, and 0 are at hand"):
        repository.rotate(["root"], NOW)
    released = repository.rotate(["root"], NOW, keys=old, into=tmp_path / "safe")
    assert released.versions == {"root": 2}
    assert len(metadata(repository, "2.root.json")["signatures"]) == 2
    assert client.update() == (2, 1, 1, 1)
    with pytest.raises(UserError, match="0 are at hand"):
        repository.rotate(["root"], NOW, keys=old)
    new = tmp_path / "safe" / "root-v2-1.pem"
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    repository.rotate([], NOW, keys=[new], days=700)
    assert len(metadata(repository, "3.root.json")["signatures"]) == 1
    roots = [metadata(repository, f"{n}.root.json")["signed"] for n in (2, 3)]
    assert roots[0]["roles"] == roots[1]["roles"]
    assert roots[0]["expires"] < roots[1]["expires"]
    assert client.update()[0] == 3
    assert check(str(repository.path)).versions["root"] == 3


def test_one_of_three_root_keys(tmp_path, issuer):
    repository = Repository.create(tmp_path / "R", NOW, root=(2, 3))
    repository.add_keys(issuer_keys.load(issuer.path))
    repository.release(NOW)
    client = Client(repository, tmp_path / "client")
    before = metadata(repository, "1.root.json")["signed"]["roles"]["root"]["keyids"]
    keys = offline(repository, "root*", tmp_path / "safe")
    with pytest.raises(UserError, match="needs 2 keys .* 1 are"):
        repository.rotate(["root"], NOW, keys=keys[:1])
    with pytest.raises(UserError, match="no such key"):
        repository.rotate(["root"], NOW, keys=keys[:2], drop=["zz"])
    # The third is lost: the first two sign.
    repository.rotate(["root"], NOW, keys=keys[:2], drop=[before[2][:12]])
    after = metadata(repository, "2.root.json")["signed"]["roles"]["root"]
    assert (after["threshold"], len(after["keyids"])) == (2, 3)
    assert set(before) - set(after["keyids"]) == {before[2]}
    assert client.update()[0] == 2


@pytest.mark.parametrize("roles", [["timestamp"], ["snapshot", "timestamp"], ["targets"]])
def test_rotation_of_other_roles(repository, client, roles):
    repository.release(NOW)
    client.update()
    before = metadata(repository, "1.root.json")["signed"]["roles"]
    repository.set_policy({"warn_after": 5})  # not released: it stays in the draft
    repository.rotate(roles, NOW)
    after = metadata(repository, "2.root.json")["signed"]["roles"]
    assert [role for role in before if before[role] != after[role]] == roles
    assert client.update() == (
        2,
        2,
        2 if roles != ["timestamp"] else 1,
        2 if roles == ["targets"] else 1,
    )
    assert client.get("policy.cbor") == b"\xa0"
    repository.release(NOW)
    assert client.update()[3] > 1
    assert cbor2.loads(client.get("policy.cbor")) == {Rule.WARN_AFTER: 5}


def test_rotation_before_the_first_release(repository, client):
    assert repository.rotate(["targets"], NOW).versions == {"root": 2}
    repository.release(NOW)
    assert client.update() == (2, 1, 1, 1)


def test_a_rotation_that_fails_changes_nothing(tmp_path, issuer):
    repository = Repository.create(tmp_path / "R", NOW, targets=(2, 2))
    repository.add_keys(issuer_keys.load(issuer.path))
    repository.release(NOW)
    keys = offline(repository, "targets*", tmp_path / "safe")
    kept = metadata(repository, "1.root.json")["signed"]["roles"]["targets"]["keyids"]
    before = snapshot_of(repository.path)
    with pytest.raises(UserError, match="targets version 2 needs 2 signatures"):
        repository.rotate(["targets"], NOW, drop=kept[:1])
    (tmp_path / "safe" / "root-v2-1.pem").write_bytes(b"mine")
    with pytest.raises(UserError, match="nothing was overwritten"):
        repository.rotate(["root"], NOW, into=tmp_path / "safe")
    assert (tmp_path / "safe" / "root-v2-1.pem").read_bytes() == b"mine"
    assert snapshot_of(repository.path) == before
    repository.rotate(["targets"], NOW, drop=kept[:1], keys=keys)
    check(str(repository.path))


def test_expired_metadata(repository, client):
    repository.release(NOW - 8 * DAY)
    with pytest.raises(ExpiredMetadataError):
        client.update()
    with pytest.raises(UserError, match="expired"):
        check(str(repository.path))
    with pytest.raises(UserError, match="the root has expired"):
        repository.release(NOW + 365 * DAY)
    repository.rotate([], NOW + 365 * DAY)
    repository.release(NOW + 365 * DAY)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("metadata/1.targets.json", b"policy.cbor", b"policy.cb0r"),
        ("metadata/1.snapshot.json", b'"version":1', b'"version":2'),
        ("metadata/timestamp.json", b'"x-borne-issued":1', b'"x-borne-issued":2'),
        ("metadata/1.root.json", b'"threshold":1', b'"threshold":2'),
        ("targets/*.policy.cbor", b"\xa0", b"\xa1"),
        ("targets/*.policy.cbor", b"\xa0", b"\xa0\xa0"),
    ],
)
def test_check_finds_what_was_changed(repository, name, old, new):
    repository.release(NOW)
    (path,) = repository.path.glob(name)
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    with pytest.raises(UserError) as caught:
        check(str(repository.path))
    assert "\n" not in caught.value.message


def test_check_finds_what_is_gone(repository):
    repository.release(NOW)
    for path in (repository.path / "metadata").iterdir():
        data = path.read_bytes()
        path.unlink()
        with pytest.raises(UserError):
            check(str(repository.path))
        path.write_bytes(data)
    check(str(repository.path))


def test_check_by_another_root(repository, tmp_path):
    repository.release(NOW)
    other = Repository.create(tmp_path / "other", NOW)
    with pytest.raises(UserError):
        check(str(repository.path), other.first_root.read_bytes())


def test_a_client_refuses_an_older_repository(repository, client, tmp_path):
    repository.release(NOW)
    old = (repository.path / "metadata" / "timestamp.json").read_bytes()
    repository.release(NOW)
    client.update()
    (repository.path / "metadata" / "timestamp.json").write_bytes(old)
    with pytest.raises(RepositoryError):
        client.update()


def test_more_than_a_terminal_takes(repository, tmp_path):
    for n in range(1, 32):
        other = Issuer.create(tmp_path / f"I{n}", f"https://{n}.example/", NOW, capacity=8)
        repository.add_keys(issuer_keys.load(other.path))
    with pytest.raises(UserError, match="more keys than a terminal holds"):
        repository.add_keys(
            issuer_keys.load(Issuer.create(tmp_path / "last", "https://x.example/", NOW).path)
        )
    assert len(repository.issuer_keys()) == 32
    repository.release(NOW)
    check(str(repository.path))
    with pytest.raises(UserError, match="root metadata of .* terminals take"):
        Repository.create(tmp_path / "big", NOW, root=(30, 40))
    assert not (tmp_path / "big").exists()
