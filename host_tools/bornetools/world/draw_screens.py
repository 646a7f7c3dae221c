"""Runs on MicroPython (or CPython): every screen of the firmware, one line of name and hex each.

Its argument is the language, such as `fr`.
"""

import sys

import framebuf

from borne.token.time_zone import UTC, TimeZone
from borne.ui.screens import Screens
from borne.verify.verdict import SEVERITIES, Verdict

if False:  # for types only
    from collections.abc import Iterator


class _Display(framebuf.FrameBuffer):  # type: ignore[misc]  # of the interpreter that runs it
    def __init__(self) -> None:
        self.buffer = bytearray(1024)
        super().__init__(self.buffer, 128, 64, framebuf.MONO_VLSB)

    def show(self) -> None:
        pass


class _Holder:
    family = "LEFEBVRE"
    given = "Élodie"
    birth_date = "1987-02-14"
    nir = "287027500000739"
    until: "str | None" = "2026-12-31"
    delegate: "tuple[str, str, str] | None" = None
    name_from = "card"


class _Uncovered(_Holder):
    until = None


class _Delegated(_Holder):
    delegate = ("DURAND", "Zoë", "2026-06-30")


class _FromPid(_Holder):
    name_from = "pid"


class _Long(_Holder):
    family = "LEFEBVRE-DUMONT"
    given = "Marie-Charlotte"


_SHOWN = {"NO_ENTITLEMENT": _Uncovered, "IDENTITY_NOT_BOUND": _FromPid}
_NOW = 1795520700  # 2026-11-24, 11:45 UTC
_PARIS = TimeZone("CET-1CEST,M3.5.0,M10.5.0/3")
_DAY = 86400
_MOVED = 4000  # ms after which a long name has scrolled


def frames(language: str) -> "Iterator[tuple[str, bytes]]":
    """Yields (name, framebuffer of 1024 bytes, MONO_VLSB) for every screen."""
    texts = __import__("borne.ui.texts_" + language, None, None, ("SAID",))
    display = _Display()
    screens = Screens(display, texts)
    screens.starting()
    yield "STARTING", bytes(display.buffer)
    screens.idle(3 * _DAY, None, screens.clock(_NOW, _PARIS))
    yield "IDLE", bytes(display.buffer)
    screens.idle(3 * _DAY, None, screens.clock(_NOW, TimeZone(UTC)))
    yield "IDLE_UTC", bytes(display.buffer)
    screens.idle(40 * _DAY, "TRUST_STALE")
    yield "IDLE_TRUST_STALE", bytes(display.buffer)
    screens.idle(None, "CLOCK_UNSET")
    yield "IDLE_CLOCK_UNSET", bytes(display.buffer)
    screens.reading()
    yield "READING", bytes(display.buffer)
    screens.remove()
    yield "REMOVE", bytes(display.buffer)
    screens.busy()
    yield "BUSY", bytes(display.buffer)
    screens.question("SET_CLOCK", screens.clock(_NOW, _PARIS))
    yield "SET_CLOCK", bytes(display.buffer)
    later = screens.clock(_NOW + 365 * _DAY + 60, _PARIS)
    screens.question("LOWER_CLOCK", screens.clock(_NOW, _PARIS), later)
    yield "LOWER_CLOCK", bytes(display.buffer)
    for code in SEVERITIES:
        verdict = Verdict(code)
        if verdict.severity in ("accept", "warn"):
            holder = _SHOWN.get(code, _Holder)()
            verdict.holder = holder  # type: ignore[assignment]  # has what is shown
        screens.verdict(verdict)
        yield code, bytes(display.buffer)
    for name, code, shown, place, whole_nir in (
        ("VALID_DELEGATE", "VALID", _Delegated(), None, False),
        ("VALID_FROM_PID", "VALID", _FromPid(), None, False),
        ("VALID_WHOLE_NIR", "VALID", _Holder(), None, True),
        ("VALID_SECOND_OF_3", "VALID", _Holder(), (2, 3), False),
        ("REVOKED_THIRD_OF_3", "REVOKED", None, (3, 3), False),
        ("VALID_LONG_NAME", "VALID", _Long(), None, False),
    ):
        made = Verdict(code, "", shown)  # type: ignore[arg-type]  # has what is shown
        screens.verdict(made, place, whole_nir)
        yield name, bytes(display.buffer)
    screens.scroll(_MOVED)
    yield "VALID_LONG_NAME_MOVED", bytes(display.buffer)
    for code in ("READER_RESET", "NO_READER"):
        screens.fault(code)
        yield code, bytes(display.buffer)
    screens.fault("INTERNAL")
    yield "FAULT_INTERNAL", bytes(display.buffer)


if __name__ == "__main__":
    for name, frame in frames(sys.argv[1]):
        print(name, frame.hex())
