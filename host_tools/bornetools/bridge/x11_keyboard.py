"""Typing on X11."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from Xlib import XK, error

from bornetools.bridge.keyboard import CannotType, Key, Piece
from bornetools.bridge.x11_display import State, X11Display, keysym
from bornetools.bridge.x11_keys import Keys
from bornetools.errors import UserError

_PATIENCE = 5.0  # seconds for a modifier to be released
_LOOK = 0.02
_MAPPED = 0.5  # seconds for programs that learn late of a changed mapping (Chromium does)
_KEYS = {Key.TAB: XK.XK_Tab, Key.ENTER: XK.XK_Return}


class X11Keyboard:
    """The keyboard of the X display. Raises UserError."""

    def __init__(self) -> None:
        self._display = X11Display()
        self._keys = Keys(self._display.modifiers)
        self._busy = threading.Lock()
        self._typed = 0  # keysyms of the text that is being typed
        self._keys.read(self._display.mapping())
        if self._keys.blank is None or self._display.shift is None:
            raise UserError("--type: this keyboard's layout leaves no keycode for other characters")

    def type(self, pieces: Sequence[Piece]) -> None:
        """Types all pieces; see Keyboard. Text with more letters than places is typed in several runs."""
        symbols: list[int] = []
        for piece in pieces:
            symbols += [_KEYS[piece]] if isinstance(piece, Key) else map(keysym, piece)
        self._typed = 0
        with self._busy:
            try:
                self._type(symbols)
            except (error.ConnectionClosedError, error.XError) as failure:
                raise self._failure(
                    f"the X display fails: {type(failure).__name__}", symbols
                ) from None
            except CannotType as failure:
                raise self._failure(str(failure), symbols) from None

    def close(self) -> None:
        """Takes our keysyms back, once programs have read them. Nothing is typed after that."""
        self._busy.acquire()
        time.sleep(self._keys.rest(time.monotonic()))
        self._keys.read(self._display.mapping())
        self._display.change(dict.fromkeys(self._keys.ours(), (0, 0)))

    def _failure(self, why: str, symbols: list[int]) -> CannotType:
        part = 0 < self._typed < len(symbols)
        return CannotType(f"only a part was typed: {why}" if part else why)

    def _type(self, symbols: list[int]) -> None:
        window = self._display.focus()
        if window is None:
            raise CannotType("no window has the focus")
        with self._unlocked():
            self._keys.read(self._display.mapping())
            for run in self._keys.runs(symbols):
                self._map(run)
                if self._display.focus() != window:
                    raise CannotType("another window has got the focus")
                self._tap(run)

    def _map(self, run: list[int]) -> None:
        """Gives a key to each keysym of the run."""
        before = self._display.mapping()
        self._keys.read(before)
        if self._keys.blank is None:
            raise CannotType("the keyboard's layout leaves no keycode for other characters")
        # Each device has a mapping of its own, and all programs see that of the device used last: a key that
        # types nothing makes our device the last.
        self._display.tap(self._keys.blank)
        now = self._display.mapping()
        self._keys.read(now)
        while wait := self._keys.place(run, time.monotonic()):
            time.sleep(wait)
            now = self._display.mapping()
            self._keys.read(now)
        rows = {code: row for code, row in self._keys.ours().items() if now[code] != row}
        self._display.change(rows)
        if rows or now != before:
            time.sleep(_MAPPED)
        self._keys.read(self._display.mapping())
        if not self._keys.strokes().keys() >= set(run):
            raise CannotType("the X display does not let its keyboard's mapping be changed")

    def _tap(self, run: list[int]) -> None:
        strokes = self._keys.strokes()
        shift = self._display.shift
        for symbol in run:
            self._settle()
            code, shifted = strokes[symbol]
            self._display.tap(*([shift] if shifted and shift else []), code)
            self._typed += 1
        self._keys.used({strokes[symbol] for symbol in run}, time.monotonic())
        self._keys.read(self._display.mapping())
        now = self._keys.strokes()
        if any(now.get(symbol) != strokes[symbol] for symbol in run):
            raise CannotType(
                "the keyboard's layout was changed while it was typed: look at what was typed"
            )

    @contextmanager
    def _unlocked(self) -> Iterator[None]:
        """Meanwhile Caps Lock is off, and the first layout in use."""
        before = self._settle()
        try:
            yield
        finally:
            self._display.lock(before.locked, before.locked, before.groups[1])

    def _settle(self) -> State:
        """Waits until no modifier is held, and unlocks all. Returns the state before."""
        end = time.monotonic() + _PATIENCE
        before = state = self._display.state()
        while state.held or state.locked or any(state.groups):
            if time.monotonic() > end:
                raise CannotType("a key such as Shift or Ctrl is held down")
            if state.locked or any(state.groups):
                self._display.lock(state.locked, 0, 0)
            time.sleep(_LOOK)
            state = self._display.state()
        return before
