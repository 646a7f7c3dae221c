"""Types and options that commands of `borne` have in common."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from borne.errors import DecodeError
from borne.provisioned.settings import Settings
from bornetools import time_zones, times
from bornetools.errors import UserError
from bornetools.languages import DEFAULT, LANGUAGES

F = TypeVar("F", bound=Callable[..., Any])


class _Time(click.ParamType):  # type: ignore[type-arg]  # generic in some releases of click only
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        return value if isinstance(value, int) else times.parse(value)


class _Hex(click.ParamType):  # type: ignore[type-arg]  # generic in some releases of click only
    name = "hex"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        try:
            return value if isinstance(value, bytes) else bytes.fromhex(value)
        except ValueError:
            raise UserError(f"{value!r} is not hexadecimal") from None


class _TimeZone(click.ParamType):  # type: ignore[type-arg]  # generic in some releases of click only
    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return time_zones.rule(value)


class _Port(click.ParamType):  # type: ignore[type-arg]  # generic in some releases of click only
    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not value.strip():
            raise UserError("--port names no port")
        return str(value)


class _TerminalId(click.ParamType):  # type: ignore[type-arg]  # generic in some releases of click only
    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return Settings(value, DEFAULT).terminal_id
        except DecodeError as error:
            raise UserError(f"--id {value!r}: {error.reason}") from error


TIME = _Time()  # seconds since 1970, written as times.parse reads them
HEX = _Hex()  # bytes written in hexadecimal
TIME_ZONE = _TimeZone()  # a rule for terminals, written as time_zones.rule reads them
PORT = _Port()  # the name of a serial port, which need not exist
TERMINAL_ID = _TerminalId()  # a valid terminal id

port_option = click.option(
    "--port", "named", type=PORT, help="The terminal's serial port [default: the only one]."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def lang_option(help: str) -> Callable[[F], F]:
    """--lang: one of the firmware's languages, as `language`."""
    return click.option(
        "--lang", "language", type=click.Choice(LANGUAGES), default=DEFAULT, help=help
    )
