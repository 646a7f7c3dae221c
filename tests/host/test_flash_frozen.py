"""`borne flash` with an image that has the application in it, on the MicroPython VM on a pty.

The VM stands for what such an image runs. The module borne_image, which is C in a real one, is Python here:
it gives what a test says lies in the flash.
"""

import runpy
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from flash_board import Board, emulate
from program import told
from test_flash_images import INFO, RP2350

from borne import VERSION
from borne.integrity import MANIFEST
from bornetools import firmware
from bornetools.boards import board as boards
from bornetools.boards.chips import CHIPS
from bornetools.errors import UserError
from bornetools.flash import heap, images
from bornetools.on_micropython import image_label, uf2_format, vm

pytestmark = pytest.mark.usefixtures("patient")

BOARDS = firmware.BOARDS  # of this checkout, beside its firmware
FLASH = 0x10000000
BINARY = bytes(range(256)) * 40 + b"end"
OURS = ("borne/app.mpy", "borne/ui/x.mpy", "terminal.mpy", "main.py", "boot.py", MANIFEST)
OWN = ("settings.cbor", "trust/root.json", "journal/1")
MODULE = (
    "def flash():\n    with open({!r}, 'rb') as file:\n        return memoryview(file.read())\n"
)


def whole(name="PICO"):
    """What lies in the flash of a board with an image of `borne image`, whose binary is none."""
    return image_label.labelled(BINARY, name)


def image(name="PICO"):
    """Its UF2 file."""
    return uf2_format.write(whole(name), FLASH, boards.find(name).chip.loader.family)


def running(folder, data):
    """The environment of a VM whose image has borne_image; `data` is what lies in its flash,
    and `folder` is for the module."""
    folder.mkdir(exist_ok=True)
    (folder / "image.bin").write_bytes(data)
    (folder / "borne_image.py").write_text(MODULE.format(str(folder / "image.bin")))
    return {"MICROPYPATH": f":{folder}:.frozen"}


@pytest.fixture(autouse=True)
def emulated(monkeypatch, tmp_path):
    emulate(monkeypatch, tmp_path, "PICO", "PICO2")


@pytest.fixture
def drive(tmp_path):
    folder = tmp_path / "drive"
    folder.mkdir()
    (folder / "INFO_UF2.TXT").write_text(INFO.format("RPI-RP2"))
    return folder


@pytest.fixture
def flash(tmp_path):
    """The file system of a board with an earlier application in files, and its own data."""
    folder = tmp_path / "flash"
    for name in (*OURS, *OWN):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"print('from the flash')\n")
    (folder / "main.py").write_text("print('ready')\n")
    return folder


def contents(flash):
    return {p.relative_to(flash).as_posix() for p in flash.rglob("*") if p.is_file()}


def run(port, drive, tmp_path, data, status=0, name="PICO"):
    path = tmp_path / f"{name}.uf2"
    path.write_bytes(data)
    options = ("--board", name, "--port", port, "--drive", drive, "--firmware", path)
    return " ".join(told("flash", *options, status=status).split())


def test_a_uf2_file_is_read_as_it_was_written():
    blocks = uf2_format.read(image(), "image")
    assert b"".join(block.data for block in blocks) == whole()
    assert whole().startswith(BINARY)
    label = images.label(boards.find("PICO"), image())
    assert (label.version, label.board, label.size) == (VERSION, "PICO", 41 * 256)


def test_an_image_with_the_application_is_written_and_no_file_is_sent(flash, drive, tmp_path):
    with Board(flash, environment=running(tmp_path / "frozen", whole())) as board:
        output = run(board.port, drive, tmp_path, image())
    assert (drive / "RPI_PICO.uf2").read_bytes() == image()
    assert f"Borne {VERSION} is in the image" in output
    assert "6 files of an earlier one removed" in output
    assert "files sent" not in output
    assert contents(flash) == set(OWN), "what is the terminal's own stays"
    assert not (flash / "borne").exists()


def test_what_is_on_the_board_has_to_be_what_was_written(flash, drive, tmp_path):
    older = image_label.labelled(BINARY[:-1] + b"!", "PICO")
    for data in (older, whole()[:-400] + b"?" + whole()[-399:]):
        before = contents(flash)
        with Board(flash, environment=running(tmp_path / "frozen", data)) as board:
            output = run(board.port, drive, tmp_path, image(), status=1)
        assert "what is on the flash is not what was written" in output
        assert contents(flash) == before
    with Board(flash) as board:
        output = run(board.port, drive, tmp_path, image(), status=1)
    assert "without the application" in output


