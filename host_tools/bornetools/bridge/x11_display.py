"""The parts of an X display that typing needs: the keyboard's mapping, modifiers, and keys by XTEST.

To every program, keys by XTEST come from a keyboard. (Events that one program sends to another do not: many
programs ignore them.) python-xlib has no XKB; its three requests are here.
"""

from dataclasses import dataclass
from typing import Any

from Xlib import XK, X, error
from Xlib.display import Display
from Xlib.ext import xtest
from Xlib.protocol import rq

from bornetools.bridge.x11_keys import Mapping
from bornetools.errors import UserError

_CORE_KEYBOARD = 0x100
_LOCKS = (XK.XK_Num_Lock, XK.XK_Scroll_Lock)  # these change no key that is used here


@dataclass(frozen=True)
class State:
    """Masks of modifiers: `held`, pressed or latched for the next key; `locked`, as Caps Lock. `groups`: the
    layout in use, and the locked layout."""

    held: int
    locked: int
    groups: tuple[int, int]


class X11Display:
    """The display that DISPLAY names. Raises UserError if nothing can be typed there."""

    def __init__(self) -> None:
        try:
            self._display = Display()
        except (error.DisplayError, OSError) as failure:
            raise UserError(f"--type: this X display cannot be opened: {failure}") from failure
        self._display.set_error_handler(lambda *_: None)  # not to stderr: what matters is read back
        if self._display.query_extension("XWAYLAND"):
            raise UserError("--type: not in a Wayland session: use --http or --jsonl")
        keyboard = self._display.query_extension("XKEYBOARD")
        if not keyboard or not self._display.query_extension("XTEST"):
            raise UserError("--type: this X display has not both XTEST and XKEYBOARD")
        self._xkb = keyboard.major_opcode
        _UseExtension(display=self._display.display, opcode=self._xkb, major=1, minor=0)
        info = self._display.display.info
        self._codes = range(info.min_keycode, info.max_keycode + 1)
        modifiers = self._display.get_modifier_mapping()
        # Keycodes of modifiers, and the mask of modifiers that do not matter.
        self.modifiers = {code for codes in modifiers for code in codes if code}
        self._shifts = [code for code in modifiers[X.ShiftMapIndex] if code]
        self._ignored = 0
        for index, codes in enumerate(modifiers):
            if any(self._display.keycode_to_keysym(code, 0) in _LOCKS for code in codes if code):
                self._ignored |= 1 << index

    @property
    def shift(self) -> int | None:
        """The keycode of Shift."""
        return self._shifts[0] if self._shifts else None

    def mapping(self) -> Mapping:
        """The present mapping. Pending events of the server are discarded."""
        while self._display.pending_events():
            self._display.next_event()
        rows = self._display.get_keyboard_mapping(self._codes.start, len(self._codes))
        return {code: (row[0], row[1]) for code, row in zip(self._codes, rows, strict=True)}

    def change(self, rows: Mapping) -> None:
        """Gives these keycodes other keysyms. Each program learns of the change before any later key."""
        for code, row in rows.items():
            self._display.change_keyboard_mapping(code, [row])
        self._display.sync()

    def state(self) -> State:
        """The present state of modifiers and layouts."""
        told = _GetState(
            display=self._display.display, opcode=self._xkb, device=_CORE_KEYBOARD, padding=0
        )
        held = (told.base_mods | told.latched_mods) & ~self._ignored
        return State(held, told.locked_mods & ~self._ignored, (told.group, told.locked_group))

    def lock(self, affected: int, locked: int, group: int) -> None:
        """Locks the modifiers in `locked`, unlocks the others in `affected` (masks); locks the layout
        `group`."""
        _LatchLockState(
            display=self._display.display,
            opcode=self._xkb,
            device=_CORE_KEYBOARD,
            affected=affected,
            locked=locked,
            lock_group=1,
            group=group,
        )
        self._display.sync()

    def tap(self, *codes: int) -> None:
        """Presses these keys, and releases them in the opposite order."""
        for code in codes:
            xtest.fake_input(self._display, X.KeyPress, code)
        for code in reversed(codes):
            xtest.fake_input(self._display, X.KeyRelease, code)
        self._display.sync()

    def focus(self) -> int | None:
        """The window that has the focus, None: none."""
        focus = self._display.get_input_focus().focus
        return None if focus == X.NONE else int(getattr(focus, "id", focus))


def keysym(character: str) -> int:
    """The keysym of a character: its code in Latin-1; for all others one bit more."""
    number = ord(character)
    return number if number < 0x100 else 0x1000000 | number


def _struct(minor: int, *fields: Any) -> Any:
    return rq.Struct(rq.Card8("opcode"), rq.Opcode(minor), rq.RequestLength(), *fields)


class _UseExtension(rq.ReplyRequest):  # type: ignore[misc]
    _request = _struct(0, rq.Card16("major"), rq.Card16("minor"))
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Card8("supported"),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Pad(24),
    )


class _GetState(rq.ReplyRequest):  # type: ignore[misc]
    _request = _struct(4, rq.Card16("device"), rq.Card16("padding"))
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Card8("device"),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Card8("mods"),
        rq.Card8("base_mods"),
        rq.Card8("latched_mods"),
        rq.Card8("locked_mods"),
        rq.Card8("group"),
        rq.Card8("locked_group"),
        rq.Pad(18),
    )


class _LatchLockState(rq.Request):  # type: ignore[misc]
    _request = _struct(
        5,
        rq.Card16("device"),
        rq.Card8("affected"),
        rq.Card8("locked"),
        rq.Card8("lock_group"),
        rq.Card8("group"),
        rq.Pad(6),  # latches: none
    )
