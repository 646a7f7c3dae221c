"""`borne image` without a toolchain: what it refuses, and what is left of a build that does not end."""

import pytest
from program import refusal

from bornetools.boards import board as boards
from bornetools.errors import UserError
from bornetools.on_micropython import micropython_source, rp2_image


@pytest.fixture
def old(monkeypatch, tmp_path):
    """The images of an earlier build, of other sources."""
    monkeypatch.setattr(rp2_image, "FOLDER", tmp_path)
    monkeypatch.setattr(
        micropython_source, "_FOLDER", tmp_path / "lock"
    )  # no other build is waited for
    folder = tmp_path / "PICO"
    folder.mkdir()
    paths = [tmp_path / "PICO.uf2", tmp_path / "PICO.elf", folder / "made-of"]
    for path in paths:
        path.write_text("old")
    return paths


def test_boards_of_other_chips_have_no_such_image():
    assert "RPI_PICO and RPI_PICO2" in refusal("image", "--board", "ESP32")


def test_missing_packages_are_named_and_the_old_image_stays(old, monkeypatch):
    monkeypatch.setattr(micropython_source.shutil, "which", lambda tool: None)
    said = refusal("image", "--board", "PICO")
    for package in ("cmake", "make", "gcc-arm-none-eabi", "libstdc++-arm-none-eabi-newlib"):
        assert package in said
    assert [path.read_text() for path in old] == ["old"] * 3


@pytest.mark.parametrize("end", [KeyboardInterrupt, UserError("the compiler failed")])
def test_a_build_that_does_not_end_leaves_no_image(old, monkeypatch, end):
    def ends(*_):
        raise end

    monkeypatch.setattr(rp2_image, "missing", list)
    monkeypatch.setattr(micropython_source, "fetch_micropython", lambda: None)
    monkeypatch.setattr(rp2_image, "_fetch_libraries", lambda source: None)
    monkeypatch.setattr(rp2_image, "_make", ends)
    with pytest.raises((KeyboardInterrupt, UserError)):
        rp2_image.build(boards.find("PICO"))
    assert not any(path.exists() for path in old)


def test_an_image_too_large_is_none(old, monkeypatch):
    def makes(board, source, folder):
        folder.mkdir(exist_ok=True)
        (folder / "firmware.bin").write_bytes(bytes(rp2_image.AREA["RPI_PICO"]))
        (folder / "firmware.elf").write_bytes(b"")

    monkeypatch.setattr(rp2_image, "missing", list)
    monkeypatch.setattr(micropython_source, "fetch_micropython", lambda: None)
    monkeypatch.setattr(rp2_image, "_fetch_libraries", lambda source: None)
    monkeypatch.setattr(rp2_image, "_make", makes)
    with pytest.raises(UserError, match=r"655,616 bytes, and RPI_PICO has 655,360"):
        rp2_image.build(boards.find("PICO"))
    assert not any(path.exists() for path in old)
