"""The emulated PN532 behind the fakes' buses, in a time that passes by itself; for tests on CPython."""

from virtual_loop import Loop, run  # noqa: F401 - who has a chip runs it in its time

from bornetools.emulator.chip.pn532 import Pn532

_WAKE_UP = b"\x55\x55" + bytes(14)


class ChipLine:
    """As fakes_pn532.Line, with an emulated chip over `field` in place of a trace.

    `to_host` and `to_chip` may be set to functions that spoil what goes that way, bytes to bytes.
    """

    def __init__(self, loop, field):
        self._loop = loop
        self.chip = Pn532(field)
        self._said = []
        self.to_host = bytes
        self.to_chip = bytes

    def host(self, said):
        if said == "reset":
            self.chip.reset(0)
            self.chip.reset(1)
            self._said.clear()
            return
        data = self.to_chip(_WAKE_UP if said == "wake" else bytes(said))
        self._hear(self.chip.receive(data, self._loop.time()))

    def ready(self):
        due = self.chip.due
        if due is not None and due <= self._loop.time():
            self._hear(self.chip.advance(self._loop.time()))
        return bool(self._said)

    def take(self):
        return self._said.pop(0)

    def peek(self):
        return self._said[0]

    def put_back(self, said):
        self._said.insert(0, said)

    def _hear(self, frames):
        self._said += [out for out in map(self.to_host, frames) if out]
