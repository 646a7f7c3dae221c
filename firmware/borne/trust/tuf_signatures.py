"""Signatures of TUF metadata (specification 1.0.34, section 4.2): their keys, and the threshold."""

from borne.crypto import algorithms
from borne.crypto.algorithms import HASHES
from borne.errors import TrustError
from borne.trust import canonical_json, pem


class Payload:
    """The signed part of one file, for checking signatures of it."""

    def __init__(self, signed: dict) -> None:
        # A digest for each hash of the algorithms, made now: `signed` does not stay as it is.
        self._digests: dict[str, bytes] = {}
        for algorithm in algorithms.ALGORITHMS:
            if algorithm.tuf and algorithm.hash not in self._digests:
                hasher = HASHES[algorithm.hash][0]()
                self._digests[algorithm.hash] = canonical_json.digest(signed, hasher)

    def signer(self, key: dict, signature: str) -> object:
        """The point of the metadata's `key` if `signature` (hexadecimal) is by that key; else None. Equal
        keys have equal points."""
        algorithm = algorithms.find("tuf", (key["keytype"], key["scheme"]))
        if algorithm is None:
            return None
        public = pem.public_key(key["keyval"]["public"], algorithm)
        try:
            raw = algorithm.signature(bytes.fromhex(signature))
        except ValueError:
            return None
        if public is None or raw is None:
            return None
        verified = public.verify(self._digests[algorithm.hash], raw)
        return (public.x, public.y) if verified else None


def require_threshold(keys: dict, role: dict, payload: Payload, signatures: dict) -> None:
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
