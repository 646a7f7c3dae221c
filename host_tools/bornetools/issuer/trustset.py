"""A terminal's trust set: the folder of keys, policy and status lists that it verifies tokens by."""

from collections.abc import Iterable
from pathlib import Path

from borne import limits
from borne.trust import kinds
from bornetools import files
from bornetools.errors import UserError
from bornetools.issuer import cose, folder
from bornetools.issuer.issuer import Issuer
from bornetools.issuer.proof import PURPOSES
from bornetools.times import DAY

# Keys of policy.cbor, and of the map under ELIGIBILITY.
WARN_AFTER, REFUSE_AFTER, CLOCK_SKEW = 1, 2, 3
PURPOSES_ALLOWED, USER_VERIFIED, RELAY_BOUND, ELIGIBILITY = 4, 5, 6, 7
REFUSE_UNEXPORTED, RECEIPTS, REST, WHOLE_NIR = 8, 9, 10, 11
IDENTITY_TO_SOFTWARE = 20
MINIMUM_AGE, FUNDS, DEPARTEMENTS, GENERAL_FROM = 1, 2, 3, 4

POLICY = {
    WARN_AFTER: 7 * DAY,
    REFUSE_AFTER: 30 * DAY,
    CLOCK_SKEW: limits.CLOCK_SKEW_MAX,
    PURPOSES_ALLOWED: list(PURPOSES),
    USER_VERIFIED: True,
}


def write(
    path, issuers: Iterable[Issuer], at: int, *, policy: dict = POLICY, version: int = 1
) -> Path:
    """Writes the trust set of `issuers`, released at the time `at`, to the new folder `path`.

    `version` counts releases upwards. Returns the folder. Raises UserError.
    """
    issuers = list(issuers)
    key_set = [key for issuer in issuers for key in issuer.key_set()]
    if len(key_set) > limits.KEYS_MAX or len(issuers) > limits.STATUS_LIST_COUNT_MAX:
        raise UserError("more issuers or keys than a terminal holds")
    lists = [issuer.status_list(at) for issuer in issuers]
    path = folder.create(path)
    files.write_new(path / kinds.KEYS.name, cose.encode(key_set))
    files.write_new(path / kinds.POLICY.name, cose.encode(policy))
    files.write_new(path / "release.cbor", cose.encode({1: version, 2: at}))
    (path / "status").mkdir()
    for number, signed in enumerate(lists, 1):
        files.write_new(path / "status" / f"{number}.cwt", signed)
    return path
