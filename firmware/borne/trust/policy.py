"""The policy: what the publisher of the trust data wants of a terminal (docs/protocol.md)."""

from micropython import const

from borne import limits
from borne.errors import DecodeError
from borne.token import cbor, dates

_WARN_AFTER = const(1)
_REFUSE_AFTER = const(2)
_CLOCK_SKEW = const(3)
_PURPOSES = const(4)
_USER_VERIFICATION = const(5)
_RELAY_BOUND = const(6)
_ELIGIBILITY = const(7)
_REFUSE_UNEXPORTED = const(8)
_RECEIPTS = const(9)
_REST = const(10)
_WHOLE_NIR = const(11)
_IDENTITY_TO_SOFTWARE = const(20)
# Of the eligibility
_MINIMUM_AGE = const(1)
_FUNDS = const(2)
_DEPARTEMENTS = const(3)
_GENERAL_FROM = const(4)

_DAY = const(86400)
_NUMBER_MAX = const(10 * 366 * _DAY)
_PURPOSES_KNOWN = const(("consultation", "dispensing", "admission"))


class Policy:
    """`warn_after`, `refuse_after`, `clock_skew` (seconds), `purposes` (list of str),
    `user_verification` (bool), `relay_bound_ms` (0: none), `refuse_unexported` (bool: refuse taps while the
    journal is full), `receipts` (bool: keep the holders' proofs), `rest` (seconds that a verdict stays on the
    screen), `whole_nir` (bool: the screen shows the insured number unmasked), `identity_to_software` (bool:
    software that asks for it is told who the holder is), and eligibility."""

    def __init__(self, fields=None):
        """`fields` is the decoded policy.cbor map, or None for the defaults. Raises DecodeError."""
        fields = {} if fields is None else fields
        if not isinstance(fields, dict):
            raise DecodeError("policy is not a map")
        self.warn_after = _number(fields, _WARN_AFTER, 7 * _DAY)
        self.refuse_after = _number(fields, _REFUSE_AFTER, 30 * _DAY)
        self.clock_skew = _number(fields, _CLOCK_SKEW, limits.CLOCK_SKEW_MAX)
        if self.clock_skew > limits.CLOCK_SKEW_MAX:
            raise DecodeError("policy's clock skew is over 5 minutes")
        self.purposes = _texts(fields, _PURPOSES) or list(_PURPOSES_KNOWN)
        for purpose in self.purposes:
            if purpose not in _PURPOSES_KNOWN:
                raise DecodeError("policy's purpose is unknown")
        self.user_verification = _bool(fields, _USER_VERIFICATION, True)
        self.refuse_unexported = _bool(fields, _REFUSE_UNEXPORTED, False)
        self.receipts = _bool(fields, _RECEIPTS, False)
        self.relay_bound_ms = _number(fields, _RELAY_BOUND, 0)
        self._eligibility = fields.get(_ELIGIBILITY, {})
        _check_eligibility(self._eligibility)
        self.rest = _number(fields, _REST, 6)
        if not limits.REST_MIN <= self.rest <= limits.REST_MAX:
            raise DecodeError("policy's rest time is out of range")
        self.whole_nir = _bool(fields, _WHOLE_NIR, False)
        self.identity_to_software = _bool(fields, _IDENTITY_TO_SOFTWARE, False)

    def excludes(self, cover, day):
        """Why this holder (HealthCover) is not covered on `day` ("YYYY-MM-DD"), or None: covered.

        The minimum age is that of whoever holds a phone; it does not count for a dependant (rank 1 on),
        whom the insured's phone carries.
        """
        rules = self._eligibility
        if cover.rank == 0 and dates.age_on(day, cover.birth_date) < rules.get(_MINIMUM_AGE, 0):
            return "younger than the minimum age"
        funds = rules.get(_FUNDS)
        if funds and not any([(cover.scheme or "").startswith(fund) for fund in funds]):
            return "fund not covered"
        departements = rules.get(_DEPARTEMENTS)
        if departements and cover.departement not in departements:
            general_from = rules.get(_GENERAL_FROM)
            if general_from is None or day < general_from:
                return "departement not covered yet"
        return None


def decode(data):
    """The Policy that the bytes of policy.cbor are. Raises DecodeError."""
    return Policy(cbor.decode(data))


def _check_eligibility(rules):
    if not isinstance(rules, dict):
        raise DecodeError("policy's eligibility is not a map")
    _number(rules, _MINIMUM_AGE, 0)
    _texts(rules, _FUNDS)
    _texts(rules, _DEPARTEMENTS)
    if _GENERAL_FROM in rules and not dates.is_date(rules[_GENERAL_FROM]):
        raise DecodeError("policy's date is not a full-date")


def _number(fields, key, default):
    value = fields.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _NUMBER_MAX:
        raise DecodeError("policy's number is out of range")
    return value


def _bool(fields, key, default):
    value = fields.get(key, default)
    if not isinstance(value, bool):
        raise DecodeError("policy's switch is not a bool")
    return value


def _texts(fields, key):
    values = fields.get(key, [])
    if not isinstance(values, list):
        raise DecodeError("policy's list is not a list")
    for value in values:
        if not isinstance(value, str):
            raise DecodeError("policy's list holds something else than text")
    return values
