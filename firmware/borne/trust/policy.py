"""The policy: rules for a terminal, set by the publisher of the trust data (docs/protocol.md)."""

from borne.memory.unimport import Unimport
from borne.token import cbor, dates

if False:  # for types only
    from typing import Any

    from borne.protocols import Encoded
    from borne.token.health_cover import HealthCover


class Policy:
    """An attribute for each rule of borne.trust.policy_rules."""

    warn_after: int  # age of the trust data in seconds
    refuse_after: int
    clock_skew: int  # seconds
    purposes: list[str]
    user_verification: bool
    relay_bound: int  # milliseconds; 0: none
    refuse_unexported: bool  # taps, while the journal is full
    receipts: bool  # keep the holders' proofs
    rest: int  # seconds that a verdict stays on the screen
    whole_nir: bool  # the screen shows the insured number unmasked
    time_zone: str  # of terminals without their own: a rule of borne.token.posix_tz
    identity_to_software: bool  # software that asks gets the holder's identity
    minimum_age: int  # of a phone's owner
    funds: list[str]  # beginnings of schemes; empty: all
    departements: list[str]  # empty: all
    general_from: str  # the first day on which all départements are covered

    def __init__(self, fields: "Any" = None) -> None:
        """`fields` is the decoded policy.cbor map, or None for the defaults. Raises DecodeError."""
        with Unimport():
            from borne.trust.policy_rules import read

            read(self, {} if fields is None else fields)

    def excludes(self, cover: "HealthCover", day: str) -> str | None:
        """The reason why this holder (HealthCover) is not covered on `day` ("YYYY-MM-DD"); None: covered.

        The minimum age is that of a phone's owner; it does not count for a dependant (rank 1 on) on the
        insured's phone.
        """
        if cover.rank == 0 and dates.age_on(day, cover.birth_date) < self.minimum_age:
            return "younger than the minimum age"
        scheme = cover.scheme or ""
        if self.funds and not any([scheme.startswith(fund) for fund in self.funds]):
            return "fund not covered"
        general = self.general_from and day >= self.general_from
        if self.departements and not general and cover.departement not in self.departements:
            return "departement not covered yet"
        return None


def decode(data: "Encoded") -> Policy:
    """The Policy in the bytes of policy.cbor. Raises DecodeError."""
    return Policy(cbor.decode(data))
