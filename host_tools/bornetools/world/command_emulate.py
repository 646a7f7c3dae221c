"""`borne emulate`: the emulated terminal, or its reader chip alone."""

import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import click

from bornetools import files, times
from bornetools.command_options import lang_option
from bornetools.emulator.chip.chip_only import run
from bornetools.emulator.clock import RealTime, VirtualTime
from bornetools.emulator.machine import blocks, qemu_build
from bornetools.emulator.machine.pico import Pico
from bornetools.emulator.machine.qemu import Qemu
from bornetools.emulator.machine.terminal import Machine, Terminal
from bornetools.emulator.machine.unix_vm import UnixVm
from bornetools.emulator.phones.handset import Handset
from bornetools.emulator.phones.phone import Phone
from bornetools.errors import UserError
from bornetools.issuer import cose
from bornetools.link.flash_folder import provision
from bornetools.on_micropython import natmod
from bornetools.world.people import World

_PRESSES = {
    "b": 1.0,
    "h": 4.0,
}  # seconds, as by a finger; "h" exceeds limits.CLOCK_HOLD
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_KEYS = "b  press its button    h  hold it    u  unplug it, and plug it in again    q  leave"


@click.command()
@lang_option("The terminal's language.")
@click.option(
    "--machine",
    type=click.Choice(["vm", "qemu", "pico"]),
    default="vm",
    help="MicroPython on this computer, or on an emulated microcontroller (docs/boards.md).",
)
@click.option("--image", type=_FILE, help="With pico: this image (UF2), not one that is built.")
@click.option("--counted", is_flag=True, help="With qemu: one instruction takes one nanosecond.")
@click.option("--native", is_flag=True, help="With qemu: compile the native module, and use it.")
@click.option(
    "--chip-only", is_flag=True, help="Only the PN532, with the first phone in its field."
)
@click.option(
    "--flash",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the terminal's flash in this folder, without the demo's people and trust data.",
)
@click.option("--root", type=_FILE, help="Provision a new --flash with this trust root.")
@click.option(
    "--phone",
    "phones",
    type=(_FILE, _FILE),
    multiple=True,
    metavar="TOKEN KEY",
    help="A phone with this token and its holder's key (PEM); repeatable.",
)
@click.option("--no-clock", is_flag=True, help="Its RTC chip has stopped.")
def command(
    language: str,
    machine: str,
    image: Path | None,
    counted: bool,
    native: bool,
    chip_only: bool,
    flash: Path | None,
    root: Path | None,
    phones: tuple[tuple[Path, Path], ...],
    no_clock: bool,
) -> None:
    """The emulated terminal, interactive: choose a phone, tap it.

    The name of its serial port is printed: `borne sync --port` and `borne terminal` work there, from
    another console. With --chip-only it is the name of the pseudo-terminal on which an emulated PN532
    answers, so that any other PN532 software can be pointed at it; Ctrl-C ends it.
    """
    own: dict[str, Handset] = {str(token): _phone(token, key) for token, key in phones}
    if root and not flash:
        raise UserError("--root goes with --flash, the folder that it is provisioned in")
    if native and machine != "qemu":
        raise UserError("--native goes with --machine qemu")
    if image and machine != "pico":
        raise UserError("--image goes with --machine pico")
    with ExitStack() as stack:
        if not flash:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="borne-"))
            world = World.create(f"{folder}/world", times.now())
            flash = world.flash
            own = {**{person.case: person.phone for person in world.people}, **own}
            if not chip_only:
                click.echo(f"its trust repository: {world.repository.path}")
        elif root:
            provision(flash, files.read(root, "root"), times.now())
        if chip_only:
            if not own:
                raise UserError("--chip-only with --flash needs a --phone")
            run(next(iter(own.values())), click.echo)
            return
        flash.mkdir(parents=True, exist_ok=True)
        if native:
            shutil.copy(natmod.build(qemu_build.ARCH), flash)
        ahead = None if no_clock else 0
        made, clock = _machine(machine, counted, image)
        terminal = Terminal(flash, language, ahead=ahead, machine=made, clock=clock)
        _taps(stack.enter_context(terminal), own)


def _machine(name: str, counted: bool, image: Path | None) -> tuple[Machine, RealTime]:
    if name == "pico":
        return Pico(image), VirtualTime()
    return Qemu(counted) if name == "qemu" else UnixVm(), RealTime()


def _phone(token: Path, key: Path) -> Phone:
    data = files.read(token, "token")
    return Phone(data, cose.read_private_key(key))


def _line() -> str:
    """The next line of standard input, whatever its bytes; empty at its end."""
    return sys.stdin.buffer.readline().decode(errors="replace") if sys.stdin else ""


def _taps(terminal: Terminal, phones: Mapping[str, Handset]) -> None:
    colour = sys.stdout.isatty()
    numbered = {str(number): phone for number, phone in enumerate(phones.values(), 1)}
    click.echo(f"its serial port: {terminal.port}")
    click.echo(f"its reader's: {terminal.chip.path}, its panel's: {terminal.panel.path}")
    while True:
        terminal.panel.settle()
        click.echo(blocks.render(terminal.panel.frame, terminal.panel.led if colour else None))
        for number, case in enumerate(phones, 1):
            click.echo(f"{number:3}  {case}")
        click.echo(f"  {_KEYS}")
        click.echo("phone to tap (a number): ", nl=False)
        line = _line()
        choice = line.strip()
        if choice == "q" or not line:
            return
        if choice in _PRESSES:
            terminal.panel.pressed = True
            time.sleep(_PRESSES[choice])
            terminal.panel.pressed = False
        elif choice == "u":
            terminal.power_off()
            terminal.power_on()
            click.echo(f"its serial port: {terminal.port}")
        elif choice in numbered:
            click.echo(terminal.tap(numbered[choice]).summary())
        else:
            click.echo("that is no phone of the list")
