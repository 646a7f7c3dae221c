"""ECDSA signatures on P-256 with SHA-256 (FIPS 186-5 section 6.4.1), for the terminal's own reader key.

The nonce is RFC 6979's: a weak source of randomness cannot give the key away. The key is long-lived and signs
at every tap of a phone, so an observer of the time sees the same secrets often. Steps whose time depends on
a secret get random shares instead. The nonce is multiplied as the sum of two shares (borne.crypto.secret says
why) and inverted times a random factor; the key is multiplied by that factor first. With a weak `seed` this
protection is weak; the signature is as good.

Two leaks are left. The time of the port's integers depends on a number's count of words: all but one of
65,000 numbers here have the same count. Nothing protects against the measurement of power or radiation.
"""

from micropython import const

from borne.crypto import comb, field, p256, p256_base, secret
from borne.crypto.comb import N
from borne.crypto.hmac import hmac

if False:  # for types only
    from typing import Iterator

_SIZE = const(32)


def sign(private: int, digest: bytes, seed: bytes) -> bytes:
    """The signature (r || s, 64 bytes) of `digest` (32 bytes) by `private` (int); `seed` is 32 bytes of
    randomness, new each time."""
    nonces = _nonces(private, digest)
    while True:
        nonce = next(nonces)
        share, factor, mask = [_number(seed, purpose) for purpose in (b"\x01", b"\x02", b"\x03")]
        shares = [share, (nonce - share) % N]
        x = secret.multiply(shares, *p256.BASE, p256_base.TABLE, comb.WIDTH, mask)[0]
        r = x % N
        inverse = field.invert_int(nonce * factor % N, N)
        hidden = factor * private % N
        s = inverse * (factor * int.from_bytes(digest, "big") + r * hidden) % N
        if r and s:
            return r.to_bytes(_SIZE, "big") + s.to_bytes(_SIZE, "big")


def _nonces(private: int, digest: bytes) -> "Iterator[int]":
    """Yields the nonces of RFC 6979 section 3.2, without end."""
    secrets = private.to_bytes(_SIZE, "big") + (int.from_bytes(digest, "big") % N).to_bytes(
        _SIZE, "big"
    )
    v, k = b"\x01" * _SIZE, bytes(_SIZE)
    for step in (b"\x00", b"\x01"):
        k = hmac(k, v, step, secrets)
        v = hmac(k, v)
    while True:
        v = hmac(k, v)
        nonce = int.from_bytes(v, "big")
        if 0 < nonce < N:
            yield nonce
        k = hmac(k, v, b"\x00")
        v = hmac(k, v)


def _number(seed: bytes, purpose: bytes) -> int:
    """A number from 1 to N - 1."""
    return int.from_bytes(hmac(seed, purpose), "big") % (N - 1) + 1
