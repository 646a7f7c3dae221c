"""Tasks beside the app that end by an exception: a fault that everybody sees, and the terminal works."""

import json

import pytest
from demo_world import flash_with

from bornetools import times
from bornetools.emulator.machine.prompt import Prompt
from bornetools.emulator.machine.unix_vm import UnixVm
from bornetools.world import gallery

HEAP = 400_000  # the program below lies in it, too

# The first run of a task ends at once; later ones are as usual.
_PROGRAM = """
import asyncio
from borne.composition import Composition
from borne.starting import parts
from {module} import {kind}

real, left = {kind}.run, [1]

async def run(self, *arguments):
    if left:
        left.pop()
        raise {error}
    await real(self, *arguments)

{kind}.run = run
asyncio.run(Composition(parts).run())
"""


class Broken(Prompt):
    """A terminal of which one task ends."""

    def __init__(self, flash, module, kind, error):
        super().__init__(flash, "en", machine=UnixVm(HEAP))
        self._program = _PROGRAM.format(module=module, kind=kind, error=error)

    def power_on(self, ready=True):
        super().power_on()
        self.panel.pressed = False
        self._transport.exec_raw_no_follow(self._program)
        self._transport.close()  # the port is the link's now
        self.subscribe()


@pytest.mark.parametrize(
    ("name", "module", "kind", "error"),
    [
        ("randomness", "borne.randomness.prepared", "Prepared", "MemoryError"),
        ("combs", "borne.trust.key_combs", "KeyCombs", "ValueError"),
        ("link", "borne.link.task", "Link", "MemoryError"),
    ],
)
def test_it_is_on_the_screen_in_the_journal_and_on_the_link_once(
    world, tmp_path, person, name, module, kind, error
):
    flash = flash_with(world, tmp_path, times.now() - 60)
    with Broken(flash, module, kind, error) as terminal:
        shown = gallery.frames("en")["FAULT_INTERNAL"]
        terminal.panel.wait_for(lambda panel: shown in panel.frames, 60)
        terminal.wait_event("ready")
        assert list(terminal.panel.frames).count(shown) == 1
        assert terminal.tap(person("valid").phone).code == "VALID"
    text = b"".join(path.read_bytes() for path in sorted((flash / "journal").iterdir()))
    entries = [json.loads(line) for line in text.splitlines()]
    faults = [(one["fault"], one["detail"]) for one in entries if "fault" in one]
    assert faults == [("INTERNAL", f"{name}: {error}")]
