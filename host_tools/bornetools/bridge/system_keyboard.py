"""This computer's keyboard.

X11 (`x11_keyboard`) and Windows (`windows_keyboard`) have one. On other systems text cannot be typed
reliably, and `--type` is refused: under Wayland a program has no keyboard of its own, and the effect of
another layout on the keys is not known; macOS has not been tried.
"""

import os
import sys

from bornetools.bridge.keyboard import Keyboard
from bornetools.errors import UserError


def system_keyboard() -> Keyboard:
    """This computer's keyboard. Raises UserError if none types exactly the given text."""
    if sys.platform == "win32":
        from bornetools.bridge.windows_keyboard import WindowsKeyboard

        return WindowsKeyboard()
    if sys.platform == "darwin":
        raise UserError("--type: not on macOS: use --http or --jsonl")
    if os.environ.get("WAYLAND_DISPLAY"):
        raise UserError(
            "--type: not in a Wayland session, where programs cannot type: use --http or --jsonl, or log"
            " in with a session on X11"
        )
    if not os.environ.get("DISPLAY"):
        raise UserError(
            "--type: there is no X display (DISPLAY is not set): start borne bridge within the user's"
            " session"
        )
    try:
        from bornetools.bridge.x11_keyboard import X11Keyboard
    except ImportError as error:
        raise UserError(
            "--type: typing on X11 needs python-xlib: pip install 'borne[typing]'"
        ) from error
    return X11Keyboard()
