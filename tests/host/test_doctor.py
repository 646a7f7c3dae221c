"""The doctor's rules, where no emulated terminal has the ailment."""

import pytest

from borne import VERSION
from bornetools.link import doctor

NOW = 1_800_000_000
HELLO = {
    "board": "ESP32",
    "firmware": VERSION,
    "free": 1_600_000,
    "root": 1,
    "version": 3,
    "as_of": NOW - 60,
    "warn_after": 604800,
    "refuse_after": 2592000,
    "time": NOW,
    "time_zone": "CET-1CEST,M3.5.0,M10.5.0/3",
}
CHECK = {
    "reader": b"\x32\x01\x06\x07",
    "display": True,
    "parts": "rtc led buzzer button",
    "rtc": NOW,
    "uptime": 7260,
    "heap": 48_000,
    "fault": "",
}
SEEN = {"screen": True, "led": True, "buzzer": True}


def rows(hello=None, check=None, seen=SEEN):
    patient = doctor.Patient({**HELLO, **(hello or {})}, {**CHECK, **(check or {})}, NOW, seen)
    return {row.part: row for row in doctor.examine(patient, "/dev/x")}


def test_all_well():
    found = rows()
    assert {row.verdict for row in found.values()} == {doctor.OK}
    assert not any(row.do for row in found.values())
    assert found["firmware"].found == f"{VERSION}, up for 2 hours"
    assert "it is 2027-01-15 09:00 at the counter" in found["time zone"].found


@pytest.mark.parametrize(
    ("part", "changes", "verdict", "says"),
    [
        ("firmware", {"hello": {"firmware": "0.0.9"}}, doctor.LOOK, "--board ESP32 --port /dev/x"),
        ("screen", {"check": {"display": False}, "seen": {}}, doctor.BROKEN, "SDA and SCL"),
        ("RTC", {"check": {"rtc": NOW - 31}}, doctor.LOOK, "time --set"),
        ("RTC", {"check": {"rtc": NOW + 30}}, doctor.OK, ""),
        ("RTC", {"check": {"rtc": NOW - 301}}, doctor.BROKEN, "battery"),
        ("RTC", {"check": {"parts": "led buzzer button", "rtc": None}}, doctor.LOOK, "wires"),
        ("LED", {"check": {"parts": "rtc"}, "seen": {}}, doctor.OK, ""),
        ("LED", {"seen": {"led": False}}, doctor.BROKEN, "borne boards show ESP32"),
        ("button", {"check": {"parts": "rtc led buzzer"}}, doctor.LOOK, "confirm"),
        ("time", {"hello": {"time": None}}, doctor.BROKEN, "time --set"),
        ("time", {"hello": {"time": NOW + 300}}, doctor.OK, ""),
        (
            "time zone",
            {"hello": {"time_zone": "UTC0"}},
            doctor.LOOK,
            "provision --port /dev/x --time-zone",
        ),
        ("time zone", {"hello": {"time_zone": "GMT0"}}, doctor.OK, ""),
        ("time zone", {"hello": {"time_zone": None}}, doctor.LOOK, "borne flash --app-only"),
        ("flash", {"hello": {"free": 699_999}}, doctor.LOOK, "67 M"),
        ("flash", {"hello": {"free": 0}}, doctor.BROKEN, "flash it whole"),
        ("memory", {"check": {"heap": 9_000}}, doctor.LOOK, "restart"),
        ("trust root", {"hello": {"root": None}}, doctor.BROKEN, "borne provision"),
        ("trust data", {"hello": {"as_of": NOW + 301}}, doctor.LOOK, "this computer's clock"),
        ("trust data", {"hello": {"as_of": NOW - 604801}}, doctor.LOOK, "borne sync"),
        ("trust data", {"hello": {"as_of": NOW - 604800}}, doctor.OK, ""),
        ("trust data", {"hello": {"as_of": NOW - 2592001}}, doctor.BROKEN, "--port /dev/x"),
    ],
)
def test_ailments(part, changes, verdict, says):
    found = rows(**changes)
    assert found[part].verdict == verdict, found[part]
    assert says in found[part].do
    assert bool(says) == bool(found[part].do)


def test_only_what_is_fitted_is_asked_for():
    assert [part for part, _ in doctor.questions(CHECK)] == ["screen", "led", "buzzer"]
    assert [part for part, _ in doctor.questions({**CHECK, "parts": "rtc"})] == ["screen"]
    assert [part for part, _ in doctor.questions({**CHECK, "display": False})] == ["led", "buzzer"]
