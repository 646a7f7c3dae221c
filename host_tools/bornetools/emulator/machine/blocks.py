"""The terminal's screen for a person: block characters for a console, SVG for a document."""

import re

WIDTH, HEIGHT = 128, 64

# One character for 2x2 pixels: bit 0 top left, 1 top right, 2 bottom left, 3 bottom right.
_QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_PLAIN = "\x1b[0m"
_OLED = "\x1b[38;2;225;240;255;48;2;0;0;0m"  # pale on black, whatever the console's own colours


def pixel(framebuffer: bytes | bytearray, x: int, y: int) -> int:
    """0 or 1: a pixel of 128x64 in MONO_VLSB (columns of 8 pixels, the top one in bit 0)."""
    return framebuffer[y // 8 * WIDTH + x] >> y % 8 & 1


def render(framebuffer: bytes | bytearray, led: tuple[int, int, int] | None = None) -> str:
    """The screen in 66 columns by 34 lines, framed, without a newline at the end.

    `framebuffer` is 1024 bytes, MONO_VLSB. With `led`, (red, green, blue) of 0 to 255, the frame has
    that colour, by ANSI escapes; without it there are none.
    """
    oled, frame, plain = ("", "", "") if led is None else (_OLED, _foreground(led), _PLAIN)
    lines = [f"{frame}╭{'─' * (WIDTH // 2)}╮{plain}"]
    for y in range(0, HEIGHT, 2):
        row = "".join(_quadrant(framebuffer, x, y) for x in range(0, WIDTH, 2))
        lines.append(f"{frame}│{oled}{row}{plain}{frame}│{plain}")
    lines.append(f"{frame}╰{'─' * (WIDTH // 2)}╯{plain}")
    return "\n".join(lines)


def _quadrant(framebuffer: bytes | bytearray, x: int, y: int) -> str:
    return _QUADRANTS[
        pixel(framebuffer, x, y)
        | pixel(framebuffer, x + 1, y) << 1
        | pixel(framebuffer, x, y + 1) << 2
        | pixel(framebuffer, x + 1, y + 1) << 3
    ]


def _foreground(colour: tuple[int, int, int]) -> str:
    return "\x1b[38;2;{};{};{}m".format(*colour)


def svg_path(framebuffer: bytes | bytearray) -> str:
    """The lit pixels as the `d` of an SVG path to be stroked one unit wide, one unit to a pixel."""
    runs = []
    for y in range(HEIGHT):
        row = "".join(str(pixel(framebuffer, x, y)) for x in range(WIDTH))
        runs += [f"M{run.start()} {y}.5h{len(run[0])}" for run in re.finditer("1+", row)]
    return "".join(runs)
