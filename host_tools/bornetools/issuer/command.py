"""`borne issuer`: the command line over bornetools.issuer."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from borne.trust.policy_rules import PURPOSES
from bornetools import files, times
from bornetools.command_options import HEX, TIME, json_option
from bornetools.errors import UserError
from bornetools.issuer import claims, cose, proof, status, trustset
from bornetools.issuer.claims import Cover
from bornetools.issuer.issuer import KEY_DAYS, KEY_NOT_AFTER, KEY_STATE, TOKEN_DAYS, Issuer

F = TypeVar("F", bound=Callable[..., Any])

_FOLDER = click.Path(path_type=Path)


def _time_option(*names: str, help: str) -> Callable[[F], F]:
    return click.option(*names, type=TIME, help=help + ": ISO 8601 (UTC) or unix seconds.")


_at = _time_option("--at", help="The time to act at, instead of now")
_folder = click.argument("folder", type=_FOLDER)


class Fields(click.ParamType):  # type: ignore[type-arg]  # generic in some releases of click only
    """Text fields with a colon between them; `name` shows them in the help."""

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        fields = tuple(value.split(":"))
        if len(fields) != len(self.name.split(":")):
            # The message omits the given text, which could be a delegate's name.
            option = param.opts[-1] if param else self.name
            raise UserError(f"{option}: write it as {self.name.upper()}")
        return fields


def _say(as_json: bool, result: dict[str, Any], line: str) -> None:
    click.echo(json.dumps(result) if as_json else line)


def _absent(*paths: Path) -> None:
    """Raises UserError, before anything is made, if an output exists already."""
    for path in paths:
        if path.exists():
            raise UserError(f"{path} exists already: nothing was overwritten")


@click.group()
def command() -> None:
    """An issuer for tests and pilots: keys, tokens, a status list, a terminal's trust set.

    Everything is kept in one folder, FOLDER. Private keys are files of mode 0600, without a password.
    """


@command.command()
@_folder
@click.option("--issuer", "uri", required=True, help="The issuer's URI (https://issuer.example/).")
@click.option("--status-uri", help="The status list's URI [default: the issuer's and status/1].")
@click.option("--capacity", default=status.CAPACITY, show_default=True, help="Tokens in the list.")
@_at
@json_option
def init(
    folder: Path, uri: str, status_uri: str | None, capacity: int, at: int | None, as_json: bool
) -> None:
    """Make a new issuer in FOLDER, with a signing key and an empty status list."""
    at = times.now() if at is None else at
    issuer = Issuer.create(folder, uri, at, status_uri=status_uri, capacity=capacity)
    kid = issuer.key_set()[0][2].hex()
    result = {"issuer": uri, "status_uri": issuer.status_uri, "kid": kid}
    _say(as_json, result, f"{folder}: issuer {uri}, key {kid}")


@command.group()
def key() -> None:
    """Signing keys: add a new one, revoke one, list them."""


@key.command()
@_folder
@click.option("--days", default=KEY_DAYS, show_default=True, type=click.IntRange(1, 36_500))
@_at
@json_option
def add(folder: Path, days: int, at: int | None, as_json: bool) -> None:
    """Make a signing key, which signs from now on."""
    kid = Issuer(folder).add_key(times.now() if at is None else at, days).hex()
    _say(as_json, {"kid": kid}, f"new key {kid}")


@key.command("revoke")
@_folder
@click.argument("kid", type=HEX)
@_at
@json_option
def revoke_key(folder: Path, kid: bytes, at: int | None, as_json: bool) -> None:
    """Mark the key KID revoked: terminals refuse what it signed."""
    Issuer(folder).revoke_key(kid, times.now() if at is None else at)
    _say(as_json, {"kid": kid.hex(), "state": "revoked"}, f"key {kid.hex()} is revoked")


@key.command("list")
@_folder
@json_option
def list_keys(folder: Path, as_json: bool) -> None:
    """List the keys, oldest first."""
    listed = [
        {
            "kid": record[2].hex(),
            "state": "revoked" if record[KEY_STATE] else "active",
            "until": times.write(record[KEY_NOT_AFTER]),
        }
        for record in Issuer(folder).key_set()
    ]
    lines = "\n".join("{kid}  {state:7}  until {until}".format(**record) for record in listed)
    _say(as_json, {"keys": listed}, lines)


def _cover_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that describe the holder, gathered into one `cover` argument."""
    options = (
        click.option("--family", required=True, help="Family name."),
        click.option("--given", required=True, help="Given name."),
        click.option("--birth-date", required=True, help="YYYY-MM-DD; unknown parts 00."),
        click.option("--nir", required=True, help="Insured number, 15 characters."),
        click.option("--rank", default=0, show_default=True, help="0 insured, 1.. dependants."),
        click.option("--scheme", help="RR-CCC-NNNN."),
        click.option("--departement", help="01..95, 2A, 2B, 971..976."),
        click.option(
            "--entitlement",
            "entitlements",
            type=Fields("code:from:to"),
            multiple=True,
            help="A period, both days included; may be repeated.",
        ),
        click.option("--proofing", type=click.Choice(claims.PROOFING), help="Identity proofing."),
        click.option("--delegate", type=Fields("family:given:until"), help="Acts for the insured."),
    )

    @functools.wraps(function)
    def gathered(
        *,
        family: str,
        given: str,
        birth_date: str,
        nir: str,
        rank: int,
        scheme: str | None,
        departement: str | None,
        **rest: Any,
    ) -> Any:
        periods, proofing, delegate = (
            rest.pop(name) for name in ("entitlements", "proofing", "delegate")
        )
        cover = claims.Cover(
            family, given, birth_date, nir, rank, scheme, departement, periods, proofing, delegate
        )
        return function(cover=cover, **rest)

    for option in reversed(options):
        gathered = option(gathered)
    return gathered


