"""Revocation lists (.rsl), their deltas (.rsd), identifier lists (.idl), and the issuers' lists behind them.

The formats are in docs/revocation.md. Nothing here shares code with the firmware's readers, so that each
checks the other.
"""

from bornetools.revocation.identifiers import IdentifierListToken, from_identifier_list
from bornetools.revocation.rsl import BLOCK_SIZE, RevocationList, delta, read, write
from bornetools.revocation.signed import Signed, by_key, by_root
from bornetools.revocation.status_list import StatusListToken, from_status_list

__all__ = [
    "BLOCK_SIZE",
    "IdentifierListToken",
    "RevocationList",
    "Signed",
    "StatusListToken",
    "by_key",
    "by_root",
    "delta",
    "from_identifier_list",
    "from_status_list",
    "read",
    "write",
]
