"""Which images `borne flash` takes, and the drive of a Pico in boot mode."""

import hashlib
import struct

import pytest
from flash_board import Board, emulate
from program import borne, told

from bornetools.boards import board as boards
from bornetools.errors import UserError
from bornetools.flash import images, uf2

pytestmark = pytest.mark.usefixtures("patient")

RP2040, RP2350, ABSOLUTE = 0xE48BFF56, 0xE48BFF59, 0xE48BFF57
INFO = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: {}\r\n"


def esp_image(chip_id, magic=0xE9):
    return struct.pack("<BBBBI4xH10x", magic, 3, 2, 0x20, 0x40080000, chip_id) + bytes(1000)


def block(number, count, family=RP2040, flags=0x2000, size=256):
    address = 0x10000000 + 256 * number
    header = struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, address, size, number, count, family)
    return header + bytes(476) + struct.pack("<I", 0x0AB16F30)


def uf2_image(family=RP2040, count=300):
    return b"".join(block(number, count, family) for number in range(count))


def refused(name, data):
    with pytest.raises(UserError) as caught:
        images.check(boards.find(name), data, "image")
    return str(caught.value.message)


def test_names_of_official_images():
    plain, spiram = (
        "ESP32_GENERIC-20250911-v1.26.1.bin",
        "ESP32_GENERIC-SPIRAM-20250911-v1.26.1.bin",
    )
    octal = "ESP32_GENERIC_S3-SPIRAM_OCT-20240602-v1.23.0.bin"
    names = {
        "ESP32": {plain, spiram},
        "ESP32_WROVER": {spiram},  # the plain one finds no PSRAM
        "ESP32_S3": {"ESP32_GENERIC_S3-20250911-v1.26.1.bin", octal},
        "ESP32_S3_R8": {octal},  # likewise
        "ESP32_C3": {"ESP32_GENERIC_C3-20240920-v1.24.0-preview.335.gb08ddbba5.bin"},
        "PICO": {"RPI_PICO-20250911-v1.26.1.uf2"},
        "PICO2": {"RPI_PICO2-20250911-v1.26.1.uf2"},
    }
    assert names.keys() == {board.name for board in boards.with_pins()}
    for board in boards.with_pins():
        for file in {*set().union(*names.values()), "firmware.bin", board.example + "x", ""}:
            assert board.matches(file) == (file in names[board.name]), (board.name, file)
        assert board.matches(board.example)
        assert not board.matches(board.example.replace(board.chip.loader.suffix, ".app-bin"))


@pytest.mark.parametrize("name", [board.name for board in boards.with_pins()])
def test_without_an_image_it_says_where_to_get_one(name):
    for more in ([], ["--firmware", "firmware.bin"]):
        result = borne("flash", "--board", name, "--port", "/dev/none", *more, status=2)
        board = boards.find(name)
        assert (
            f"https://micropython.org/download/{board.pins.image.split('-')[0]}/" in result.output
        )
        assert board.example in " ".join(result.output.split())


def test_a_file_that_is_not_there_is_that_and_not_called_wrongly():
    output = told(
        "flash", "--board", "ESP32", "--port", "/dev/none", "--firmware", "nothere.bin", status=2
    )
    assert "nothere.bin: no such file" in output
    assert "not called" not in output


