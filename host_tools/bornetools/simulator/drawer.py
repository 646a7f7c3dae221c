"""The drawer: the demo's people and their phones, each with properties to change."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cbor2

from bornetools.emulator.people import Cast, World, noise
from bornetools.emulator.phone import Phone
from bornetools.errors import UserError
from bornetools.issuer import claims, status

SLOW_MAX = 8  # seconds before each answer: more than the terminal waits for
COMMANDS_MAX = 9

# A phone with a new token, for (family, given) as names of its holder.
Make = Callable[[Cast, str, str], Phone]


def _delegate(cast: Cast, family: str, given: str) -> Phone:
    mother = (family, "Élodie", f"{cast.year}-12-31")
    return Phone(*cast.issue(cast.cover(family, given, age=17, rank=1, delegate=mother)))


def _noise(cast: Cast, family: str, given: str) -> Phone:
    return cast.phone(family, given, mutate=noise)


# What a token can be, as the page names it; those of RENEWED the phone fetches anew as time passes.
TOKENS: dict[str, Make] = {
    "valid": lambda cast, *name: cast.phone(*name),
    "delegate": _delegate,
    "expired": lambda cast, *name: cast.phone(*name, days_ago=10),
    "not-yet-valid": lambda cast, *name: cast.phone(*name, not_before=cast.now + 86_400),
    "revoked": lambda cast, *name: cast.listed(*name, status.REVOKED),
    "suspended": lambda cast, *name: cast.listed(*name, status.SUSPENDED),
    "unknown-issuer": lambda cast, *name: cast.phone(*name, by=cast.stranger),
    "tampered": lambda cast, *name: cast.tampered(*name),
    "cloned": lambda cast, *name: cast.cloned(*name),
    "uncovered": lambda cast, *name: Phone(*cast.issue(cast.cover(*name, years=(-3, -1)))),
    "child": lambda cast, *name: Phone(*cast.issue(cast.cover(*name, age=9))),
    "other-algorithm": lambda cast, *name: cast.es384(*name),
    "noise": _noise,
}
LISTED = ("revoked", "suspended")
RENEWED = ("valid", "delegate", "cloned", "uncovered", "child", "noise")

# The tokens of the demo's cases; in a case that is not here only the phone is special.
_CASES = {
    "valid, with a delegate": "delegate",
    "expired": "expired",
    "not yet valid": "not-yet-valid",
    "revoked": "revoked",
    "suspended": "suspended",
    "unknown issuer": "unknown-issuer",
    "issuer's key revoked": "key-revoked",
    "tampered token": "tampered",
    "cloned token": "cloned",
    "no entitlement": "uncovered",
    "not eligible": "child",
    "another algorithm": "other-algorithm",
    "random bytes": "noise",
}


@dataclass
class Card:
    """One phone of the drawer: its `id`, its holder's name, what its `token` is (of TOKENS, or another
    that only the demo makes), and whether the issuer has `revoked` it since."""

    id: str
    family: str
    given: str
    token: str
    phone: Phone
    revoked: bool = False

    def shown(self) -> dict[str, Any]:
        """All that the page shows of it."""
        return {
            "id": self.id,
            "family": self.family,
            "given": self.given,
            "token": self.token,
            "revoked": self.revoked,
            "verified": self.phone.user_verified,
            "locked": self.phone.locked,
            "installed": self.phone.installed,
            "slow": self.phone.slow,
            "removed_after": self.phone.removed_after,
        }


class Drawer:
    """The phones of a `world`, by id."""

    def __init__(self, world: World):
        self._cast = world.cast
        self.cards: dict[str, Card] = {}
        for number, person in enumerate(world.people, 1):
            token = _CASES.get(person.case, "valid")
            card = Card(f"p{number}", *_holder(person.phone.token), token, person.phone)
            self.cards[card.id] = card

    def card(self, id: Any) -> Card:
        """Raises UserError if there is no such phone."""
        if not isinstance(id, str) or id not in self.cards:
            raise UserError("there is no such phone")
        return self.cards[id]

    def change(self, id: Any, properties: Any, now: int) -> Card:
        """Gives a phone the properties of `Card.shown`, those that are there, at the time `now`.

        Raises UserError, and changes nothing, if they cannot be.
        """
        card = self.card(id)
        if not isinstance(properties, dict):
            raise UserError("properties are a map")
        wanted = {**card.shown(), **properties}
        _check(wanted, card.token)
        name, token = (wanted["family"], wanted["given"]), wanted["token"]
        if (*name, token) != (card.family, card.given, card.token):
            if token not in TOKENS:
                raise UserError("this token is of the demo's making: choose another kind first")
            self._cast.now = now
            card.phone = TOKENS[token](self._cast, *name)
            (card.family, card.given), card.token, card.revoked = name, token, False
        card.phone.user_verified = wanted["verified"]
        card.phone.locked = wanted["locked"]
        card.phone.installed = wanted["installed"]
        card.phone.slow = float(wanted["slow"])
        card.phone.removed_after = wanted["removed_after"]
        return card

    def renew(self, now: int) -> None:
        """Time has passed, and phones are online: those with a right to one have a new token."""
        self._cast.now = now
        for card in self.cards.values():
            if card.token in RENEWED and not card.revoked:
                new = TOKENS[card.token](self._cast, card.family, card.given)
                new.user_verified, new.locked = card.phone.user_verified, card.phone.locked
                new.installed, new.slow = card.phone.installed, card.phone.slow
                new.removed_after = card.phone.removed_after
                card.phone = new


def _holder(token: bytes) -> tuple[str, str]:
    """Family and given name in a token."""
    cover = cbor2.loads(cbor2.loads(token).value[2])[claims.HCOV]
    return cover[1], cover.get(2, "")


def _check(wanted: dict, token: str) -> None:
    for name in ("family", "given"):
        if not isinstance(wanted[name], str) or not 0 < len(wanted[name].strip()) <= 60:
            raise UserError("a name has 1 to 60 characters")
    for name in ("verified", "locked", "installed"):
        if not isinstance(wanted[name], bool):
            raise UserError(f"{name} is true or false")
    if wanted["token"] not in (*TOKENS, token):
        raise UserError("there is no such kind of token")
    slow, after = wanted["slow"], wanted["removed_after"]
    if type(slow) not in (int, float) or not 0 <= slow <= SLOW_MAX:
        raise UserError(f"a phone is slow by 0 to {SLOW_MAX} seconds")
    if after is not None and (type(after) is not int or not 0 <= after <= COMMANDS_MAX):
        raise UserError(f"a phone leaves after 0 to {COMMANDS_MAX} commands")
