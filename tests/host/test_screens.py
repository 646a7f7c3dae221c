"""The firmware's screens on the VM: the same pixels as on CPython, and as in the documentation."""

import runpy
from pathlib import Path

import pytest

from bornetools import firmware
from bornetools.emulator import gallery

PICTURE = Path(__file__).parents[2] / "docs" / "screens.svg"


@pytest.fixture(scope="module")
def on_vm():
    return {language: gallery.frames(language) for language in gallery.LANGUAGES}


@pytest.mark.parametrize("language", gallery.LANGUAGES)
def test_cpython_draws_the_same_pixels(on_vm, language):
    firmware.prepare()
    here = dict(runpy.run_path(str(gallery.DRAW))["frames"](language))
    assert here.keys() == on_vm[language].keys()
    assert len(set(here.values())) == len(here)
    for name, frame in here.items():
        assert frame == on_vm[language][name], name


def test_the_documented_picture_is_the_firmwares(on_vm):
    drawn = gallery.svg([on_vm[language] for language in gallery.LANGUAGES])
    assert PICTURE.read_text() == drawn, "python -m bornetools.emulator.gallery docs/screens.svg"
