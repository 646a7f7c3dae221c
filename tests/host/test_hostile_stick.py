"""A folder that somebody else has filled, on a stick perhaps: what of it is opened, and what is not."""

import os
import shutil
import socket
import threading

import pytest
from guard import HUNG
from link_world import Publisher
from program import borne

from borne.errors import StoreError
from borne.trust.store import FolderStore
from bornetools import files
from bornetools.errors import UserError
from bornetools.flash import uf2
from bornetools.link.source import Source
from bornetools.publisher import check

SECRET = b"a secret of this computer"


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def publisher(tmp_path):
    made = Publisher(tmp_path / "repository")
    made.add_list()
    made.release()
    return made


def in_time(function, *arguments):
    """What it returns or raises: a pipe that nobody writes to must not hold it up."""
    done = []

    def run():
        try:
            done.append(function(*arguments))
        except Exception as error:  # noqa: BLE001 - judged by the test
            done.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(HUNG)
    assert done, "it waits"
    return done[0]


def link_to(path):
    return lambda place: place.symlink_to(path)


def bound_socket(place):
    with socket.socket(socket.AF_UNIX) as one:
        os.chdir(place.parent)  # a socket's path is short
        one.bind(place.name)


# How something lies there that is no file of the folder.
STRANGE = {
    "a link to a file": lambda place, secret: place.symlink_to(secret),
    "a link to a device": lambda place, secret: place.symlink_to("/dev/zero"),
    "a link to nothing": lambda place, secret: place.symlink_to("nowhere"),
    "a link to itself": lambda place, secret: place.symlink_to(place.name),
    "a pipe": lambda place, secret: os.mkfifo(place),
    "a folder": lambda place, secret: place.mkdir(),
    "a socket": lambda place, secret: bound_socket(place),
    "a large file": lambda place, secret: os.truncate(
        os.open(place, os.O_CREAT | os.O_RDWR), 1 << 40
    ),
}
strange = pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)


@strange
def test_below_a_folder_only_its_files_are_read(tmp_path, secret, make, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "stick"
    folder.mkdir()
    make(folder / "x", secret)
    raised = in_time(files.read_below, folder, "x", 100)
    assert isinstance(raised, UserError)
    assert SECRET.decode() not in str(raised)


def test_what_is_there_is_read_and_what_is_not_is_none(tmp_path, secret):
    (tmp_path / "stick" / "a").mkdir(parents=True)
    (tmp_path / "stick" / "a" / "b").write_bytes(b"x" * 10)
    (tmp_path / "to").symlink_to("stick")  # the user's own word
    for folder in ("stick", "to"):
        assert files.read_below(tmp_path / folder, "a/b", 10) == b"x" * 10
        for name in ("b", "a/c", "a/b/c", "c/b"):
            assert files.read_below(tmp_path / folder, name, 10) is None
    with pytest.raises(UserError, match="larger than it may be"):
        files.read_below(tmp_path / "stick", "a/b", 9)
    for name in (
        "../secret",
        "a/../../secret",
        "",
        "/",
        str(secret),
        "a//b",
        ".",
        "a\\b",
        "c:x",
        "\0",
    ):
        with pytest.raises(UserError, match="no name of"):
            files.read_below(tmp_path / "stick", name, 100)


def test_a_folder_on_the_way_may_be_no_link(tmp_path, secret):
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "a").symlink_to(tmp_path)
    with pytest.raises(UserError, match="a link to somewhere else"):
        files.read_below(tmp_path / "stick", "a/secret", 100)


