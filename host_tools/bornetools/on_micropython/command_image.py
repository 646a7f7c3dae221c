"""`borne image`: the image of a board, with the application in it."""

import click

from bornetools.boards import board as boards
from bornetools.on_micropython import rp2_image


@click.command()
@click.option("--board", "name", required=True, help="Its name: a board with an RP2040 or RP2350.")
def command(name: str) -> None:
    """Build MicroPython with the application in it, for `borne flash`.

    The image lies in build/image. Sources and toolchain are Debian's packages; those that are missing are
    named.
    """
    path = rp2_image.build(boards.find(name))
    click.echo(f"{path}, {path.stat().st_size:,} bytes")
