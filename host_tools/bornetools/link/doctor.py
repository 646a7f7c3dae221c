"""The state of a terminal, part by part, and what to do about it: rules over the terminal's own answers."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from borne import VERSION, limits
from borne.token.time_zone import UTC
from borne.trust import freshness
from bornetools import time_zones, times
from bornetools.boards import flash_budget

OK, LOOK, BROKEN = "ok", "look", "broken"

LAGS = 30  # seconds: a DS3231 takes half a year for that (its data sheet: 2 ppm)
HEAP_WANTED = 25_000  # bytes free between two taps: a sync takes 22,000 of them (docs/boards.md)

_SYNC = "borne sync --port {port} --from URL"
_PROVISION = "borne provision --port {port}: give it a root"
_UPDATE = "borne flash --app-only --board {board} --port {port}"
_SET = "borne terminal time --set --port {port}, and press, or hold, its button when it asks"
_ZONE = "if that is not the counter's time: borne provision --port {port} --time-zone ZONE"
_ASK_AGAIN = "run borne doctor on a console, look, and answer"
_SCREEN_WIRES = "check its power and its wires SDA and SCL: borne boards show {board}"
_WIRES = "check its wires: borne boards show {board}"

_BOARD = re.compile(r"[A-Za-z0-9_]{1,32}", re.ASCII)
_VERSION_SIZE = 4  # IC, Ver, Rev, Support: UM0701-02, section 7.2.2

_Finding = tuple[str, str, str]


@dataclass(frozen=True)
class Row:
    """One part: what was `found`, the `verdict` (OK, LOOK or BROKEN), and what to `do` about it."""

    part: str
    found: str
    verdict: str
    do: str


@dataclass(frozen=True)
class Patient:
    """`hello` and `check` are the terminal's answers, `now` this computer's unix seconds when they came.

    `seen` is what a person answered about the pattern by part: True, False, or None for not asked. `targets`
    are those of the release in force, sizes by name: `targets_of`.
    """

    hello: dict[str, Any]
    check: dict[str, Any]
    now: int
    seen: dict[str, bool | None]
    targets: dict[str, int] = field(default_factory=dict)

    def fitted(self, part: str) -> bool:
        return part in self.check["parts"].split()


def examine(patient: Patient, port: str) -> list[Row]:
    """A Row for each part, in the order in which they are best mended."""
    board = patient.hello["board"]
    # The name becomes part of a command that a user may copy.
    names = {"port": port, "board": board if _BOARD.fullmatch(board) else "BOARD"}
    return [
        Row(part, found, verdict, do.format(**names))
        for part, look in _PARTS.items()
        for found, verdict, do in (look(patient),)
    ]


def _firmware(patient: Patient) -> _Finding:
    version = patient.hello["firmware"]
    found = f"{version}, up for {_span(patient.check['uptime'])}"
    if version != VERSION:
        return f"{found}; this computer's is {VERSION}", LOOK, _UPDATE
    return found, OK, ""


def _application(patient: Patient) -> _Finding:
    fault = patient.check["fault"]
    if fault is None:
        return "in the image, not on the flash", OK, ""
    return (fault, BROKEN, _UPDATE) if fault else ("all files are what was sent", OK, "")


def _reader(patient: Patient) -> _Finding:
    version = patient.check["reader"]
    if not version:
        wiring = "check its power, its wires (RSTPDN, too) and its bus switches: borne boards show {board}"
        return "silent", BROKEN, wiring
    if len(version) != _VERSION_SIZE:
        return (
            "answers what no PN532 does",
            BROKEN,
            "check that it is one: borne boards show {board}",
        )
    return f"PN5{version[0]:02X}, firmware {version[1]}.{version[2]}", OK, ""


def _pattern(part: str, what: str, broken: str) -> Callable[[Patient], _Finding]:
    def look(patient: Patient) -> _Finding:
        if part != "screen" and not patient.fitted(part):
            return "not fitted", OK, ""
        if part == "screen" and patient.check.get("display") is False:
            return "does not answer: names can be read on a computer alone", BROKEN, _SCREEN_WIRES
        if not patient.check["reader"]:
            return "not tried", LOOK, "mend the reader first"
        seen = patient.seen.get(part)
        if seen is None:
            return f"{what}: nobody was asked", LOOK, _ASK_AGAIN
        return (what, OK, "") if seen else (f"not {what}", BROKEN, broken)

    return look


def _button(patient: Patient) -> _Finding:
    if patient.fitted("button"):
        return "fitted", OK, ""
    return "none", LOOK, "without one nobody can confirm a long step of the clock"


def _rtc(patient: Patient) -> _Finding:
    if not patient.fitted("rtc"):
        return (
            "none answers",
            LOOK,
            "check its wires if there is one; without, each sync tells the time",
        )
    told = patient.check["rtc"]
    if told is None:
        return "stopped", BROKEN, "change its battery; then " + _SET
    off = told - patient.now
    found = f"{_span(abs(off))} {'fast' if off > 0 else 'slow'}" if off else "right"
    if abs(off) > limits.CLOCK_SKEW_MAX:
        return found, BROKEN, _SET + "; if it comes back, change its battery"
    return (found, LOOK, _SET) if abs(off) > LAGS else (found, OK, "")


def _time(patient: Patient) -> _Finding:
    told = patient.hello["time"]
    if told is None:
        return "not known: nobody is accepted", BROKEN, _SET
    if abs(told - patient.now) > limits.CLOCK_SKEW_MAX:
        return (
            f"{times.write(told)}, not this computer's",
            BROKEN,
            "if this computer's is right: " + _SET,
        )
    return times.write(told), OK, ""


def _time_zone(patient: Patient) -> _Finding:
    zone = patient.hello.get("time_zone")  # an older firmware has none
    if zone is None:
        return UTC, LOOK, _UPDATE
    found = f"{zone}: it is {time_zones.says(zone, patient.now)} at the counter"
    return (found, LOOK, _ZONE) if zone == UTC else (found, OK, "")


def _flash(patient: Patient) -> _Finding:
    free, targets = patient.hello["free"], patient.targets
    room = flash_budget.beside(free, targets)
    found = f"{free:,} bytes free: {flash_budget.says(room)}"
    if free == 0:
        return (
            f"{free:,} bytes free",
            BROKEN,
            "no release fits: flash it whole and provision it anew",
        )
    lists = sum(flash_budget.lists(targets).values())
    wanted = flash_budget.with_successor(targets or flash_budget.NATIONAL)
    if wanted <= room:
        return found, OK, ""
    whose = f"the present lists ({lists:,} bytes) and the next release's"
    if not targets:
        whose = f"a list of 67 M tokens ({flash_budget.NATIONAL_LIST:,} bytes) and its successor"
    return (
        found,
        LOOK,
        f"{wanted - room:,} bytes too little for {whose}, which it may refuse (FULL): ask the publisher for"
        " shorter lists, or take a board with more flash: borne boards",
    )


def targets_of(metadata: bytes | None) -> dict[str, int]:
    """The targets that a terminal's targets.json names, sizes by name; none if it is not one."""
    try:
        targets = json.loads(metadata or b"")["signed"]["targets"]
        sizes = {name: entry["length"] for name, entry in targets.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    most = range(limits.STATUS_LIST_FILE_MAX + 1)
    return {name: size for name, size in sizes.items() if type(size) is int and size in most}


def _memory(patient: Patient) -> _Finding:
    free = patient.check["heap"]
    if free < HEAP_WANTED:
        return f"{free:,} bytes free", LOOK, f"a large release may want {HEAP_WANTED:,}: restart it"
    return f"{free:,} bytes free", OK, ""


def _root(patient: Patient) -> _Finding:
    version = patient.hello["root"]
    return (f"version {version}", OK, "") if version else ("none", BROKEN, _PROVISION)


def _trust(patient: Patient) -> _Finding:
    hello = patient.hello
    if hello["as_of"] is None:
        return "none: nobody is accepted", BROKEN, _SYNC
    if patient.now < hello["as_of"] - limits.CLOCK_SKEW_MAX:
        do = "set this computer's clock; if it is right, the publisher's was wrong"
        return "from the future", LOOK, do
    bounds = hello["warn_after"], hello["refuse_after"]
    age, state = freshness.judge(hello["as_of"], patient.now, *bounds)
    found = f"release {hello['version']}, {_span(age or 0)} old"
    if state == freshness.REFUSE:
        return found + ": nobody is accepted", BROKEN, _SYNC
    return (found, LOOK, _SYNC) if state == freshness.WARN else (found, OK, "")


def _span(seconds: int) -> str:
    for unit, name in ((times.DAY, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= unit:
            count = seconds // unit
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{seconds} s"


_PARTS: dict[str, Callable[[Patient], _Finding]] = {
    "application": _application,
    "firmware": _firmware,
    "reader": _reader,
    "screen": _pattern("screen", "a checkerboard in a frame", _WIRES),
    "LED": _pattern("led", "red, green, blue", _WIRES),
    "buzzer": _pattern("buzzer", "three rising tones", _WIRES),
    "button": _button,
    "RTC": _rtc,
    "time": _time,
    "time zone": _time_zone,
    "flash": _flash,
    "memory": _memory,
    "trust root": _root,
    "trust data": _trust,
}


def questions(check: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(part, question) for the person who looks at the terminal's pattern."""
    if check.get("display", True):
        yield "screen", "Did the screen show a checkerboard in a frame, whole?"
    fitted = check["parts"].split()
    if "led" in fitted:
        yield "led", "Did the LED light up red, then green, then blue?"
    if "buzzer" in fitted:
        yield "buzzer", "Did you hear three rising tones?"
