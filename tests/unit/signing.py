"""Signed messages for tests that run on both interpreters, where no signing library does.

The nonce of a signature is a hash of what is signed: good enough for a test, for nothing else. Tests that
sign a lot and are not about the curve take `ideal_signatures`.
"""

import hashlib

from names import EC2, P256, Key

from borne.crypto import field, jacobian, p256
from borne.token import cbor, cose

_signed = None  # in a test with ideal signatures, a set of them all: (x || y, digest, r || s)


def ideal_signatures(test):
    """Decorator of a test. A table takes the place of ECDSA until the test ends.

    A signature verifies if a Signer has made it in this test, with this key and for this digest, and else it
    does not. Keys are points of the curve as ever.
    """

    def with_table():
        global _signed
        _signed = set()
        p256.use(_in_table)
        try:
            test()
        finally:
            p256.use(None)
            _signed = None

    return with_table


class Signer:
    """A P-256 key pair: `cose_key(kid, more)` is its public COSE_Key map."""

    def __init__(self, name):
        self._d = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big") % p256.N
        self.x, self.y = _multiple(self._d)

    def sign(self, digest: bytes) -> bytes:
        if _signed is not None:
            return self._into_table(digest)
        k = int.from_bytes(hashlib.sha256(digest + b"nonce").digest(), "big") % p256.N
        r = _multiple(k)[0] % p256.N
        e = int.from_bytes(digest, "big")
        s = field.invert_int(k, p256.N) * (e + r * self._d) % p256.N
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def _into_table(self, digest: bytes) -> bytes:
        """The ideal signature: two hashes in the range of r and s."""
        secret, signature = self._d.to_bytes(32, "big"), b""
        for half in (b"r", b"s"):
            number = int.from_bytes(hashlib.sha256(secret + digest + half).digest(), "big")
            signature += (number % (p256.N - 1) + 1).to_bytes(32, "big")
        public = self.x.to_bytes(32, "big") + self.y.to_bytes(32, "big")
        _signed.add((public, bytes(digest), signature))
        return signature

    def cose_key(self, kid=None, more=None):
        fields = {
            Key.KTY: EC2,
            Key.CRV: P256,
            Key.X: self.x.to_bytes(32, "big"),
            Key.Y: self.y.to_bytes(32, "big"),
        }
        if kid is not None:
            fields[Key.KID] = kid
        fields.update(more or {})
        return fields

    def sign1(self, protected, payload, detached=False, unprotected=None):
        """A tagged COSE_Sign1, encoded."""
        raw = cbor.encode(protected) if protected else b""
        message = cose.Sign1(protected, raw, {}, payload, b"")
        signature = self.sign(message.digest())
        item = [raw, unprotected or {}, None if detached else payload, signature]
        return cbor.encode(cbor.Tag(18, item))


def _in_table(public: bytes, digest: bytes, signature: bytes) -> bool:
    return (bytes(public), bytes(digest), bytes(signature)) in _signed


def _multiple(k):
    base = p256.BASE + (1,)
    x, y, z = jacobian.sum_of_products(k, base, 0, base)
    inverse = field.invert_int(z, field.P)
    return x * inverse * inverse % field.P, y * inverse * inverse * inverse % field.P
