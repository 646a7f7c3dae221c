"""A tap's cost on the emulated microcontroller: what it may be, and what it was when last recorded."""

import pytest

from bornetools.bench import device, device_report, start
from bornetools.emulator.machine import qemu_build

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(
        bool(qemu_build.missing()),
        reason="no emulated microcontroller: apt install " + " ".join(qemu_build.missing()),
    ),
]

MILLION = 1_000_000


@pytest.fixture(scope="module")
def measured():
    return device.measure()


def test_counts_are_those_that_the_documentation_has(measured):
    """If a change is meant: borne bench device --write docs/performance.md"""
    changed = device_report.compare(device_report.recorded(device_report.DOCUMENT), measured)
    assert changed == []


def test_a_change_is_found_and_named(measured):
    recorded = device_report.recorded(device_report.DOCUMENT)
    row = recorded["cached"]["holder's proof"]
    row["instructions"] = round(measured["cached"]["holder's proof"]["instructions"] / 1.04)
    (line,) = device_report.compare(recorded, measured)
    assert line.startswith("holder's proof (cached): ")


def test_counts_repeat_exactly(measured):
    assert device.run(combs=True) == measured["cached"]


def test_a_tap_costs_no_more_than_it_may(measured):
    cached, unknown = (device_report.totals(measured[form]) for form in ("cached", "unknown"))
    assert unknown["issuer's signature"]["instructions"] < 36 * MILLION
    assert cached["issuer's signature"]["instructions"] < 14 * MILLION
    assert (
        cached["a whole tap"]["instructions"]
        < unknown["a whole tap"]["instructions"]
        < 55 * MILLION
    )
    assert max(rows["a whole tap"]["peak"] for rows in (cached, unknown)) < 40_000


def test_what_a_tap_costs_with_the_native_module(measured):
    native = device_report.totals(measured["native"])
    signatures = (native[step] for step in ("issuer's signature", "holder's proof"))
    assert sum(row["instructions"] for row in signatures) < 3.4 * MILLION
    assert native["a whole tap"]["instructions"] < 10 * MILLION
    assert native["a whole tap"]["peak"] < 10_000


def test_no_garbage_has_to_be_collected_while_the_phone_is_spoken_with(measured):
    """It was collected when the phone was found; all that the exchange takes fits what is free then."""
    for rows in measured.values():
        taken = [rows[step]["allocated"] for step in ("select", "read")]
        assert None not in taken  # no collection
        assert (
            sum(taken) < 12_000
        )  # of the least that is free with the largest release: docs/boards.md


def test_the_piece_of_a_comb_that_holds_a_phone_up_is_short(measured):
    # 300 ms at one instruction a cycle of 125 MHz.
    assert measured["cached"]["longest piece of it"]["instructions"] < 37 * MILLION


def test_a_start_takes_no_longer_than_it_may_and_than_it_did():
    recorded = device_report.recorded(device_report.DOCUMENT)["start"]
    measured = start.measure()
    assert measured["files"][start.READY]["instructions"] < 1.5 * 240 * MILLION  # 1.5 s on an ESP32
    for form, rows in recorded.items():
        assert measured[form].keys() == rows.keys()
        for step, row in rows.items():
            now = measured[form][step]["instructions"]
            assert now == pytest.approx(
                row["instructions"], rel=device_report.TOLERANCE, abs=MILLION / 2
            )
