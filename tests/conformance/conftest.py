"""A TUF repository made with python-tuf, served over HTTP, and `borne tuf-client` in front of it."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote

import pytest
from program import borne
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from bornetools import times
from bornetools.verify import library_p256

DAY = times.DAY


class Simulator:
    """A repository whose every published version stays: `roles` is what can be changed (python-tuf's
    Metadata by role), `published` what clients get, `requests` what they asked for."""

    def __init__(self):
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.expires = self.now + timedelta(days=30)
        self.roles, self.published, self.signers = {}, {}, {}
        self.artifacts, self.requests, self.downloads = {}, [], []
        self.with_hashes = False
        for kind in (Targets, Snapshot, Timestamp, Root):
            self.roles[kind.type] = Metadata(kind(expires=self.expires))
        for role in ("root", "timestamp", "snapshot", "targets"):
            self.add_key(role)
        self.publish("targets", "snapshot", "timestamp", "root")

    def __getattr__(self, role):
        """`root`, `timestamp`, `snapshot`, `targets`: the part that is signed."""
        return self.__dict__["roles"][role].signed

    def add_key(self, role, signer=None, delegator="root"):
        signer = signer or CryptoSigner.generate_ecdsa()
        self.roles[delegator].signed.add_key(signer.public_key, role)
        self.signers.setdefault(role, []).append(signer)
        return signer

    def set_keys(self, role, public, signers, threshold):
        self.root.roles[role].keyids.clear()
        self.root.roles[role].threshold = threshold
        for signer in public:
            self.root.add_key(signer.public_key, role)
        self.signers[role] = list(signers)

    def rotate(self, role):
        new = [CryptoSigner.generate_ecdsa() for _ in range(self.root.roles[role].threshold)]
        self.set_keys(role, new, new, len(new))

    def publish(self, *roles):
        """A next version of each role, which the roles that are published after it name."""
        for role in roles:
            metadata = self.roles[role]
            if role in self.published:
                metadata.signed.version += 1
            metadata.signatures.clear()
            for signer in self.signers[role]:
                metadata.sign(signer, append=True)
            data = metadata.to_bytes()
            self.published.setdefault(role, []).append(data)
            entry = MetaFile(metadata.signed.version)
            if self.with_hashes:
                entry = MetaFile.from_data(metadata.signed.version, data, ["sha256"])
            if role == "snapshot":
                self.timestamp.snapshot_meta = entry
            elif role not in ("root", "timestamp"):
                self.snapshot.meta[f"{role}.json"] = entry

    def publish_all(self):
        self.publish("targets", "snapshot", "timestamp")

    def delegate(self, delegator, name, paths=None, terminating=False, prefixes=None, expires=None):
        parent = self.roles[delegator].signed
        if parent.delegations is None:
            parent.delegations = Delegations({}, roles={})
        role = DelegatedRole(name, [], 1, terminating, paths, prefixes)
        parent.delegations.roles[name] = role
        if name not in self.roles:
            self.roles[name] = Metadata(Targets(expires=expires or self.expires))
        signer = self.signers[name][0] if name in self.signers else None
        self.signers.pop(name, None)
        self.add_key(name, signer, delegator)

    def add_artifact(self, role, path, data, algorithms=("sha256",)):
        self.roles[role].signed.targets[path] = TargetFile.from_data(path, data, list(algorithms))
        self.artifacts[path] = data

    def get(self, path):
        """The bytes at a path of a URL, or None."""
        kind, _, name = path.lstrip("/").partition("/")
        if kind == "targets":
            return self._artifact(name)
        name = name.removesuffix(".json")
        version, _, role = name.partition(".")
        if role and (role == "root" or self.root.consistent_snapshot):
            self.requests.append((unquote(role), int(version)))
            for data in self.published.get(unquote(role), ()):
                if Metadata.from_bytes(data).signed.version == int(version):
                    found = data
                    break
            else:
                return None
            return found
        self.requests.append((unquote(name), None))
        return self.published.get(unquote(name), [None])[-1]

    def _artifact(self, name):
        folder, slash, base = name.rpartition("/")
        digest = None
        if self.root.consistent_snapshot:
            digest, _, base = base.partition(".")
        path = unquote(f"{folder}{slash}{base}")
        self.downloads.append((path, digest))
        return self.artifacts.get(path)


class Client:
    """`borne tuf-client` with folders of its own; `days` ahead of the repository's clock."""

    def __init__(self, folder, url, monkeypatch):
        self.metadata, self.targets, self._url = folder / "metadata", folder / "targets", url
        self.metadata.mkdir()
        self.targets.mkdir()
        self.output = ""
        self._days = 0
        now = times.now
        monkeypatch.setattr(times, "now", lambda: now() + self._days * DAY)

    def init(self, root):
        path = self.metadata.parent / "initial_root.json"
        path.write_bytes(root)
        return self._run("init", str(path))

    def refresh(self, days=0):
        self._days = days
        return self._run("--metadata-url", f"{self._url}/metadata/", "refresh")

    def download(self, *names, days=0):
        self._days = days
        return self._run(
            "--metadata-url",
            f"{self._url}/metadata",
            *[argument for name in names for argument in ("--target-name", name)],
            "--target-base-url",
            f"{self._url}/targets",
            "--target-dir",
            str(self.targets),
            "download",
        )

    def _run(self, *arguments):
        done = borne("tuf-client", "--metadata-dir", self.metadata, *arguments)
        assert done.exit_code in (0, 1), done.output
        self.output = done.output
        return done.exit_code

    def read(self, role):
        return (self.metadata / f"{quote(role, '')}.json").read_bytes()

    def version(self, role):
        path = self.metadata / f"{quote(role, '')}.json"
        return Metadata.from_file(str(path)).signed.version if path.exists() else None

    def trusted(self):
        """The stored roles and their versions."""
        return {
            unquote(path.stem): self.version(unquote(path.stem)) for path in self.metadata.iterdir()
        }

    def downloaded(self):
        """The contents of the target folder, sorted."""
        return sorted(path.read_bytes() for path in self.targets.iterdir())


@pytest.fixture
def quick_p256() -> Iterator[None]:
    """For the tests of the rules: the curve is that of the test vectors."""
    with library_p256.in_use():
        yield


@pytest.fixture
def repo():
    return Simulator()


@pytest.fixture
def url(repo):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802 - the library's name
            data = repo.get(self.path)
            if data is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def new_client(tmp_path, url, monkeypatch):
    """A client that trusts nothing yet."""
    return Client(tmp_path, url, monkeypatch)


@pytest.fixture
def client(new_client, repo):
    """A client that trusts the repository's first root."""
    assert new_client.init(repo.published["root"][0]) == 0
    return new_client


def path_digest(path):
    """The hash of a target's path, for delegations by prefix."""
    return hashlib.sha256(path.encode()).hexdigest()
