"""The firmware's TUF client against what the suite tuf-conformance asks of a client.

The suite itself runs if it is installed; it is not on the package index. Its cases are here in our own
words, against repositories that python-tuf makes: what a client has to store, to ask for and to refuse.
"""

import hashlib
import importlib.util
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from program import BORNE
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata

from borne.crypto import p256

pytestmark = pytest.mark.usefixtures("quick_p256")
FIRST = [("root", 2), ("timestamp", None), ("snapshot", 1), ("targets", 1)]


def test_the_suite_itself():
    found = importlib.util.find_spec("tuf_conformance")
    if found is None:
        pytest.skip("tuf-conformance is not installed, and not on the package index")
    entry_point = f"{BORNE} tuf-client"
    folder = Path(found.submodule_search_locations[0])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", folder.name, "--entrypoint", entry_point],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


# What is asked for and stored


def test_init_and_refresh(repo, client):
    p256.use(None)  # here the firmware's own curve, too
    assert repo.requests == []
    assert client.refresh() == 0
    assert repo.requests == FIRST
    for role in ("root", "timestamp", "snapshot", "targets"):
        assert client.read(role) == repo.published[role][0]


def test_download_refreshes_first(repo, client):
    assert client.download("no such target") == 1
    assert repo.requests == FIRST
    assert client.trusted() == {"root": 1, "timestamp": 1, "snapshot": 1, "targets": 1}


def test_init_twice(repo, client):
    assert client.init(repo.published["root"][0]) == 0
    repo.publish("root")
    assert client.init(repo.published["root"][1]) == 1
    assert client.version("root") == 1


@pytest.mark.parametrize("fault", ["no version", "wrong signature", "not JSON"])
def test_initial_root(repo, new_client, fault):
    root = json.loads(repo.published["root"][0])
    if fault == "no version":
        del root["signed"]["version"]
    else:
        root["signatures"][0]["sig"] = "3006020105020106"
    new_client.init(b"{" if fault == "not JSON" else json.dumps(root).encode())
    assert new_client.refresh() == 1
    assert repo.requests == []


@pytest.mark.parametrize(
    ("role", "trusted"),
    [
        ("root", {"root": 1}),
        ("timestamp", {"root": 1}),
        ("snapshot", {"root": 1, "timestamp": 2}),
        ("targets", {"root": 1, "timestamp": 2, "snapshot": 2}),
    ],
)
def test_unsigned(repo, client, role, trusted):
    repo.signers[role] = []
    repo.publish(*(["root"] if role == "root" else ["targets", "snapshot", "timestamp"]))
    assert client.refresh() == 1
    assert client.trusted() == trusted
    assert "BAD_SIGNATURE" in client.output


def test_bytes_are_kept_as_they_came(repo, client):
    repo.published["timestamp"][-1] += b" "
    assert client.refresh() == 0
    assert client.read("timestamp") == repo.published["timestamp"][-1]


def test_timestamp_changes_without_a_new_version(repo, client):
    assert client.refresh() == 0
    repo.timestamp.snapshot_meta.version = 100
    repo.timestamp.version -= 1
    repo.publish("timestamp")
    assert client.refresh() == 0
    assert repo.requests[-1] == ("timestamp", None)
    assert Metadata.from_bytes(client.read("timestamp")).signed.snapshot_meta.version == 1


def test_targets_that_no_snapshot_names(repo, client):
    assert client.refresh() == 0
    repo.publish("targets")
    assert client.refresh() == 0
    assert client.version("targets") == 1
    assert repo.requests[-1] == ("timestamp", None)


def test_snapshot_that_no_timestamp_names(repo, client):
    repo.publish("snapshot")
    repo.timestamp.snapshot_meta.version = 1
    repo.publish("timestamp")
    repo.published["snapshot"] = [repo.published["snapshot"][1]]
    assert client.refresh() == 1
    assert client.trusted() == {"root": 1, "timestamp": 2}


def test_metadata_hashes(repo, client):
    repo.with_hashes = True
    repo.publish_all()
    assert client.refresh() == 0
    repo.publish("targets")
    repo.snapshot.meta["targets.json"].hashes["sha256"] = "46" * 32
    repo.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.version("snapshot") == 3
    assert client.version("targets") == 2


