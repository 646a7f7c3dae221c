"""The TUF client: each rule of borne.trust.tuf, with a repository that breaks exactly that one.

Signatures are real where they are the rule, and in the first update."""

import json

from signing import ideal_signatures
from support import raises
from tuf_repository import EARLIER, LATER, NOW, Memory, Repository, key

from borne import limits
from borne.errors import TrustError
from borne.trust import tuf


def refreshed(repository=None):
    """(repository, store) after a first update."""
    repository = repository or Repository()
    store = Memory(repository.first_root)
    tuf.refresh(store, repository.fetch, NOW)
    repository.asked.clear()
    return repository, store


def refused(repository, store, code, now=NOW):
    """Asserts that the next update is refused with `code`."""
    error = raises(TrustError, tuf.refresh, store, repository.fetch, now)
    assert error.code == code, (error.code, str(error))


def version(store, role):
    return json.loads(store.files[role])["signed"]["version"]


def test_first_update():
    repository = Repository()
    store = Memory(repository.first_root)
    trusted = tuf.refresh(store, repository.fetch, NOW)
    assert repository.asked == [
        "2.root.json",
        "timestamp.json",
        "1.snapshot.json",
        "1.targets.json",
    ]
    assert sorted(trusted.targets()) == ["keys.cbor", "status/a/1.rsl"]
    entry = repository.targets["targets"]["keys.cbor"]
    assert trusted.target("keys.cbor") == (9, entry["hashes"]["sha256"])
    assert trusted.target("policy.cbor") is None
    assert trusted.version == 1
    for role in ("timestamp", "snapshot", "targets"):
        name = role + ".json" if role == "timestamp" else "1." + role + ".json"
        assert store.files[role] == repository.files[name]


@ideal_signatures
def test_no_news():
    repository, store = refreshed()
    before = dict(store.files)
    trusted = tuf.refresh(store, repository.fetch, NOW)
    assert repository.asked == ["2.root.json", "timestamp.json"]
    assert store.files == before and trusted.target("keys.cbor")
    # A changed timestamp of the same version is not news.
    repository.timestamp["meta"]["snapshot.json"]["version"] = 100
    repository.publish("timestamp")
    tuf.refresh(store, repository.fetch, NOW)
    assert store.files == before


@ideal_signatures
def test_news():
    repository, store = refreshed()
    repository.next("targets", "snapshot", "timestamp")
    assert tuf.refresh(store, repository.fetch, NOW).version == 2
    assert repository.asked[2:] == ["2.snapshot.json", "2.targets.json"]


@ideal_signatures
def test_without_consistent_snapshot():
    repository = Repository()
    repository.root["consistent_snapshot"] = False
    repository.publish("root")
    for role in ("snapshot", "targets"):
        repository.files[role + ".json"] = repository.files.pop("1." + role + ".json")
    store = Memory(repository.files["1.root.json"])
    tuf.refresh(store, repository.fetch, NOW)
    assert repository.asked[2:] == ["snapshot.json", "targets.json"]


@ideal_signatures
def test_first_root():
    repository = Repository()
    store = Memory(None)
    store.files.clear()
    refused(repository, store, "NO_ROOT")
    file = json.loads(repository.first_root)
    file["signed"]["version"] = 2
    refused(repository, Memory(json.dumps(file).encode()), "BAD_SIGNATURE")
    assert repository.asked == []


def test_root_rotation():
    repository = Repository()
    repository.root["version"] = 2
    repository.set_keys("root", ["new"])
    repository.signers["root"] = ["root", "new"]
    repository.publish("root")
    repository.root["version"] = 3
    repository.signers["root"] = ["new"]
    repository.publish("root")
    store = Memory(repository.first_root)
    tuf.refresh(store, repository.fetch, NOW)
    assert store.files["root"] == repository.files["3.root.json"]


@ideal_signatures
def test_root_has_to_be_signed_by_both():
    for signers in (["root"], ["new"], ["new", "third"], []):
        repository, store = refreshed()
        repository.set_keys("root", ["new"])
        repository.signers["root"] = signers
        repository.next("root")
        refused(repository, store, "BAD_SIGNATURE")
        assert version(store, "root") == 1


