"""The drawer: the demo's people and their phones, each with properties to change."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cbor2

from borne import limits
from bornetools.emulator.phones.mdoc_wallet import Wallet
from bornetools.emulator.phones.phone import Phone
from bornetools.errors import UserError
from bornetools.issuer import claims, cose, nir, status
from bornetools.issuer.claims import Cover
from bornetools.simulator.refusal import Refusal
from bornetools.times import DAY
from bornetools.world.people import Cast, World, noise

SLOW_MAX = 8  # seconds before each answer: more than the terminal waits for
COMMANDS_MAX = 9
CHILDREN_MAX = limits.PHONE_TOKENS_MAX - 1  # beside the insured
NAME_MAX = 60

# A phone with a new token of a cover.
Make = Callable[[Cast, Cover], Phone]


def _listed(value: int) -> Make:
    def make(cast: Cast, cover: Cover) -> Phone:
        phone = Phone(*cast.issue(cover))
        cast.issuer.set_status(cast.issuer.index_of_token(phone.token), value, cast.now)
        return phone

    return make


def _tampered(cast: Cast, cover: Cover) -> Phone:
    """The holder has forged eight more years of entitlement."""
    phone = Phone(*cast.issue(cover))
    last = cover.entitlements[0][2]
    later = f"{(int(last[:4]) + 8) % 10_000:04}{last[4:]}"
    phone.token = phone.token.replace(last.encode(), later.encode())
    return phone


# The kinds of tokens, by the page's names.
TOKENS: dict[str, Make] = {
    "valid": lambda cast, cover: Phone(*cast.issue(cover)),
    "expired": lambda cast, cover: Phone(*cast.issue(cover, days_ago=10)),
    "not-yet-valid": lambda cast, cover: Phone(*cast.issue(cover, not_before=cast.now + DAY)),
    "revoked": _listed(status.REVOKED),
    "suspended": _listed(status.SUSPENDED),
    "unknown-issuer": lambda cast, cover: Phone(*cast.issue(cover, cast.stranger)),
    "tampered": _tampered,
    "cloned": lambda cast, cover: Phone(cast.issue(cover)[0], cose.new_key()),
    "other-algorithm": lambda cast, cover: cast.es384(cover),
    "noise": lambda cast, cover: Phone(*cast.issue(cover), mutate=noise),
}
LISTED = ("revoked", "suspended")
RENEWED = ("valid", "cloned", "noise")  # the phone fetches a new one as time passes

# The demo's cases with a token other than a valid one.
_CASES = {
    "expired": "expired",
    "not yet valid": "not-yet-valid",
    "revoked": "revoked",
    "suspended": "suspended",
    "unknown issuer": "unknown-issuer",
    "issuer's key revoked": "key-revoked",
    "tampered token": "tampered",
    "cloned token": "cloned",
    "another algorithm": "other-algorithm",
    "random bytes": "noise",
}
_CHILDREN = {"valid, with two children": 2}


@dataclass
class Card:
    """One phone of the drawer: its `id`, the `cover` of its holder, the kind of its `token` (of TOKENS, or
    another that only the demo makes), the number of `children` beside its holder, and whether the issuer has
    `revoked` the token since."""

    id: str
    cover: Cover
    token: str
    phone: Phone
    children: int = 0
    revoked: bool = False

    def shown(self) -> dict[str, Any]:
        """The properties that the page shows. Dates are YYYY-MM-DD; empty texts stand for absent values."""
        _, first, last = self.cover.entitlements[0]
        return {
            "id": self.id,
            "family": self.cover.family,
            "given": self.cover.given,
            "born": self.cover.birth_date,
            "scheme": self.cover.scheme or "",
            "departement": self.cover.departement or "",
            "from": first,
            "until": last,
            "delegate": self.cover.delegate is not None,
            "children": self.children,
            "token": self.token,
            "revoked": self.revoked,
            "verified": self.phone.user_verified,
            "locked": self.phone.locked,
            "installed": self.phone.installed,
            "slow": self.phone.slow,
            "removed_after": self.phone.removed_after,
        }


@dataclass
class WalletCard:
    """A phone of the drawer whose wallet holds mdocs; `case` is its purpose, by the page's name. Its
    properties cannot be changed."""

    id: str
    case: str
    phone: Wallet
    token = "mdoc"

    def shown(self) -> dict[str, Any]:
        """The properties that the page shows."""
        family, given, born = _holder(self.phone)
        return {"id": self.id, "wallet": self.case, "family": family, "given": given, "born": born}


class Drawer:
    """The phones of a `world`, by id."""

    def __init__(self, world: World) -> None:
        self._cast = world.cast
        self.cards: dict[str, Card | WalletCard] = {}
        for number, person in enumerate(world.people, 1):
            cover, token = _cover(person.phone.token), _CASES.get(person.case, "valid")
            children = _CHILDREN.get(person.case, 0)
            self.cards[f"p{number}"] = Card(f"p{number}", cover, token, person.phone, children)
        for number, wallet in enumerate(world.wallets, 1):
            self._put_wallet(number, wallet.case, wallet.phone)

    def card(self, id: Any) -> Card | WalletCard:
        """The phone with that id. Raises Refusal if there is none."""
        if not isinstance(id, str) or id not in self.cards:
            raise Refusal("phone")
        return self.cards[id]

    def holding(self, id: Any) -> Card:
        """A phone with a token. Raises Refusal if there is no such phone."""
        card = self.card(id)
        if not isinstance(card, Card):
            raise Refusal("made")
        return card

    def change(self, id: Any, properties: Any, now: int) -> Card:
        """Sets the given `properties` of a phone, named as in `Card.shown`, at the time `now`.

        Raises Refusal, and changes nothing, if they are invalid.
        """
        card = self.holding(id)
        if not isinstance(properties, dict):
            raise Refusal("properties")
        wanted = {**card.shown(), **properties}
        _check(wanted)
        cover, token, children = _changed(card.cover, wanted), wanted["token"], wanted["children"]
        if (cover, token, children) != (card.cover, card.token, card.children):
            if token not in TOKENS:
                raise Refusal("made" if token == card.token else "properties")
            self._cast.now = now
            card.phone = self._phone(cover, token, children)
            card.cover, card.token, card.children, card.revoked = cover, token, children, False
        card.phone.user_verified = wanted["verified"]
        card.phone.locked = wanted["locked"]
        card.phone.installed = wanted["installed"]
        card.phone.slow = float(wanted["slow"])
        card.phone.removed_after = wanted["removed_after"]
        return card

    def renew(self, now: int) -> None:
        """Time has passed, and phones are online: each phone with a right to a new token gets it."""
        self._cast.now = self._cast.mdocs.now = now
        for number, (case, wallet, _) in enumerate(self._cast.mdocs.wallets(), 1):
            self._put_wallet(number, case, wallet)
        for card in self.cards.values():
            if isinstance(card, Card) and card.token in RENEWED and not card.revoked:
                new = self._phone(card.cover, card.token, card.children)
                new.user_verified, new.locked = card.phone.user_verified, card.phone.locked
                new.installed, new.slow = card.phone.installed, card.phone.slow
                new.removed_after = card.phone.removed_after
                card.phone = new

    def _put_wallet(self, number: int, case: str, phone: Wallet) -> None:
        self.cards[f"w{number}"] = WalletCard(f"w{number}", slug(case), phone)

    def _phone(self, cover: Cover, token: str, children: int) -> Phone:
        phone = TOKENS[token](self._cast, cover)
        phone.dependants = tuple(
            self._cast.issue(
                self._cast.cover(cover.family, given, age=age, rank=rank, years=(-1, 1))
            )
            for rank, (given, age) in enumerate(_NAMES[:children], 1)
        )
        return phone


_NAMES = (("Chloé", 12), ("Lise", 9), ("Hugo", 5))


def slug(case: str) -> str:
    """The page's name for the case of a wallet."""
    return re.sub("[^a-z]+", "-", case.removeprefix("mdoc").strip(", ").lower())