def test_unknown_fields(repo, client):
    assert client.refresh() == 0
    repo.root.unrecognized_fields["custom-field"] = "value"
    key = repo.root.keys[repo.root.roles["root"].keyids[0]]
    key.unrecognized_fields["extra-field"] = {"a": 1, "b": ["\U0001f600", None]}
    repo.root.roles["root"].unrecognized_fields["another-field"] = "value"
    repo.publish("root")
    assert client.refresh() == 0
    assert client.version("root") == 2


def test_without_consistent_snapshot(repo, client):
    repo.root.consistent_snapshot = False
    repo.publish("root")
    repo.add_artifact("targets", "a/file", b"content")
    repo.delegate("targets", "..", ["*"])
    repo.publish("..")
    repo.publish_all()
    assert client.download("a/file") == 0
    assert client.download("other") == 1
    assert repo.requests[:5] == [
        ("root", 2),
        ("root", 3),
        ("timestamp", None),
        ("snapshot", None),
        ("targets", None),
    ]
    assert repo.requests[-1] == ("..", None)
    assert repo.downloads == [("a/file", None)]


# Keys and thresholds


@pytest.fixture
def four_keys(repo, client):
    """Snapshots are signed by four keys, of which three are enough."""
    for _ in range(3):
        repo.add_key("snapshot")
    repo.root.roles["snapshot"].threshold = 3
    repo.publish("root", "snapshot", "timestamp")
    assert client.refresh() == 0
    assert client.version("snapshot") == 2


