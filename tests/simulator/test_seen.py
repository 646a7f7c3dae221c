"""What the page tells of a terminal beside its pixels: the screen's texts, and the journal."""

import importlib

import framebuf
import pytest
from virtual_terminal import VirtualTerminal

from borne.ui import font, font_6x10, font_7x13b
from bornetools import firmware
from bornetools.emulator.machine.panel import FRAME_SIZE
from bornetools.languages import LANGUAGES
from bornetools.simulator import logbook, screen_text
from bornetools.world import gallery

firmware.prepare()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_can_be_read_from_its_pixels(language):
    said = importlib.import_module("borne.ui.texts_" + language).SAID
    frames = gallery.frames(language)
    for name, title, _ in said:
        if name in frames and name != "IDLE":
            text = " ".join(screen_text.lines(frames[name]))
            assert title in text, name
    clock = {"fr": "24/11/2026 {}", "en": "2026-11-24 {}"}[language]
    assert screen_text.lines(frames["IDLE"])[-2] == clock.format("12:45")
    assert screen_text.lines(frames["IDLE_UTC"])[-2] == clock.format("11:45 UTC")
    assert clock.format("12:45") in screen_text.lines(frames["SET_CLOCK"])
    assert any("2/3" in line for line in screen_text.lines(frames["VALID_SECOND_OF_3"]))


@pytest.mark.parametrize("frame", [bytes(FRAME_SIZE), b"\xff" * FRAME_SIZE, b"\xaa" * FRAME_SIZE])
def test_where_nothing_is_written_nothing_is_read(frame):
    assert screen_text.lines(frame) == ()


def test_the_journal(own_world):
    assert logbook.shown(own_world.flash) == {"entries": [], "count": 0, "whole": True}
    with VirtualTerminal(own_world.flash) as terminal:
        for person in own_world.people[:3]:
            terminal.tap(person.phone)
    shown = logbook.shown(own_world.flash)
    assert [entry.get("verdict") for entry in shown["entries"]] == [
        None,
        "VALID",
        "VALID",
        "EXPIRED",
    ]
    assert (shown["count"], shown["whole"]) == (4, True)
    (segment,) = (own_world.flash / "journal").iterdir()
    segment.write_bytes(segment.read_bytes().replace(b"EXPIRED", b"REVOKED"))
    assert not logbook.shown(own_world.flash)["whole"]


def test_words_are_read_in_their_own_alphabet():
    for text in ("Ελένη ΟΛΓΑ", "Щъркелов ВАСИЛ", "Łukasz Żak", "par MARTIN 12/3"):
        for face in (font_6x10, font_7x13b):
            frame = bytearray(1024)
            screen = framebuf.FrameBuffer(frame, 128, 64, framebuf.MONO_VLSB)
            font.draw(screen, face, text, 0, 40)
            assert screen_text.lines(bytes(frame)) == (text,)
