"""An emulated microcontroller's terminal whose heap can be looked into while it works.

The program that runs is the frozen one. It is started at the prompt by a few lines, which stay in the heap
with it (about 2 kB), and answers one more question on the link.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bornetools.emulator.machine.prompt import Prompt
from bornetools.emulator.machine.qemu import Qemu
from bornetools.emulator.machine.terminal import TerminalError

FINE = 256  # bytes after which garbage is collected where the peak is looked for
_PATIENCE = 60  # seconds

# `get` of the file "heap" is the question, and its offset the bytes between two collections, 0: as usual.
_PROGRAM = """
import asyncio, board, mps2, sys
import gc as collector
from borne import limits
from borne.link import handlers
from borne.composition import Composition

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
    terminal = Composition(board.make())
    gc.collect()
    gc.threshold(limits.GARBAGE_MAX)
    asyncio.run(terminal.run())

start()
"""


@dataclass(frozen=True)
class Heap:
    """Bytes: `free` and the largest `piece` of it, after a collection; and the least that any collection
    has left of either since the last look."""

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
        self.panel.pressed = False
        self._transport.exec_raw_no_follow(_PROGRAM)
        self._transport.close()  # the port is the link's now
        if ready:
            self.subscribe()
            self.wait_event("ready")

    def heap(self, every: int = 0) -> Heap:
        """What is free. From now on garbage is collected after so many bytes, 0: as the firmware wants.

        Raises TerminalError.
        """
        answer = self._cable.request("get", _PATIENCE, name="heap", offset=every)
        if answer is None:
            raise TerminalError("the terminal does not say how full its heap is")
        return Heap(*map(int, answer["data"].split()))
