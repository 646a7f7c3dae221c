"""Texts about a code for a person at the counter, in each language: a title, and an action."""

import importlib

from bornetools.languages import LANGUAGES, in_each

# Codes for an absent terminal. If several apply, the first of them tells most.
DISCONNECTED = (
    "PORT_TAKEN",
    "CANNOT_OPEN",
    "OTHER_VERSION",
    "OTHER_TERMINAL",
    "NO_TERMINAL",
    "CHOOSE_PORT",
    "UNPLUGGED",
)
_ANY_FAULT = "FAULT"


def of(code: str) -> dict[str, dict[str, str]]:
    """`title` and `action`, each by language: as on the terminal's screen, if it has one for the code."""
    screens = {one: importlib.import_module(f"borne.ui.texts_{one}") for one in LANGUAGES}
    said = in_each("codes")
    titles, actions = {}, {}
    for language, screen in screens.items():
        on_screen = {key: (title, line) for key, title, line in screen.SAID}
        codes = said[language] | on_screen
        titles[language], actions[language] = codes.get(code) or codes[_ANY_FAULT]
    return {"title": titles, "action": actions}
