"""Emulated terminals for the tests of this folder, which all run on each machine there is."""

import functools
import shutil

import pytest
from demo_world import issuer_key as issuer_key
from demo_world import phones as phones

from bornetools import times
from bornetools.emulator.clock import VirtualTime
from bornetools.emulator.machine import qemu_build
from bornetools.emulator.machine.qemu import Qemu
from bornetools.emulator.machine.terminal import Terminal
from bornetools.emulator.machine.unix_vm import UnixVm
from bornetools.world.people import World


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    return World.create(tmp_path_factory.mktemp("world") / "all", times.now())


@pytest.fixture(scope="session", params=["vm", pytest.param("qemu", marks=pytest.mark.root)])
def machine(request):
    """What terminals run on: UnixVm or Qemu."""
    if request.param == "vm":
        return UnixVm
    packages = qemu_build.missing()
    if packages:
        pytest.skip("no emulated microcontroller: apt install " + " ".join(packages))
    return Qemu


@pytest.fixture(scope="session")
def new_terminal(machine):
    """Makes a Terminal on a machine of its own: `new_terminal(flash)`. It runs in virtual time where there is
    any, but with a pace."""

    @functools.wraps(Terminal)
    def make(*arguments, **more):
        if machine is UnixVm and "pace" not in more:
            more["clock"] = VirtualTime()
        return Terminal(*arguments, machine=machine(), **more)

    return make


@pytest.fixture(scope="module")
def terminal(world, new_terminal):
    with new_terminal(world.flash) as terminal:
        yield terminal


@pytest.fixture
def person(world):
    """Finds one of the demo's people by the case: `person("valid")`."""
    return {one.case: one for one in world.people}.__getitem__


@pytest.fixture
def flash(world, tmp_path):
    """A terminal's flash with the world's release, and nothing yet that the terminal makes itself."""
    made = shutil.ignore_patterns("journal", "receipts", "*.combs")
    return shutil.copytree(world.flash, tmp_path / "flash", ignore=made)
