"""The check of an image with the application in it; what borne_image gives is an image made here."""

import json
import sys
from binascii import crc32

from borne import image

PAGE = 256
BODY = bytes(range(256)) * 5


class Screen:
    def __init__(self):
        self.lines = []

    def fill(self, colour):
        self.lines = []

    def text(self, text, x, y):
        self.lines.append(text)

    def show(self):
        self.shown = self.lines


class Module:
    def __init__(self, data):
        self.data = data

    def flash(self):
        return memoryview(self.data)


def label(body, crc=None):
    crc = crc32(body) if crc is None else crc
    text = ("# borne 0.1.0 PICO %d\n%s  image\n%08x\n" % (len(body), "0" * 64, crc)).encode()
    return text + bytes(PAGE - len(text))


def started(data):
    """(whether it starts, what it reports, what stands on the screen) of an image."""
    lines, screen = [], Screen()
    screen.shown = None
    sys.modules["borne_image"] = Module(data)
    try:
        starts = image.intact(lines.append, lambda: screen)
    finally:
        del sys.modules["borne_image"]
    return starts, [json.loads(line) for line in lines], screen.shown


def test_an_image_that_is_whole_starts_and_says_nothing():
    assert started(BODY + label(BODY)) == (True, [], None)


def test_an_image_of_no_such_board_starts():
    assert image.intact(None, None) is True


def test_the_boards_own_screen_is_written_to():
    """The board that the image has, which is none here: the line says so, and it does not start."""
    lines = []
    sys.modules["borne_image"] = Module(BODY)
    try:
        assert image.intact(lines.append) is False
    finally:
        del sys.modules["borne_image"]
    said = [json.loads(line) for line in lines]
    assert [event["code"] for event in said] == ["INCOMPLETE", "NO_SCREEN"]
    assert said[1]["detail"] in ("ImportError", "ModuleNotFoundError")


def test_an_image_not_written_to_its_end_does_not_start():
    """The rest of an earlier one, erased pages, no label, another's label, and one byte that is wrong."""
    old = bytes(len(BODY))
    for data in (
        BODY[:512] + old[512:] + label(BODY),
        BODY[:512] + old[512:] + label(old),
        BODY + b"\xff" * PAGE,
        BODY + bytes(PAGE),
        BODY + label(BODY, 0),
        BODY + label(BODY)[:-1] + b"\x01",
        BODY[:-1] + b"\0" + label(BODY),
        b"\x01" + BODY[1:] + label(BODY),
    ):
        starts, events, shown = started(data)
        assert starts is False
        (event,) = events
        assert (event["event"], event["code"]) == ("fault", "INCOMPLETE")
        assert event["detail"] == "the image was not written to its end"
        assert "INCOMPLET:" in shown and "INCOMPLETE:" in shown