@ideal_signatures
def test_root_thresholds():
    repository = Repository()
    repository.set_keys("root", ["a", "b", "c"], 2)
    repository.signers["root"] = ["a", "c"]
    repository.publish("root")
    first = repository.files["1.root.json"]
    for names, threshold, signers, code in (
        (["a", "b", "c"], 2, ["b", "c"], None),
        (["a", "b", "d"], 2, ["b", "c", "d"], None),  # two of the old, two of the new
        (["a", "b", "c"], 1, ["a"], "BAD_SIGNATURE"),  # the old threshold counts
        (["a", "b", "c"], 3, ["a", "b"], "BAD_SIGNATURE"),  # and so does the new one
        (["a", "d", "e"], 2, ["a", "b"], "BAD_SIGNATURE"),
    ):
        repository.root["version"] = 1
        repository.set_keys("root", names, threshold)
        repository.signers["root"] = signers
        repository.next("root")
        trusted = tuf.TrustedMetadata(first)
        if code:
            assert (
                raises(TrustError, trusted.update_root, repository.files["2.root.json"]).code
                == code
            )
        else:
            trusted.update_root(repository.files["2.root.json"])


@ideal_signatures
def test_root_version():
    repository, store = refreshed()
    for wrong, code in ((1, "ROLLBACK"), (3, "VERSION")):
        repository.root["version"] = wrong
        repository.files["2.root.json"] = repository.sign(repository.root, ["root"])
        refused(repository, store, code)


@ideal_signatures
def test_roots_in_one_update_are_bounded():
    repository = Repository()
    repository.root["expires"] = EARLIER
    for _ in range(limits.TUF_ROOT_ROTATIONS_MAX):
        repository.next("root")
    repository.root["expires"] = LATER
    repository.next("root")
    store = Memory(repository.first_root)
    refused(repository, store, "EXPIRED")
    assert version(store, "root") == limits.TUF_ROOT_ROTATIONS_MAX + 1
    tuf.refresh(store, repository.fetch, NOW)
    assert version(store, "root") == limits.TUF_ROOT_ROTATIONS_MAX + 2


@ideal_signatures
def test_expiry():
    for role in ("root", "timestamp", "snapshot", "targets"):
        repository, store = refreshed()
        getattr(repository, role)["expires"] = EARLIER
        repository.next("root", "targets", "snapshot", "timestamp")
        refused(repository, store, "EXPIRED")
        # An expired root is kept, so that the one after it can be found (5.3.10).
        assert version(store, role) == (2 if role == "root" else 1)
        getattr(repository, role)["expires"] = LATER
        repository.next("root", "targets", "snapshot", "timestamp")
        tuf.refresh(store, repository.fetch, NOW)
        assert version(store, role) == 3


@ideal_signatures
def test_expiry_is_the_first_second():
    repository, store = refreshed()
    expires = 1811808000  # LATER
    tuf.refresh(store, repository.fetch, expires - 1)
    refused(repository, store, "EXPIRED", expires)


@ideal_signatures
def test_expired_stored_metadata_serves_for_comparing():
    repository, store = refreshed()
    repository.next("targets", "snapshot", "timestamp")
    tuf.refresh(store, repository.fetch, NOW)
    for role in ("root", "targets", "snapshot", "timestamp"):
        getattr(repository, role)["expires"] = "2030-01-01T00:00:00Z"
    later = NOW + 365 * 86400
    repository.timestamp["version"] = 1
    repository.publish("timestamp")
    repository.next("root")
    refused(repository, store, "ROLLBACK", later)
    repository.timestamp["version"] = 2
    repository.next("targets", "snapshot", "timestamp")
    assert tuf.refresh(store, repository.fetch, later).version == 3
    # The same version as the stored one, which has expired.
    repository, store = refreshed()
    repository.root["expires"] = "2030-01-01T00:00:00Z"
    repository.next("root")
    refused(repository, store, "EXPIRED", later)


@ideal_signatures
def test_timestamp_rollback():
    repository, store = refreshed()
    repository.next("timestamp")
    tuf.refresh(store, repository.fetch, NOW)
    repository.timestamp["version"] = 1
    repository.publish("timestamp")
    refused(repository, store, "ROLLBACK")
    assert version(store, "timestamp") == 2


@ideal_signatures
def test_snapshot_rollback():
    for with_hash in (False, True):
        repository, store = refreshed()
        repository.next("targets", "snapshot", "timestamp")
        if with_hash:
            add_content(repository, "timestamp", "snapshot")
        tuf.refresh(store, repository.fetch, NOW)
        # The timestamp names the older one.
        repository.snapshot["version"] = 0
        repository.next("snapshot", "timestamp")
        refused(repository, store, "ROLLBACK")
        assert version(store, "snapshot") == 2


@ideal_signatures
def test_targets_rollback():
    for with_hash in (False, True):
        repository, store = refreshed()
        repository.next("targets", "snapshot", "timestamp")
        if with_hash:
            add_content(repository, "timestamp", "snapshot")
        tuf.refresh(store, repository.fetch, NOW)
        repository.targets["version"] = 0
        repository.next("targets", "snapshot", "timestamp")
        if with_hash:
            add_content(repository, "timestamp", "snapshot")
        refused(repository, store, "ROLLBACK")
        assert version(store, "targets") == 2


