"""Verifying mdocs on the emulated microcontroller: that it fits, and what it costs at most."""

import pytest

from borne.limits_mdoc import RESPONSE_MAX
from bornetools.bench import mdoc
from bornetools.emulator.machine import qemu_build

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(
        bool(qemu_build.missing()),
        reason="no emulated microcontroller: apt install " + " ".join(qemu_build.missing()),
    ),
]


def test_a_wallets_tap_and_the_largest_response_fit_what_a_tap_has_free():
    measured = mdoc.measure()
    tap = measured.pop(mdoc.TAP)["checks"]
    assert {"handover", "agreement, session keys", "verification"} < tap.keys()
    assert (
        sum(step["instructions"] for step in tap.values()) < 130_000_000
    )  # 116 M when it was made
    assert len(measured) == 3
    sizes = [row["size"] for row in measured.values()]
    assert RESPONSE_MAX - 500 < max(sizes) <= RESPONSE_MAX
    for what, row in measured.items():
        peak = max(check["peak"] for check in row["checks"].values())
        # 25 kB are free in a tap, and the response itself is among them.
        assert row["size"] + peak < 25_000, what
