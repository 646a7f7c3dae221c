"""The typing of a verdict: a template's text and keys, all decided before the first key is pressed."""

from string import Formatter
from typing import Any

from bornetools.bridge.events import IDENTITY
from bornetools.bridge.keyboard import CannotType, Key, Piece
from bornetools.errors import UserError
from bornetools.languages import LANGUAGES
from bornetools.printable import REPLACEMENT, is_printable

_TITLE = "title_"  # and a language
FIELDS = (
    *("code", "severity", "detail"),
    *(_TITLE + language for language in LANGUAGES),
    *("terminal", "time", "seq"),
)
KEYS = {"tab": Key.TAB, "enter": Key.ENTER}
_TYPED_MAX = 1000  # characters for one verdict


class Template:
    """A text with fields in braces: FIELDS, KEYS and, with `identity`, those of the holder.

    Raises UserError for any other field, or if there is none.
    """

    def __init__(self, text: str, identity: bool) -> None:
        self._parts: list[tuple[str, str]] = []
        try:
            for literal, name, spec, conversion in Formatter().parse(text):
                self._parts.append((_literal(literal), ""))
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

    def pieces(self, verdict: dict[str, Any]) -> list[Piece]:
        """The pieces to type for a verdict's event, unchanged. A field that the event does not have is empty.

        Raises CannotType if a piece cannot be typed unchanged: then none may be typed.
        """
        pieces: list[Piece] = []
        for literal, name in self._parts:
            if name in KEYS:
                pieces.append(KEYS[name])
            elif text := literal or _value(verdict, name):
                _check_seen(text)
                pieces.append(text)
        if sum(map(len, (one for one in pieces if isinstance(one, str)))) > _TYPED_MAX:
            raise CannotType(f"it has more than {_TYPED_MAX} characters")
        return pieces


def _literal(text: str) -> str:
    try:
        _check_seen(text)
    except CannotType as error:
        raise UserError(
            "the template has a character that no key types: write {tab} and {enter}"
        ) from error
    return text


def _check_seen(text: str) -> None:
    """Raises CannotType for characters that no key types: a token presses neither Tab nor Enter."""
    if not all(map(is_printable, text)) or REPLACEMENT in text:
        raise CannotType("it has a character that no key types")


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
    return "" if value is None else str(value)
