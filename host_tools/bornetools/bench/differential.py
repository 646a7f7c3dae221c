"""The firmware's P-256 against another library's, on random signatures and on edge cases.

The firmware's answers come from the MicroPython VM, with machine code where the VM has it, or from CPython,
with integers; by the comb of the key and by one made on the spot, which have to agree. Or from the native
module on the VM.
"""

import json
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from bornetools import firmware
from bornetools.on_micropython import vm
from bornetools.on_micropython.programs import run_vectors

Point = tuple[int, int]

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_HASH = ec.ECDSA(Prehashed(hashes.SHA256()))
_EVERY = 40  # cases with one key
_EDGES = (0, 1, 2, 3, _N - 2, _N - 1, _N, _N + 1, _P - _N - 1, _P - _N, _P - 1, _P, 2**256 - 1)
_SMALL = (1, 2, 3, 4, 5, 7, 8, 15, 16, 2**32, 2**64, 2**224, 2**255)

Case = tuple[int, int, bytes, bytes]  # x, y, digest, signature


def run(
    count: int,
    seed: int,
    micropython: bool,
    advance: Callable[[], None],
    native: Path | None = None,
) -> list[str]:
    """Compares the answers to `count` cases. Returns those that differ, as JSON. `native` is the native
    module for this computer's VM, if it is to be used. Raises UserError without a VM."""
    made = list(cases(count, seed))
    asked = [json.dumps(_request(case)) for case in made]
    if micropython:
        command = vm.arguments(run_vectors.__file__, *(["native"] if native else []), heap=8 << 20)
        with subprocess.Popen(
            command,
            env=vm.environment(firmware.MODULES, *([native.parent] if native else [])),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            answers = []
            for line in asked:
                process.stdin.write(line + "\n")
                process.stdin.flush()
                answers.append(json.loads(process.stdout.readline()))
                advance()
            process.stdin.close()
    else:
        answers = []
        for line in asked:
            answers.append(run_vectors.run_case(json.loads(line)))
            advance()
    wrong = [
        line
        for case, line, answer in zip(made, asked, answers, strict=True)
        if answer is not _expected(case)
    ]
    if len(answers) != count:
        raise RuntimeError("not all cases were answered")
    return wrong


def cases(count: int, seed: int) -> Iterator[Case]:
    """Half of them are valid signatures, random or with edges in u1 and u2; the rest is spoiled somehow."""
    source = random.Random(seed)
    for number in range(count):
        if number % _EVERY == 0:
            d = source.choice(_SMALL) if source.random() < 0.3 else source.randrange(1, _N)
            d = _N - d if source.random() < 0.3 else d
            key = _multiple(d)
        kind = source.randrange(8)
        if kind == 0 and number % 3 == 0:
            yield _wrapped(source)
            continue
        u1, u2 = (_scalar(source, kind) for _ in range(2))
        if kind == 1:
            u1 = -u2 * d % _N  # the sum is the point at infinity
        elif kind == 2:
            u1 = u2 * d % _N  # and here both products are the same
        u2 = u2 % _N or 1
        sum_at = (u1 + u2 * d) % _N
        r = (_multiple(sum_at)[0] if sum_at else source.randrange(1, _N)) % _N
        s = r * pow(u2, -1, _N) % _N
        digest = (u1 * s % _N).to_bytes(32, "big")
        x, y = key
        if source.random() < 0.5:
            x, y, digest, r, s = _spoiled(source, x, y, digest, r, s)
        yield x, y, digest, r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _scalar(source: random.Random, kind: int) -> int:
    if kind >= 4:
        return source.randrange(_N)
    if kind == 3:
        return source.choice((*_SMALL, *_EDGES)) % _N
    return source.randrange(1 << source.choice((8, 32, 128, 192, 224, 256))) % _N


def _spoiled(
    source: random.Random, x: int, y: int, digest: bytes, r: int, s: int
) -> tuple[int, int, bytes, int, int]:
    edge = source.choice(_EDGES)
    what = source.randrange(8)
    if what == 0:
        return x, y, digest, edge, s
    if what == 1:
        return x, y, digest, r, edge
    if what == 2:
        return x, y, source.choice((bytes(32), b"\xff" * 32, bytes(31) + b"\1")), r, s
    if what == 3:
        return x, y, bytes([digest[0] ^ 1 << source.randrange(8)]) + digest[1:], r, s
    if what == 4:
        return x, _P - y, digest, r, s
    if what == 5:
        return x, y ^ 1 << source.randrange(256), digest, r, s
    if what == 6:
        return x, y, digest, r, _N - s  # valid as well
    return x, y, digest, (r + _N if r + _N < 2**256 else r ^ 1), s


def _wrapped(source: random.Random) -> Case:
    """A signature whose point has an x coordinate of N or more: r is that less N."""
    while True:
        x = source.randrange(_N, _P)
        square = (x * x * x - 3 * x + _B) % _P
        y = pow(square, (_P + 1) // 4, _P)
        if y * y % _P == square:
            break
    u1, u2 = source.randrange(1, _N), source.randrange(1, _N)
    rest = _add((x, y), _multiple(-u1 % _N))
    key = _times(pow(u2, -1, _N), rest)
    r = x - _N
    s = r * pow(u2, -1, _N) % _N
    digest = (u1 * s % _N).to_bytes(32, "big")
    return *key, digest, r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _multiple(d: int) -> Point:
    numbers = ec.derive_private_key(d, ec.SECP256R1()).public_key().public_numbers()
    return numbers.x, numbers.y


def _add(p: Point, q: Point) -> Point:
    """The sum of two affine points, as in a textbook; not for q = -p."""
    if p == q:
        slope = 3 * (p[0] * p[0] - 1) * pow(2 * p[1], -1, _P)
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, _P)
    x = (slope * slope - p[0] - q[0]) % _P
    return x, (slope * (p[0] - x) - p[1]) % _P


def _times(k: int, p: Point) -> Point:
    """`k`, 1 or more, times the point."""
    total: Point | None = None
    for bit in bin(k)[2:]:
        total = total and _add(total, total)
        if bit == "1":
            total = _add(total, p) if total else p
    assert total
    return total


def _request(case: Case) -> list[str]:
    x, y, digest, signature = case
    return ["digest", f"{x:x}", f"{y:x}", digest.hex(), signature.hex()]


def _expected(case: Case) -> bool:
    x, y, digest, signature = case
    try:
        key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        r, s = (int.from_bytes(signature[at : at + 32], "big") for at in (0, 32))
        key.verify(encode_dss_signature(r, s), digest, _HASH)
    except (ValueError, InvalidSignature):
        return False
    return True
