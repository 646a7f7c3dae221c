"""What tests at the counter do with a terminal: its button, its rest, and a look into its memory."""

import threading
import time

from guard import HUNG
from virtual_terminal import VirtualTerminal

from bornetools.emulator.machine.terminal import TAP_TIMEOUT

REST = 2  # seconds, the least that a policy can say


def seen(terminal, down):
    """Moves the button, and waits until the terminal has looked at it: it does once a poll."""
    terminal.panel.pressed = down
    polled(terminal, 3)


def polled(terminal, count, found=False):
    """Waits until the terminal has looked for a phone so many times, with `found` until one was there so many
    times."""
    polls = threading.Semaphore(0)
    left = [count]

    def watch(frame):
        # The answers to InListPassiveTarget, and to Diagnose: whether the phone is still there.
        looks = (b"\xd5\x4b\x01", b"\xd5\x01\x00") if found else (b"\xd5\x4b", b"\xd5\x01")
        if any(look in frame for look in looks):
            left[0] -= 1
            if not left[0]:
                terminal.clock.calm()
                polls.release()
        return frame

    terminal.chip.tamper = watch
    try:
        with terminal.clock.hurried():
            assert polls.acquire(timeout=TAP_TIMEOUT), f"{left[0]} polls more in {TAP_TIMEOUT} s"
    finally:
        terminal.chip.tamper = bytes


class Listened(VirtualTerminal):
    """A terminal whose subscriber asks who the holders are; `told` are the verdicts' fields."""

    def __init__(self, flash):
        super().__init__(flash)
        self.told = []

    def subscribe(self, timeout=TAP_TIMEOUT):
        super().subscribe(timeout)
        assert self._cable.request("subscribe", timeout, seconds=60, identity=True) is not None

    def wait_event(self, *names, timeout=TAP_TIMEOUT):
        event = super().wait_event(*names, timeout=timeout)
        if event["event"] == "verdict":
            self.told.append(event)
        return event


def rested(terminal):
    """Waits until the terminal is dim again, as it is when idle, and polls once more: by then it has
    forgotten."""
    terminal.panel.wait_for(lambda panel: panel.led == (40, 40, 40), REST + TAP_TIMEOUT)
    seen(terminal, False)


def found(terminal, words):
    """Those of the words that stand anywhere in the process's writable memory."""
    pid = terminal._process.pid
    here = set()
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(part, 16) for part in place.split("-"))
            memory.seek(start)
            data = memory.read(end - start)
            here |= {word for word in words if word.encode() in data}
    return here


def combs_made(terminal, flash, other_than=None):
    """The file with the combs, once it is there."""
    deadline = time.monotonic() + HUNG
    while time.monotonic() < deadline:
        terminal.save()
        for path in flash.glob("trust/objects/*.combs"):
            data = path.read_bytes()
            if data != other_than:
                return path, data
        polled(terminal, 5)  # they are made meanwhile
    raise AssertionError("no combs")
