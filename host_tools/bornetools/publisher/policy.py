"""The policy that terminals apply: `policy.cbor` of the draft (docs/protocol.md)."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from borne.errors import DecodeError
from borne.trust import policy as firmware
from bornetools import files
from bornetools.errors import UserError
from bornetools.issuer import trustset
from bornetools.issuer.claims import DEPARTEMENTS

_FUND = re.compile(r"\d\d(-\d{3}(-\d{4})?)?", re.ASCII)  # a prefix of RR-CCC-NNNN


def write(path: Path, rules: Mapping[str, Any]) -> firmware.Policy:
    """Replaces the policy in `path` by `rules`, keyed by their names in borne.trust.policy.

    Returns the policy as terminals understand it. Raises UserError if terminals would refuse the policy, or
    if it cannot be intended.
    """
    data = trustset.policy_of(rules)
    try:
        policy = firmware.decode(data)
    except DecodeError as error:
        raise UserError(error.reason) from error
    if policy.warn_after > policy.refuse_after:
        raise UserError("terminals would refuse before they warn: --warn-after over --refuse-after")
    for fund in policy.funds:
        if not _FUND.fullmatch(fund):
            raise UserError(f"{fund!r} is not a fund: write RR, RR-CCC or RR-CCC-NNNN")
    for departement in policy.departements:
        if departement not in DEPARTEMENTS:
            raise UserError(f"{departement!r} is not a département: 01..95, 2A, 2B, 971..976")
    if policy.general_from and not policy.departements:
        raise UserError("a date for all départements needs --departement for the time before")
    files.replace(path, data)
    return policy
