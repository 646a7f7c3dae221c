"""The signature algorithms that are verified: a row for each curve, with its names in COSE, X.509 and TUF.

A curve has one hash, as in ISO/IEC 18013-5, so a public key determines its row. A signed message names an
algorithm, too, and is valid only if this is the key's algorithm.
"""

import hashlib
import sys

from borne.crypto import comb, p256
from borne.errors import StoreError
from borne.memory.unimport import Unimport

if False:  # for types only
    from borne.protocols import Bytes, Curve, Hasher
    from borne.trust.key_combs import KeyCombs

# Name in ISO/IEC 18013-5: (constructor, size of a digest in bytes).
HASHES = {"SHA-256": (hashlib.sha256, 32)}


class Ecdsa:
    """ECDSA (FIPS 186-5 section 6). A row of another kind has the same attributes and methods:

    curve        the module of borne.crypto with its `verify` and `on_curve`
    size         bytes of a coordinate; a public key is `coordinates` of them, X.509's after `prefix`
    hash         the key of HASHES
    cose         number of the algorithm in a header; `cose_key` is (kty, crv) of a COSE_Key
    x509, spki   complete AlgorithmIdentifiers of a signature and of a key: their DER encoding is unique
    tuf          (keytype, scheme) of a key in TUF metadata, or None
    comb         bytes of a key's comb as borne.trust.key_combs keeps it, or 0
    """

    coordinates = 2
    prefix = b"\x04"  # an uncompressed point: SEC 1 section 2.3.3

    def __init__(
        self,
        curve: "Curve",
        size: int,
        hash: str,
        cose: int,
        cose_key: tuple[int, int],
        x509: bytes,
        spki: bytes,
        tuf: tuple[str, str] | None = None,
        comb: int = 0,
    ) -> None:
        self.curve = curve
        self.size = size
        self.hash = hash
        self.cose = cose
        self.cose_key = cose_key
        self.x509 = x509
        self.spki = spki
        self.tuf = tuf
        self.comb = comb

    def point(self, data: "Bytes") -> tuple[int, int] | None:
        """(x, y) of a public key: its coordinates, one after the other. None: not on the curve."""
        x = int.from_bytes(data[: self.size], "big")
        y = int.from_bytes(data[self.size :], "big")
        return (x, y) if self.curve.on_curve(x, y) else None

    def signature(self, data: bytes) -> bytes | None:
        """The COSE form (r || s) of a signature in the form of X.509 and TUF. None: not a signature."""
        loaded = sys.modules.get("borne.crypto.ecdsa_der")
        if loaded:  # while certificates are read
            return loaded.signature(data, self.size)
        with Unimport():  # tokens have no such signature
            from borne.crypto.ecdsa_der import signature

            return signature(data, self.size)

    def hasher(self, key: "PublicKey", signature: "Bytes") -> "Hasher":
        """A new hash for the signed data; `key` and `signature` are for algorithms that hash these first."""
        return HASHES[self.hash][0]()


class PublicKey:
    """A public key: `algorithm` is a row of ALGORITHMS; `x` and `y` (ints) are a point on its curve."""

    combs: "KeyCombs | None" = None
    comb_at = 0  # offset of this key's comb in the file

    def __init__(self, algorithm: Ecdsa, x: int, y: int) -> None:
        self.algorithm = algorithm
        self.x = x
        self.y = y

    def encoded(self) -> bytes:
        """The coordinates, one after the other."""
        size = self.algorithm.size
        return self.x.to_bytes(size, "big") + self.y.to_bytes(size, "big")

    def verify(self, digest: bytes, signature: "Bytes") -> bool:
        """True if `signature` (as in COSE) is this key's for `digest`, which the algorithm's hasher made.

        Time is not constant: all inputs are public.
        """
        verify = self.algorithm.curve.verify
        if self.combs is not None:
            try:
                with self.combs.opened() as file:
                    if verify(self.x, self.y, digest, signature, file, self.comb_at):
                        return True
            except (OSError, StoreError):
                pass  # an unreadable or damaged file of combs refuses no signature
        return verify(self.x, self.y, digest, signature)


def find(name: str, value: object) -> Ecdsa | None:
    """The first row whose attribute `name` is `value`; None: there is none."""
    for algorithm in ALGORITHMS:
        if getattr(algorithm, name) == value:
            return algorithm
    return None


ES256 = Ecdsa(
    curve=p256,
    size=32,
    hash="SHA-256",
    cose=-7,  # RFC 9053 section 2.1
    cose_key=(2, 1),  # RFC 9053 section 7.1
    x509=b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",  # RFC 5758 section 3.2
    # RFC 5480 section 2.1.1
    spki=b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
    tuf=("ecdsa", "ecdsa-sha2-nistp256"),
    comb=comb.size(comb.WIDTH),
)
ALGORITHMS = (ES256,)
