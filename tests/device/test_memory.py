"""The emulated microcontroller's heap while the terminal works on it."""

import shutil

import pytest

from borne import limits_mdoc
from bornetools.bench import memory
from bornetools.emulator.machine import qemu_build
from bornetools.emulator.machine.probe import FINE, Probe

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(
        bool(qemu_build.missing()),
        reason="no emulated microcontroller: apt install " + " ".join(qemu_build.missing()),
    ),
]

JITTER = 1024  # bytes: what the last phones leave differs by so much; a block a tap would be 13 kB


@pytest.fixture
def probe(world, tmp_path):
    with Probe(shutil.copytree(world.flash, tmp_path / "flash")) as terminal:
        yield terminal


def test_taps_leave_the_heap_as_the_first_round_did(probe, world):
    """Hundreds of taps: `borne bench memory` has thousands."""
    early, late = memory.soak(probe, world, lambda: None, rounds=2)
    assert late.free > early.free - JITTER
    # What stays of a wallet's tap lies here or there; a long answer needs room in one piece.
    assert late.piece > limits_mdoc.ENVELOPE_MAX


def test_what_a_tap_takes_is_seen(probe, person):
    before = probe.heap(FINE)
    assert probe.tap(person("valid").phone).code == "VALID"
    during = probe.heap()
    # Two signatures' numbers, the token and the screens, and far from all there is.
    assert 2_000 < before.free - during.least_free < 20_000
    assert 0 < during.least_piece <= during.least_free
