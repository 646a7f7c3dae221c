"""`borne natmod`: the optional native module (firmware/native, docs/native.md), compiled for processors."""

import click

from bornetools.on_micropython import natmod


@click.command()
@click.option(
    "--arch",
    "archs",
    type=click.Choice(list(natmod.COMPILERS)),
    multiple=True,
    help="Only for this one; repeatable. x64 is for MicroPython on this computer.",
)
def command(archs: tuple[str, ...]) -> None:
    """Compile the native module: P-256 in C, which `borne flash` then puts onto boards.

    Each file lies in build/natmod. Without --arch, all that boards have are compiled.
    """
    for arch in archs or (one for one in natmod.COMPILERS if one != "x64"):
        path = natmod.build(arch)
        click.echo(f"{arch}: {path}, {path.stat().st_size:,} bytes")
