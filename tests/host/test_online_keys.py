"""Somebody who has stolen the online keys, timestamp's and snapshot's, and carries what he signs."""

import copy
import hashlib

import cbor2
import pytest
from tuf.api.metadata import Metadata, MetaFile, Snapshot, TargetFile, Targets, Timestamp

from borne.trust.release_store import ReleaseStore
from bornetools.errors import UserError
from bornetools.issuer.issuer import Issuer
from bornetools.link.flash_folder import install, provision
from bornetools.link.source import Source
from bornetools.publisher import issuer_keys, signers
from bornetools.publisher import metadata as meta
from bornetools.publisher.repository import Repository
from bornetools.times import DAY

pytestmark = pytest.mark.usefixtures("quick_p256")

AT = 1_800_000_000


class Thief:
    """What he makes of a published repository: `path` is his copy."""

    def __init__(self, repository, path):
        self.path = path
        self._from = repository.path
        for name in ("metadata", "targets"):
            (path / name).mkdir(parents=True)
            for file in (repository.path / name).rglob("*.*"):
                to = path / file.relative_to(repository.path)
                to.parent.mkdir(exist_ok=True)
                to.write_bytes(file.read_bytes())
        keys = repository.path / "keys"
        self._signers = signers.read([keys / "timestamp.pem", keys / "snapshot.pem"])
        root = Metadata.from_file(str(repository.first_root)).signed
        self._of = {
            role: root.roles[role].keyids[0] for role in ("timestamp", "snapshot", "targets")
        }

    def current(self, role, kind):
        """The newest metadata of a role."""
        files = sorted(
            (self._from / "metadata").glob(f"*{role}.json"),
            key=lambda file: (len(file.name), file.name),
        )
        return Metadata[kind].from_file(str(files[-1]))

    def sign(self, role, signed):
        """With the key of the role, or, where he has none, with that of another in its name."""
        made = Metadata(signed)
        keyid = self._of[role]
        signer = self._signers.get(keyid) or self._signers[self._of["snapshot"]]
        made.sign(signer, append=True)
        if keyid not in self._signers:
            forged = copy.copy(made.signatures[signer.public_key.keyid])
            forged.keyid = keyid
            made.signatures[keyid] = forged
        name = f"{role}.json" if role == "timestamp" else f"{signed.version}.{role}.json"
        (self.path / "metadata" / name).write_bytes(made.to_bytes())
        return made

    def publish(self, targets, expires, version, issued=AT):
        """Snapshot and timestamp of that version for the Metadata `targets`."""
        info = MetaFile.from_data(targets.signed.version, targets.to_bytes(), ["sha256"])
        snapshot = self.sign(
            "snapshot", Snapshot(version, expires=expires, meta={"targets.json": info})
        )
        info = MetaFile.from_data(version, snapshot.to_bytes(), ["sha256"])
        self.sign(
            "timestamp",
            Timestamp(
                version,
                expires=expires,
                snapshot_meta=info,
                unrecognized_fields={meta.ISSUED: issued},
            ),
        )
        return Source(str(self.path))


@pytest.fixture
def repository(tmp_path):
    made = Repository.create(tmp_path / "repository", AT)
    issuer = Issuer.create(tmp_path / "issuer", "https://issuer.example/", AT, capacity=8)
    made.add_keys(issuer_keys.load(issuer.path))
    made.release(AT)
    return made


@pytest.fixture
def flash(repository, tmp_path):
    provision(tmp_path / "flash", repository.first_root.read_bytes(), AT)
    install(tmp_path / "flash", Source(str(repository.path)), AT)
    return tmp_path / "flash"


def in_force(flash):
    store = ReleaseStore(str(flash / "trust"))
    return store.version, store.sha256("keys.cbor")


def test_he_signs_no_keys_of_an_issuer(repository, flash, tmp_path):
    before = in_force(flash)
    thief = Thief(repository, tmp_path / "his")
    keys = cbor2.dumps([])
    digest = hashlib.sha256(keys).hexdigest()
    (thief.path / "targets" / f"{digest}.keys.cbor").write_bytes(keys)
    old = thief.current("targets", Targets).signed
    infos = {**old.targets, "keys.cbor": TargetFile.from_data("keys.cbor", keys, ["sha256"])}
    his = thief.sign("targets", Targets(old.version + 1, expires=old.expires, targets=infos))
    with pytest.raises(UserError, match="BAD_SIGNATURE"):
        install(flash, thief.publish(his, old.expires, 9), AT)
    assert in_force(flash) == before


def test_he_does_not_bring_an_older_release_back(repository, flash, tmp_path):
    thief = Thief(repository, tmp_path / "his")
    first = thief.current("targets", Targets)
    repository.set_policy({"rest": 20})
    repository.release(AT + DAY)
    install(flash, Source(str(repository.path)), AT + DAY)
    before = in_force(flash)
    with pytest.raises(UserError, match="ROLLBACK"):
        install(flash, thief.publish(first, first.signed.expires, 9), AT + DAY)
    assert in_force(flash) == before


def test_he_holds_a_release_back_until_targets_expire(repository, flash, tmp_path):
    thief = Thief(repository, tmp_path / "his")
    targets = thief.current("targets", Targets)
    repository.set_policy({"rest": 20})
    repository.release(AT + DAY)  # which he keeps from the terminal
    end = meta.seconds(targets.signed.expires)
    far = targets.signed.expires.replace(year=targets.signed.expires.year + 9)
    version = install(flash, thief.publish(targets, far, 8, end - DAY), end - DAY)
    assert version == targets.signed.version
    with pytest.raises(UserError, match="EXPIRED"):
        install(flash, thief.publish(targets, far, 9, end), end)
