"""Revocation lists (.rsl), their deltas (.rsd), and the Token Status Lists that they are made from.

The format is in docs/revocation.md. Nothing here shares code with the firmware's reader, so that each
checks the other.
"""

from bornetools.revocation.rsl import BLOCK_SIZE, RevocationList, delta, read, write
from bornetools.revocation.status_list import StatusListToken, from_status_list

__all__ = [
    "BLOCK_SIZE",
    "RevocationList",
    "StatusListToken",
    "delta",
    "from_status_list",
    "read",
    "write",
]
