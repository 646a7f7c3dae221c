"""Signatures of TUF metadata (specification 1.0.34, section 4.2): whose they are, and if they are enough."""

from borne.crypto import ecdsa_der, p256
from borne.errors import TrustError
from borne.trust import canonical_json, pem

KEY_KIND = ("ecdsa", "ecdsa-sha2-nistp256")  # keytype and scheme


class Payload:
    """The signed part of one file, for checking signatures of it."""

    def __init__(self, signed):
        self._digest = canonical_json.sha256(signed)

    def signer(self, key, signature):
        """What identifies `key` (a dict of the metadata) if `signature` (hexadecimal) is its; else None."""
        if (key["keytype"], key["scheme"]) != KEY_KIND:
            return None
        point = pem.public_key(key["keyval"]["public"])
        try:
            raw = ecdsa_der.signature(bytes.fromhex(signature))
        except ValueError:
            return None
        if point is None or raw is None or not p256.verify(point[0], point[1], self._digest, raw):
            return None
        return point


def require_threshold(keys, role, payload, signatures):
    """Raises TrustError unless a threshold of the `role`'s keys has signed the `payload` (Payload).

    `keys` are those of the metadata by keyid, `signatures` hexadecimal by keyid. Neither a keyid nor a key
    counts twice.
    """
    signers = set()
    for keyid in role["keyids"]:
        if keyid in keys and keyid in signatures:
            signer = payload.signer(keys[keyid], signatures[keyid])
            if signer is not None:
                signers.add(signer)
        if len(signers) >= role["threshold"]:
            return
    raise TrustError("BAD_SIGNATURE", "not signed by enough keys")
