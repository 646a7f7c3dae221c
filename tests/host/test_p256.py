"""The firmware's P-256 against another library: its table, and signatures by the thousand."""

import hashlib
import random
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from borne.crypto import comb, field, p256, p256_base
from bornetools import firmware
from bornetools.bench import differential
from bornetools.on_micropython import p256_source, vm
from bornetools.on_micropython.compiler import compile_terminal

CASES = 300


def test_the_generated_modules_are_what_the_generator_makes():
    folder = firmware.MODULES / "borne" / "crypto"
    assert (folder / "limbs.py").read_text() == p256_source.limbs()
    assert (folder / "p256_base.py").read_text() == p256_source.base()
    assert (firmware.NATIVE / "p256_base.h").read_text() == p256_source.native_base()


def test_the_base_points_table_is_another_librarys():
    columns = comb.columns(comb.WIDTH)
    top = 1 << (comb.WIDTH - 1)
    for place in range(top):
        digits = place ^ place >> 1
        scalar = top_power = 1 << columns * (comb.WIDTH - 1)
        for tooth in range(comb.WIDTH - 1):
            scalar += (1 if digits >> tooth & 1 else -1) << columns * tooth
        assert 0 < scalar < 2 * top_power
        numbers = ec.derive_private_key(scalar, ec.SECP256R1()).public_key().public_numbers()
        entry = p256_base.TABLE[comb.ENTRY * place :][: comb.ENTRY]
        stored = [int.from_bytes(entry[at : at + 32], "little") for at in (0, 32)]
        assert stored == [
            number * 2**260 % field.P for number in (numbers.x, 2 * numbers.y % field.P)
        ]


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


@pytest.mark.parametrize("micropython", [False, True], ids=["cpython", "micropython"])
def test_random_and_edge_cases_are_judged_as_by_another_library(micropython):
    """`borne bench host --differential 100000` does the same for longer."""
    assert differential.run(200, seed=7, micropython=micropython, advance=lambda: None) == []


def test_the_cases_have_both_answers_and_the_rare_ones():
    cases = list(differential.cases(400, seed=7))
    good = [differential._expected(case) for case in cases]
    assert 100 < sum(good) < 300
    rs = [int.from_bytes(signature[:32]) for *_, signature in cases]
    wrapped = [r + p256.N < field.P for r in rs]
    assert any(one and answer for one, answer in zip(wrapped, good, strict=True))
    assert any(r >= p256.N for r in rs)
    assert any(not p256.on_curve(x, y) for x, y, _, _ in cases)


def test_without_native_code_micropython_uses_integers(tmp_path):
    compile_terminal(tmp_path / "terminal", "EMULATED")
    program = tmp_path / "program.py"
    program.write_text(
        "from borne.crypto import comb, field, p256, p256_base\n"
        "print(field.NATIVE, bytes(comb.build(*p256.BASE, comb.WIDTH)) == p256_base.TABLE)\n"
    )
    done = subprocess.run(
        vm.arguments(program, heap=1 << 20),
        env=vm.environment(tmp_path / "terminal"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "False True\n", done.stderr