def _holder(wallet: Wallet) -> tuple[str, str, str]:
    """Family name, given name and birth date in a wallet's document."""
    (elements,) = wallet.documents[0].name_spaces.values()
    stated = {name: cbor2.loads(item)["elementValue"] for name, item in elements.items()}
    stated = stated.get("subject", stated)
    born = stated["birth_date"]
    return (
        stated["family_name"],
        stated["given_name"],
        born if isinstance(born, str) else born.isoformat(),
    )


def _cover(token: bytes) -> Cover:
    """The Cover that a token carries."""
    fields = cbor2.loads(cbor2.loads(token).value[2])[claims.HCOV]
    born, delegate = fields[3], fields.get(10)
    return Cover(
        fields[1],
        fields.get(2, ""),
        born if isinstance(born, str) else born.isoformat(),
        fields[4],
        fields.get(5, 0),
        fields.get(6),
        fields.get(7),
        tuple(tuple(period) for period in fields[8]),
        fields.get(9),
        (delegate[1], delegate[2], delegate[3]) if delegate else None,
    )


def _changed(cover: Cover, wanted: dict[str, Any]) -> Cover:
    """`cover` with the `wanted` properties. Raises Refusal."""
    born, last = wanted["born"], wanted["until"]
    delegate = None
    if wanted["delegate"]:
        delegate = cover.delegate or (wanted["family"], "Élodie", last)
    try:
        number = cover.nir
        if born != cover.birth_date:
            body = number[0] + born[2:4] + born[5:7] + number[5:13]
            number = body + nir.control_key(body)
        return replace(
            cover,
            family=wanted["family"],
            given=wanted["given"],
            birth_date=born,
            nir=number,
            scheme=wanted["scheme"] or None,
            departement=wanted["departement"] or None,
            entitlements=((cover.entitlements[0][0], wanted["from"], last),),
            delegate=delegate,
        )
    except (UserError, ValueError) as error:
        raise Refusal("properties") from error


_TEXTS = ("family", "given", "born", "scheme", "departement", "from", "until", "token")
_FLAGS = ("delegate", "verified", "locked", "installed")
_DATE = re.compile(r"(19|20)\d\d-\d\d-\d\d", re.ASCII)


def _check(wanted: dict[str, Any]) -> None:
    """Raises Refusal if a property is not of its type, or out of bounds."""
    slow, after, children = wanted["slow"], wanted["removed_after"], wanted["children"]
    if not (
        all(isinstance(wanted[name], str) and len(wanted[name]) <= NAME_MAX for name in _TEXTS)
        and all(isinstance(wanted[name], bool) for name in _FLAGS)
        and all(_DATE.fullmatch(wanted[name]) for name in ("born", "from", "until"))
        and type(slow) in (int, float)
        and 0 <= slow <= SLOW_MAX
        and (after is None or (type(after) is int and 0 <= after <= COMMANDS_MAX))
        and type(children) is int
        and 0 <= children <= CHILDREN_MAX
    ):
        raise Refusal("properties")
