"""The holder's proof: this phone, with the token's key, has just answered this challenge."""

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec

from borne import limits
from borne.trust.policy_rules import PURPOSES
from bornetools.errors import UserError
from bornetools.issuer import cose

CONTEXT = "borne-proof-1"


def make(
    token: bytes,
    holder_key: ec.EllipticCurvePrivateKey,
    nonce: bytes,
    terminal_id: str,
    purpose: str,
    *,
    user_verified: bool = True,
    method: str = "pin",
) -> bytes:
    """A tagged COSE_Sign1 with detached payload, as the profile's section "The exchange" says.

    Raises UserError for a challenge that no terminal makes.
    """
    if len(nonce) != limits.NONCE_SIZE:
        raise UserError(f"a nonce has {limits.NONCE_SIZE} bytes")
    if not 0 < len(terminal_id.encode()) <= limits.TERMINAL_ID_MAX:
        raise UserError(f"a terminal id has 1 to {limits.TERMINAL_ID_MAX} bytes")
    if purpose not in PURPOSES:
        raise UserError(f"a purpose is one of {', '.join(PURPOSES)}")
    digest = hashlib.sha256(token).digest()
    payload = [CONTEXT, nonce, terminal_id, purpose, digest, user_verified, method]
    header = {"uv": user_verified, "method": method}
    return cose.sign(cose.encode(payload), holder_key, header, detached=True)