@command.command()
@_folder
@click.option("--out", type=_FOLDER, required=True, help="The token's file, a new one.")
@click.option(
    "--holder-key",
    type=_FOLDER,
    required=True,
    help="The holder's key (PEM); made if it is absent.",
)
@_cover_options
@_time_option("--not-before", help="Valid from, instead of now")
@_time_option("--expires", help="Valid until, instead of --days")
@click.option("--days", default=TOKEN_DAYS, show_default=True, type=click.IntRange(1, 36_500))
@_at
@json_option
def token(
    folder: Path,
    out: Path,
    holder_key: Path,
    cover: Cover,
    not_before: int | None,
    expires: int | None,
    days: int,
    at: int | None,
    as_json: bool,
) -> None:
    """Issue a token for one holder."""
    at = times.now() if at is None else at
    not_before = at if not_before is None else not_before
    expires = not_before + days * times.DAY if expires is None else expires
    issuer = Issuer(folder)
    _absent(out)
    if out == holder_key:
        raise UserError("--out and --holder-key are one file")
    if not out.parent.is_dir():
        raise UserError(f"{out.parent}: no such folder")
    known = holder_key.exists()
    holder = cose.read_private_key(holder_key) if known else cose.new_key()
    issued = issuer.token(cover, holder.public_key(), at, not_before=not_before, expires=expires)
    if not known:
        files.write_new(holder_key, cose.private_pem(holder), files.PRIVATE)
    files.write_new(out, issued.token, files.PRIVATE)
    result = {
        "cti": issued.cti.hex(),
        "idx": issued.idx,
        "kid": issued.kid.hex(),
        "expires": times.write(issued.expires),
    }
    _say(as_json, result, "token {cti}, index {idx}, key {kid}, until {expires}".format(**result))


@command.command("proof")
@click.argument("token", type=_FOLDER)
@click.option("--holder-key", type=_FOLDER, required=True, help="The holder's key (PEM).")
@click.option("--nonce", type=HEX, required=True, help="The terminal's, 32 bytes in hexadecimal.")
@click.option("--terminal-id", required=True)
@click.option("--purpose", type=click.Choice(PURPOSES), required=True)
@click.option("--user-verified/--no-user-verified", default=True, show_default=True)
@click.option("--out", type=_FOLDER, required=True, help="The proof's file, a new one.")
def make_proof(
    token: Path,
    holder_key: Path,
    nonce: bytes,
    terminal_id: str,
    purpose: str,
    user_verified: bool,
    out: Path,
) -> None:
    """Answer a terminal's challenge for TOKEN, as the holder's phone does."""
    data = proof.make(
        files.read_binary_or_hex(token, "token"),
        cose.read_private_key(holder_key),
        nonce,
        terminal_id,
        purpose,
        user_verified=user_verified,
    )
    files.write_new(out, data)


@command.command()
@_folder
@click.option("--token", type=_FOLDER, help="The token's file.")
@click.option("--cti", type=HEX, help="The token's id.")
@click.option("--idx", type=int, help="The token's status index.")
@click.option("--suspend", "value", flag_value=status.SUSPENDED, help="For a time only.")
@click.option("--reinstate", "value", flag_value=status.VALID, help="End a suspension.")
@_at
@json_option
def revoke(
    folder: Path,
    token: Path,
    cti: bytes | None,
    idx: int | None,
    value: int,
    at: int | None,
    as_json: bool,
) -> None:
    """Revoke or suspend one token, and sign the status list anew."""
    if [token, cti, idx].count(None) != 2:
        raise UserError("name the token by one of --token, --cti and --idx")
    issuer = Issuer(folder)
    if token is not None:
        idx = issuer.index_of_token(files.read_binary_or_hex(token, "token"))
    elif cti is not None:
        idx = issuer.index(cti)
    value = status.REVOKED if value is None else int(value)
    issuer.set_status(idx, value, times.now() if at is None else at)
    name = status.NAMES[value]
    _say(as_json, {"idx": idx, "status": name}, f"index {idx}: {name}")


@command.command()
@click.argument("folders", type=_FOLDER, nargs=-1, required=True)
@click.option("--out", type=_FOLDER, required=True, help="The trust set, a new folder.")
@click.option(
    "--version", default=1, show_default=True, type=click.IntRange(1), help="The release's."
)
@_at
def trust(folders: tuple[Path, ...], out: Path, version: int, at: int | None) -> None:
    """Assemble the trust set of a terminal from one or several issuers' FOLDERS."""
    issuers = [Issuer(folder) for folder in folders]
    trustset.write(out, issuers, times.now() if at is None else at, version=version)
