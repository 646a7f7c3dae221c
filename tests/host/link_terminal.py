"""A terminal of link and trust store alone, for the MicroPython VM: its standard input and output are
the serial port. Arguments: the store's folder, the journal's path. `identify` is reported as an event."""

import asyncio
import gc
import sys
import time

from borne.link.events import Events
from borne.link.journal_reader import JournalReader
from borne.link.stdio import Stdio
from borne.link.task import Link
from borne.trust.clock import Clock
from borne.trust.release_store import ReleaseStore
from borne.trust.update import Update


class Services:
    name, terminal_id = "VM", "VM-1"

    def __init__(self, folder, journal):
        self.board = self
        self.store = ReleaseStore(folder)
        self.update = Update(self.store)
        self.clock = Clock(
            folder + "/clock", lambda: time.ticks_ms() // 1000, lambda: int(time.time())
        )
        self.journal = JournalReader(journal)
        self.events = Events()

    async def pause(self):
        await asyncio.sleep_ms(0)

    def switched(self):
        gc.collect()

    def identify(self, seconds):
        self.events.report({"event": "fault", "code": "IDENTIFY", "detail": str(seconds)})

    def reboot(self):
        sys.exit()


asyncio.run(Link(Stdio(), Services(sys.argv[1], sys.argv[2])).run())
