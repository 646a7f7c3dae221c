"""`borne publish roots`: the IACA roots that terminals trust for mdocs."""

from pathlib import Path
from typing import Any

import click

from bornetools import files, times, x5chain
from bornetools.command_options import json_option
from bornetools.publisher import vical
from bornetools.publisher.command_options import PATH, at_option, folder, say, time_of
from bornetools.publisher.repository import Repository
from bornetools.publisher.roots import Trusted, certificates

_doc_types = click.option(
    "--doc-type",
    "doc_types",
    multiple=True,
    help="A document type that the root counts for; repeatable [default: all].",
)


@click.group()
def roots() -> None:
    """IACA roots of ISO/IEC 18013-5: whose mdocs terminals believe (iaca.cbor of the draft)."""


@roots.command()
@folder
@click.argument("source", type=PATH)
@_doc_types
@click.option("--name", help="What the journal calls the issuer.")
@json_option
def add(
    folder: Path, source: Path, doc_types: tuple[str, ...], name: str | None, as_json: bool
) -> None:
    """Add an IACA root: SOURCE is its certificate in PEM or DER, or PEM of several.

    For a root that is there already, document types and name are replaced.
    """
    found = [Trusted(one, doc_types, name) for one in certificates(source)]
    added = Repository(folder).add_roots(found)
    for root in found:
        line = f"root {root.fingerprint[:16]} {'added' if root in added else 'was there: replaced'}"
        say(as_json, {"fingerprint": root.fingerprint, "new": root in added}, line)


@roots.command()
@folder
@click.argument("fingerprint")
@json_option
def revoke(folder: Path, fingerprint: str, as_json: bool) -> None:
    """Revoke a root, by the beginning of its FINGERPRINT: terminals refuse all that is below it."""
    root, dropped = Repository(folder).revoke_root(fingerprint)
    _say_gone(as_json, root, dropped, "is revoked")


@roots.command()
@folder
@click.argument("fingerprint")
@json_option
def remove(folder: Path, fingerprint: str, as_json: bool) -> None:
    """Take a root out, by the beginning of its FINGERPRINT: what is below it is then unknown."""
    root, dropped = Repository(folder).remove_root(fingerprint)
    _say_gone(as_json, root, dropped, "is taken out")


@roots.command("list")
@folder
@json_option
def list_roots(folder: Path, as_json: bool) -> None:
    """List the roots of the draft."""
    listed: list[dict[str, Any]] = []
    for root in Repository(folder).roots():
        loaded = x5chain.load(root.certificate, "root")
        listed.append(
            {
                "fingerprint": root.fingerprint,
                "subject": loaded.subject.rfc4514_string(),
                "name": root.name,
                "doc_types": list(root.doc_types),
                "state": "revoked" if root.revoked else "active",
                "until": times.write(int(loaded.not_valid_after_utc.timestamp())),
            }
        )
    lines = [
        f"{root['fingerprint'][:16]}  {root['state']:7}  {root['subject']}  until {root['until']}  "
        + (", ".join(root["doc_types"]) or "all document types")
        for root in listed
    ]
    say(as_json, {"roots": listed}, "\n".join(lines))


@roots.command("import")
@folder
@click.argument("source", type=PATH)
@click.option(
    "--signer",
    required=True,
    type=PATH,
    help="The certificate of the VICAL's signer, or of that one's issuer (PEM or DER).",
)
@click.option("--only", multiple=True, help="Take roots for this document type only; repeatable.")
@at_option
@json_option
def import_(
    folder: Path, source: Path, signer: Path, only: tuple[str, ...], at: int | None, as_json: bool
) -> None:
    """Add the roots of a VICAL, a provider's signed list (Annex C).

    Each counts for the document types that the list names. Roots that terminals cannot use are left out, and
    said. A root that is no longer in the list stays until you remove it.
    """
    trusted = x5chain.load(files.read(Path(signer), "certificate"), str(signer))
    found = vical.read(files.read(source, "VICAL"), trusted, time_of(at))
    wanted = [root for root in found.usable if not only or set(only) & set(root.doc_types)]
    repository = Repository(folder)
    revoked = {root.certificate for root in repository.roots() if root.revoked}
    for root in wanted:
        if root.certificate in revoked:
            found.left_out.append(f"root {root.name}: you have revoked it")
    wanted = [root for root in wanted if root.certificate not in revoked]
    added = repository.add_roots(wanted)
    for reason in found.left_out:
        click.echo(f"Warning: left out: {reason}", err=True)
    result = {
        "provider": found.provider,
        "date": found.date,
        "new": [root.fingerprint for root in added],
        "present": len(wanted),
        "left_out": found.left_out,
    }
    line = f"{found.provider}, {found.date}: {len(wanted)} roots, {len(added)} of them new"
    say(as_json, result, line)


def _say_gone(as_json: bool, root: Trusted, dropped: list[str], what: str) -> None:
    line = f"root {root.fingerprint[:16]} {what}"
    line += f"; dropped, as signed below it: {', '.join(dropped)}" if dropped else ""
    say(as_json, {"fingerprint": root.fingerprint, "dropped": dropped}, line)
