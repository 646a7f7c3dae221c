"""A screen for a person: block characters and SVG paths."""

import re

from bornetools.emulator.machine import blocks


def framebuffer(*pixels):
    buffer = bytearray(1024)
    for x, y in pixels:
        buffer[y // 8 * 128 + x] |= 1 << y % 8
    return bytes(buffer)


def test_a_block_stands_for_two_by_two_pixels():
    lines = blocks.render(framebuffer((0, 0), (3, 0), (4, 1), (127, 63), (126, 62))).splitlines()
    assert len(lines) == 34
    assert {len(line) for line in lines} == {66}
    assert lines[1][1:5] == "▘▝▖ "
    assert lines[32][64] == "▚"


def test_every_quadrant():
    for value, character in enumerate(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"):
        pixels = [(bit & 1, bit >> 1) for bit in range(4) if value >> bit & 1]
        assert blocks.render(framebuffer(*pixels)).splitlines()[1][1] == character


def test_colour_only_on_request():
    assert "\x1b" not in blocks.render(bytes(1024))
    coloured = blocks.render(bytes(1024), led=(255, 120, 0))
    assert coloured.startswith("\x1b[38;2;255;120;0m╭")
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == blocks.render(bytes(1024))
    for line in coloured.splitlines():
        assert line.endswith("\x1b[0m")


def test_svg_runs():
    path = blocks.svg_path(framebuffer((1, 0), (2, 0), (5, 0), (127, 63)))
    assert path == "M1 0.5h2M5 0.5h1M127 63.5h1"
