"""A new kind of trust file, a row of the firmware's table and its reader: publisher and terminal take it."""

import io
from pathlib import Path

import pytest

from borne.errors import DecodeError, TrustError
from borne.trust import kinds, policy
from borne.trust.release_store import ReleaseStore
from bornetools import times
from bornetools.errors import UserError
from bornetools.issuer.issuer import Issuer
from bornetools.link.flash_folder import install, provision
from bornetools.link.source import Source
from bornetools.publisher import check, issuer_keys
from bornetools.publisher.repository import Repository
from bornetools.times import DAY

pytestmark = pytest.mark.usefixtures("quick_p256")

NOW = times.now()
NAME, MOST = "tariffs.bin", 8


def read(view):
    if bytes(view[0:2]) != b"T1":
        raise DecodeError("not tariffs")
    return bytes(view[2:MOST])


@pytest.fixture
def tariffs(monkeypatch):
    """The row, whose reader lies in a module that is there already."""
    row = kinds.Kind(NAME, False, MOST, "policy", "read_tariffs", None)
    monkeypatch.setattr(kinds, "KINDS", (*kinds.KINDS, row))
    monkeypatch.setattr(policy, "read_tariffs", read, raising=False)


@pytest.fixture
def repository(tmp_path):
    Issuer.create(tmp_path / "A", "https://a.example/", NOW - DAY, capacity=1000)
    repository = Repository.create(tmp_path / "R", NOW - DAY)
    repository.add_keys(issuer_keys.load(tmp_path / "A"))
    return repository


def installed(repository, flash) -> ReleaseStore:
    provision(flash, repository.first_root.read_bytes(), NOW - DAY)
    install(flash, Source(str(repository.path)), NOW)
    return ReleaseStore(f"{flash}/trust")


def put(repository, data: bytes) -> None:
    Path(repository.draft.path / NAME).write_bytes(data)


@pytest.mark.usefixtures("tariffs")
def test_a_new_row_is_published_and_taken(repository, tmp_path):
    put(repository, b"T1 tariff")
    with pytest.raises(UserError, match="larger than"):
        repository.release(NOW)
    put(repository, b"T2 free")
    with pytest.raises(UserError, match="not tariffs"):
        repository.release(NOW)
    put(repository, b"T1 free")
    repository.release(NOW)
    assert NAME in check.check(str(repository.path)).targets
    store = installed(repository, tmp_path / "flash")
    assert store.read(NAME, MOST) == b"T1 free"
    assert kinds.load(store, kinds.find(NAME)) == b" free"
    with pytest.raises(TrustError):
        list(kinds.check(NAME, io.BytesIO(b"T2")))


def test_without_its_row_the_file_is_neither_published_nor_taken(repository, tmp_path):
    put(repository, b"T1 free")
    repository.release(NOW)
    assert NAME not in check.check(str(repository.path)).targets
    assert NAME not in installed(repository, tmp_path / "flash").names()
