"""MicroPython's image by real esptool onto the emulated boot loader of an ESP chip, on a pty."""

import functools
import hashlib
import random
import struct
import time
from types import SimpleNamespace

import esp_rom
import pytest
from esp_rom import EspRom
from esptool import loader
from flash_board import Board, emulate
from program import told

from bornetools.boards import board as boards
from bornetools.flash import esp
from bornetools.flash.steps import Steps

pytestmark = pytest.mark.usefixtures("patient")

CHIPS = {"ESP32": esp_rom.ESP32, "ESP32_S3": esp_rom.ESP32_S3, "ESP32_C3": esp_rom.ESP32_C3}
ERASE, DATA = 0xD0, 0x11


def image(chip_id, size=90_000):
    """Something with the header of an ESP image, half of which cannot be compressed."""
    header = struct.pack("<BBBBI8xH6x", 0xE9, 1, 2, 0x20, 0x40080000, 0)
    header = header[:12] + struct.pack("<H", chip_id) + header[14:24]
    return header + random.Random(1).randbytes(size // 2) + bytes(size - size // 2 - len(header))


@pytest.fixture(autouse=True)
def emulated(monkeypatch, tmp_path):
    """Each board keeps its chip, and what runs on it is the emulated terminal, on the VM."""
    emulate(monkeypatch, tmp_path, *CHIPS)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """esptool sleeps until all is there that a chip has sent, and this one sends it at once."""
    monkeypatch.setattr(loader, "time", SimpleNamespace(time=time.time, sleep=lambda seconds: None))


@pytest.fixture
def firmware(tmp_path):
    """(path, bytes) of an image for ESP32."""
    data = image(0)
    path = tmp_path / boards.find("ESP32").example
    path.write_bytes(data)
    return path, data


@pytest.fixture
def rom():
    return EspRom(esp_rom.ESP32)


def flash(board, path, *more, name="ESP32", status=0):
    return told(
        *("flash", "--board", name, "--port", board.port, "--firmware", path), *more, status=status
    )


@pytest.mark.parametrize("name", CHIPS)
def test_the_whole_way_from_an_erased_chip_to_a_running_application(name, tmp_path):
    board_type = boards.find(name)
    loader = board_type.chip.loader
    data = image(loader.chip_id)
    path = tmp_path / board_type.example
    path.write_bytes(data)
    rom = EspRom(CHIPS[name])
    digest = hashlib.sha256(data).hexdigest()
    (tmp_path / "flash").mkdir()
    with Board(tmp_path / "flash", rom) as board:
        output = flash(board, path, "--sha256", digest.upper(), name=name)
    assert digest in output
    assert "files sent, 0 removed" in output
    end = loader.offset + len(data)
    assert rom.flash[loader.offset : end] == data
    assert set(rom.flash[: loader.offset]) | set(rom.flash[end:]) == {0xFF}
    assert rom.commands.index(ERASE) < rom.commands.index(DATA)


def test_bytes_lost_on_the_line_are_sent_again(firmware, rom, tmp_path):
    path, data = firmware
    lost = []

    def lose(received):
        if DATA in rom.commands and len(lost) < 2 and len(received) > 100:
            lost.append(received[50])
            return received[:50] + received[51:]
        return received

    with Board(tmp_path, rom) as board:
        board.lose = lose
        write(board, data)
    assert len(lost) == 2
    assert rom.flash[0x1000 : 0x1000 + len(data)] == data


def write(board, data, name="ESP32"):
    one = boards.find(name)
    esp.write(board.port, one, one.chip.loader, data, Steps(esp.ERRORS), 0)


@pytest.mark.parametrize(
    ("name", "chip"), [("ESP32", "ESP32_S3"), ("ESP32_S3", "ESP32"), ("ESP32_S3", "ESP32_C3")]
)
def test_another_chip_on_the_port_is_refused_before_anything_is_erased(name, chip, tmp_path):
    rom = EspRom(CHIPS[chip])
    before = bytes(rom.flash)
    path = tmp_path / boards.find(name).example
    path.write_bytes(image(boards.find(name).chip.loader.chip_id))
    with Board(tmp_path, rom) as board:
        output = flash(board, path, name=name, status=2)
    assert f"is an {boards.find(chip).chip.family}" in output
    assert "nothing was changed" in output
    assert rom.flash == before
    assert not {0x02, 0x10, 0xD0, 0xD1} & set(rom.commands)


def test_a_flash_that_does_not_take_what_is_written(firmware, rom, tmp_path):
    path, data = firmware
    rom.worn = {0x1000 + data.index(0xFF, 1000)}
    with Board(tmp_path, rom) as board:
        output = flash(board, path, status=1)
    assert "failed while writing MicroPython" in output
    assert "MD5" in output
    assert "run the same command again" in output


def test_a_plug_pulled_while_writing_and_the_command_run_again(
    firmware, rom, tmp_path, monkeypatch
):
    # No waiting for the port to come back: in the meantime another test may have got its name.
    monkeypatch.setattr("esptool.cmds.DEFAULT_CONNECT_ATTEMPTS", 0)
    path, data = firmware
    with Board(tmp_path, rom) as board:
        board.lose = lambda received: None if rom.commands.count(DATA) == 2 else received
        output = flash(board, path, status=1)
    assert "failed while writing MicroPython" in output
    assert rom.flash[0x1000 : 0x1000 + len(data)] != data
    rom = EspRom(esp_rom.ESP32)
    with Board(tmp_path, rom) as board:
        write(board, data)
    assert rom.flash[0x1000 : 0x1000 + len(data)] == data


def test_a_chip_that_still_runs_esptools_program_is_written_all_the_same(firmware, rom, tmp_path):
    _, data = firmware
    with Board(tmp_path, rom) as board:
        write(board, data)
        rom.commands.clear()
        write(board, data)  # a pty has no reset: the stub of the first time still runs
    assert 0x05 not in rom.commands
    assert rom.flash[0x1000 : 0x1000 + len(data)] == data


def test_a_port_without_a_chip_in_boot_mode(firmware, tmp_path, monkeypatch):
    once = functools.partial(esp.detect_chip, connect_attempts=1)
    monkeypatch.setattr(esp, "detect_chip", once)
    path, _ = firmware
    with Board(tmp_path, EspRom(esp_rom.ESP32)) as board:
        board.lose = lambda received: b""
        output = flash(board, path, status=1)
    assert "failed while connecting to the chip" in output
    assert "nothing was changed" in output
    assert "hold BOOT" in output


MB = 1024 * 1024


def sized(megabytes, size=90_000):
    """As `image`, for ESP32, made for so much flash."""
    code = {1: 0, 2: 1, 4: 2, 8: 3, 16: 4}[megabytes]
    data = bytearray(image(0, size))
    data[3] = code << 4 | data[3] & 0x0F
    return bytes(data)


@pytest.mark.parametrize(
    ("flash_size", "data", "said"),
    [
        (2 * MB, sized(4), "has 2 MB of flash, and the image is for 4 MB"),
        (4 * MB, sized(16), "has 4 MB of flash, and the image is for 16 MB"),
        (1 * MB, sized(1, 1 * MB), "has 1 MB of flash, and the image is for 1,052,672 bytes"),
        (0, sized(4), "has an unknown size of flash"),
        (2 * MB, sized(2), "has 0 bytes for files"),
    ],
)
def test_too_little_flash_is_refused_before_anything_is_erased(tmp_path, flash_size, data, said):
    rom = EspRom(esp_rom.ESP32, flash_size)
    before = bytes(rom.flash)
    path = tmp_path / "any-name.bin"
    path.write_bytes(data)
    with Board(tmp_path, rom) as board:
        output = " ".join(flash(board, path, status=2).split())
    assert said in output
    assert "nothing was changed" in output
    assert bytes(rom.flash) == before
    assert not {0x02, 0x10, 0xD0, 0xD1} & set(rom.commands)


def test_the_flash_may_be_larger_than_the_image_wants_or_just_as_large(tmp_path):
    for size, data in ((16 * MB, sized(4)), (4 * MB, sized(4))):
        rom = EspRom(esp_rom.ESP32, size)
        with Board(tmp_path, rom) as board:
            write(board, data)
        assert rom.flash[0x1000 : 0x1000 + len(data)] == data


def test_what_esptool_itself_refuses_is_refused_before_anything_is_erased(
    firmware, rom, tmp_path, monkeypatch
):
    """Secure boot, for one: the bits are burnt into the chip."""
    monkeypatch.setattr("esptool.targets.ESP32ROM.get_secure_boot_v1_enabled", lambda self: True)
    before = bytes(rom.flash)
    path, _ = firmware
    with Board(tmp_path, rom) as board:
        assert "Secure Boot" in flash(board, path, status=1)
    assert rom.flash == before
    assert ERASE not in rom.commands
