"""A publisher, and terminals on ptys that run the firmware's link on the MicroPython VM."""

import hashlib
import os
import subprocess
import tty
from pathlib import Path

import numpy as np

from borne.link import framing, messages
from borne.trust.release_store import ReleaseStore
from bornetools import revocation, times, vm
from bornetools.issuer.issuer import Issuer
from bornetools.publisher import issuer_keys
from bornetools.publisher.repository import Repository

PROGRAM = Path(__file__).parent / "link_terminal.py"
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


class VmTerminal:
    """A context manager: a terminal with the trust root `root`; `port` is the name of its serial port."""

    def __init__(self, folder, code, root=None, heap=vm.WORD_FACTOR * vm.BOARD_HEAP):
        self.folder = Path(folder)
        self.folder.mkdir()
        self.journal = self.folder / "journal"
        self._code = code
        self._heap = heap
        self._process = None
        if root is not None:
            store = ReleaseStore(str(self.folder))
            sha256 = provision(store, root)
            store.commit(0, 0, {"root.json": sha256})
        self.line, self._port = os.openpty()
        tty.setraw(self._port)  # and it stays open: no hang-up between two programs on the host
        self.port = os.ttyname(self._port)

    def __enter__(self):
        self.power_on()
        return self

    def __exit__(self, *_):
        self.power_off()
        os.close(self.line)
        os.close(self._port)

    def power_on(self):
        self._process = subprocess.Popen(
            vm.arguments(PROGRAM, self.folder, self.journal, heap=self._heap),
            env=vm.environment(self._code),
            stdin=self.line,
            stdout=self.line,
            stderr=subprocess.PIPE,
        )

    def power_off(self):
        """As if the plug were pulled."""
        self._process.kill()
        self.stopped()

    def stopped(self, timeout=10):
        """Waits for the program's end; returns what it said on stderr."""
        return self._process.communicate(timeout=timeout)[1].decode()

    @property
    def release(self):
        """(version, {target name: bytes}) of the release in force."""
        store = ReleaseStore(str(self.folder))
        names = [name for name in store.names() if not name.endswith(".json")]
        return store.version, {name: store.read(name, 10**7) for name in names}


def provision(store, data):
    """Makes `data` a file of the store. Returns its SHA-256 in hexadecimal."""
    sha256 = hashlib.sha256(data).hexdigest()
    store.begin(sha256, len(data), len(data))
    store.append(sha256, 0, data)
    store.finish(sha256)
    return sha256


def encoded(seq, command, fields):
    """A request's frame."""
    return framing.encode(messages.encode(seq, command, fields))
