"""A trust repository: TUF metadata and targets to publish, keys, and the draft of the next release.

    metadata/   published: N.root.json, N.targets.json, N.snapshot.json, timestamp.json
    targets/    published: keys.cbor, policy.cbor, status/..., each with its SHA-256 before its name
    draft/      the content of the next release (bornetools.publisher.draft)
    keys/       private keys, mode 0600: those of root and targets belong elsewhere, offline

No function here reads a clock: times are arguments, in whole seconds since 1970.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from tuf.api.exceptions import LengthOrHashMismatchError
from tuf.api.metadata import Metadata, Role, Root, TargetFile

from borne.trust import kinds
from borne.trust.policy import Policy
from bornetools import files
from bornetools.errors import UserError
from bornetools.issuer import folder
from bornetools.issuer.issuer import KEY_ISSUER
from bornetools.publisher import list_signers, policy, terminals
from bornetools.publisher import metadata as meta
from bornetools.publisher import signers as keyfiles
from bornetools.publisher.draft import Draft
from bornetools.publisher.issuer_keys import Added, IssuerKeys
from bornetools.publisher.list_signers import Signer
from bornetools.publisher.metadata import MetadataFolder, Pending
from bornetools.publisher.progress import Progress, silent
from bornetools.publisher.roots import IacaRoots, Trusted
from bornetools.publisher.signers import NewKeys, Signers
from bornetools.publisher.signing import Released, Signing
from bornetools.publisher.status import Imported, StatusLists

# How long each role's signatures hold. A courier's copy of the repository serves terminals until its
# timestamp expires.
DAYS = {"root": 365, "targets": 90, "snapshot": 30, "timestamp": 7}


class Repository:
    """The trust repository in the folder `path`. Raises UserError if the folder holds none."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.keys = self.path / "keys"
        self.draft = Draft(self.path / "draft")
        self.metadata = MetadataFolder(self.path / "metadata")
        self._issuer_keys = IssuerKeys(self.draft.path / kinds.KEYS.name)
        self._roots = IacaRoots(self.draft.path / kinds.ROOTS.name)
        self.metadata.root()

    @classmethod
    def create(
        cls,
        path: str | Path,
        at: int,
        *,
        root: tuple[int, int] = (1, 1),
        targets: tuple[int, int] = (1, 1),
        days: int = DAYS["root"],
    ) -> "Repository":
        """Makes the folder `path` with keys, an empty draft and root version 1.

        `root` and `targets` are (threshold, number of keys); the root holds `days`. Raises UserError.
        """
        for role, (threshold, count) in (("root", root), ("targets", targets)):
            if not 1 <= threshold <= count:
                raise UserError(f"{role}: a threshold of {threshold} with {count} keys")
        path = Path(path)
        names = {
            "root": [f"root-{n}.pem" for n in range(1, root[1] + 1)],
            "targets": [f"targets-{n}.pem" for n in range(1, targets[1] + 1)],
            "snapshot": ["snapshot.pem"],
            "timestamp": ["timestamp.pem"],
        }
        thresholds = {"root": root[0], "targets": targets[0]}
        signed = Root(
            version=1,
            expires=meta.expiry(at, days),
            roles={role: Role([], thresholds.get(role, 1)) for role in meta.ROLES},
            consistent_snapshot=True,
        )
        new = NewKeys()
        for role in meta.ROLES:
            for name in names[role]:
                signed.add_key(new.add(path / "keys" / name), role)
        first = meta.sign(signed, "root", signed, new.signers)
        meta.require_size("root", first.to_bytes())
        folder.create(path)
        for name in ("metadata", "targets"):
            (path / name).mkdir()
        (path / "keys").mkdir(0o700)
        Draft.create(path / "draft")
        new.write()
        MetadataFolder(path / "metadata").write(Pending({"1.root.json": first.to_bytes()}))
        return cls(path)

    def issuer_keys(self) -> list[dict[int, Any]]:
        """The issuers' keys of the draft (COSE_Keys), oldest first. Raises UserError."""
        return self._issuer_keys.read()

    def add_keys(self, keys: list[dict[int, Any]]) -> Added:
        """Adds issuers' keys, as `issuer_keys.load` gives them, to the draft. Raises UserError."""
        with folder.locked(self.path):
            lists = self._lists()
            added = self._issuer_keys.add(keys)
            for key in keys:
                if key[2] in added.revoked:
                    added.dropped += lists.drop(Signer(key[KEY_ISSUER], key[2].hex()))
            return added

    def revoke_key(self, kid: bytes, issuer: str | None = None) -> list[str]:
        """Revokes an issuer's key, and drops the lists signed by it: a thief of the key can forge lists.

        Returns the lists' names. Raises UserError.
        """
        with folder.locked(self.path):
            lists = self._lists()
            return lists.drop(Signer(self._issuer_keys.revoke(kid, issuer), kid.hex()))

    def roots(self) -> list[Trusted]:
        """The IACA roots of the draft, oldest first. Raises UserError."""
        return self._roots.read()

    def add_roots(self, roots: list[Trusted]) -> list[Trusted]:
        """Adds IACA roots to the draft: IacaRoots.add."""
        with folder.locked(self.path):
            return self._roots.add(roots)

    def revoke_root(self, fingerprint: str) -> tuple[Trusted, list[str]]:
        """Revokes an IACA root of the draft (IacaRoots.revoke), and drops the lists below it.

        Returns the root and the lists' names.
        """
        with folder.locked(self.path):
            lists = self._lists()
            root = self._roots.revoke(fingerprint)
            return root, lists.drop(list_signers.of_root(root.fingerprint))

    def remove_root(self, fingerprint: str) -> tuple[Trusted, list[str]]:
        """Removes an IACA root (IacaRoots.remove) and the lists below it from the draft.

        Returns the root and the lists' names.
        """
        with folder.locked(self.path):
            lists = self._lists()
            root = self._roots.remove(fingerprint)
            return root, lists.drop(list_signers.of_root(root.fingerprint))

    def set_policy(self, rules: Mapping[str, Any]) -> Policy:
        """Replaces the policy of the draft (policy.write). Raises UserError."""
        with folder.locked(self.path):
            return policy.write(self.draft.path / kinds.POLICY.name, rules)

    def import_status(
        self,
        token: bytes,
        at: int,
        *,
        slug: str | None = None,
        uri: str | None = None,
        progress: Progress = silent,
    ) -> Imported:
        """Imports an issuer's list (CWT) into the draft: StatusLists.import_token."""
        with folder.locked(self.path):
            return self._lists().import_token(token, at, slug=slug, uri=uri, progress=progress)

    @property
    def first_root(self) -> Path:
        """The file of root version 1, for provisioning terminals."""
        return self.path / "metadata" / "1.root.json"

    def published(self) -> dict[str, TargetFile]:
        """The targets of the last release by name. Raises UserError."""
        targets = self.metadata.chain().targets
        return dict(targets.signed.targets) if targets else {}

    def last_release(self) -> tuple[int, int] | None:
        """Times of issue and expiry of the last release, in unix seconds; None before the first."""
        timestamp = self.metadata.chain().timestamp
        issued = meta.issued(timestamp)
        return (issued, meta.seconds(timestamp.signed.expires)) if timestamp and issued else None

    def release(
        self,
        at: int,
        *,
        keys: Iterable[Path] = (),
        days: dict[str, int] | None = None,
        progress: Progress = silent,
    ) -> Released:
        """Publishes the draft. `keys` are PEM files beside those of keys/, `days` replaces DAYS.

        An unchanged draft needs no targets keys as long as the targets have not expired. Raises
        UserError, and publishes nothing, if terminals could not load the draft, signatures are lacking, or
        `at` is before the last release.
        """
        with folder.locked(self.path):
            root = self.metadata.root().signed
            if meta.seconds(root.expires) <= at:
                raise UserError("the root has expired: borne publish root renew")
            signing = Signing(
                self.metadata, root, self._signers(keys), at, {**DAYS, **(days or {})}
            )
            draft = self.draft.targets()
            infos = {
                name: TargetFile.from_file(name, str(path), ["sha256"])
                for name, path in progress(draft.items(), "Hashing")
            }
            signing.sign(self.metadata.chain(), infos)
            for name, path in progress(draft.items(), "Copying"):
                self._copy(infos[name], path)
            self.metadata.write(signing.pending)
        terminals.judge(signing.released)
        signing.released.warnings += self.draft.warnings(at)
        return signing.released

    def rotate(
        self,
        roles: Iterable[str],
        at: int,
        *,
        keys: Iterable[Path] = (),
        drop: Collection[str] | None = None,
        into: Path | None = None,
        days: int = DAYS["root"],
    ) -> Released:
        """Publishes the next root, with fresh keys for `roles`, and re-signs invalidated metadata.

        Without `roles` the root is only renewed. `drop` holds prefixes of key ids: only these keys are
        replaced, instead of all keys of each role. New private keys go to the folder `into`, instead of
        keys/. `keys` are PEM files beside those of keys/: a threshold of the present root's. Raises
        UserError, and changes nothing, if signatures are lacking.
        """
        roles = tuple(roles)
        with folder.locked(self.path):
            old = self.metadata.root()
            signers = self._signers(keys)
            offered = set(old.signed.roles["root"].keyids) & set(signers)
            if len(offered) < old.signed.roles["root"].threshold:
                raise UserError(
                    f"a new root needs {old.signed.roles['root'].threshold} keys of the present one,"
                    f" and {len(offered)} are at hand: name their files with --root-key"
                )
            root = Metadata[Root].from_bytes(old.to_bytes()).signed
            root.version += 1
            root.expires = meta.expiry(at, days)
            new = NewKeys()
            for role in roles:
                _replace_keys(root, role, drop, into or self.keys, new)
            signers.update(new.signers)
            metadata: Metadata[Root] = Metadata(root)
            keyids = [*old.signed.roles["root"].keyids, *root.roles["root"].keyids]
            meta.add_signatures(metadata, list(dict.fromkeys(keyids)), signers)
            meta.need(old.signed, "root", metadata)
            meta.need(root, "root", metadata)
            meta.require_size("root", metadata.to_bytes())
            signing = Signing(self.metadata, root, signers, at, DAYS)
            signing.released.expires = meta.seconds(root.expires)
            chain = self.metadata.chain()
            if chain.targets and set(roles) - {"root"}:
                signing.sign(chain, chain.targets.signed.targets)
            new.write()
            # Root goes after the metadata that it vouches for, and before the timestamp that needs it.
            signing.pending.versioned[f"{root.version}.root.json"] = metadata.to_bytes()
            self.metadata.write(signing.pending)
        return signing.released

    def _signers(self, keys: Iterable[Path]) -> Signers:
        return keyfiles.read([*sorted(self.keys.glob("*.pem")), *map(Path, keys)])

    def _lists(self) -> StatusLists:
        return StatusLists(self.draft, set(self.published()))

    def _copy(self, info: TargetFile, path: Path) -> None:
        """Copies a target to its path in a consistent snapshot (the hash before its name)."""
        (name,) = info.get_prefixed_paths()
        to = self.path / "targets" / name
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            info.verify_length_and_hashes(files.read(to, "target") if to.exists() else b"")
        except LengthOrHashMismatchError:
            files.replace(to, files.read(path, "target"))


def _replace_keys(
    root: Root, role: str, drop: Collection[str] | None, into: Path, new: NewKeys
) -> None:
    """Gives `role` in `root` as many fresh keys as it loses. Raises UserError."""
    keyids = list(root.roles[role].keyids)
    if drop is not None:
        keyids = [keyid for keyid in keyids if any(keyid.startswith(begin) for begin in drop)]
    if not keyids:
        raise UserError(f"{role} has no such key: see borne publish root show")
    for number, keyid in enumerate(keyids, 1):
        root.revoke_key(keyid, role)
        root.add_key(new.add(into / f"{role}-v{root.version}-{number}.pem"), role)
