"""A terminal's trust set: the folder of keys, policy and status lists for verifying tokens."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from borne import limits
from borne.trust import kinds
from borne.trust.policy_rules import ELIGIBILITY, ELIGIBILITY_RULES, RULES
from bornetools import files
from bornetools.errors import UserError
from bornetools.issuer import cose, folder
from bornetools.issuer.issuer import Issuer


def write(
    path: Path | str,
    issuers: Iterable[Issuer],
    at: int,
    *,
    policy: Mapping[str, Any] | None = None,
    version: int = 1,
) -> Path:
    """Writes the trust set of `issuers`, released at the time `at`, to the new folder `path`.

    `policy` is as policy_of takes it, `version` counts releases upwards. Returns the folder. Raises
    UserError.
    """
    issuers = list(issuers)
    key_set = [key for issuer in issuers for key in issuer.key_set()]
    if len(key_set) > limits.KEYS_MAX or len(issuers) > limits.STATUS_LIST_COUNT_MAX:
        raise UserError("more issuers or keys than a terminal holds")
    lists = [issuer.status_list(at) for issuer in issuers]
    path = folder.create(path)
    files.write_new(path / kinds.KEYS.name, cose.encode(key_set))
    files.write_new(path / kinds.POLICY.name, policy_of(policy or {}))
    files.write_new(path / "release.cbor", cose.encode({1: version, 2: at}))
    (path / "status").mkdir()
    for number, signed in enumerate(lists, 1):
        files.write_new(path / "status" / f"{number}.cwt", signed)
    return path


def policy_of(rules: Mapping[str, Any]) -> bytes:
    """The policy.cbor of `rules`, keyed by name in borne.trust.policy; other rules have their defaults.

    Raises UserError for an unknown name.
    """
    fields: dict[int, Any] = {rule.key: rules[rule.name] for rule in RULES if rule.name in rules}
    eligibility = {rule.key: rules[rule.name] for rule in ELIGIBILITY_RULES if rule.name in rules}
    unknown = set(rules) - {rule.name for rule in (*RULES, *ELIGIBILITY_RULES)}
    if unknown:
        raise UserError(f"a policy has no {min(unknown)}")
    return cose.encode({**fields, ELIGIBILITY: eligibility} if eligibility else fields)