@ideal_signatures
def test_role_disappears():
    repository, store = refreshed()
    repository.snapshot["meta"]["other.json"] = {"version": 1}
    repository.next("snapshot", "timestamp")
    tuf.refresh(store, repository.fetch, NOW)
    del repository.snapshot["meta"]["other.json"]
    repository.next("snapshot", "timestamp")
    refused(repository, store, "MISSING")


@ideal_signatures
def test_snapshot_of_another_version():
    repository, store = refreshed()
    repository.next("snapshot", "timestamp")
    for wrong in (1, 3):
        repository.snapshot["version"] = wrong
        repository.files["2.snapshot.json"] = repository.sign(repository.snapshot, ["snapshot"])
        refused(repository, store, "VERSION")


@ideal_signatures
def test_targets_of_another_version():
    repository, store = refreshed()
    repository.next("targets", "snapshot", "timestamp")
    for wrong in (1, 3):
        repository.targets["version"] = wrong
        repository.files["2.targets.json"] = repository.sign(repository.targets, ["targets"])
        refused(repository, store, "VERSION")


def add_content(repository, by, role):
    """Length and hash of `role` into the role `by`, which gets a new version."""
    import hashlib

    signed = getattr(repository, role)
    data = repository.files[str(signed["version"]) + "." + role + ".json"]
    entry = {"version": signed["version"], "length": len(data)}
    entry["hashes"] = {"sha256": hashlib.sha256(data).digest().hex()}
    getattr(repository, by)["meta"][role + ".json"] = entry
    repository.next(*(("timestamp",) if by == "timestamp" else ("snapshot", "timestamp")))
    return entry


@ideal_signatures
def test_length_and_hash():
    for by, role in (("timestamp", "snapshot"), ("snapshot", "targets")):
        for field, wrong, code in (
            (None, None, None),
            ("length", 1, "LENGTH"),
            ("length", 100000, "LENGTH"),
            ("hashes", {"sha256": "00" * 32}, "HASH"),
            ("hashes", {"sha512": "00" * 64}, "UNSUPPORTED"),
            ("hashes", {"md5": "00" * 16}, "UNSUPPORTED"),
        ):
            repository = Repository()
            store = Memory(repository.first_root)
            entry = add_content(repository, by, role)
            if field:
                entry[field] = wrong
                if by == "snapshot":
                    repository.next("snapshot", "timestamp")
                else:
                    repository.next("timestamp")
                refused(repository, store, code)
                assert role not in store.files
                # What is too long by its signed length is not even asked for.
                file = role + ".json"
                asked = [name for name in repository.asked if name.endswith(file)]
                assert bool(asked) == (wrong != 100000)
            else:
                tuf.refresh(store, repository.fetch, NOW)


@ideal_signatures
def test_every_role_is_signed():
    for role in ("timestamp", "snapshot", "targets"):
        for signers in ([], ["other"], ["root"], ["other", "root"]):
            repository, store = refreshed()
            repository.signers[role] = signers
            repository.next("targets", "snapshot", "timestamp")
            refused(repository, store, "BAD_SIGNATURE")
            assert version(store, role) == 1


def test_threshold_counts_keys_once():
    repository = Repository()
    repository.set_keys("snapshot", ["snapshot", "copy"], 2)
    repository.root["keys"]["copy"] = key(repository.signer("snapshot"))
    repository.signer_of = dict(repository.signer_of)
    repository.signer_of["copy"] = repository.signer("snapshot")
    repository.publish("root", "snapshot")
    store = Memory(repository.files["1.root.json"])
    refused(repository, store, "BAD_SIGNATURE")


@ideal_signatures
def test_keyid_twice():
    repository, store = refreshed()
    repository.signers["timestamp"] = ["timestamp", "timestamp"]
    repository.next("timestamp")
    refused(repository, store, "FORMAT")
    repository, store = refreshed()
    repository.root["roles"]["snapshot"]["keyids"] = ["snapshot", "snapshot"]
    repository.next("root")
    refused(repository, store, "FORMAT")


@ideal_signatures
def test_keys_that_do_not_count():
    repository = Repository()
    other = repository.root["keys"]["targets"]
    for field, value in (
        ("keytype", "ed25519"),
        ("scheme", "ecdsa-sha2-nistp384"),
        ("keyval", {"public": "00" * 32}),
    ):
        repository.root["keys"]["targets"] = dict(other)
        repository.root["keys"]["targets"][field] = value
        repository.publish("root")
        refused(repository, Memory(repository.files["1.root.json"]), "BAD_SIGNATURE")
    del repository.root["keys"]["targets"]
    repository.publish("root")
    refused(repository, Memory(repository.files["1.root.json"]), "BAD_SIGNATURE")


