"""The demo's world: issuers, a terminal's trust set, and one phone for each thing that can happen.

Everybody here is fictitious, and their insured numbers are nobody's (bornetools.issuer.nir).
"""

import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cwt import COSE, COSEKey

from borne.token.time_zone import TimeZone
from borne.trust import kinds
from bornetools.emulator.phones.handset import Handset
from bornetools.emulator.phones.mdoc_wallet import Wallet
from bornetools.emulator.phones.phone import Phone
from bornetools.issuer import cose, nir, status, trustset
from bornetools.issuer.claims import Cover
from bornetools.issuer.issuer import Issuer
from bornetools.link.flash_folder import install, provision
from bornetools.link.source import Source
from bornetools.publisher import issuer_keys
from bornetools.publisher.repository import Repository
from bornetools.times import DAY
from bornetools.world import mdoc_people
from bornetools.world.mdoc_people import MdocCast

MINIMUM_AGE = 16
TIME_ZONE = "CET-1CEST,M3.5.0,M10.5.0/3"  # of Paris
POLICY = {"minimum_age": MINIMUM_AGE, "time_zone": TIME_ZONE}

_OPENED = 90 * DAY  # how long ago the issuers began
_ES384 = -35
_ABSENT = "HOLDER_NOT_PRESENT"

_Phone = TypeVar("_Phone", bound=Handset)
_Holding = tuple[bytes, ec.EllipticCurvePrivateKey]


@dataclass(frozen=True)
class Person(Generic[_Phone]):
    """One tap of the demo: the case, the phone, and the expected verdict code."""

    case: str
    phone: _Phone
    expected: str


class World:
    """`people` is a list of Person with a Phone, `issuer` the issuer of their tokens. `wallets` is a list of
    Person with a Wallet; the mdocs' issuers are in `cast.mdocs`. The trust data are in the folder `store`
    for tools. For terminals they are in `repository` (Repository) and, as an installed release, in the
    folder `flash`. `cast` (Cast) makes more phones."""

    def __init__(
        self,
        store: Path,
        people: list[Person[Phone]],
        wallets: list[Person[Wallet]],
        issuer: Issuer,
        repository: Repository,
        flash: Path,
        cast: "Cast",
    ) -> None:
        self.cast = cast
        self.store = store
        self.issuer = issuer
        self.people = people
        self.wallets = wallets
        self.repository = repository
        self.flash = flash

    @classmethod
    def create(cls, folder: str | Path, now: int) -> "World":
        """Makes the world in `folder`, which must be absent or empty, as it is at the time `now`.

        Raises UserError.
        """
        folder = Path(folder)
        cast = Cast(folder, now)
        people = cast.people()
        wallets = [Person(*one) for one in cast.mdocs.wallets()]
        issuers = [cast.issuer, cast.lapsed]
        store = trustset.write(folder / "trust", issuers, now, policy=POLICY)
        repository = _publish(folder / "repository", issuers, cast.mdocs, now)
        flash = folder / "flash"
        provision(flash, repository.first_root.read_bytes(), now)
        install(flash, Source(str(repository.path)), now)
        shutil.copy(repository.draft.path / kinds.ROOTS.name, store)
        shutil.copytree(repository.draft.path / "status" / "utopia", store / "status" / "utopia")
        return cls(store, people, wallets, cast.issuer, repository, flash, cast)