@pytest.mark.usefixtures("four_keys")
def test_threshold_is_not_met(repo, client):
    repo.root.roles["snapshot"].threshold = 4
    repo.signers["snapshot"].pop()
    repo.publish("root", "snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.version("root") == 3
    assert client.version("snapshot") == 2


def test_threshold_over_the_number_of_keys(repo, client):
    assert client.refresh() == 0
    for _ in range(4):
        repo.add_key("snapshot")
    repo.root.roles["snapshot"].threshold = 6
    repo.publish("root", "snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.version("snapshot") == 1


@pytest.mark.usefixtures("four_keys")
def test_hash_algorithms_of_keyids_do_not_matter(repo, client):
    key = repo.root.keys[repo.root.roles["snapshot"].keyids[0]]
    key.unrecognized_fields["keyid_hash_algorithms"] = ["md5"]
    repo.publish("root", "snapshot", "timestamp")
    assert client.refresh() == 0
    assert client.version("snapshot") == 3


@pytest.mark.parametrize("where", ["role", "signatures"])
def test_keyid_twice(repo, client, where):
    if where == "role":
        keyids = repo.root.roles["snapshot"].keyids
        keyids += keyids * 8
        repo.root.roles["snapshot"].threshold = 6
        repo.publish("root")
    else:
        file = json.loads(repo.published["snapshot"].pop())
        file["signatures"] *= 2
        repo.published["snapshot"].append(json.dumps(file).encode())
    repo.root.consistent_snapshot = True
    assert client.refresh() == 1
    assert client.version("snapshot") is None


@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_kinds_of_keys(repo, client, kind):
    generate = getattr(CryptoSigner, f"generate_{kind}")
    signer = repo.add_key("root", generate())
    repo.root.roles["root"].threshold = 2
    repo.publish("root")
    assert client.refresh() == 0
    assert client.version("root") == 2
    repo.publish("root")
    file = json.loads(repo.published["root"].pop())
    for one in file["signatures"]:
        if one["keyid"] == signer.public_key.keyid:
            other = generate()
            one["sig"] = other.sign(b"something else").signature
    repo.published["root"].append(json.dumps(file).encode())
    assert client.refresh() == 1
    assert client.version("root") == 2


# Rotations: each version as keys, threshold, who signs; the last refused or not

ROOTS = {
    "one key": ([("1", 1, "1"), ("2", 1, "21"), ("2", 1, "2")], True),
    "signatures of others": ([("1", 1, "314"), ("2", 1, "3214"), ("2", 1, "324")], True),
    "3 of 5, others sign": ([("01234", 3, "024"), ("01234", 3, "041"), ("01234", 3, "013")], True),
    "3 of 5, one rotated": ([("01234", 3, "024"), ("01345", 3, "041")], True),
    "3 of 5, in two steps": (
        [("01234", 3, "024"), ("01345", 3, "0245"), ("01345", 3, "045")],
        True,
    ),
    "3 of 5, all rotated": (
        [("01234", 3, "024"), ("56789", 3, "024567"), ("56789", 3, "567")],
        True,
    ),
    "threshold up": ([("123", 1, "1"), ("123", 2, "12")], True),
    "threshold down": ([("123", 2, "12"), ("123", 1, "12"), ("123", 1, "1")], True),
    "key and threshold": ([("1", 1, "1"), ("12", 2, "12")], True),
    "not the old key": ([("1", 1, "1"), ("2", 1, "234")], False),
    "not the new key": ([("1", 1, "1"), ("2", 1, "134")], False),
    "not three new": ([("01234", 3, "024"), ("01345", 3, "024")], False),
    "not three old": ([("01234", 3, "024"), ("01345", 3, "045")], False),
    "new threshold not met": ([("123", 1, "1"), ("123", 2, "2")], False),
    "old threshold not met": ([("123", 2, "12"), ("123", 1, "1")], False),
}


@pytest.fixture(scope="module")
def ten():
    return [CryptoSigner.generate_ed25519() for _ in range(10)]


@pytest.mark.parametrize(("versions", "accepted"), ROOTS.values(), ids=ROOTS)
def test_root_rotation(repo, new_client, ten, versions, accepted):
    repo.root.version = 0
    for keys, threshold, signers in versions:
        repo.set_keys(
            "root", [ten[int(i)] for i in keys], [ten[int(i)] for i in signers], threshold
        )
        repo.publish("root")
    roots = repo.published["root"][1:]
    repo.published["root"] = roots
    assert new_client.init(roots[0]) == 0
    assert new_client.refresh() == (0 if accepted else 1)
    assert new_client.read("root") == roots[-1 if accepted else -2]


OTHERS = {
    "one key": ("2", 1, "2", True),
    "signatures of others": ("1", 1, "314", True),
    "not the new key": ("2", 1, "134", False),
    "only two of three": ("01345", 3, "024", False),
    "one missing": ("01345", 3, "04", False),
    "3 of 5": ("01234", 3, "024", True),
    "3 of 5, others sign": ("01234", 3, "234", True),
}


@pytest.mark.parametrize(("keys", "threshold", "signers", "accepted"), OTHERS.values(), ids=OTHERS)
def test_rotation_below_root(repo, client, ten, keys, threshold, signers, accepted):
    for role in ("timestamp", "snapshot", "targets"):
        repo.set_keys(role, [ten[int(i)] for i in keys], [ten[int(i)] for i in signers], threshold)
        repo.publish("root")
        repo.publish_all()
        assert client.refresh() == (0 if accepted else 1)
        if accepted:
            assert client.read(role) == repo.published[role][-1]


# Rollback


def test_timestamp_rollback(repo, client):
    repo.publish("timestamp")
    assert client.refresh() == 0
    repo.published["timestamp"].pop()
    assert client.refresh() == 1
    assert "ROLLBACK" in client.output
    assert client.version("timestamp") == 2


@pytest.mark.parametrize("with_hashes", [False, True])
def test_snapshot_rollback(repo, client, with_hashes):
    repo.with_hashes = with_hashes
    repo.publish("snapshot", "timestamp")
    assert client.refresh() == 0
    repo.snapshot.version = 0
    repo.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.version("timestamp") == 2
    assert client.version("snapshot") == 2
    assert repo.requests[-1] == ("timestamp", None)


@pytest.mark.parametrize("with_hashes", [False, True])
def test_targets_rollback(repo, client, with_hashes):
    repo.with_hashes = with_hashes
    repo.publish_all()
    assert client.refresh() == 0
    repo.targets.version = 0
    repo.publish_all()
    assert client.refresh() == 1
    assert client.version("snapshot") == 2
    assert client.version("targets") == 2


def test_role_disappears(repo, client):
    repo.delegate("targets", "extra", ["*"])
    repo.publish("extra")
    repo.publish_all()
    assert client.refresh() == 0
    del repo.snapshot.meta["extra.json"]
    repo.publish_all()
    assert client.refresh() == 1
    assert client.version("snapshot") == 2


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_fast_forward_recovery(repo, client, role):
    """A version far ahead, then the keys are rotated, then versions begin anew."""
    repo.roles[role].signed.version = 99
    repo.publish_all()
    assert client.refresh() == 0
    assert client.version(role) == 100
    repo.roles[role].signed.version = 0
    repo.publish_all()
    assert client.refresh() == 1
    rotated = {
        "timestamp": ["timestamp"],
        "snapshot": ["snapshot", "timestamp"],
        "targets": ["snapshot"],
    }
    for one in rotated[role]:
        repo.rotate(one)
    repo.publish("root")
    repo.publish_all()
    assert client.refresh() == 0
    assert client.version(role) == 2


# Expiry; the client's clock is moved


@pytest.mark.parametrize("role", ["root", "timestamp", "snapshot", "targets"])
def test_expired(repo, client, role):
    assert client.refresh() == 0
    repo.roles[role].signed.expires = repo.now - timedelta(days=1)
    repo.publish("root")
    repo.publish_all()
    assert client.refresh() == 1
    assert "EXPIRED" in client.output
    wanted = {"root": 2, "timestamp": 1, "snapshot": 1, "targets": 1}
    for earlier in {"snapshot": ["timestamp"], "targets": ["timestamp", "snapshot"]}.get(role, ()):
        wanted[earlier] = 2
    assert client.trusted() == wanted


def test_expired_stored_metadata_leads_to_newer(repo, client):
    repo.timestamp.expires = repo.snapshot.expires = repo.now + timedelta(days=7)
    repo.publish("snapshot", "timestamp")
    assert client.refresh() == 0
    repo.timestamp.expires = repo.snapshot.expires = repo.now + timedelta(days=21)
    repo.publish_all()
    assert client.refresh(days=18) == 0
    assert client.trusted() == {"root": 1, "timestamp": 3, "snapshot": 3, "targets": 2}
    assert client.refresh(days=22) == 1


def test_expired_stored_timestamp_still_prevents_rollback(repo, client):
    repo.timestamp.expires = repo.now + timedelta(days=7)
    repo.publish("timestamp")
    assert client.refresh() == 0
    assert client.refresh(days=8) == 1
    repo.timestamp.expires = repo.now + timedelta(days=21)
    repo.timestamp.version = 0
    repo.publish("timestamp")
    assert client.refresh(days=8) == 1
    assert "ROLLBACK" in client.output


def test_expired_delegated_targets(repo, client):
    repo.delegate("targets", "delegated", ["files/*"], expires=repo.now - timedelta(days=1))
    repo.add_artifact("delegated", "files/one", b"one")
    repo.publish("delegated")
    repo.publish_all()
    assert client.refresh() == 0
    assert client.download("files/one") == 1
    assert client.downloaded() == []
    assert client.version("delegated") is None


def test_stored_delegated_targets_expire(repo, client):
    repo.delegate("targets", "delegated", ["files/*"], expires=repo.now + timedelta(days=7))
    repo.add_artifact("delegated", "files/one", b"one")
    repo.add_artifact("delegated", "files/two", b"two")
    repo.publish("delegated")
    repo.publish_all()
    assert client.download("files/one") == 0
    assert client.download("files/two", days=18) == 1
    assert client.downloaded() == [b"one"]
    repo.roles["delegated"].signed.expires = repo.now + timedelta(days=21)
    repo.publish("delegated", "snapshot", "timestamp")
    assert client.download("files/two", days=18) == 0
    assert client.downloaded() == [b"one", b"two"]


# Downloads


@pytest.mark.parametrize("path", ["file.txt", "path/to/a/file.txt"])
@pytest.mark.parametrize("algorithms", [["sha256"], ["sha512"], ["sha256", "sha512"]])
def test_download(repo, client, path, algorithms):
    repo.add_artifact("targets", path, b"content", algorithms)
    repo.publish_all()
    assert client.refresh() == 0
    assert client.downloaded() == []
    assert client.download(path) == 0
    assert client.downloaded() == [b"content"]
    assert repo.downloads == [(path, hashlib.new(algorithms[0], b"content").hexdigest())]
    # It is there already: the repository is not asked again.
    assert client.download(path) == 0
    assert len(repo.downloads) == 1


def test_several_targets(repo, client):
    for name in ("one", "two", "three"):
        repo.add_artifact("targets", name, name.encode())
    repo.publish_all()
    assert client.download("one", "two") == 0
    assert sorted(client.downloaded()) == [b"one", b"two"]
    assert client.download("three", "missing") == 1
    assert client.download() == 1
    assert "--target-name is needed" in client.output


def test_substituted_target(repo, client):
    repo.add_artifact("targets", "one", b"content one")
    repo.add_artifact("targets", "two", b"content two")
    repo.publish_all()
    assert client.download("one") == 0
    for content, code in (
        (b"malicious!!", "HASH"),
        (b"longer than signed", "LENGTH"),
        (b"", "LENGTH"),
    ):
        repo.artifacts["one"] = repo.artifacts["two"] = content
        assert client.download("one") == 0
        assert client.download("two") == 1
        assert code in client.output
        assert client.downloaded() == [b"content one"]
    repo.artifacts.clear()
    assert client.download("two") == 1


def test_changing_target(repo, client):
    for i in range(4):
        content = f"content {i}".encode()
        repo.add_artifact("targets", "file", content)
        repo.publish_all()
        assert client.download("file") == 0
        assert client.downloaded() == [content]
        repo.add_artifact("targets", "file", f"CONTENT {i}".encode())
        repo.publish_all()
        repo.artifacts["file"] = b"malicious"
        assert client.download("file") == 1
        assert client.downloaded() == [content]


# Delegations: (delegator, role, paths, terminating), and the order in which roles are asked for

ALL = ["*"]
GRAPHS = {
    "one": ([("targets", "A", ALL, 0)], "A"),
    "two": ([("targets", "A", ALL, 0), ("targets", "B", ALL, 0)], "AB"),
    "two levels": ([("targets", "A", ALL, 0), ("targets", "B", ALL, 0), ("B", "C", ALL, 0)], "ABC"),
    "depth first": (
        [
            ("targets", "A", ALL, 0),
            ("targets", "B", ALL, 0),
            ("A", "C", ALL, 0),
            ("A", "D", ALL, 0),
        ],
        "ACDB",
    ),
    "three levels": (
        [
            ("targets", "A", ALL, 0),
            ("targets", "B", ALL, 0),
            ("A", "C", ALL, 0),
            ("C", "D", ALL, 0),
        ],
        "ACDB",
    ),
    "terminating": (
        [
            ("targets", "A", ALL, 0),
            ("targets", "B", ALL, 0),
            ("A", "C", ALL, 1),
            ("A", "D", ALL, 0),
        ],
        "AC",
    ),
    "terminating, its own go on": (
        [
            ("targets", "A", ALL, 0),
            ("targets", "B", ALL, 0),
            ("A", "C", ALL, 1),
            ("C", "D", ALL, 0),
        ],
        "ACD",
    ),
    "path does not match": (
        [("targets", "A", ["*.py"], 0), ("targets", "B", ALL, 0), ("A", "C", ALL, 0)],
        "B",
    ),
    "terminating, but no match": (
        [("targets", "A", ["*.py"], 1), ("targets", "B", ALL, 0)],
        "B",
    ),
    "path below does not match": (
        [
            ("targets", "A", ALL, 0),
            ("targets", "B", ALL, 0),
            ("A", "C", ["*.py"], 0),
            ("C", "D", ALL, 0),
        ],
        "AB",
    ),
    "cycle": (
        [("targets", "A", ALL, 0), ("targets", "B", ALL, 0), ("B", "C", ALL, 0), ("C", "D", ALL, 0)]
        + [("D", "B", ALL, 0)],
        "ABCD",
    ),
    "two lead to a third": (
        [
            ("targets", "A", ALL, 0),
            ("targets", "B", ALL, 0),
            ("B", "C", ALL, 0),
            ("A", "C", ALL, 0),
        ],
        "ACB",
    ),
    "two lead to a third, one for other paths": (
        [
            ("targets", "A", ALL, 0),
            ("targets", "B", ALL, 0),
            ("B", "C", ALL, 0),
            ("A", "C", ["*.py"], 0),
        ],
        "ABC",
    ),
}


def publish_graph(repo, delegations):
    for delegator, role, paths, terminating in delegations:
        repo.delegate(delegator, role, paths, bool(terminating))
    repo.publish(*sorted({role for _, role, _, _ in delegations}))
    repo.publish_all()


@pytest.mark.parametrize(("delegations", "order"), GRAPHS.values(), ids=GRAPHS)
def test_order_of_the_search(repo, client, delegations, order):
    publish_graph(repo, delegations)
    assert client.download("missing") == 1
    assert repo.requests[4:] == [(role, 1) for role in order]


@pytest.mark.parametrize(
    ("path", "order", "found"),
    [
        ("file", "", True),
        ("README.md", "A", True),
        ("releases/x/v1", "BC", True),
        ("releases/y/v1.zip", "BD", True),
        ("releases/z/v1.zip", "B", False),  # D names it, but B did not delegate it to D
    ],
)
def test_search(repo, client, path, order, found):
    publish_graph(
        repo,
        [
            ("targets", "A", ["*.doc", "*.md"], 0),
            ("targets", "B", ["releases/*/*"], 0),
            ("B", "C", ["releases/x/*"], 0),
            ("B", "D", ["releases/y/*.zip"], 0),
        ],
    )
    for role, name in (
        ("targets", "file"),
        ("A", "README.md"),
        ("C", "releases/x/v1"),
        ("D", "releases/y/v1.zip"),
        ("D", "releases/z/v1.zip"),
    ):
        repo.add_artifact(role, name, f"{name} by {role}".encode())
    repo.roles["targets"].signed.version -= 1
    for role in "ABCD":
        repo.roles[role].signed.version -= 1
        repo.published[role].clear()
    repo.publish("A", "B", "C", "D")
    repo.published["targets"].pop()
    repo.publish_all()
    assert client.download(path) == (0 if found else 1)
    assert client.downloaded() == ([repo.artifacts[path]] if found else [])
    assert repo.requests[4:] == [(role, 1) for role in order]


def test_delegation_by_hash_prefix(repo, client):
    digest = hashlib.sha256(b"some/file").hexdigest()
    repo.delegate("targets", "other", prefixes=[f"{int(digest[0], 16) ^ 1:x}"])
    repo.delegate("targets", "bin", prefixes=["00", digest[:3]])
    repo.add_artifact("bin", "some/file", b"content")
    repo.publish("other", "bin")
    repo.publish_all()
    assert client.download("some/file") == 0
    assert repo.requests[4:] == [("bin", 1)]


def test_number_of_roles_is_bounded(repo, client):
    parent = "targets"
    for i in range(40):
        repo.delegate(parent, f"r{i}", ["*"])
        parent = f"r{i}"
    repo.publish(*(f"r{i}" for i in range(40)))
    repo.publish_all()
    assert client.download("missing") == 1
    assert len(repo.requests[4:]) == 32


@pytest.mark.parametrize("name", ["?", "#", "/delegatedrole", "../delegatedrole", ".", ".."])
def test_unusual_names_of_roles(repo, client, name):
    repo.delegate("targets", name, ["*"])
    repo.publish(name)
    repo.publish_all()
    assert client.download("missing") == 1
    assert (name, 1) in repo.requests
    assert len(client.trusted()) == 5
    assert sorted(path.name for path in client.metadata.parent.iterdir()) == [
        "initial_root.json",
        "metadata",
        "targets",
    ]


@pytest.mark.parametrize("path", ["..", "../file", "/file", "a?b", "a%2fb"])
def test_targets_stay_in_their_folder(repo, client, path):
    repo.add_artifact("targets", path, b"content")
    repo.publish_all()
    client.download(path)
    below = {file.name for file in client.targets.iterdir()}
    assert below <= {quote(path, "")}
    assert not (client.metadata.parent / "file").exists()