def test_signature_that_is_none():
    repository, store = refreshed()
    repository.next("timestamp")
    file = json.loads(repository.files["timestamp.json"])
    good = file["signatures"][0]["sig"]
    for wrong in (
        "",
        "zz",
        "0",
        good[:-2],
        good + "00",
        good[:-2] + ("01" if good[-2:] == "00" else "00"),
    ):
        file["signatures"][0]["sig"] = wrong
        repository.files["timestamp.json"] = json.dumps(file).encode()
        refused(repository, store, "BAD_SIGNATURE")


@ideal_signatures
def test_fast_forward_recovery():
    for role in ("timestamp", "snapshot"):
        repository, store = refreshed()
        for name in ("timestamp", "snapshot", "targets"):
            getattr(repository, name)["version"] = 998
        repository.next("targets", "snapshot", "timestamp")
        tuf.refresh(store, repository.fetch, NOW)
        for name in ("timestamp", "snapshot", "targets"):
            getattr(repository, name)["version"] = 1
        repository.next("targets", "snapshot", "timestamp")
        refused(repository, store, "ROLLBACK")
        repository.set_keys(role, ["rotated " + role])
        repository.next("root", "targets", "snapshot", "timestamp")
        assert tuf.refresh(store, repository.fetch, NOW).version == 3
        assert version(store, "timestamp") == 3 and version(store, "snapshot") == 3


@ideal_signatures
def test_new_keys_beside_the_old_forget_nothing():
    repository, store = refreshed()
    repository.set_keys("timestamp", ["timestamp", "second"])
    repository.next("root")
    del repository.files["timestamp.json"]
    refused(repository, store, "MISSING")
    assert version(store, "timestamp") == 1 and version(store, "snapshot") == 1


@ideal_signatures
def test_missing_files():
    for name in ("timestamp.json", "1.snapshot.json", "1.targets.json"):
        repository = Repository()
        del repository.files[name]
        refused(repository, Memory(repository.first_root), "MISSING")
    repository = Repository()
    repository.snapshot["meta"] = {}
    repository.publish("snapshot")
    refused(repository, Memory(repository.first_root), "MISSING")


@ideal_signatures
def test_too_large():
    for name, most in (
        ("2.root.json", limits.TUF_ROOT_MAX),
        ("timestamp.json", limits.TUF_TIMESTAMP_MAX),
        ("1.snapshot.json", limits.TUF_SNAPSHOT_MAX),
        ("1.targets.json", limits.TUF_TARGETS_MAX),
    ):
        repository = Repository()
        if name == "2.root.json":
            repository.next("root")
        data = repository.files[name]
        repository.files[name] = data + b" " * (most - len(data))
        tuf.refresh(Memory(repository.first_root), repository.fetch, NOW)
        repository.files[name] += b" "
        refused(repository, Memory(repository.first_root), "LENGTH")


@ideal_signatures
def test_unknown_fields():
    repository = Repository()
    for role in ("root", "timestamp", "snapshot", "targets"):
        getattr(repository, role)["x-more"] = {"a": [1, None], "b": "\u00e9"}
    repository.root["keys"]["targets"]["x-more"] = "key"
    repository.root["roles"]["targets"]["x-more"] = "role"
    repository.targets["targets"]["keys.cbor"]["custom"] = {"x": 1}
    repository.publish("root", "targets", "snapshot", "timestamp")
    tuf.refresh(Memory(repository.files["1.root.json"]), repository.fetch, NOW)