class Cast:
    """The issuers and holders of tokens in this world, at the time `now`."""

    def __init__(self, folder: Path, now: int) -> None:
        self.now = now
        self.year = int(TimeZone(TIME_ZONE).day(now)[:4])
        self.issuer, self.lapsed, self.stranger = (
            Issuer.create(folder / name, f"https://{name}.example/", now - _OPENED)
            for name in ("assurance", "ancienne", "ailleurs")
        )
        self.mdocs = MdocCast(self.issuer, now, self.year)
        self._order = 0

    def people(self) -> list[Person[Phone]]:
        """All people, in the order of the demo; the issuers' lists then state what each case needs."""
        mother = ("Lefèvre-Müller", "Élodie", f"{self.year}-12-31")
        daughter = self.cover("Lefèvre-Müller", "Zoé", age=17, rank=1, delegate=mother)
        old = self.cover("Béranger", "Aimée", years=(-3, -1))
        child = self.cover("Garçon", "Théo", age=9, woman=False)
        tomorrow = self.now + DAY
        mine = self.issue(self.cover("Carpentier-Desrosiers", "Marie-Noëlle"))
        children = [
            self.issue(self.cover("Carpentier", given, age=age, rank=rank))
            for rank, (given, age) in enumerate((("Chloé", 12), ("Lise", 9)), 1)
        ]
        return [
            Person("valid", self.phone("Lefèvre-Müller", "Élodie"), "VALID"),
            Person("valid, with a delegate", Phone(*self.issue(daughter)), "VALID"),
            Person("expired", self.phone("Hervé", "Gaëlle", days_ago=10), "EXPIRED"),
            Person(
                "not yet valid", self.phone("Dübois", "Léa", not_before=tomorrow), "NOT_YET_VALID"
            ),
            Person("revoked", self.listed("Nuñez", "Íñigo", status.REVOKED), "REVOKED"),
            Person("suspended", self.listed("Brontë", "Anaïs", status.SUSPENDED), "SUSPENDED"),
            Person(
                "unknown issuer", self.phone("Le Goff", "Maël", by=self.stranger), "UNKNOWN_ISSUER"
            ),
            Person(
                "issuer's key revoked", self.key_revoked("Pélissier", "Agnès"), "ISSUER_REVOKED"
            ),
            Person("tampered token", self.tampered("Façade", "Hélène"), "BAD_SIGNATURE"),
            Person("cloned token", self.cloned("Château", "Jérôme"), "CLONED"),
            Person(
                "holder not verified", self.phone("Maître", "Benoît", user_verified=False), _ABSENT
            ),
            Person("application locked", self.phone("Guérin", "Noël", locked=True), _ABSENT),
            Person(
                "no application", self.phone("Forêt", "Inês", installed=False), "NO_APPLICATION"
            ),
            Person("removed mid-read", self.phone("Søndergård", "Åse", removed_after=2), "TORN"),
            Person("no entitlement", Phone(*self.issue(old)), "NO_ENTITLEMENT"),
            Person("not eligible", Phone(*self.issue(child)), "NOT_ELIGIBLE"),
            Person("another algorithm", self.es384(self.cover("Rivière", "Cécile")), "UNSUPPORTED"),
            Person("random bytes", self.phone("Légende", "Loïc", mutate=noise), "MALFORMED"),
            Person("valid, with two children", Phone(*mine, dependants=children), "VALID"),
        ]

    def cover(
        self,
        family: str,
        given: str,
        *,
        age: int = 40,
        woman: bool = True,
        years: tuple[int, int] = (-1, 1),
        **more: Any,
    ) -> Cover:
        """The cover of a person of that `age`, entitled over `years`, relative to this year."""
        self._order += 1
        born = f"{self.year - age}-01-01"
        of_birth = "2A" if self._order % 5 == 0 else "75"
        first, last = (self.year + offset for offset in years)
        return Cover(
            family,
            given,
            born,
            nir.fictitious(born, of_birth, self._order, woman=woman),
            scheme="01-751-0001",
            departement="75",
            entitlements=(("AMO", f"{first}-01-01", f"{last}-12-31"),),
            proofing="eid",
            **more,
        )

    def issue(
        self, cover: Cover, by: Issuer | None = None, days_ago: int = 1, **period: Any
    ) -> _Holding:
        """A token of that `cover`, and its holder's key."""
        key = cose.new_key()
        at = self.now - days_ago * DAY
        issued = (by or self.issuer).token(cover, key.public_key(), at, **period)
        return issued.token, key

    def phone(
        self,
        family: str,
        given: str,
        *,
        by: Issuer | None = None,
        days_ago: int = 1,
        not_before: int | None = None,
        **knobs: Any,
    ) -> Phone:
        token, key = self.issue(self.cover(family, given), by, days_ago, not_before=not_before)
        return Phone(token, key, **knobs)

    def listed(self, family: str, given: str, value: int) -> Phone:
        """A phone whose token has the status `value` in the status list."""
        phone = self.phone(family, given)
        self.issuer.set_status(self.issuer.index_of_token(phone.token), value, self.now)
        return phone

    def key_revoked(self, family: str, given: str) -> Phone:
        """A phone with a good token whose issuer has since replaced and revoked its key."""
        phone = self.phone(family, given, by=self.lapsed)
        (key,) = self.lapsed.key_set()
        self.lapsed.add_key(self.now)
        self.lapsed.revoke_key(key[2], self.now)
        return phone

    def tampered(self, family: str, given: str) -> Phone:
        """A phone whose holder has given himself eight more years of entitlement."""
        phone = self.phone(family, given)
        last, later = (f"{self.year + years}-12-31".encode() for years in (1, 9))
        phone.token = phone.token.replace(last, later)
        return phone

    def cloned(self, family: str, given: str) -> Phone:
        """A phone with another person's token, and its own key."""
        token, _ = self.issue(self.cover(family, given))
        return Phone(token, cose.new_key())

    def es384(self, cover: Cover) -> Phone:
        """A phone with a token of that `cover`, good except for its algorithm."""
        token, holder_key = self.issue(cover)
        payload = cbor2.loads(token).value[2]
        key = COSEKey.from_pem(cose.private_pem(ec.generate_private_key(ec.SECP384R1())))
        kid = self.issuer.key_set()[0][2]
        header = {cose.ALG: _ES384, cose.KID: kid}
        signed = COSE.new(deterministic_header=True).encode_and_sign(payload, key, header)
        return Phone(bytes(signed), holder_key)


def _publish(path: Path, issuers: list[Issuer], mdocs: MdocCast, now: int) -> Repository:
    """The issuers' trust repository, with its first release."""
    repository = Repository.create(path, now)
    repository.set_policy(POLICY)
    repository.add_roots(mdocs.roots())
    repository.revoke_root(mdocs.former.fingerprint)
    for issuer in issuers:
        repository.add_keys(issuer_keys.load(issuer.path))
        repository.import_status(issuer.status_list(now), now, slug=issuer.path.name)
    listed = mdocs.identifier_list()
    repository.import_status(listed, now, slug="utopia", uri=mdoc_people.IDENTIFIERS)
    repository.release(now)
    return repository


def noise(answer: bytes) -> bytes:
    """Random bytes as many as the answer's, the same in each run."""
    return random.Random(1).randbytes(len(answer))
