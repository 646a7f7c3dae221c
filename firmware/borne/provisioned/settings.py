"""A terminal's own settings, as `borne provision` writes them: its id, language and time zone.

    settings.cbor   {1: terminal id tstr, 2: language tstr, 3: time zone tstr?}

The id appears in journals, proofs' requests and on the link: letters, digits, "-", "_" and ".".
The time zone is a rule of borne.token.posix_tz; without one, the policy's counts.
"""

from micropython import const

from borne import limits
from borne.errors import DecodeError, StoreError
from borne.memory.unimport import Unimport
from borne.token import cbor

if False:  # for types only
    from borne.protocols import Bytes, Map, OpenFile

FILE = "settings.cbor"

_ENOENT = const(2)
_ID = const(1)
_LANGUAGE = const(2)
_TIME_ZONE = const(3)
_ID_CHARACTERS = const("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
_LETTERS = const("abcdefghijklmnopqrstuvwxyz")


class Settings:
    """`terminal_id` (str), `language` (str, of a module borne.ui.texts_*), `time_zone` (str or None)."""

    def __init__(self, terminal_id: object, language: object, time_zone: object = None) -> None:
        """Raises DecodeError for an invalid id, language or time zone."""
        if not isinstance(terminal_id, str) or not 0 < len(terminal_id) <= limits.TERMINAL_ID_MAX:
            raise DecodeError("terminal id is empty or too long")
        if terminal_id.strip(_ID_CHARACTERS):
            raise DecodeError("terminal id has other characters than letters, digits, - _ .")
        if not isinstance(language, str) or not _is_spoken(language):
            raise DecodeError("this firmware has no such language")
        if time_zone is not None:
            with Unimport():
                from borne.token.posix_tz import PosixTz

                PosixTz(time_zone)
        self.terminal_id = terminal_id
        self.language = language
        self.time_zone: str | None = time_zone  # type: ignore[assignment]  # PosixTz takes texts alone

    def encode(self) -> bytes:
        """The file's bytes."""
        fields: "Map" = {_ID: self.terminal_id, _LANGUAGE: self.language}
        if self.time_zone is not None:
            fields[_TIME_ZONE] = self.time_zone
        return cbor.encode(fields)


def _is_spoken(language: str) -> bool:
    if not language or language.strip(_LETTERS):
        return False  # it becomes a part of a module's name
    try:
        with Unimport():
            __import__("borne.ui.texts_" + language)
    except ImportError:
        return False
    return True


def load(path: str, open_file: "OpenFile" = open) -> Settings | None:
    """The Settings of the file `path`; None if there is no file: the board's own settings hold.

    Raises StoreError if the file is unusable: a terminal does not pass for another.
    """
    try:
        with open_file(path, "rb") as file:
            data = file.read(limits.SETTINGS_MAX + 1)
        return decode(data)
    except OSError as error:
        if error.errno == _ENOENT:
            return None
        raise StoreError("settings cannot be read")
    except DecodeError as error:
        raise StoreError("settings: " + error.reason)


def decode(data: "Bytes") -> Settings:
    """The Settings that `data` encodes. Raises DecodeError."""
    if len(data) > limits.SETTINGS_MAX:
        raise DecodeError("too long")
    fields = cbor.decode(data)
    if not isinstance(fields, dict) or set(fields) - {_TIME_ZONE} != {_ID, _LANGUAGE}:
        raise DecodeError("not a map of terminal id, language and perhaps time zone")
    if _TIME_ZONE in fields and fields[_TIME_ZONE] is None:
        raise DecodeError("time zone is null")
    return Settings(fields[_ID], fields[_LANGUAGE], fields.get(_TIME_ZONE))
