"""The firmware's screens on the VM: the same pixels as on CPython, and as in the documentation."""

import re
import runpy
from pathlib import Path

import pytest
from PIL import Image

from bornetools import firmware
from bornetools.languages import LANGUAGES
from bornetools.world import gallery

DOCS = Path(__file__).parents[2] / "docs"
MAKE = "python -m bornetools.world.command_gallery docs"


@pytest.fixture(scope="module")
def on_vm():
    return {language: gallery.frames(language) for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_cpython_draws_the_same_pixels(on_vm, language):
    firmware.prepare()
    here = dict(runpy.run_path(str(gallery.DRAW))["frames"](language))
    assert here.keys() == on_vm[language].keys()
    assert len(set(here.values())) == len(here)
    for name, frame in here.items():
        assert frame == on_vm[language][name], name


def test_the_picture_of_the_readme_is_the_firmwares(on_vm):
    drawn = gallery.svg([on_vm[language] for language in LANGUAGES])
    assert (DOCS / "screens.svg").read_text() == drawn, MAKE


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_documented_screen_is_the_firmwares(on_vm, language):
    shown = re.findall(rf"\(screens/{language}/(\w+)\.png\)", (DOCS / "screens.md").read_text())
    assert sorted(shown) == sorted(on_vm[language])  # each once, and no other
    there = {path.stem for path in (DOCS / "screens" / language).iterdir()}
    assert there == set(on_vm[language]), MAKE
    for name, frame in on_vm[language].items():
        with Image.open(DOCS / "screens" / language / f"{name}.png") as picture:
            found = picture.convert("RGB")
        wanted = gallery.image(frame).convert("RGB")
        assert found.size == (256, 128)
        assert found.tobytes() == wanted.tobytes(), f"{name}: {MAKE}"
