"""Conversion of issuers' lists to revocation lists: `status/` of the draft.

A Token Status List is verified against the draft's key set or its IACA roots, and taken apart. Statuses 1
(revoked) and 2 (suspended) become the lists `<list>` and `<list>-suspended`; all others, unsupported by
terminals, become `<list>-other`. An identifier list becomes one list. Terminals no longer see the signer, so
the import checks it: a list's name, URI and issuer belong together from the first import on. The publisher
must name the URI of a list that is at another host than its issuer, or signed by a root's certificate.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from borne import limits
from borne.trust import kinds
from borne.trust.identifier_list import IdentifierList
from borne.trust.signed_list import SignedList
from borne.trust.status import StatusList
from bornetools import revocation, times
from bornetools.errors import UserError
from bornetools.issuer.status import REVOKED, SUSPENDED
from bornetools.publisher import list_signers
from bornetools.publisher.draft import IDENTIFIERS, INDICES, SLUG, Draft
from bornetools.publisher.list_signers import Signer
from bornetools.publisher.progress import Progress, silent
from bornetools.revocation import identifiers

# Further lists made of a status list, beside that of revoked tokens: suffix of the name -> status.
OTHER = 3  # and any status above
MORE = {"-suspended": SUSPENDED, "-other": OTHER}
DELTAS = 7  # versions back that get a delta: a week of daily lists

# List name -> (number of entries, function from a version to the file).
Wholes = dict[str, tuple[int, Callable[[int], bytes]]]


@dataclass
class Imported:
    """The result of an import: the list's name, version, `size` (tokens of a status list, None for an
    identifier list), tokens by status, and files by target name and size in bytes. Without files, nothing has
    changed since the last import."""

    slug: str
    version: int
    size: int | None
    counts: dict[str, int]
    files: dict[str, int] = field(default_factory=dict)


class StatusLists:
    """The lists of a draft. `released` are the target names of the last release."""

    def __init__(self, draft: Draft, released: set[str]) -> None:
        self._draft = draft
        self._released = released

    def import_token(
        self,
        token: bytes,
        at: int,
        *,
        slug: str | None = None,
        uri: str | None = None,
        progress: Progress = silent,
    ) -> Imported:
        """Imports a status list or an identifier list (CWT) into the draft, at the time `at`.

        `slug` names a list on its first import; `uri` confirms a list that is not at its issuer's host.
        Raises UserError, and changes nothing, if any check fails.
        """
        opened, signer = list_signers.verified(token, self._draft, at)
        _require_current(opened, at)
        known = self._draft.lists()
        slug = self._slug(slug, uri, opened.uri, signer, known)
        if opened.issued_at < known.get(slug, {}).get("issued_at", 0):
            raise UserError(f"a newer status list {slug} has been imported already")
        size: int | None
        if isinstance(opened, StatusList):
            size, found = revocation.statuses(opened.compressed, opened.bits)
            suffix, whole = INDICES, self._indices(slug, opened, size, found)
        else:
            suffix, size, whole = IDENTIFIERS, None, _identifiers(slug, opened)
        if self._draft.suffix(slug) not in (None, suffix):
            raise UserError(f"the list {slug} was of another kind: status or identifiers")

        last = known.get(slug, {}).get("version", 0)
        counts = {name: count for name, (count, _) in whole.items()}
        result = Imported(slug, last, size, counts)
        if all(self._draft.whole(name, last) == made(last) for name, (_, made) in whole.items()):
            return result
        if f"status/{slug}/{last}{suffix}" in self._released or not self._draft.wholes(slug):
            result.version += 1
        # An unreleased version is replaced: no terminal has it, or needs a delta from it.
        made = {name: one for name, (_, one) in whole.items()}
        result.files = self._write(made, result.version, suffix, progress)
        known[slug] = {
            "uri": opened.uri,
            "issuer": signer.issuer,
            "kid": signer.kid,
            "issued_at": opened.issued_at,
            "expires": opened.expires,
            "version": result.version,
        }
        self._draft.write_lists(known)
        return result

    def drop(self, signer: Signer) -> list[str]:
        """Removes from the draft all lists signed by `signer`. Returns their names."""
        dropped = []
        for slug, record in self._draft.lists().items():
            if Signer(record["issuer"], record["kid"]) == signer:
                for suffix in ("", *MORE):
                    self._draft.remove(slug + suffix)
                dropped.append(slug)
        return dropped

    def _indices(
        self, slug: str, opened: StatusList, size: int, found: dict[int, np.ndarray]
    ) -> Wholes:
        """The lists made of a status list of `size` tokens; `found` holds indices by status."""
        none = np.zeros(0, np.int64)
        others = [found[value] for value in found if value >= OTHER]
        by_value = {**found, OTHER: np.sort(np.concatenate([none, *others]))}
        values = {slug: REVOKED}
        for suffix, value in MORE.items():
            # An emptied list stays: terminals must see that its tokens are reinstated.
            if len(by_value.get(value, none)) or self._draft.wholes(slug + suffix):
                values[slug + suffix] = value

        def maker(value: int) -> Callable[[int], bytes]:
            return lambda version: revocation.write(
                by_value.get(value, none),
                size,
                opened.uri,
                version,
                value,
                opened.issued_at,
                opened.expires,
            )

        return {
            name: (len(by_value.get(value, none)), maker(value)) for name, value in values.items()
        }

    def _write(
        self,
        made_by: dict[str, Callable[[int], bytes]],
        version: int,
        suffix: str,
        progress: Progress,
    ) -> dict[str, int]:
        """Replaces the lists' files by a version and the deltas to it; the deltas' bases stay.

        Returns sizes by target name.
        """
        bases = {
            name: [n for n in self._draft.wholes(name) if n < version][-DELTAS:] for name in made_by
        }
        made: dict[str, dict[str, bytes]] = {}
        work = [(name, base) for name in made_by for base in (None, *bases[name])]
        for name, base in progress(work, "Writing lists and deltas"):
            if base is None:
                made[name] = {f"{version}{suffix}": made_by[name](version)}
            elif suffix == INDICES:
                new = made[name][f"{version}{suffix}"]
                delta = _delta(self._draft.whole(name, base), new)
                if delta and len(delta) < len(new):
                    made[name][f"{base}-{version}{kinds.DELTAS}"] = delta
        for name in made_by:
            kept = [f"{base}{suffix}" for base in bases[name]]
            self._draft.replace(name, made[name], keep=kept)
        return {
            f"status/{name}/{file}": len(data)
            for name in made_by
            for file, data in made[name].items()
        }

    def _slug(
        self,
        slug: str | None,
        confirmed: str | None,
        uri: str,
        signer: Signer,
        known: dict[str, dict[str, Any]],
    ) -> str:
        """The list's name, once URI and signer agree with the `known` lists. Raises UserError."""
        if confirmed not in (None, uri):
            raise UserError(f"this is the list {uri}, not {confirmed}")
        named = [name for name, record in known.items() if record["uri"] == uri]
        if named and slug in (None, named[0]):
            last = Signer(known[named[0]]["issuer"])
            # Roots are replaced by renewal; an issuer may start or stop signing by a certificate.
            may_change = signer.is_root or last.is_root
            if last.issuer != signer.issuer and not (may_change and confirmed):
                hint = ": confirm it with --uri" if may_change else ""
                raise UserError(f"{uri} is a list of {last.issuer}{hint}")
            return named[0]
        if named:
            raise UserError(f"{uri} is known as {named[0]} already")
        if slug is None:
            raise UserError(f"{uri} is new: give it a name with --list")
        if slug in known:
            raise UserError(f"{slug} is the list {known[slug]['uri']}")
        longest = max(MORE, key=len)
        if not slug or not SLUG.fullmatch(slug + longest) or slug.endswith(tuple(MORE)):
            most = limits.LIST_NAME_MAX - len(longest)
            raise UserError(f"{slug!r} is not a list's name: 1 to {most} of a-z, 0-9 and -")
        if confirmed is None and signer.is_root:
            raise UserError(f"{uri} is a new list signed by a certificate: confirm it with --uri")
        if confirmed is None and _host(uri) != _host(signer.issuer):
            raise UserError(f"{uri} is not at the host of {signer.issuer}: confirm it with --uri")
        return slug


