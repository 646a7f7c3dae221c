"""Revocation lists (.rsl), their deltas (.rsd), identifier lists (.idl), and the statuses in issuers' lists.

The formats are in docs/revocation.md. Nothing here shares code with the firmware's readers, so that each
checks the other.
"""

from bornetools.revocation.rsl import BLOCK_SIZE, RevocationList, delta, read, write
from bornetools.revocation.status_list import statuses

__all__ = [
    "BLOCK_SIZE",
    "RevocationList",
    "delta",
    "read",
    "statuses",
    "write",
]
