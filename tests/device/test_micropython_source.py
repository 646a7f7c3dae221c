"""Boards and chips against MicroPython's own source: its boards, and what reads manifests there."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

from bornetools import firmware
from bornetools.boards import board as boards
from bornetools.boards import folders
from bornetools.boards.chips import EspLoader
from bornetools.on_micropython import micropython_source

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(
        bool(micropython_source.missing({})),
        reason="no source: apt install " + " ".join(micropython_source.missing({})),
    ),
]
BOARDS = boards.with_pins()
every = pytest.mark.parametrize("board", BOARDS, ids=[board.name for board in BOARDS])


@pytest.fixture(scope="module")
def source():
    with micropython_source.locked():
        micropython_source.fetch_micropython()
    return micropython_source.micropython()


@every
def test_its_image_is_one_of_a_board_with_its_chip(source, board):
    (folder,) = source.glob(f"ports/*/boards/{board.pins.image}")
    chip = board.chip
    assert folder.parents[1].name == chip.port
    described = json.loads((folder / "board.json").read_text())
    assert described["mcu"] == chip.family.lower().replace("-", "")
    if isinstance(chip.loader, EspLoader):
        assert int(described["deploy_options"]["flash_offset"], 0) == chip.loader.offset
    names = "".join(
        path.read_text()
        for path in (folder / "mpconfigboard.h", folder.parents[1] / "mpconfigport.h")
    )
    assert chip.mcu in re.findall(r'#define MICROPY_HW_MCU_NAME +"(.*)"', names)


@every
def test_its_image_can_have_the_application_frozen_into_it(source, board, tmp_path, monkeypatch):
    """By the shared manifest, which needs no package beside MicroPython's source."""
    spec = importlib.util.spec_from_file_location("manifestfile", source / "tools/manifestfile.py")
    manifestfile = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(manifestfile)
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "_boot.py").write_text("")
    monkeypatch.setenv("BORNE_BOARD", board.name)
    variables = {"PORT_DIR": str(tmp_path), "MPY_DIR": str(source), "MPY_LIB_DIR": None}
    manifest = manifestfile.ManifestFile(manifestfile.MODE_FREEZE, variables)
    manifest.execute(str(firmware.BOARDS / "manifest.py"))
    frozen = {file.target_path: file.full_path for file in manifest.files()}
    assert frozen.pop("_boot.py")
    assert Path(frozen.pop("terminal.py")).read_bytes() == firmware.MAIN.read_bytes()
    assert "import terminal" in Path(frozen.pop("main.py")).read_text()
    frozen = {name: path for name, path in frozen.items() if "asyncio" not in name}
    wanted = {**folders.sources(board.folder)}
    for path in (firmware.MODULES / "borne").rglob("*.py"):
        wanted[path.relative_to(firmware.MODULES).as_posix()] = path
    names = Path(frozen.pop("_names.py")).read_text().splitlines()
    assert frozen == {name: str(path) for name, path in wanted.items()}
    for name in wanted:
        if name.startswith("borne/") and not name.endswith("__init__.py"):
            module = name[:-3].replace("/", ".")
            assert f"import {module} as {module.rpartition('.')[2]}" in names
