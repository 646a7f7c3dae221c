"""Issuers' status lists become revocation lists: `status/` of the draft.

A Token Status List is verified against the key set of the draft and taken apart; its statuses 1
(revoked) and 2 (suspended) become the lists `<list>` and `<list>-suspended`. Terminals no longer see who
signed it, so that it is settled here: a list's name, URI and issuer belong together from its first
import on, and a URI at another host than the issuer's has to be named by the publisher.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import cbor2
import numpy as np

from borne import limits
from bornetools import revocation, times
from bornetools.errors import UserError
from bornetools.issuer import cose
from bornetools.issuer.status import REVOKED, SUSPENDED
from bornetools.publisher.draft import SLUG, Draft
from bornetools.publisher.issuer_keys import IssuerKeys
from bornetools.publisher.progress import Progress, silent

SUFFIX = "-suspended"
DELTAS = 7  # versions back that get a delta: a week of daily lists

_NONE = np.zeros(0, np.int64)
_WHAT = "status list"


@dataclass
class Imported:
    """What an import made: the list's name, version, tokens by status, and files by target name and
    size in bytes; no files: nothing has changed since the last import."""

    slug: str
    version: int
    size: int
    counts: dict[str, int]
    files: dict[str, int] = field(default_factory=dict)


class StatusLists:
    """The lists of a draft. `released` are the target names of the last release."""

    def __init__(self, draft: Draft, released: set[str]):
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
        """Takes a status list (CWT) into the draft, at the time `at`.

        `slug` names a list that is imported for the first time, `uri` confirms one that is not at its
        issuer's host. Raises UserError, and changes nothing, if anything about it is wrong.
        """
        kid, opened = self._verified(token)
        if opened.issued_at > at + limits.CLOCK_SKEW_MAX:
            raise UserError(
                f"this status list is of {times.write(opened.issued_at)}, in the future"
            )
        if opened.expires is not None and opened.expires <= at:
            raise UserError(f"this status list has expired at {times.write(opened.expires)}")
        unknown = sorted(set(opened.indices) - {REVOKED, SUSPENDED})
        if unknown:
            raise UserError(
                f"this status list has a status {unknown[0]}: neither revoked nor suspended"
            )
        known = self._draft.lists()
        slug = self._slug(slug, uri, opened, known)
        if opened.issued_at < known.get(slug, {}).get("issued_at", 0):
            raise UserError(f"a newer status list {slug} has been imported already")

        values = {slug: REVOKED}
        if SUSPENDED in opened.indices or self._draft.wholes(slug + SUFFIX):
            values[slug + SUFFIX] = SUSPENDED
        indices = {name: opened.indices.get(value, _NONE) for name, value in values.items()}
        last = known.get(slug, {}).get("version", 0)
        counts = {name: len(found) for name, found in indices.items()}
        result = Imported(slug, last, opened.size, counts)

        def whole(name: str, version: int) -> bytes:
            return revocation.write(
                indices[name],
                opened.size,
                opened.uri,
                version,
                values[name],
                opened.issued_at,
                opened.expires,
            )

        if all(self._draft.whole(name, last) == whole(name, last) for name in values):
            return result
        if f"status/{slug}/{last}.rsl" in self._released or not self._draft.wholes(slug):
            result.version += 1
        # What was never released is replaced: no terminal has it, and none needs a delta from it.
        result.files = self._write(list(values), result.version, whole, progress)
        known[slug] = {
            "uri": opened.uri,
            "issuer": opened.issuer,
            "kid": kid.hex(),
            "issued_at": opened.issued_at,
            "expires": opened.expires,
            "version": result.version,
        }
        self._draft.write_lists(known)
        return result

    def drop(self, kid: bytes, issuer: str) -> list[str]:
        """Takes the lists signed by a key out of the draft. Returns their names."""
        dropped = []
        for slug, record in self._draft.lists().items():
            if (record["kid"], record["issuer"]) == (kid.hex(), issuer):
                for name in (slug, slug + SUFFIX):
                    self._draft.remove(name)
                dropped.append(slug)
        return dropped

    def _write(
        self,
        names: list[str],
        version: int,
        whole: Callable[[str, int], bytes],
        progress: Progress,
    ) -> dict[str, int]:
        """Puts a version of lists, with the deltas to it, in the place of all but its bases.

        Returns sizes by target name.
        """
        bases = {
            name: [n for n in self._draft.wholes(name) if n < version][-DELTAS:] for name in names
        }
        made: dict[str, dict[str, bytes]] = {}
        work = [(name, base) for name in names for base in (None, *bases[name])]
        for name, base in progress(work, "Writing lists and deltas"):
            if base is None:
                made[name] = {f"{version}.rsl": whole(name, version)}
                continue
            new = made[name][f"{version}.rsl"]
            delta = _delta(self._draft.whole(name, base), new)
            if delta and len(delta) < len(new):
                made[name][f"{base}-{version}.rsd"] = delta
        for name in names:
            self._draft.replace(name, made[name], keep=[f"{base}.rsl" for base in bases[name]])
        return {
            f"status/{name}/{file}": len(data)
            for name in names
            for file, data in made[name].items()
        }

    def _verified(self, token: bytes) -> tuple[bytes, revocation.StatusListToken]:
        """The kid, and what the list says."""
        kid = _kid(token)
        keys = [key for key in IssuerKeys(self._draft.path / "keys.cbor").read() if key[2] == kid]
        if not keys:
            raise UserError(f"no issuer's key has this status list's kid {kid.hex()[:64]}")
        # Issuers choose their kids: two may have chosen the same, and only one has signed.
        for key in keys[:-1]:
            try:
                return kid, revocation.from_status_list(token, [key])
            except UserError:
                continue
        return kid, revocation.from_status_list(token, keys[-1:])

    def _slug(
        self,
        slug: str | None,
        uri: str | None,
        opened: revocation.StatusListToken,
        known: dict[str, dict],
    ) -> str:
        """The list's name, with all that has to agree for it."""
        named = [name for name, record in known.items() if record["uri"] == opened.uri]
        if named and slug in (None, named[0]):
            if known[named[0]]["issuer"] != opened.issuer:
                raise UserError(f"{opened.uri} is a list of {known[named[0]]['issuer']}")
            return named[0]
        if named:
            raise UserError(f"{opened.uri} is known as {named[0]} already")
        if slug is None:
            raise UserError(f"{opened.uri} is new: give it a name with --list")
        if slug in known:
            raise UserError(f"{slug} is the list {known[slug]['uri']}")
        if not slug or not SLUG.fullmatch(slug + SUFFIX) or slug.endswith(SUFFIX):
            most = 32 - len(SUFFIX)
            raise UserError(f"{slug!r} is not a list's name: 1 to {most} of a-z, 0-9 and -")
        if uri is None and _host(opened.uri) != _host(opened.issuer or ""):
            raise UserError(
                f"{opened.uri} is not at the host of {opened.issuer}: confirm it with --uri"
            )
        if uri not in (None, opened.uri):
            raise UserError(f"this is the list {opened.uri}, not {uri}")
        return slug


def _host(uri: str) -> tuple[str, str]:
    """Scheme and host. Raises UserError."""
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise UserError(f"{uri!r} is not a URI: {error}") from error
    return parts.scheme, parts.netloc


def _delta(old: bytes, new: bytes) -> bytes:
    """The delta from `old` to `new`, empty if there is none: the list has become shorter."""
    try:
        return revocation.delta(old, new)
    except UserError:
        return b""


def _kid(token: bytes) -> bytes:
    """The kid in the protected header of a COSE_Sign1. Raises UserError."""
    message = cose.decode(token, _WHAT)
    while isinstance(message, cbor2.CBORTag):
        message = message.value
    try:
        kid = cose.decode(message[0], _WHAT)[cose.KID]
    except (TypeError, LookupError):
        kid = None
    if not isinstance(kid, bytes):
        raise UserError("this is not a status list: it names no key")
    return kid
