"""The IACA roots that terminals trust for mdocs: `iaca.cbor` of the draft (docs/mdoc.md).

The file is absent until the first root is added. Revocation is final; a root that is merely no longer
wanted is removed.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cbor2
from cryptography.hazmat.primitives import serialization

from borne import limits_mdoc
from borne.errors import DecodeError
from borne.trust import kinds, roots
from bornetools import files, x5chain
from bornetools.errors import UserError
from bornetools.issuer import cose

CERTIFICATE, DOC_TYPES, STATE, NAME = 1, 2, 3, 4
REVOKED = 1
_FINGERPRINT_MIN = 4  # hexadecimal digits


@dataclass(frozen=True)
class Trusted:
    """A root: certificate (DER), document types that it is trusted for (empty: all), name, state."""

    certificate: bytes
    doc_types: tuple[str, ...] = ()
    name: str | None = None
    revoked: bool = False

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate, in hexadecimal."""
        return hashlib.sha256(self.certificate).hexdigest()

    def entry(self) -> dict[int, object]:
        """The root's map in iaca.cbor."""
        fields: dict[int, object] = {CERTIFICATE: self.certificate}
        if self.doc_types:
            fields[DOC_TYPES] = list(self.doc_types)
        if self.revoked:
            fields[STATE] = REVOKED
        if self.name:
            fields[NAME] = self.name
        return fields

    def check(self) -> None:
        """Raises UserError unless the root is self-signed and accepted by terminals."""
        try:
            root = roots.Root(self.entry()).certificate
        except DecodeError as error:
            raise UserError(f"root {self.name or self.fingerprint[:16]}: {error.reason}") from error
        x5chain.load(self.certificate, f"root {self.name or self.fingerprint[:16]}")
        if not root.signed_by(root):
            raise UserError(f"root {self.name or self.fingerprint[:16]}: not signed by itself")


class IacaRoots:
    """The roots in the file `path`, which need not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Trusted]:
        """The roots, oldest first. Raises UserError."""
        if not self.path.exists():
            return []
        entries = cose.decode(files.read(self.path, "list of roots"), "list of roots")
        try:
            return [_trusted(entry) for entry in entries]
        except (KeyError, TypeError, AttributeError):
            raise UserError(f"{self.path}: not a list of roots") from None

    def add(self, new: list[Trusted]) -> list[Trusted]:
        """Adds roots; a root already present gets the new document types and name.

        Returns the roots that were absent. Raises UserError, and changes nothing, if terminals would
        refuse a root, or a root is revoked.
        """
        present = {root.certificate: root for root in self.read()}
        added = []
        for root in new:
            root.check()
            known = present.get(root.certificate)
            if known is None:
                added.append(root)
            elif known.revoked:
                raise UserError(f"the root {root.fingerprint[:16]} is revoked")
            present[root.certificate] = root
        self._write(list(present.values()))
        return added

    def revoke(self, fingerprint: str) -> Trusted:
        """Marks a root revoked; `fingerprint` is a prefix of the root's. Raises UserError."""
        found = self._find(fingerprint)
        revoked = Trusted(found.certificate, found.doc_types, found.name, True)
        self._write([revoked if root == found else root for root in self.read()])
        return revoked

    def remove(self, fingerprint: str) -> Trusted:
        """Removes a root: its documents then have an unknown issuer. Raises UserError."""
        found = self._find(fingerprint)
        left = [root for root in self.read() if root != found]
        self._write(left)
        return found

    def _find(self, fingerprint: str) -> Trusted:
        if len(fingerprint) < _FINGERPRINT_MIN:
            raise UserError(f"a root is named by {_FINGERPRINT_MIN} digits or more")
        found = [root for root in self.read() if root.fingerprint.startswith(fingerprint.lower())]
        if len(found) != 1:
            raise UserError(f"{len(found) or 'no'} roots have a fingerprint {fingerprint}...")
        return found[0]

    def _write(self, present: list[Trusted]) -> None:
        if not present:
            self.path.unlink(missing_ok=True)
            return
        data = cbor2.dumps([root.entry() for root in present])
        if len(present) > limits_mdoc.ROOTS_MAX or len(data) > kinds.ROOTS.most:
            raise UserError(f"more roots than a terminal holds ({limits_mdoc.ROOTS_MAX})")
        files.replace(self.path, data)


def certificates(path: str | Path) -> list[bytes]:
    """The IACA roots' certificates in a file (one in DER, or PEM), as DER. Raises UserError if terminals
    refuse a certificate."""
    data = files.read_binary_or_hex(path, "IACA certificate")
    found = [
        one.public_bytes(serialization.Encoding.DER) for one in x5chain.load_all(data, str(path))
    ]
    for one in found:
        Trusted(one, name=str(path)).check()
    return found


def _trusted(entry: dict[int, Any]) -> Trusted:
    return Trusted(
        entry[CERTIFICATE],
        tuple(entry.get(DOC_TYPES, ())),
        entry.get(NAME),
        entry.get(STATE, 0) == REVOKED,
    )
