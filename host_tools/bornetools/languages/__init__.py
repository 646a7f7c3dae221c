"""The languages, and the host tools' texts in each: one file of texts per language.

The firmware speaks each language that has a module borne/ui/texts_<code>.py. The host tools' texts are in
<code>.json here, with the same entries in each file:

    name     the language's own name
    codes    title and action for the bridge, by codes without a screen; FAULT: any other code
    page     the simulator's page
    trace    meanings of the fields of the simulator's trace, in tables
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from bornetools import firmware
from bornetools.errors import UserError

DEFAULT = "fr"  # of a terminal without a language setting
COMMAND_LINE = "en"
FOLDER = Path(__file__).parent


def _spoken() -> tuple[str, ...]:
    """The codes of the firmware's languages, the default one first."""
    modules = (firmware.MODULES / "borne" / "ui").glob("texts_*.py")
    return tuple(
        sorted(
            (path.stem.removeprefix("texts_") for path in modules),
            key=lambda code: (code != DEFAULT, code),
        )
    )


LANGUAGES = _spoken()


@cache
def texts(language: str) -> dict[str, Any]:
    """The texts of a language by section. Raises UserError if the firmware does not speak it, or if
    texts are missing."""
    if language not in LANGUAGES:
        raise UserError(f"there is no language {language}: {', '.join(LANGUAGES)}")
    found = _read(language)
    if language != DEFAULT:
        missing = sorted(_names(_read(DEFAULT)) - _names(found))
        if missing:
            raise UserError(f"{_path(language)} has no {missing[0]}")
    return found


def in_each(section: str, *keys: str) -> dict[str, Any]:
    """The value under the keys in a section, by language. Raises UserError."""
    found = {language: texts(language)[section] for language in LANGUAGES}
    for key in keys:
        found = {language: one[key] for language, one in found.items()}
    return found


def _path(language: str) -> Path:
    return FOLDER / f"{language}.json"


def _read(language: str) -> dict[str, Any]:
    path = _path(language)
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read, though the firmware speaks {language}") from error
    except ValueError as error:
        raise UserError(f"{path}: not JSON: {error}") from error
    return found


def _names(texts: Any, before: str = "") -> set[str]:
    """The names of all texts: "codes/FAULT"."""
    if not isinstance(texts, dict):
        return {before}
    return {
        name
        for key, below in texts.items()
        for name in _names(below, f"{before}/{key}" if before else key)
    }
