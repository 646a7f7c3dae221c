"""A hand that lays phones on a terminal's reader and takes them away, each at its moment of virtual time."""

import threading

from guard import HUNG
from virtual_terminal import VirtualTerminal

FRAME, LED = b"F", b"L"


class Hand:
    """Does each of `moves`, (seconds from now, what to do), in the terminal's time."""

    def __init__(self, terminal, moves):
        self._terminal = terminal
        began = terminal.clock.now()
        self._moves = [(began + at, act) for at, act in sorted(moves, key=lambda move: move[0])]
        self._done = threading.Event()

    @property
    def due(self):
        return self._moves[0][0] if self._moves else None

    def settle(self):
        while self._moves and self._moves[0][0] <= self._terminal.clock.now():
            self._moves.pop(0)[1]()
        if not self._moves and not self._done.is_set():
            self._done.set()
            self._terminal.clock.calm()

    def wait(self):
        with self._terminal.clock.hurried():
            assert self._done.wait(HUNG), "the terminal has stopped"


class Counter(VirtualTerminal):
    """A terminal at which somebody holds phones. `events` are the link's, `tones` those that were heard, and
    `screens` (seconds, phone that lies there, picture), all since `clear`."""

    def __init__(self, flash, **more):
        super().__init__(flash, "en", **more)
        self.watch = lambda event: self.events.append(event)
        self.panel.watch = self._seen
        self.clear()

    def clear(self):
        self.events, self.tones, self.screens = [], [], []
        self._began = self.clock.now()

    def hold(self, moves, seconds):
        """Lays phones there, or None, by moves of (seconds, phone), and looks on for so many seconds."""
        acts = [(at, lambda phone=phone: self.lay(phone)) for at, phone in moves]
        self.act(acts, seconds)

    def act(self, acts, seconds):
        hand = Hand(self, [*acts, (seconds, lambda: None)])
        self._awaited = ()
        self.clock.plugged(self.chip, self.panel, self._cable, hand)
        hand.wait()
        self.clock.plugged(self.chip, self.panel, self._cable)
        self.panel.settle()

    def lay(self, phone):
        if phone is None:
            self.field.remove()
        else:
            self.field.put(phone)

    def codes(self):
        return [event["code"] for event in self.events if event["event"] == "verdict"]

    def kinds(self):
        return [event["event"] for event in self.events]

    def wobbles(self, phone, period, away, seconds, phase=0.0):
        """Moves of a phone that is away for so long in each period."""
        moves, at = [(0.0, phone)], period - away - phase
        while at < seconds:
            moves += [(at, None), (at + away, phone)]
            at += period
        return moves

    def _seen(self, kind, payload):
        at = self.clock.now() - self._began
        if kind == FRAME:
            self.screens.append((at, self.field.presence()[1], payload))
        elif kind not in (FRAME, LED) and any(payload):
            self.tones.append(int.from_bytes(payload, "little"))
