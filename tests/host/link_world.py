"""A publisher, and emulated terminals that trust its root."""

from pathlib import Path

import numpy as np
from virtual_terminal import VirtualTerminal

from borne.link import framing, messages
from borne.trust.release_store import ReleaseStore
from bornetools import revocation, times
from bornetools.issuer.issuer import Issuer
from bornetools.link.flash_folder import provision
from bornetools.publisher import issuer_keys
from bornetools.publisher.repository import Repository

SIZE = 200_000  # tokens of the list


class Publisher:
    """A trust repository with one revocation list, "a"."""

    def __init__(self, path, at=None):
        self.at = times.now() - 3600 if at is None else at
        self.repository = Repository.create(path, self.at)
        issuer = Issuer.create(
            Path(f"{path}-issuer"), "https://issuer.example/", self.at, capacity=8
        )
        self.repository.add_keys(issuer_keys.load(issuer.path))
        self.base = str(path)
        self.list = 0
        self.indices = np.arange(0, SIZE, 97)

    def add_list(self, more=()):
        """The next version of the list, with its delta from the one before."""
        folder = self.repository.draft.path / "status" / "a"
        folder.mkdir(exist_ok=True)
        old = (folder / f"{self.list}.rsl").read_bytes() if self.list else None
        self.list += 1
        self.indices = np.union1d(self.indices, np.array(more, dtype=np.int64))
        new = revocation.write(
            self.indices, SIZE, "https://issuer.example/1", self.list, 1, self.at, self.at + 10**8
        )
        (folder / f"{self.list}.rsl").write_bytes(new)
        if old:
            delta = revocation.delta(old, new)
            (folder / f"{self.list - 1}-{self.list}.rsd").write_bytes(delta)

    def release(self, **more):
        return self.repository.release(self.at, **more)

    def rotate_root(self):
        self.repository.rotate(["root", "timestamp"], self.at)


class SyncedTerminal(VirtualTerminal):
    """An emulated terminal on the new folder `flash`, with the trust root `root` or, with None, without."""

    def __init__(self, flash, root, **more):
        self.flash = Path(flash)
        if root is not None:
            provision(self.flash, root, times.now() - times.DAY)
        super().__init__(self.flash, **more)

    @property
    def release(self):
        """(version, {target name: bytes}) of the release in force."""
        store = ReleaseStore(str(self.flash / "trust"))
        names = [name for name in store.names() if not name.endswith(".json")]
        return store.version, {name: store.read(name, 10**7) for name in names}


def encoded(seq, command, fields):
    """A request's frame."""
    return framing.encode(messages.encode(seq, command, fields))
