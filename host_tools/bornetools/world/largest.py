"""The largest releases of trust data that a terminal takes, for measuring their cost."""

from pathlib import Path
from typing import Any

import numpy as np

from borne import limits, limits_mdoc
from borne.trust import kinds
from bornetools import revocation
from bornetools.issuer import mdoc as mdoc_issuer
from bornetools.issuer.issuer import Issuer
from bornetools.link.flash_folder import provision
from bornetools.publisher import issuer_keys
from bornetools.publisher.draft import INDICES
from bornetools.publisher.repository import Repository
from bornetools.publisher.roots import Trusted
from bornetools.times import DAY
from bornetools.world import mdoc_people
from bornetools.world.people import World

_LISTS = limits.STATUS_LIST_COUNT_MAX - 3  # beside those of the world's phones
_SIZE = 50_000
_DELTAS = 3  # preceding versions that get a delta


class LargestReleases:
    """A repository in the new folder `folder`, for terminals whose flash is `flash`, with as many lists,
    deltas, keys and roots as the limits allow. Its trust data cover the phones of `world`."""

    def __init__(self, folder: Path, world: World, at: int) -> None:
        folder.mkdir()
        self._at = at
        self.version = 0
        self.flash = folder / "flash"
        self.repository = Repository.create(folder / "large", at, root=(2, 4), targets=(2, 4))
        self.repository.add_keys(issuer_keys.load(world.store / kinds.KEYS.name))
        for number in range(limits.KEYS_MAX - len(self.repository.issuer_keys())):
            more = Issuer.create(folder / f"{number}", f"https://{number}.example/", at)
            self.repository.add_keys(issuer_keys.load(more.path))
        mdocs = world.cast.mdocs
        self.repository.add_roots(mdocs.roots())
        others = range(limits_mdoc.ROOTS_MAX - len(self.repository.roots()))
        names = [f"IACA {number}" for number in others]
        self.repository.add_roots(
            [Trusted(mdoc_issuer.iaca(at, name=n).der, name=n) for n in names]
        )
        token = world.issuer.status_list(at)
        self.repository.import_status(token, at, slug="assurance")
        token = mdocs.identifier_list()
        self.repository.import_status(token, at, slug="utopia", uri=mdoc_people.IDENTIFIERS)
        provision(self.flash, self.repository.first_root.read_bytes(), at)

    def release(self) -> None:
        """Publishes the next release: other lists, with deltas, and other keys of all roles."""
        self.version += 1
        for number in range(_LISTS):
            slug = f"{number:02}-" + "x" * 29
            deltas = range(max(1, self.version - _DELTAS), self.version)
            indices = np.arange(0, _SIZE, 97 - self.version)
            add_list(self.repository, self._at, slug, self.version, indices, _SIZE, deltas)
        if self.version > 1:
            self.repository.rotate(["root", "targets", "snapshot", "timestamp"], self._at)
        self.repository.release(self._at)


def add_list(
    repository: Repository,
    at: int,
    slug: str,
    version: int,
    indices: Any,
    size: int,
    deltas: Any = (),
) -> None:
    """Adds a revocation list, issued at `at`, to the draft, with deltas from the versions `deltas`."""
    folder = repository.draft.path / "status" / slug
    folder.mkdir(exist_ok=True)
    uri = f"https://issuer.example/{slug}"
    new = revocation.write(indices, size, uri, version, 1, at, at + 99 * DAY)
    (folder / f"{version}{INDICES}").write_bytes(new)
    for old in deltas:
        delta = revocation.delta((folder / f"{old}{INDICES}").read_bytes(), new)
        (folder / f"{old}-{version}{kinds.DELTAS}").write_bytes(delta)