NAMES = (
    "firmware.bin",
    "x",
    "ESP32_GENERIC_S3-20250911-v1.26.1.bin",
    "RPI_PICO-20250911-v1.26.1.uf2",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_right_image_is_taken_whatever_its_name(name, tmp_path):
    """By what is in it; and a wrong one is refused though its name is an official one."""
    path = tmp_path / name
    contents = {
        "ESP32": esp_image(0),
        "ESP32_S3": esp_image(9),
        "ESP32_C3": esp_image(5),
        "PICO": uf2_image(),
        "PICO2": uf2_image(RP2350),
    }
    for owner, data in contents.items():
        path.write_bytes(data)
        for other in contents:
            board = boards.find(other)
            if owner == other:
                assert images.load(board, path, None) == data
                continue
            official = tmp_path / board.example
            official.write_bytes(data)
            for called in (path, official):
                with pytest.raises(UserError):
                    images.load(board, called, None)


def test_it_says_that_the_name_is_another(tmp_path, drive):
    (tmp_path / "flash").mkdir()
    for name, note in (("my.uf2", True), (boards.find("PICO").example, False)):
        path = tmp_path / name
        path.write_bytes(uf2_image())
        with Board(tmp_path / "flash") as board:
            output = flash(board.port, drive, path, 0)
        assert ("not called like an official image" in output) == note
        assert hashlib.sha256(path.read_bytes()).hexdigest() in output.replace("\n", "")


def test_an_application_without_a_boot_loader_is_no_image_to_begin_with():
    """As MicroPython's page offers for updates over the air: ESP-IDF's esp_app_desc comes first."""
    data = bytearray(esp_image(0))
    data[32:36] = struct.pack("<I", 0xABCD5432)
    assert "without boot loader" in refused("ESP32", bytes(data))


def test_an_image_with_another_hash(tmp_path):
    board = boards.find("ESP32")
    path = tmp_path / board.example
    data = esp_image(0)
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    assert images.load(board, path, None) == data
    assert images.load(board, path, f" {digest.upper()}") == data
    for wrong in ("0" * 64, digest[:-1], ""):
        with pytest.raises(UserError, match=digest):
            images.load(board, path, wrong)


def test_esp_images_for_another_chip():
    for name, chip_id in (("ESP32", 0), ("ESP32_S3", 9), ("ESP32_C3", 5)):
        for other, chip in ((0, "ESP32"), (9, "ESP32-S3"), (5, "ESP32-C3"), (77, "another chip")):
            if other == chip_id:
                images.check(boards.find(name), esp_image(other), "image")
            else:
                assert f"an image for {chip}" in refused(name, esp_image(other))


def test_an_image_for_another_chip_is_refused_before_the_port_is_opened(tmp_path):
    path = tmp_path / boards.find("ESP32").example
    path.write_bytes(esp_image(9))
    output = told(
        *("flash", "--board", "ESP32", "--port", "/dev/none", "--firmware", path), status=2
    )
    assert "an image for ESP32-S3, and ESP32 has an ESP32" in " ".join(output.split())


def test_what_is_no_esp_image():
    for data in (b"", b"\xe9", esp_image(0)[:23], esp_image(0, magic=0xEA), uf2_image()):
        assert "not an image for an ESP chip" in refused("ESP32", data)


def test_uf2_images():
    images.check(boards.find("PICO"), uf2_image(), "image")
    images.check(boards.find("PICO2"), uf2_image(RP2350), "image")
    # Such a block comes first since erratum E10 of the RP2350.
    images.check(boards.find("PICO2"), block(0, 2, ABSOLUTE) + uf2_image(RP2350), "image")


def test_uf2_images_for_another_chip():
    assert "for RP2350, not for" in refused("PICO", uf2_image(RP2350))
    assert "for RP2040, not for" in refused("PICO2", uf2_image(RP2040))
    assert "RISC-V" in refused("PICO2", uf2_image(0xE48BFF5A))
    assert "0x00000001" in refused("PICO", uf2_image(1))
    mixed = uf2_image(count=3)[:1024] + block(2, 3, RP2350)
    assert "for RP2350" in refused("PICO", mixed)


def test_what_is_no_whole_uf2_file():
    whole = uf2_image(count=4)
    for data in (b"", whole[:-1], esp_image(0)[:1000], whole + b"\0"):
        assert "not the whole of one" in refused("PICO", data)
    for data in (whole[:-512], whole[512:], whole[:512] + whole[1024:], whole + whole[:512]):
        assert "out of order" in refused("PICO", data)
    for at in (0, 4, 508, 3 * 512 + 508):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        assert "damaged" in refused("PICO", bytes(damaged))
    assert "damaged" in refused("PICO", block(0, 1, size=477))
    for flags in (0, 0x2001):
        assert "not an image for the flash" in refused("PICO", block(0, 1, flags=flags))
    assert "no image" in refused("PICO2", block(0, 2, ABSOLUTE))


@pytest.fixture
def drive(tmp_path):
    folder = tmp_path / "drive"
    folder.mkdir()
    (folder / "INFO_UF2.TXT").write_text(INFO.format("RPI-RP2"))
    return folder


@pytest.fixture
def firmware(tmp_path):
    path = tmp_path / boards.find("PICO").example
    path.write_bytes(uf2_image())
    return path


def flash(port, drive, firmware, status, name="PICO"):
    more = ["--drive", drive] if drive else []
    return told(
        *("flash", "--board", name, "--port", port, "--firmware", firmware, *more), status=status
    )


@pytest.fixture(autouse=True)
def emulated(monkeypatch, tmp_path):
    emulate(monkeypatch, tmp_path, "PICO", "PICO2")


def test_a_pico_gets_image_and_application(tmp_path, drive, firmware):
    (tmp_path / "flash").mkdir()
    with Board(tmp_path / "flash") as board:
        output = flash(board.port, drive, firmware, 0)
    assert (drive / "RPI_PICO.uf2").read_bytes() == firmware.read_bytes()
    assert "files sent" in output


def test_the_only_drive_is_found(tmp_path, drive, firmware, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    (other / "INFO_UF2.TXT").write_text(INFO.format("RP2350"))
    monkeypatch.setattr(uf2, "drives", lambda: [other, drive])
    (tmp_path / "flash").mkdir()
    with Board(tmp_path / "flash") as board:
        flash(board.port, None, firmware, 0)
    assert (drive / "RPI_PICO.uf2").exists()
    monkeypatch.setattr(uf2, "drives", lambda: [other])
    assert "hold BOOTSEL" in flash("/dev/none", None, firmware, 2)
    monkeypatch.setattr(uf2, "drives", lambda: [drive, drive])
    assert "which board?" in flash("/dev/none", None, firmware, 2)


def test_another_drive_gets_nothing(tmp_path, drive, firmware):
    (drive / "INFO_UF2.TXT").write_text(INFO.format("RP2350"))
    assert "is the drive of a RP2350" in flash("/dev/none", drive, firmware, 2)
    (drive / "INFO_UF2.TXT").unlink()
    assert "hold BOOTSEL" in flash("/dev/none", drive, firmware, 2)
    assert list(drive.iterdir()) == []


def test_a_drive_that_goes_with_its_last_block_or_before(drive, firmware, monkeypatch):
    """A drive that is pulled cannot be had in a test: its error is raised where the last bytes go."""
    for when, name, status in ((3, "the prompt", 1), (2, "writing MicroPython", 1)):
        (drive / "INFO_UF2.TXT").write_text(INFO.format("RPI-RP2"))
        syncs = []

        def fsync(_, syncs=syncs, when=when):
            syncs.append(1)
            if len(syncs) == when:
                (drive / "INFO_UF2.TXT").unlink()
                raise OSError(5, "Input/output error")

        monkeypatch.setattr(uf2.os, "fsync", fsync)
        monkeypatch.setattr("bornetools.flash.prompt._START", 0)
        output = flash("/dev/none", drive, firmware, status)
        assert ("failed while writing MicroPython" in output) == (name == "writing MicroPython")
        assert len(syncs) == when
