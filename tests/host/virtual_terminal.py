"""Emulated terminals in virtual time: what tests want where how long something takes is not the subject."""

from bornetools.emulator.clock import VirtualTime
from bornetools.emulator.machine.terminal import Terminal


class VirtualTerminal(Terminal):
    """As Terminal, on the unix VM."""

    def __init__(self, flash, language="fr", **more):
        super().__init__(flash, language, clock=VirtualTime(), **more)
