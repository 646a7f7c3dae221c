"""The firmware's P-256 against another library: its table, and signatures by the thousand."""

import hashlib
import random

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from borne.crypto import p256

CASES = 300


def test_the_table_holds_odd_multiples_of_the_base_point():
    for row, (x, y) in enumerate(p256._G):
        numbers = ec.derive_private_key(2 * row + 1, ec.SECP256R1()).public_key().public_numbers()
        assert (x, y) == (numbers.x, numbers.y)


def test_signatures_of_another_library_verify_and_altered_ones_do_not():
    source = random.Random(1)
    for _ in range(CASES):
        key = ec.derive_private_key(source.randrange(1, p256.N), ec.SECP256R1())
        message = source.randbytes(source.randrange(100))
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        numbers = key.public_key().public_numbers()
        digest = hashlib.sha256(message).digest()
        signature = r.to_bytes(32) + s.to_bytes(32)
        assert p256.verify(numbers.x, numbers.y, digest, signature)
        changed = bytearray(signature)
        changed[source.randrange(64)] ^= 1 << source.randrange(8)
        assert not p256.verify(numbers.x, numbers.y, digest, changed)
        other = hashlib.sha256(message + b"x").digest()
        assert not p256.verify(numbers.x, numbers.y, other, signature)