def _identifiers(slug: str, opened: IdentifierList) -> Wholes:
    """The list made of an identifier list."""

    def whole(version: int) -> bytes:
        return identifiers.write(
            opened.revoked, opened.uri, version, REVOKED, opened.issued_at, opened.expires
        )

    return {slug: (len(opened.revoked), whole)}


def _require_current(opened: SignedList, at: int) -> None:
    """Raises UserError unless a list is valid at the time `at`."""
    if opened.issued_at > at + limits.CLOCK_SKEW_MAX:
        raise UserError(f"this status list is of {times.write(opened.issued_at)}, in the future")
    if opened.not_before is not None and at < opened.not_before:
        raise UserError(
            f"this status list begins at {times.write(opened.not_before)}: not yet valid"
        )
    if opened.expires is not None and opened.expires <= at:
        raise UserError(f"this status list has expired at {times.write(opened.expires)}")


def _host(uri: str) -> tuple[str, str]:
    """Scheme and host. Raises UserError."""
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise UserError(f"{uri!r} is not a URI: {error}") from error
    return parts.scheme, parts.netloc


def _delta(old: bytes, new: bytes) -> bytes:
    """The delta from `old` to `new`, empty if none is possible: the list has become shorter."""
    try:
        return revocation.delta(old, new)
    except UserError:
        return b""
