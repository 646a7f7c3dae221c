"""The demo's wallets: issuers of mdocs, and one phone for each of the main things that can happen."""

import secrets
from typing import Any

import cbor2

from bornetools.emulator.phones import mdoc_tag
from bornetools.emulator.phones.mdoc_wallet import Wallet
from bornetools.issuer import cose, nir, status
from bornetools.issuer import mdoc as mdoc_issuer
from bornetools.issuer.claims import Cover
from bornetools.issuer.issuer import Issuer
from bornetools.issuer.mdoc import Authority, Mdoc
from bornetools.publisher.roots import Trusted
from bornetools.times import DAY

_OPENED = 90 * DAY  # how long ago the issuers began
IDENTIFIERS = "https://utopia.example/identifiers"
NEGOTIATED = {"way": mdoc_tag.NEGOTIATED, "busy": 1}


class MdocCast:
    """Issuers of mdocs at the time `now`; `lists` keeps the status of their documents."""

    def __init__(self, lists: Issuer, now: int, year: int) -> None:
        self.now = now
        self._lists = lists
        self.year = year
        began = now - _OPENED
        self.root, former, stranger = (
            mdoc_issuer.iaca(began, name=name)
            for name in ("Utopia IACA", "Former IACA", "Unknown IACA")
        )
        self.signer, self.former_signer, self.stranger = (
            mdoc_issuer.document_signer(one, began, name="Document signer")
            for one in (self.root, former, stranger)
        )
        self.former = Trusted(former.der, name="Former")
        self._revoked: list[bytes] = []
        self._order = 500

    def roots(self) -> list[Trusted]:
        """The roots of a terminal's release; `former` is revoked afterwards."""
        return [Trusted(self.root.der, name="Utopia"), self.former]

    def wallets(self) -> list[tuple[str, Wallet, str]]:
        """Case, phone and expected verdict of each wallet."""
        static = self.wallet("Lindqvist", "Märta", mac=True)
        return [
            (
                "mdoc, negotiated handover",
                self.wallet("Øvergård", "Bjørn", engagement=NEGOTIATED),
                "VALID",
            ),
            ("mdoc, static handover, MAC", static, "VALID"),
            ("mdoc of the fund's own type", self.own("Lefèvre-Müller", "Élodie"), "VALID"),
            (
                "mdoc, name from a PID of another key",
                self.apart("Rossi", "Chiara"),
                "IDENTITY_NOT_BOUND",
            ),
            ("mdoc, expired", self.wallet("Ibáñez", "Lucía", days_ago=40), "EXPIRED"),
            ("mdoc, revoked", self.listed("Novák", "Jana", status.REVOKED), "REVOKED"),
            ("mdoc, revoked by its identifier", self.withdrawn("Jansen", "Fleur"), "REVOKED"),
            ("mdoc, suspended", self.listed("Horváth", "Réka", status.SUSPENDED), "SUSPENDED"),
            (
                "mdoc, unknown issuer",
                self.wallet("Kowalski", "Zofia", signer=self.stranger),
                "UNKNOWN_ISSUER",
            ),
            ("mdoc, tampered", self.tampered("Papadaki", "Eleni"), "BAD_SIGNATURE"),
            (
                "mdoc, cloned",
                self.wallet("Ferreira", "Inês", device_key=cose.new_key()),
                "CLONED",
            ),
            (
                "mdoc, no entitlement",
                self.wallet("Ó Briain", "Áine", years=(-3, -1)),
                "NO_ENTITLEMENT",
            ),
            (
                "mdoc, empty response",
                self.wallet("Grünwald", "Sepp", change_response=_empty),
                "NO_APPLICATION",
            ),
            (
                "mdoc, holder does not agree",
                self.wallet("Weiß", "Jörg", locked=True),
                "HOLDER_NOT_PRESENT",
            ),
            (
                "mdoc by Bluetooth only",
                self.wallet("Tamm", "Õie", engagement={"carriers": [mdoc_tag.BLE]}),
                "UNSUPPORTED",
            ),
            ("mdoc, removed mid-read", self.wallet("Virtanen", "Päivi", removed_after=10), "TORN"),
        ]

    def wallet(self, family: str, given: str, **knobs: Any) -> Wallet:
        """A phone with a person's EHIC. `knobs` are parameters of `card` and of Wallet."""
        of_card = {name: knobs.pop(name) for name in _OF_CARD if name in knobs}
        return Wallet([self.card(family, given, **of_card)], **knobs)

    def card(
        self,
        family: str,
        given: str,
        *,
        age: int = 40,
        years: tuple[int, int] = (-1, 1),
        signer: Authority | None = None,
        days_ago: int = 1,
        **issued: Any,
    ) -> Mdoc:
        """An EHIC of a person of that `age`; `years` are the first and last of entitlement, relative to this
        year. `issued`: parameters of mdoc_issuer.issue."""
        born, number = self._person(age)
        first, last = (self.year + offset for offset in years)
        elements = mdoc_issuer.ehic(family, given, born, number, f"{first}-01-01", f"{last}-12-31")
        at = self.now - days_ago * DAY
        return mdoc_issuer.issue(signer or self.signer, mdoc_issuer.EHIC, elements, at, **issued)

    def own(self, family: str, given: str) -> Wallet:
        """A phone with an mdoc of this project's own type, whose status is in a list."""
        born, number = self._person(40)
        cover = Cover(
            family,
            given,
            born,
            number,
            scheme="01-751-0001",
            departement="75",
            entitlements=(("AMO", f"{self.year - 1}-01-01", f"{self.year + 1}-12-31"),),
        )
        elements = {
            "family_name": cover.family,
            "given_name": cover.given,
            "birth_date": cover.birth_date,
            "nir": cover.nir,
            "rank": cover.rank,
            "scheme": cover.scheme,
            "departement": cover.departement,
            "entitlements": [list(period) for period in cover.entitlements],
            "delegate": None,
        }
        _, entry = self.entry(status.VALID)
        document = mdoc_issuer.issue(
            self.signer,
            mdoc_issuer.HCOV,
            {mdoc_issuer.HCOV: elements},
            self.now - DAY,
            status=entry,
        )
        return Wallet([document], mac=True)

    def apart(self, family: str, given: str) -> Wallet:
        """A phone with a PID and an EHIC without a name, as in the EHIC rulebook. Each has its own device
        key, as in EUDI wallets."""
        born, number = self._person(40)
        card = {
            "personal_administrative_number": number,
            "starting_date": mdoc_issuer.full_date(f"{self.year - 1}-01-01"),
            "ending_date": mdoc_issuer.full_date(f"{self.year + 1}-12-31"),
        }
        person = mdoc_issuer.pid(family, given, born)
        at = self.now - DAY
        return Wallet(
            [
                mdoc_issuer.issue(self.signer, mdoc_issuer.PID, person, at),
                mdoc_issuer.issue(self.signer, mdoc_issuer.EHIC, {mdoc_issuer.EHIC: card}, at),
            ]
        )

    def listed(self, family: str, given: str, value: int) -> Wallet:
        """A phone with an EHIC of status `value` in the status list."""
        _, entry = self.entry(value)
        return self.wallet(family, given, status=entry)

    def withdrawn(self, family: str, given: str) -> Wallet:
        """A phone with an EHIC that is in the identifier list."""
        identifier = secrets.token_bytes(16)
        self._revoked.append(identifier)
        return self.wallet(
            family, given, status={"identifier_list": {"id": identifier, "uri": IDENTIFIERS}}
        )

    def identifier_list(self) -> bytes:
        """The identifier list (CWT) of revoked documents, signed by the root's document signer."""
        expires = self.now + 30 * DAY
        return mdoc_issuer.identifier_list(
            self.signer, IDENTIFIERS, self._revoked, self.now, expires=expires
        )

    def entry(self, value: int) -> tuple[int, dict[str, Any]]:
        """An index of status `value` in the status list, and an MSO's status with that index."""
        _, index = self._lists.allocate()
        if value != status.VALID:
            self._lists.set_status(index, value, self.now)
        return index, {"status_list": {"idx": index, "uri": self._lists.status_uri}}

    def tampered(self, family: str, given: str) -> Wallet:
        """A phone whose holder has given himself eight more years of entitlement."""
        last, later = (f"{self.year + years}-12-31".encode() for years in (1, 9))
        return self.wallet(
            family, given, change_response=lambda response: response.replace(last, later)
        )

    def _person(self, age: int) -> tuple[str, str]:
        """Birth date and insured number of a person of that age."""
        self._order += 1
        born = f"{self.year - age}-01-01"
        return born, nir.fictitious(born, "99", self._order, woman=True)


def _empty(_: bytes) -> bytes:
    return cbor2.dumps({"version": "1.0", "status": 0})


_OF_CARD = (
    "age",
    "years",
    "signer",
    "days_ago",
    "status",
    "days",
    "valid_from",
    "chain",
    "change_mso",
)
