"""Languages: all say the same things, and one more is one module of the firmware and one file of texts."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from guard import HUNG

from bornetools import languages
from bornetools.errors import UserError

ROOT = Path(__file__).parents[2]
TEXTS = "host_tools/bornetools/languages"
MODULES = "firmware/borne/ui"

# What the tree with the third language says of itself.
LOOK = """
import asyncio, json, sys, tempfile
from pathlib import Path
import aiohttp
from click.testing import CliRunner
from bornetools import times
from bornetools.bridge import openapi, template, texts
from bornetools.cli import main
from bornetools.emulator.machine.terminal import Terminal
from bornetools.flash.command_provision import command as provision
from bornetools.languages import LANGUAGES
from borne.provisioned import settings
from bornetools.simulator import screen_text
from bornetools.simulator.command import simulator
from bornetools.world import gallery
from bornetools.world.people import World

told = {"languages": LANGUAGES, "offered": {}}
for command in (["demo"], ["emulate"], ["simulator"], ["provision"]):
    told["offered"][command[0]] = CliRunner().invoke(main, [*command, "--help"]).output
told["bridge"] = [texts.of(code)["title"]["de"] for code in ("VALID", "UNPLUGGED")]
told["typed"] = "title_de" in template.FIELDS
told["api"] = sorted(openapi._SAID["title"]["properties"])
told["gallery"] = screen_text.lines(gallery.frames("de")["IDLE"])
with tempfile.TemporaryDirectory() as folder:
    world = World.create(Path(folder) / "world", times.now())
    path = Path(world.flash) / settings.FILE
    path.write_bytes(settings.Settings("T-1", "de").encode())  # as borne provision does
    with Terminal(world.flash, "fr") as terminal:
        told["terminal"] = screen_text.lines(terminal.tap(world.people[0].phone).frame)

async def look():
    async with simulator(0, "de") as (url, session), aiohttp.ClientSession() as browser:
        for name in ("languages", "de"):
            async with browser.get(url + f"page/{name}.json") as answer:
                told["page/" + name] = await answer.json()
        (power,) = (one for one in session.snapshot() if one["type"] == "power")
        told["power"] = power

asyncio.run(look())
print(json.dumps(told))
"""


@pytest.fixture
def tree(tmp_path):
    """A copy of firmware and host tools."""
    for name in ("firmware", "host_tools", "boards"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    return tmp_path


@pytest.fixture
def german(tree):
    """The tree with a third language: English with some words changed."""
    source = (tree / MODULES / "texts_en.py").read_text()
    for english, other in (('"Ready"', '"Bereit"'), ('"Valid"', '"Gültig"')):
        assert source.count(english) == 1
        source = source.replace(english, other)
    (tree / MODULES / "texts_de.py").write_text(source)
    words = json.loads((tree / TEXTS / "en.json").read_text())
    words["name"] = "Deutsch"
    words["codes"]["UNPLUGGED"][0] = "Ausgesteckt"
    words["page"]["heading"] = "Borne-Simulator"
    (tree / TEXTS / "de.json").write_text(json.dumps(words))
    return tree


def run(tree, *arguments):
    paths = os.pathsep.join(str(tree / one) for one in ("host_tools", "firmware"))
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        cwd=tree,
        timeout=HUNG,
    )


def borne(tree, *arguments):
    return run(tree, "-c", "from bornetools.cli import main; main()", *arguments)


def test_a_third_language_is_two_files(german):
    done = run(german, "-c", LOOK)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["languages"] == ["fr", "de", "en"]
    for output in told["offered"].values():
        assert re.search(r"\[fr\|de\|en\]", output)
    assert told["bridge"] == ["Gültig", "Ausgesteckt"]
    assert told["typed"]
    assert told["api"] == ["de", "en", "fr"]
    assert "Bereit" in told["gallery"]
    assert "Gültig" in told["terminal"]
    assert told["page/de"]["heading"] == "Borne-Simulator"
    assert told["page/languages"] == {"fr": "Français", "de": "Deutsch", "en": "English"}
    assert told["power"]["language"] == "de"


def test_without_its_files_it_is_gone(german):
    (german / MODULES / "texts_de.py").unlink()
    (german / TEXTS / "de.json").unlink()
    assert "[fr|en]" in borne(german, "provision", "--help").stdout
    done = borne(german, "provision", "--port", "x", "--language", "de")
    assert (done.returncode, "'de' is not one of" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "command", [("simulator", "--help"), ("bridge", "--jsonl", "--port", "/dev/no")]
)
def test_texts_that_are_missing_are_named_in_one_line(german, command):
    path = german / TEXTS / "de.json"
    words = json.loads(path.read_text())
    del words["codes"]["FAULT"]
    for content, reason in (
        (json.dumps(words), "has no codes/FAULT"),
        ("{", "not JSON"),
        (None, "cannot be read, though the firmware speaks de"),
    ):
        path.unlink()
        if content is not None:
            path.write_text(content)
        done = borne(german, *command)
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert line.startswith("Error: ")
        assert reason in line
        path.touch()


def test_the_firmware_speaks_what_there_is_a_file_for():
    assert sorted(languages.LANGUAGES) == sorted(
        path.stem for path in languages.FOLDER.glob("*.json")
    )
    assert languages.LANGUAGES[0] == languages.DEFAULT


def test_all_say_the_same_things():
    first, *others = (languages.texts(language) for language in languages.LANGUAGES)

    def shape(texts):
        if isinstance(texts, dict):
            return {key: shape(one) for key, one in texts.items()}
        return len(texts) if isinstance(texts, list) else type(texts)

    for other in others:
        assert shape(other) == shape(first)


def test_one_that_there_is_not_is_refused():
    with pytest.raises(UserError, match="no language xx"):
        languages.texts("xx")


def test_a_board_speaks_the_default_language():
    """Boards are not made on this computer: their source says it."""
    for name in (
        "firmware/borne/parts/board.py",
        "boards/EMULATED/board.py",
        "boards/QEMU_MPS2/board.py",
    ):
        named = re.findall(r'language = .*"(\w\w)"', (ROOT / name).read_text())
        assert named == [languages.DEFAULT], name
