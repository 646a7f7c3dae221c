"""Facts that no import can tie to their home: compared."""

import importlib.metadata
import re
from pathlib import Path

import borne
from borne import limits
from bornetools import simulator, times
from bornetools.emulator.machine import blocks, panel
from bornetools.emulator.phones import phone
from bornetools.simulator import drawer

PAGE = simulator.__path__[0] + "/page/"


def page(name: str) -> str:
    with open(PAGE + name) as file:
        return file.read()


def field(name: str) -> dict[str, str]:
    """The attributes of an input of the simulator's page."""
    (found,) = re.findall(rf'<input name="{name}"([^>]*)>', page("index.html"))
    return dict(re.findall(r'(\w+)="([^"]*)"', found))


def test_the_distribution_has_the_firmwares_version():
    assert importlib.metadata.version("borne") == borne.VERSION


def test_the_build_date_is_a_day_that_has_come_and_no_earlier_than_the_last_decision():
    assert borne.BUILT % times.DAY == 0
    assert times.now() >= borne.BUILT
    decisions = Path(__file__).parents[2] / "docs" / "decisions"
    last = max(path.name[:10] for path in decisions.iterdir())
    assert times.date(borne.BUILT) >= last


def test_the_page_asks_for_what_the_simulator_takes():
    assert int(field("children")["max"]) == drawer.CHILDREN_MAX == limits.PHONE_TOKENS_MAX - 1
    assert int(field("slow")["max"]) == drawer.SLOW_MAX
    assert int(field("removed_after")["max"]) == drawer.COMMANDS_MAX
    for name in ("given", "family"):
        assert int(field(name)["maxlength"]) == drawer.NAME_MAX


def test_the_page_draws_the_display():
    script = page("terminal.js")
    size = [int(re.search(rf"const {name} = (\d+);", script)[1]) for name in ("WIDTH", "HEIGHT")]
    assert size == [blocks.WIDTH, blocks.HEIGHT]
    assert panel.FRAME_SIZE == blocks.WIDTH * blocks.HEIGHT // 8


def test_the_phone_speaks_the_terminals_profile():
    assert phone.PROFILE_VERSION == borne.PROFILE_VERSION
