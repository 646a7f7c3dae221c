"""`borne publish keys` and `borne publish root`."""

from pathlib import Path

import click

from bornetools import times
from bornetools.command_options import HEX, json_option
from bornetools.issuer.issuer import KEY_ISSUER, KEY_NOT_AFTER, KEY_STATE
from bornetools.publisher import issuer_keys
from bornetools.publisher.command_options import (
    PATH,
    at_option,
    confirm_time,
    folder,
    root_days,
    root_keys,
    say,
    say_released,
    time_of,
    yes_option,
)
from bornetools.publisher.metadata import ROLES, seconds
from bornetools.publisher.repository import Repository

_drop = click.option(
    "--drop",
    multiple=True,
    help="Beginning of the id of a key to replace; repeatable [default: all of the role].",
)
_into = click.option("--into", type=PATH, help="Folder for new private keys [default: keys/].")


@click.group()
def keys() -> None:
    """Issuers' keys (add, revoke, list), and this repository's own (rotate).

    add and revoke change keys.cbor of the draft: which issuers terminals believe. rotate changes who
    may sign this repository, and is published at once.
    """


@keys.command()
@folder
@click.argument("source", type=PATH)
@click.option("--issuer", help="The issuer's URI, for keys that name none.")
@json_option
def add(folder: Path, source: Path, issuer: str | None, as_json: bool) -> None:
    """Add an issuer's keys: SOURCE is a COSE_KeySet, an issuer's folder, or a public key in PEM.

    A key that is there already is left as it is, or becomes revoked if SOURCE says so.
    """
    added = Repository(folder).add_keys(issuer_keys.load(source, issuer))
    new, revoked = ([kid.hex() for kid in kids] for kids in (added.new, added.revoked))
    line = f"new keys: {', '.join(new) or 'none'}"
    if revoked:
        line += f"; revoked: {', '.join(revoked)}"
    if added.dropped:
        line += f"; lists dropped: {', '.join(added.dropped)}"
    say(as_json, {"new": new, "revoked": revoked, "dropped": added.dropped}, line)


@keys.command()
@folder
@click.argument("kid", type=HEX)
@click.option("--issuer", help="The issuer's URI, if several have a key KID.")
@json_option
def revoke(folder: Path, kid: bytes, issuer: str | None, as_json: bool) -> None:
    """Revoke an issuer's key: terminals refuse all that it signed.

    Status lists that it signed leave the draft with it: whoever has the key could have forged them.
    """
    dropped = Repository(folder).revoke_key(kid, issuer)
    line = f"key {kid.hex()} is revoked"
    if dropped:
        line += f"; import again, signed by another key: {', '.join(dropped)}"
    say(as_json, {"kid": kid.hex(), "dropped": dropped}, line)


@keys.command("list")
@folder
@json_option
def list_keys(folder: Path, as_json: bool) -> None:
    """List the issuers' keys of the draft, oldest first."""
    listed = [
        {
            "kid": key[2].hex(),
            "issuer": key[KEY_ISSUER],
            "state": "revoked" if key.get(KEY_STATE) else "active",
            "until": times.write(key[KEY_NOT_AFTER]) if KEY_NOT_AFTER in key else None,
        }
        for key in Repository(folder).issuer_keys()
    ]
    lines = "\n".join("{kid}  {state:7}  {issuer}  until {until}".format(**key) for key in listed)
    say(as_json, {"keys": listed}, lines)


@keys.command()
@folder
@click.argument("roles", nargs=-1, required=True, type=click.Choice(ROLES[1:]))
@root_keys
@click.option(
    "--key",
    "others",
    type=PATH,
    multiple=True,
    help="A private key that stays in its role and is not in keys/ (PEM); repeatable.",
)
@_drop
@_into
@root_days
@at_option
@yes_option
@json_option
def rotate(
    folder: Path,
    roles: tuple[str, ...],
    keys: tuple[Path, ...],
    others: tuple[Path, ...],
    drop: tuple[str, ...],
    into: Path | None,
    days: int,
    at: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Replace the keys of ROLES (targets, snapshot, timestamp) by fresh ones.

    Publishes a new root, and signs again what the old keys signed. Needs root's keys; where --drop leaves
    too few signatures and fresh keys, others of the role, too. Its time is as for release; but with other
    keys of the timestamp one before the last release is taken, whose time terminals then forget.
    """
    confirm_time(Repository(folder), time_of(at), yes)
    _rotate(folder, roles, (*keys, *others), drop, into, days, at, as_json)


@click.group()
def root() -> None:
    """The root of trust: which keys may sign what. Terminals follow it from version to version."""


@root.command("rotate")
@folder
@root_keys
@_drop
@_into
@root_days
@at_option
@json_option
def rotate_root(
    folder: Path,
    keys: tuple[Path, ...],
    drop: tuple[str, ...],
    into: Path | None,
    days: int,
    at: int | None,
    as_json: bool,
) -> None:
    """Replace root keys by fresh ones: a new root, signed by old and new keys."""
    _rotate(folder, ("root",), keys, drop, into, days, at, as_json)


@root.command()
@folder
@root_keys
@root_days
@at_option
@json_option
def renew(folder: Path, keys: tuple[Path, ...], days: int, at: int | None, as_json: bool) -> None:
    """Publish the root again with the same keys, before it expires."""
    _rotate(folder, (), keys, (), None, days, at, as_json)


@root.command()
@folder
@json_option
def show(folder: Path, as_json: bool) -> None:
    """Show the root's version, its expiry, and each role's threshold and key ids."""
    signed = Repository(folder).metadata.root().signed
    until = times.write(seconds(signed.expires))
    roles = {}
    lines = [f"root version {signed.version}, until {until}"]
    for name in ROLES:
        role = signed.roles[name]
        roles[name] = {"threshold": role.threshold, "keys": role.keyids}
        lines += [f"{name:9}  {role.threshold} of {len(role.keyids)}  {id_}" for id_ in role.keyids]
    result = {"version": signed.version, "expires": until, "roles": roles}
    say(as_json, result, "\n".join(lines))


def _rotate(
    folder: Path,
    roles: tuple[str, ...],
    keys: tuple[Path, ...],
    drop: tuple[str, ...],
    into: Path | None,
    days: int,
    at: int | None,
    as_json: bool,
) -> None:
    released = Repository(folder).rotate(
        roles, time_of(at), keys=keys, drop=drop or None, into=into, days=days
    )
    say_released(as_json, released, "published")
