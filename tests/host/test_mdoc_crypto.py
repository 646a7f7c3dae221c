"""The firmware's AES-GCM, key agreement, signing and sessions against another library."""

import hashlib
import json
import random
import subprocess

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from names import EC2, P256, Key

from borne.crypto import ecdh, ecdsa_sign, gcm
from borne.crypto.comb import N
from borne.crypto.hmac import hkdf
from borne.token import mdoc_session
from bornetools import firmware
from bornetools.on_micropython import vm
from bornetools.on_micropython.compiler import compile_terminal

CASES = 60

# What the VM says of each case: a line of JSON.
PROGRAM = """
import json, sys
from binascii import hexlify, unhexlify
from borne.crypto import ecdh, ecdsa_sign, gcm
for line in sys.stdin:
    kind, *values = json.loads(line)
    values = [unhexlify(value) for value in values]
    if kind == "gcm":
        key, nonce, plain, aad = values
        buffer = bytearray(plain + bytes(gcm.TAG))
        gcm.seal(key, nonce, buffer, len(plain), aad)
        sealed = bytes(buffer)
        same = gcm.open_(key, nonce, buffer, aad) and bytes(buffer[:len(plain)]) == plain
        print(hexlify(sealed).decode(), gcm.NATIVE, same)
    elif kind == "ecdh":
        private, x, y = [int.from_bytes(value, "big") for value in values]
        pair = ecdh.KeyPair(private)
        print(hexlify(pair.shared(x, y)).decode(), pair.x, pair.y)
    else:
        private, digest, seed = values
        signature = ecdsa_sign.sign(int.from_bytes(private, "big"), digest, seed)
        print(hexlify(signature).decode())
"""


def on_vm(cases, environment=None):
    """The VM's lines, each split, for cases of the program above."""
    text = "".join(json.dumps([kind, *map(bytes.hex, values)]) + "\n" for kind, *values in cases)
    done = subprocess.run(
        vm.arguments("-c", PROGRAM, heap=1 << 20),
        env=environment or vm.environment(firmware.MODULES),
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def gcm_cases(source):
    for number in range(CASES):
        size = source.choice((0, 1, 15, 16, 17, 255, 256, 257, source.randrange(9000)))
        aad = source.randbytes(number % 40)
        yield source.randbytes(32), source.randbytes(12), source.randbytes(size), aad


def test_messages_are_sealed_as_by_another_library():
    cases = list(gcm_cases(random.Random(1)))
    said = on_vm([("gcm", *case) for case in cases])
    for (key, nonce, plain, aad), (sealed, native, same) in zip(cases, said, strict=True):
        wanted = AESGCM(key).encrypt(nonce, plain, aad)
        assert (sealed, native, same) == (wanted.hex(), "True", "True")
        buffer = bytearray(plain + bytes(gcm.TAG))
        gcm.seal(key, nonce, buffer, len(plain), aad)
        assert buffer == wanted
        assert gcm.open_(key, nonce, buffer, aad)
        assert buffer[: len(plain)] == plain


def test_without_native_code_micropython_uses_integers(tmp_path):
    compile_terminal(tmp_path / "terminal", "EMULATED")
    case = next(gcm_cases(random.Random(2)))
    ((sealed, native, same),) = on_vm([("gcm", *case)], vm.environment(tmp_path / "terminal"))
    key, nonce, plain, aad = case
    assert (sealed, native, same) == (AESGCM(key).encrypt(nonce, plain, aad).hex(), "False", "True")


def key_and_point(source):
    private = source.randrange(1, N)
    numbers = ec.derive_private_key(source.randrange(1, N), ec.SECP256R1()).public_key()
    return private, numbers.public_numbers()


def test_secrets_are_agreed_on_as_by_another_library():
    source = random.Random(3)
    cases = [key_and_point(source) for _ in range(CASES)]
    said = on_vm([("ecdh", *(n.to_bytes(32) for n in (d, p.x, p.y))) for d, p in cases])
    for (private, point), (shared, x, y) in zip(cases, said, strict=True):
        key = ec.derive_private_key(private, ec.SECP256R1())
        public = key.public_key().public_numbers()
        wanted = key.exchange(ec.ECDH(), point.public_key())
        assert (shared, int(x), int(y)) == (wanted.hex(), public.x, public.y)
        pair = ecdh.KeyPair(private)
        assert (pair.shared(point.x, point.y), pair.x, pair.y) == (wanted, public.x, public.y)


def test_signatures_are_those_of_another_library():
    source = random.Random(4)
    cases = [
        (source.randrange(1, N), source.randbytes(32), source.randbytes(32)) for _ in range(CASES)
    ]
    said = on_vm([("sign", private.to_bytes(32), *more) for private, *more in cases])
    for (private, digest, seed), (signature,) in zip(cases, said, strict=True):
        key = ec.derive_private_key(private, ec.SECP256R1())
        scheme = ec.ECDSA(Prehashed(hashes.SHA256()), deterministic_signing=True)
        r, s = decode_dss_signature(key.sign(digest, scheme))
        wanted = r.to_bytes(32) + s.to_bytes(32)
        assert signature == wanted.hex()
        assert ecdsa_sign.sign(private, digest, seed) == wanted


@pytest.mark.parametrize("handover", [[b"Hs", b"Hr"], [b"Hs", None]])
def test_a_session_with_a_phone_that_is_not_ours(handover):
    """A phone of `cryptography` and cbor2 alone, which knows no code of the firmware."""
    phone = ec.generate_private_key(ec.SECP256R1())
    numbers = phone.public_key().public_numbers()
    key = {
        Key.KTY: EC2,
        Key.CRV: P256,
        Key.X: numbers.x.to_bytes(32),
        Key.Y: numbers.y.to_bytes(32),
    }
    # Keys out of order, and a length longer than it has to be: kept as it came.
    engagement = b"\xa2\x01\x82\x01" + cbor2.dumps(cbor2.CBORTag(24, cbor2.dumps(key)))
    engagement += b"\x00\x78\x031.0"
    reader = ecdh.KeyPair(random.Random(5).randrange(1, N))
    session = mdoc_session.Session(reader, memoryview(engagement), cbor2.dumps(handover))

    message = cbor2.loads(session.establish(b"a device request"))
    said = cbor2.loads(message["eReaderKey"].value)
    point = ec.EllipticCurvePublicNumbers(
        int.from_bytes(said[Key.X]), int.from_bytes(said[Key.Y]), ec.SECP256R1()
    )
    secret = phone.exchange(ec.ECDH(), point.public_key())
    transcript = [cbor2.CBORTag(24, engagement), message["eReaderKey"], handover]
    salt = hashlib.sha256(cbor2.dumps(cbor2.CBORTag(24, cbor2.dumps(transcript)))).digest()

    def derived(info):
        return HKDF(hashes.SHA256(), 32, salt, info).derive(secret)

    opened = AESGCM(derived(b"SKReader")).decrypt(bytes(8) + b"\0\0\0\1", message["data"], None)
    assert opened == b"a device request"
    sealed = AESGCM(derived(b"SKDevice")).encrypt(bytes(7) + b"\1" + b"\0\0\0\1", bytes(8000), None)
    answer = bytearray(cbor2.dumps({"data": sealed}))
    assert bytes(session.open(memoryview(answer))) == bytes(8000)
    assert mdoc_session.emac_key(secret, session.transcript) == derived(b"EMacKey")
    assert hkdf(secret, salt, b"other", 100) == HKDF(hashes.SHA256(), 100, salt, b"other").derive(
        secret
    )
