"""A board that somebody adds: one folder with one file, known to every command until it is removed."""

import shutil

import esp_rom
import pytest
import test_flash_esp as on_esp
import test_pin_tables as on_pins
from flash_board import Board, runs_here
from link_world import Publisher
from program import told

from borne.provisioned import settings
from bornetools import firmware
from bornetools.boards import board as boards
from bornetools.boards import folders

pytestmark = pytest.mark.usefixtures("patient", "quick_p256")

at_once = on_esp.at_once

EDITS = (
    ('BOARD = "ESP32"', 'BOARD = "TEST_BOARD"'),
    ("ESP32-WROOM DevKit", "Box of the tests"),
    ('IMAGE = "ESP32_GENERIC"', 'IMAGE = "MY_IMAGE"'),
    ('BUZZER = {"pin": 32}', 'BUZZER = {"pin": 14}'),
)
RESERVED = 'RESERVED = {23: "Ethernet\'s management clock", 18: "Ethernet\'s data"}\n'


def edit(folder, *edits, more=""):
    text = (folder / "pins.py").read_text()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (folder / "pins.py").write_text(text + more)


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """boards/TEST_BOARD of a checkout, as `cp -r boards/ESP32 boards/TEST_BOARD` makes it."""
    monkeypatch.setattr(
        firmware, "BOARDS", shutil.copytree(firmware.BOARDS, tmp_path / "checkout" / "boards")
    )
    return shutil.copytree(firmware.BOARDS / "ESP32", firmware.BOARDS / "TEST_BOARD")


@pytest.fixture
def mine(copied):
    edit(copied, *EDITS, more=RESERVED)
    for name in ("wiring.md", "wiring.svg"):
        (copied / name).unlink()
    assert [path.name for path in copied.iterdir()] == ["pins.py"]
    return copied


def test_it_is_listed_shown_checked_and_drawn(mine):
    assert "Box of the tests" in told("boards", "list")
    assert told("boards", "check", "TEST_BOARD") == "TEST_BOARD: 10 pins, no conflict\n"
    shown = told("boards", "show", "TEST_BOARD")
    assert "GPIO23           Ethernet's management clock\n" in shown
    assert "MY_IMAGE-20250911-v1.26.1.bin: https://micropython.org/download/MY_IMAGE/" in shown
    told("boards", "draw", "TEST_BOARD")
    text = (mine / "wiring.md").read_text()
    assert "# Wiring: Box of the tests\n" in text
    assert "| reserved: nothing of ours | | GPIO18 | Ethernet's data |\n" in text
    picture = (mine / "wiring.svg").read_text()
    assert "Not to be used: GPIO18: Ethernet&#x27;s data<" in picture


def test_what_is_drawn_of_reserved_pins_is_legible(mine):
    edit(mine, ("Ethernet's data", 60 * "x"))
    on_pins.test_the_picture_is_legible(mine)


def test_a_pin_that_the_board_needs_is_refused_with_its_reason(mine):
    edit(mine, ('"pin": 14', '"pin": 23'))
    said = told("boards", "check", "TEST_BOARD", status=1)
    assert "GPIO23 is reserved on this board: Ethernet's management clock. Use GPIO13" in said
    assert "GPIO18" not in said
    assert "GPIO23 is reserved" in " ".join(told("boards", "draw", "TEST_BOARD", status=2).split())


@pytest.fixture
def image(mine, tmp_path):
    """(path, bytes) of MicroPython's image for it."""
    board = boards.find("TEST_BOARD")
    data = on_esp.image(board.chip.loader.chip_id)
    path = tmp_path / board.example
    path.write_bytes(data)
    return path, data


@pytest.mark.parametrize("named", ["TEST_BOARD", "its path"])
def test_it_is_flashed_and_provisioned(mine, image, tmp_path, monkeypatch, named):
    runs_here(monkeypatch, "TEST_BOARD")
    path, data = image
    flash = tmp_path / "flash"
    flash.mkdir()
    (flash / "machine.py").write_text("I2C = SPI = UART = Pin = reset = unique_id = PWM = None\n")
    rom = esp_rom.EspRom(esp_rom.ESP32)
    name = "TEST_BOARD" if named == "TEST_BOARD" else mine
    with Board(flash, rom) as board:
        told("flash", "--board", name, "--port", board.port, "--firmware", path)
    assert rom.flash[0x1000 : 0x1000 + len(data)] == data
    assert {path.name for path in flash.glob("*.mpy")} >= {"board.mpy", "pins.mpy", "terminal.mpy"}
    assert b" TEST_BOARD " in (flash / "app.sha256").read_bytes().splitlines()[0]
    publisher = Publisher(tmp_path / "trust")
    root = tmp_path / "trust" / "metadata" / "1.root.json"
    assert publisher.base
    with Board(flash, main=False) as board:
        said = told(
            *("provision", "--port", board.port, "--id", "M-01", "--language", "en"),
            *("--root", root),
        )
    assert "M-01" in said
    assert settings.load(str(flash / "settings.cbor")).terminal_id == "M-01"


def test_on_another_chip_nothing_is_written(mine, image, tmp_path):
    path, _ = image
    rom = esp_rom.EspRom(esp_rom.ESP32_S3)
    (tmp_path / "flash").mkdir()
    with Board(tmp_path / "flash", rom) as board:
        said = told(
            "flash", "--board", "TEST_BOARD", "--port", board.port, "--firmware", path, status=2
        )
    assert "is an ESP32-S3, and TEST_BOARD has an ESP32" in " ".join(said.split())
    assert on_esp.ERASE not in rom.commands


COMMANDS = [
    ("boards", "show", "TEST_BOARD"),
    ("boards", "check", "TEST_BOARD"),
    ("boards", "draw", "TEST_BOARD"),
    ("flash", "--board", "TEST_BOARD", "--port", "/dev/none", "--app-only"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_once_removed_it_is_unknown(mine, command):
    told("boards", "check", "TEST_BOARD")
    shutil.rmtree(mine)
    said = told(*command, status=2)
    names = ", ".join(folder.name for folder in folders.folders())
    assert f"no board TEST_BOARD: there are {names}" in said
    assert "TEST_BOARD" not in told("boards", "list")


@pytest.mark.parametrize("command", [("boards",), *COMMANDS])
def test_a_copy_that_keeps_its_name_is_refused(copied, command):
    said = told(*command, status=2)
    assert f"{copied / 'pins.py'}: BOARD is 'ESP32', which is the name of" in said
    assert str(copied.parent / "ESP32") in said
    told("boards", "show", "ESP32")  # the board that is copied goes on


def test_another_name_than_its_folders_is_refused(mine):
    edit(mine, ('"TEST_BOARD"', '"YOURS"'))
    said = told("boards", "check", "TEST_BOARD", status=2)
    assert "BOARD is 'YOURS'. It has to be the folder's name, 'TEST_BOARD'" in said


@pytest.mark.parametrize("command", [("boards",), *COMMANDS[1:3]])
def test_a_copy_that_keeps_its_title_is_refused(copied, command):
    edit(copied, EDITS[0])
    said = told(*command, status=2)
    assert f"{copied} and {copied.parent / 'ESP32'} have the same TITLE" in said


def test_a_board_without_a_pin_table_is_not_flashed():
    said = told("flash", "--board", "EMULATED", "--port", "/dev/none", "--app-only", status=2)
    assert "EMULATED is an emulated board: it has no pins.py" in said