def test_an_image_of_another_board_or_a_damaged_one_is_refused_before_anything_is_written(
    drive, tmp_path
):
    assert "an image for RP2350" in run("/dev/none", drive, tmp_path, image("PICO2"), 2)
    mine = image_label.labelled(BINARY, "MINE")
    data = uf2_format.write(mine, FLASH, boards.find("PICO").chip.loader.family)
    assert "is for MINE, not for PICO" in run("/dev/none", drive, tmp_path, data, 2)
    damaged = bytearray(image())
    damaged[512 + 40] ^= 1
    assert "not what was built" in run("/dev/none", drive, tmp_path, bytes(damaged), 2)
    assert [path.name for path in drive.iterdir()] == ["INFO_UF2.TXT"]
    with pytest.raises(UserError):
        images.check(boards.find("PICO"), image("PICO2"), "image")
    assert uf2_format.read(image("PICO2"), "image")[0].family == RP2350


def test_no_files_are_sent_to_a_board_with_the_application_in_its_image(flash, tmp_path):
    before = contents(flash)
    with Board(flash, environment=running(tmp_path / "frozen", whole())) as board:
        options = ("--board", "PICO", "--port", board.port, "--app-only")
        output = told("flash", *options, status=2)
        board.wait_until_said(b"ready")
    assert "borne image" in output
    assert contents(flash) == before


@pytest.mark.parametrize(
    ("name", "way_out"), [("PICO", "borne image --board PICO"), ("ESP32", "PSRAM")]
)
def test_a_heap_too_small_for_files_is_refused_before_any_is_touched(
    flash, monkeypatch, tmp_path, name, way_out
):
    if name == "ESP32":
        key = next(key for key, chip in CHIPS.items() if chip is boards.find(name).chip)
        here = boards.find("PICO").chip
        monkeypatch.setitem(CHIPS, key, replace(CHIPS[key], mcu=here.mcu, arch=here.arch))
    monkeypatch.setattr(heap, "NEEDED", 10**9)
    before = {path: path.read_bytes() for path in flash.rglob("*") if path.is_file()}
    with Board(flash) as board:
        options = ("--board", name, "--port", board.port, "--app-only")
        output = " ".join(told("flash", *options, status=2).split())
        board.said.clear()
        board.wait_until_said(b"ready")
    assert "1,000,000,000" in output
    assert "nothing was sent" in output
    assert way_out in output
    assert {path: path.read_bytes() for path in flash.rglob("*") if path.is_file()} == before


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Runs the image's main.py on the VM; the flash comes first on its path. Returns what it says.

    The image's modules lie in a folder in place of .frozen.
    """
    monkeypatch.chdir(BOARDS)
    frozen = {}
    text = runpy.run_path(
        str(BOARDS / "start.py"),
        {
            "module": lambda name, base_path: frozen.update(
                {name: Path(base_path, name).read_text()}
            )
        },
    )["MAIN"]
    assert frozen == {"main.py": text, "terminal.py": firmware.MAIN.read_text()}
    modules = tmp_path / "modules"
    shutil.copytree(firmware.MODULES / "borne", modules / "borne")
    main = tmp_path / "main.py"
    main.write_text(text.replace('".frozen"', repr(str(modules))))
    flash = tmp_path / "flash"
    (flash / "borne").mkdir(parents=True)
    for name in ("borne/__init__.py", "borne/image.py", "terminal.py", "board.py"):
        (flash / name).write_text("print('from the flash')\n")

    def run(data, terminal):
        running(modules, data)
        (modules / "terminal.py").write_text(terminal)
        done = vm.run(main, heap=2_000_000, folders=[flash, modules])
        assert b"from the flash" not in done.stdout + done.stderr
        return done.stdout.decode()

    return run


def test_the_images_own_start_runs_nothing_from_the_flash(start):
    assert start(whole(), "print('terminal')") == "terminal\n"


def test_one_ctrl_c_while_it_loads_does_not_stop_it(start):
    once = "import sys\nif sys.ps1 != 'x':\n sys.ps1 = 'x'\n raise KeyboardInterrupt\nprint('terminal')"
    assert start(whole(), once) == "terminal\n"


def test_an_image_not_written_to_its_end_does_not_start(start):
    said = start(whole()[:1000] + bytes(len(whole()) - 1000), "print('terminal')")
    assert "terminal" not in said
    assert '"INCOMPLETE"' in said