@ideal_signatures
def test_form():
    def wrong(role, change, code="FORMAT"):
        repository = Repository()
        signed = getattr(repository, role)
        change(signed)
        if role == "root":
            data = repository.sign(signed, ["root"])
            assert raises(TrustError, tuf.TrustedMetadata, data).code == code
        else:
            name = "timestamp.json" if role == "timestamp" else "1." + role + ".json"
            repository.files[name] = repository.sign(signed, [role])
            refused(repository, Memory(repository.first_root), code)

    def put(field, value):
        def change(signed):
            signed[field] = value

        return change

    def put_in(path, more):
        def change(signed):
            for name in path:
                signed = signed[name]
            signed.update(more)

        return change

    for role in ("root", "timestamp", "snapshot", "targets"):
        wrong(role, put("_type", "mirrors"))
        wrong(role, put("_type", "root" if role != "root" else "targets"))
        for spec_version in (1, "1", "1.0.0.0", "1.x", "1..0", "", "v1.0.0"):
            wrong(role, put("spec_version", spec_version))
        wrong(role, put("spec_version", "2.0.0"), "UNSUPPORTED")
        for number in (0, -1, "1", True, None):
            wrong(role, put("version", number))
        wrong(role, put("expires", "tomorrow"))
        wrong(role, lambda signed: signed.pop("expires"))
    for role in ("timestamp", "snapshot"):
        wrong(role, put("meta", []))
        for entry in ({}, {"version": 0}, {"version": "1"}, [], None):
            wrong(role, put_in(["meta"], {role + ".json": entry}))
    wrong("timestamp", put("meta", {}))
    wrong("timestamp", put_in(["meta"], {"targets.json": {"version": 1}}))
    for more in ({"length": -1}, {"length": "1"}, {"hashes": {}}, {"hashes": {"sha256": 1}}):
        wrong("timestamp", put_in(["meta", "snapshot.json"], more))
    for more in ({"length": None}, {"hashes": None}, {"hashes": {}}):
        wrong("targets", put_in(["targets", "keys.cbor"], more))
    wrong("targets", lambda signed: signed["targets"]["keys.cbor"].pop("hashes"))
    wrong("targets", lambda signed: signed["targets"]["keys.cbor"].pop("length"))
    wrong("root", lambda signed: signed["roles"].pop("snapshot"))
    wrong("root", lambda signed: signed["roles"].update({"mirrors": signed["roles"]["root"]}))
    wrong("root", put("keys", []))
    wrong("root", lambda signed: signed["keys"]["root"].pop("scheme"))
    wrong("root", put_in(["keys", "root"], {"keyval": {}}))
    wrong("root", put("consistent_snapshot", 1))
    for threshold in (0, -1, True, "1"):
        wrong("root", put_in(["roles", "root"], {"threshold": threshold}))
    many = [str(n) for n in range(limits.TUF_KEYS_MAX + 1)]
    wrong("root", put_in(["roles", "root"], {"keyids": many}))


@ideal_signatures
def test_not_metadata():
    repository, store = refreshed()
    utf16 = b"".join([bytes([byte, 0]) for byte in repository.files["timestamp.json"]])
    for data in (
        utf16,
        b"",
        b"{",
        b"[]",
        b"1",
        b"null",
        b"\xff",
        b"[" * 1000,
        b'{"signed": {}}',
        b'{"signed": [], "signatures": []}',
        b'{"signed": {}, "signatures": {}}',
        b'{"signed": {"_type": "timestamp"}, "signatures": [1]}',
        b'{"signed": {"_type": "timestamp"}, "signatures": [{"keyid": "a"}]}',
    ):
        repository.files["timestamp.json"] = data
        refused(repository, store, "FORMAT")


@ideal_signatures
def test_broken_store_is_as_good_as_empty():
    for role in ("timestamp", "snapshot", "targets"):
        repository, store = refreshed()
        good = store.files[role]
        store.files[role] = good[:-20]
        tuf.refresh(store, repository.fetch, NOW)
        assert store.files[role] == good


@ideal_signatures
def test_order():
    repository = Repository()
    timestamp = repository.files["timestamp.json"]
    snapshot = repository.files["1.snapshot.json"]
    targets = repository.files["1.targets.json"]
    trusted = tuf.TrustedMetadata(repository.first_root)

    def early(method, *arguments):
        assert raises(TrustError, method, *arguments).code == "ORDER"

    early(trusted.update_timestamp, timestamp, NOW)
    early(trusted.update_snapshot, snapshot, NOW)
    early(trusted.update_targets, targets, NOW)
    trusted.root_done(NOW)
    early(trusted.update_root, repository.first_root)
    early(trusted.update_snapshot, snapshot, NOW)
    assert trusted.update_timestamp(timestamp, NOW)
    early(trusted.update_targets, targets, NOW)
    trusted.update_snapshot(snapshot, NOW)
    early(trusted.update_timestamp, timestamp, NOW)
    trusted.update_targets(targets, NOW)
    early(trusted.update_snapshot, snapshot, NOW)


@ideal_signatures
def test_delegated_target_is_refused():
    repository = Repository()
    repository.targets["delegations"] = {"keys": {}, "roles": []}
    repository.publish("targets")
    trusted = tuf.refresh(Memory(repository.first_root), repository.fetch, NOW)
    assert trusted.target("keys.cbor")
    assert raises(TrustError, trusted.target, "elsewhere").code == "UNSUPPORTED"
