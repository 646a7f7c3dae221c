"""Pictures of the firmware's screens, for the documentation.

The firmware draws each screen on the MicroPython VM, in each language. The PNGs need the package's
`dev` extra.
"""

import io
from collections.abc import Collection
from pathlib import Path

from PIL import Image

from bornetools.emulator.machine import blocks
from bornetools.on_micropython import vm

DRAW = Path(__file__).with_name("draw_screens.py")
# Screen -> colour of its severity's light.
SHOWN = {
    "IDLE": "#888",
    "READING": "#888",
    "VALID": "#2e9e44",
    "VALID_STALE": "#d98200",
    "EXPIRED": "#d03030",
    "REVOKED": "#d03030",
    "NO_APPLICATION": "#2f6fe0",
    "NO_READER": "#888",
}
_SCALE = 2  # PNG pixels for one of the screen
_DARK, _PALE = (0, 0, 0), (225, 240, 255)  # of an OLED

_ROWS = len(SHOWN) // 2
_CELL_WIDTH, _CELL_HEIGHT = 150, 92


def frames(language: str) -> dict[str, bytes]:
    """Every screen, drawn on the VM: {name: framebuffer of 1024 bytes}."""
    done = vm.run(DRAW, language)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    lines = (line.split() for line in done.stdout.decode().splitlines())
    return {name: bytes.fromhex(frame) for name, frame in lines}


def svg(by_language: Collection[dict[str, bytes]]) -> str:
    """The screens of SHOWN side by side, two to a language and row: the text of an SVG file."""
    columns = 2 * len(by_language)
    width, height = columns * _CELL_WIDTH, _ROWS * _CELL_HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{2 * width}" height="{2 * height}" font-family="monospace" font-size="8">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for side, drawn in enumerate(by_language):
        for place, (name, colour) in enumerate(SHOWN.items()):
            x = (2 * side + place // _ROWS) * _CELL_WIDTH + 11
            y = place % _ROWS * _CELL_HEIGHT + 6
            parts.append(
                f'<g transform="translate({x} {y})">'
                f'<rect x="-5" y="-5" width="138" height="74" rx="5" fill="{colour}"/>'
                '<rect x="-3" y="-3" width="134" height="70" rx="3" fill="#000"/>'
                f'<path stroke="#e1f0ff" shape-rendering="crispEdges" '
                f'd="{blocks.svg_path(drawn[name])}"/>'
                f'<text y="78" fill="#444">{name}</text></g>'
            )
    return "\n".join([*parts, "</svg>\n"])


def image(frame: bytes) -> Image.Image:
    """The screen as a picture of two colours, 256 by 128 pixels."""
    picture = Image.new("P", (blocks.WIDTH, blocks.HEIGHT))
    picture.putpalette([*_DARK, *_PALE])
    for y in range(blocks.HEIGHT):
        for x in range(blocks.WIDTH):
            picture.putpixel((x, y), blocks.pixel(frame, x, y))
    return picture.resize((_SCALE * blocks.WIDTH, _SCALE * blocks.HEIGHT), Image.Resampling.NEAREST)


def png(frame: bytes) -> bytes:
    """The bytes of the screen's PNG file."""
    written = io.BytesIO()
    image(frame).save(written, "PNG", optimize=True, bits=1)
    return written.getvalue()
