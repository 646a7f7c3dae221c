"""An emulated terminal for the tests of this folder."""

import pytest

from bornetools import times
from bornetools.emulator.machine import Terminal
from bornetools.emulator.people import World


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    return World.create(tmp_path_factory.mktemp("world") / "all", times.now())


@pytest.fixture(scope="module")
def terminal(world):
    with Terminal(world.flash) as terminal:
        yield terminal


@pytest.fixture
def person(world):
    """Finds one of the demo's people by the case: `person("valid")`."""
    return {one.case: one for one in world.people}.__getitem__