@strange
@pytest.mark.parametrize(
    "pattern", ["metadata/timestamp.json", "metadata/1.targets.json", "targets/*keys.cbor"]
)
def test_a_sync_and_a_check_read_nothing_else(
    tmp_path, publisher, secret, pattern, make, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    stick = tmp_path / "stick"
    shutil.copytree(publisher.base, stick)
    (place,) = stick.glob(pattern)
    name = place.name
    place.unlink()
    make(place, secret)
    if pattern.startswith("metadata"):
        raised = in_time(Source(str(stick)).metadata, 0)
    else:
        digest = bytes.fromhex(name.partition(".")[0])
        raised = in_time(Source(str(stick)).target, "keys.cbor", digest, 100)
    assert isinstance(raised, UserError), raised
    assert isinstance(in_time(check.check, str(stick)), UserError)


def test_a_sync_follows_no_link_to_a_whole_folder(tmp_path, publisher):
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "metadata").symlink_to(f"{publisher.base}/metadata")
    with pytest.raises(UserError, match="a link to somewhere else"):
        Source(str(stick)).metadata(0)


@strange
def test_a_trust_folder_has_nothing_but_files(tmp_path, secret, make, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trust" / "status").mkdir(parents=True)
    make(tmp_path / "trust" / "status" / "1.cwt", secret)
    store = FolderStore(str(tmp_path / "trust"))
    for read in (store.read, store.view):
        raised = in_time(read, "status/1.cwt", 1000)
        assert isinstance(raised, StoreError), raised


def test_a_trust_folder_that_has_no_end(tmp_path):
    trust = tmp_path / "trust"
    trust.mkdir()
    for name in "abcdefgh":
        (trust / name).symlink_to(trust)
    assert sorted(in_time(FolderStore(str(trust)).names)) == list("abcdefgh")
    deep = trust
    for _ in range(200):
        deep = deep / "deep"
    deep.mkdir(parents=True)
    (deep / "x").touch()
    assert len(in_time(FolderStore(str(trust)).names)) == 8
    for number in range(1001):
        (trust / str(number)).touch()
    assert isinstance(in_time(FolderStore(str(trust)).names), StoreError)


def test_names_of_files_in_a_trust_folder_are_printed_without_what_a_screen_obeys(tmp_path):
    keys = Publisher(tmp_path / "repository").repository.draft.path / "keys.cbor"
    trust = tmp_path / "trust"
    (trust / "status").mkdir(parents=True)
    shutil.copy(keys, trust / "keys.cbor")
    (trust / "policy.cbor").write_bytes(b"\xa0")
    (trust / "release.cbor").write_bytes(bytes.fromhex("a201010202"))
    (trust / "status" / "\x1b[2J\u202e.cwt").write_bytes(b"none")
    done = borne("read", "--device", "tty:none", "--trust", trust)
    said = done.stdout + done.stderr
    assert "left out" in said or "[2J" in said
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_the_drive_of_a_board_is_not_left_when_an_image_is_written(tmp_path, secret):
    drive = tmp_path / "drive"
    drive.mkdir()
    (drive / "INFO_UF2.TXT").write_text("UF2 Bootloader\r\nBoard-ID: RPI-RP2\r\n")
    assert uf2.board_id(drive) == "RPI-RP2"
    (drive / "image.uf2").symlink_to(secret)
    with pytest.raises(OSError, match="symbolic link"):
        uf2._copy(b"image", drive / "image.uf2", lambda done, total: None)
    assert secret.read_bytes() == SECRET
    uf2._copy(b"image", drive / "other.uf2", lambda done, total: None)
    assert (drive / "other.uf2").read_bytes() == b"image"


@strange
def test_a_drive_that_is_none_holds_nothing_up(tmp_path, secret, make, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "INFO_UF2.TXT", secret)
    assert in_time(uf2.board_id, tmp_path) is None


def test_a_file_is_replaced_without_costing_a_neighbour(tmp_path):
    path = tmp_path / "X"
    (tmp_path / "X.new").write_bytes(b"mine")
    for data, mode in ((b"one", files.PUBLIC), (b"two", files.PRIVATE)):
        files.replace(path, data, mode)
        assert path.read_bytes() == data
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "X.new").read_bytes() == b"mine"
    (tmp_path / "L").symlink_to(path)
    files.replace(tmp_path / "L", b"three")
    assert path.read_bytes() == b"two"
    with pytest.raises(UserError, match="cannot be replaced"):
        files.replace(tmp_path, b"x")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["L", "X", "X.new"]
