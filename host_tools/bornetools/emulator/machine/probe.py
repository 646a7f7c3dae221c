"""A terminal on an emulated microcontroller; its heap can be measured while it works.

The terminal runs the frozen program. A few lines at the prompt start it; they stay in the heap (about 2 kB),
and add one request to the link.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bornetools.emulator.machine.prompt import Prompt
from bornetools.emulator.machine.qemu import Qemu
from bornetools.emulator.machine.terminal import TerminalError

FINE = 256  # bytes between two garbage collections where the peak is measured
_PATIENCE = 60  # seconds

# The request is `get` of the file "heap"; its offset: bytes between two collections, 0: as usual.
_PROGRAM = """
import asyncio, mps2, sys
import gc as collector
from borne import limits
from borne.link import handlers
from borne.composition import Composition
from borne.starting import parts

class Gc:
    every = 0
    def collect(self):
        collector.collect()
    def threshold(self, count):
        collector.threshold(self.every or count)

def start():
    gc, get = Gc(), handlers.get

    async def heap(services, fields):
        if fields["name"] != "heap":
            return await get(services, fields)
        gc.every = fields["offset"]
        gc.threshold(limits.GARBAGE_MAX)
        return {"size": 0, "data": b"%d %d %d %d" % mps2.heap()}

    handlers.get = heap
    for module in sys.modules.values():
        if hasattr(module, "gc"):
            module.gc = gc
    sys.modules["gc"] = gc  # for those that come and go
    terminal = Composition(parts)
    gc.collect()
    gc.threshold(limits.GARBAGE_MAX)
    asyncio.run(terminal.run())

start()
"""


@dataclass(frozen=True)
class Heap:
    """Bytes after a garbage collection: `free`, and the largest `piece` of it; and the least of either after
    any collection since the last request."""

    free: int
    piece: int
    least_free: int
    least_piece: int


class Probe(Prompt):
    """A context manager: a terminal on QEMU."""

    def __init__(self, flash: str | Path, **more: Any) -> None:
        super().__init__(flash, machine=Qemu(), **more)

    def power_on(self, ready: bool = True) -> None:
        super().power_on()
        self.start(_PROGRAM)

    def heap(self, every: int = 0) -> Heap:
        """The heap's state. From now on garbage is collected after `every` bytes, 0: as the firmware wants.

        Raises TerminalError.
        """
        answer = self._cable.request("get", _PATIENCE, name="heap", offset=every)
        if answer is None:
            raise TerminalError("the terminal does not say how full its heap is")
        return Heap(*map(int, answer["data"].split()))
