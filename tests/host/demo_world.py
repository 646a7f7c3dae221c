"""The world of the demo for tests on CPython: who there is, and what a terminal knows, at the time NOW."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from borne.trust import trustset
from borne.trust.store import FolderStore
from borne.trust.trustset import TrustSet
from bornetools import times
from bornetools.emulator.phones.phone import Phone
from bornetools.issuer.cose import read_private_key
from bornetools.link.flash_folder import install, provision
from bornetools.link.source import Source
from bornetools.publisher import issuer_keys
from bornetools.publisher.repository import Repository
from bornetools.verify import library_p256
from bornetools.world.people import World

NOW = times.now()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.create(tmp_path_factory.mktemp("world") / "world", NOW)


@pytest.fixture(scope="module")
def phones(world: World) -> dict[str, Phone]:
    """The phones with tokens, by the case."""
    return {one.case: one.phone for one in world.people}


@pytest.fixture(scope="module")
def issuer_key(world: World) -> ec.EllipticCurvePrivateKey:
    (pem,) = (world.store.parent / "assurance" / "keys").iterdir()
    return read_private_key(pem)


@pytest.fixture(scope="module")
def trust(world: World) -> TrustSet:
    """What a terminal of the world goes by."""
    return trustset.load(FolderStore(str(world.store)), print)


@pytest.fixture(scope="module")
def quick_p256() -> Iterator[None]:
    """For tests that verify by the hundred, and are not about the curve: tests/host/test_p256.py is."""
    with library_p256.in_use():
        yield


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    """The flash of a board that was never used."""
    folder = tmp_path / "flash"
    folder.mkdir()
    return folder


def flash_with(world: World, folder: Path, at: int, roots: bool = False, **policy: Any) -> Path:
    """The flash, in the folder, of a terminal with a release of the time `at`: the issuer of `world` and its
    list, these rules of the policy, and with `roots` those of the wallets' documents."""
    repository = Repository.create(folder / "repository", at)
    repository.set_policy(policy)
    repository.add_keys(issuer_keys.load(world.store / "keys.cbor"))
    if roots:
        repository.add_roots(world.cast.mdocs.roots())
    repository.import_status(world.issuer.status_list(at), at, slug="assurance")
    repository.release(at)
    flash = folder / "flash"
    provision(flash, repository.first_root.read_bytes(), at)
    install(flash, Source(str(repository.path)), at)
    return flash
