"""Typing on Windows, by SendInput: characters themselves, so that no layout and no Caps Lock matters.

One call types everything: the operator's own keys come before or after it.
"""

import ctypes
import time
from collections.abc import Iterator, Sequence
from typing import Any

from bornetools.bridge.keyboard import CannotType, Key, Piece

_KEYBOARD = 1  # INPUT_KEYBOARD
_KEY_UP, _UNICODE = 0x0002, 0x0004  # KEYEVENTF_
_KEYS = {Key.TAB: 0x09, Key.ENTER: 0x0D}  # VK_
_MODIFIERS = (0x10, 0x11, 0x12, 0x5B, 0x5C)  # Shift, Ctrl, Alt, and the two Windows keys
_PATIENCE = 5.0  # seconds for a modifier to be released
_LOOK = 0.02


class _Key(ctypes.Structure):  # KEYBDINPUT
    _fields_ = (
        ("key", ctypes.c_uint16),
        ("scan", ctypes.c_uint16),
        ("flags", ctypes.c_uint32),
        ("time", ctypes.c_uint32),
        ("extra", ctypes.c_size_t),
    )


class _Mouse(ctypes.Structure):  # MOUSEINPUT, the largest of the union
    _fields_ = (("numbers", ctypes.c_uint32 * 5), ("extra", ctypes.c_size_t))


class _Either(ctypes.Union):
    _fields_ = (("key", _Key), ("mouse", _Mouse))


class Input(ctypes.Structure):  # INPUT
    _fields_ = (("type", ctypes.c_uint32), ("input", _Either))


class WindowsKeyboard:
    """The user's keyboard, by `user32`, the system's library."""

    def __init__(self, user32: Any = None) -> None:
        self._user32 = user32 or getattr(ctypes, "WinDLL")("user32")  # noqa: B009

    def type(self, pieces: Sequence[Piece]) -> None:
        """Types all pieces, or nothing; see Keyboard."""
        end = time.monotonic() + _PATIENCE
        while any(self._user32.GetAsyncKeyState(key) & 0x8000 for key in _MODIFIERS):
            if time.monotonic() > end:
                raise CannotType("a key such as Shift or Ctrl is held down")
            time.sleep(_LOOK)
        inputs = list(_inputs(pieces))
        sent = self._user32.SendInput(
            len(inputs), (Input * len(inputs))(*inputs), ctypes.sizeof(Input)
        )
        if sent != len(inputs):
            raise CannotType(
                "only a part was typed: Windows refused the rest"
                if sent
                else "Windows does not let this program type there"
            )

    def close(self) -> None:
        """Nothing was changed."""


def _inputs(pieces: Sequence[Piece]) -> Iterator[Input]:
    for piece in pieces:
        if isinstance(piece, Key):
            yield from _pressed(_KEYS[piece], 0, 0)
            continue
        units = piece.encode("utf-16-le")
        for at in range(0, len(units), 2):
            yield from _pressed(0, int.from_bytes(units[at : at + 2], "little"), _UNICODE)


def _pressed(key: int, scan: int, flags: int) -> Iterator[Input]:
    for up in (0, _KEY_UP):
        yield Input(_KEYBOARD, _Either(key=_Key(key, scan, flags | up, 0, 0)))
