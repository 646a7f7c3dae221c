"""The emulated microcontroller's heap while the terminal works on it."""

import shutil

import pytest

from bornetools.bench import memory
from bornetools.emulator import qemu_build
from bornetools.emulator.probe import FINE, Probe

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(
        bool(qemu_build.missing()),
        reason="no emulated microcontroller: apt install " + " ".join(qemu_build.missing()),
    ),
]

JITTER = 512  # bytes: what a tap leaves is sometimes an object or two more


@pytest.fixture
def probe(world, tmp_path):
    with Probe(shutil.copytree(world.flash, tmp_path / "flash")) as terminal:
        yield terminal


def test_a_thousand_taps_leave_the_heap_as_a_hundred_do(probe, world):
    """Takes some four minutes: most of it is the pauses of the tap loop."""
    early, late = memory.soak(probe, world, lambda: None)
    assert late.free > early.free - JITTER
    assert late.piece > early.piece - JITTER


def test_what_a_tap_takes_is_seen(probe, person):
    before = probe.heap(FINE)
    assert probe.tap(person("valid").phone).code == "VALID"
    during = probe.heap()
    # Two signatures' numbers, the token and the screens, and far from all there is.
    assert 2_000 < before.free - during.least_free < 20_000
    assert 0 < during.least_piece <= during.least_free
