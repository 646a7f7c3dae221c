"""Typing a verdict as a keyboard would, for software that has nothing but a field to type into."""

from string import Formatter
from typing import Any, Protocol

from bornetools.bridge.events import IDENTITY
from bornetools.errors import UserError
from bornetools.languages import LANGUAGES

KEYS = ("tab", "enter")
_TITLE = "title_"  # and a language
FIELDS = (
    *("code", "severity", "detail"),
    *(_TITLE + language for language in LANGUAGES),
    *("terminal", "time", "seq"),
)


class Keyboard(Protocol):
    """What types: text, and a key of KEYS."""

    def write(self, text: str) -> None: ...

    def press(self, key: str) -> None: ...


class Template:
    """A text with fields in braces, which may be FIELDS, KEYS and, with `identity`, those of the holder.

    Raises UserError for another one, or none at all.
    """

    def __init__(self, text: str, identity: bool) -> None:
        self._parts: list[tuple[str, str]] = []
        try:
            for literal, name, spec, conversion in Formatter().parse(text):
                self._parts.append((_checked(literal), ""))
                if name is not None:
                    if spec or conversion:
                        raise UserError(f"the template has more than a name in its braces: {name}")
                    self._parts.append(("", _known(name, identity)))
        except ValueError as error:
            raise UserError(
                f"the template is malformed: {error}; write a brace twice to have it typed"
            ) from error
        if not any(name for _, name in self._parts):
            raise UserError("the template has no field in braces, such as {code}")

    def type(self, verdict: dict[str, Any], keyboard: Keyboard) -> None:
        """Types a verdict's event. A field that it does not have is empty."""
        for literal, name in self._parts:
            if name in KEYS:
                keyboard.press(name)
            elif text := literal or _value(verdict, name):
                keyboard.write(text)


def _checked(literal: str) -> str:
    if literal and not literal.isprintable():
        raise UserError("the template has a character that no key types: write {tab} and {enter}")
    return literal


def _known(name: str, identity: bool) -> str:
    if name in IDENTITY and not identity:
        raise UserError(f"{{{name}}} says who the holder is: that needs --identity")
    if name not in (*FIELDS, *KEYS, *IDENTITY):
        known = ", ".join((*FIELDS, *IDENTITY, *KEYS))
        raise UserError(f"the template has no field {{{name}}}; there are {known}")
    return name


def _value(verdict: dict[str, Any], name: str) -> str:
    if name.startswith(_TITLE):
        value = verdict["title"][name.removeprefix(_TITLE)]
    elif name in IDENTITY:
        value = verdict.get("holder", {}).get(name)
    else:
        value = verdict.get(name)
    if isinstance(value, dict):  # the delegate
        value = f"{value['family']} {value['given']}".strip()
    # What a token says presses no key: neither Tab nor Enter, nor whatever a control character is.
    return "" if value is None else "".join(filter(str.isprintable, str(value)))


class SystemKeyboard:
    """This computer's, by pynput. Raises UserError where there is nothing to type with."""

    def __init__(self) -> None:
        try:
            from pynput import keyboard
        except ImportError as error:
            raise UserError(
                "typing needs pynput and, on Linux, an X display: pip install 'borne[typing]', and start"
                f" borne bridge within the user's session ({type(error).__name__})"
            ) from error
        self._controller = keyboard.Controller()
        self._keys = {"tab": keyboard.Key.tab, "enter": keyboard.Key.enter}

    def write(self, text: str) -> None:
        self._controller.type(text)

    def press(self, key: str) -> None:
        self._controller.tap(self._keys[key])
