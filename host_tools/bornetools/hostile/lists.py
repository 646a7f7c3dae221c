"""Token Status Lists: damaged ones, and those that an issuer signs by mistake."""

import random
import zlib
from contextlib import suppress
from typing import Any

import cbor2

from bornetools.hostile import cbor_tree, damage, signing
from bornetools.hostile.signing import UNREADABLE
from bornetools.hostile.tokens import LIST, NOW, SIGNER

_HEADER = cbor2.dumps({1: -7, 4: b"good", 16: "application/statuslist+cwt"})
_INDICES = 600
_SUB, _EXP, _IAT, _LIST = 2, 4, 6, 65533
_BITS = (1, 2, 4, 8)


class Lists:
    """Generator of cases, and oracle for the status that a list states. The index to look up stands
    beside the list."""

    def __init__(self) -> None:
        rng = random.Random(1)
        self._claims = [
            cbor2.dumps(
                _claims(bits, zlib.compress(bytes(rng.choices((0, 0, 0, 1, 2, 255), k=150)), 9, 10))
            )
            for bits in _BITS
        ]
        self._lists = [signing.sign1(SIGNER, _HEADER, claims) for claims in self._claims]

    def honest(self) -> list[list[bytes]]:
        """A list of each width in bits."""
        return [[one] for one in self._lists]

    def make(self, rng: random.Random) -> list[bytes]:
        """A hostile list."""
        number = rng.randrange(len(self._lists))
        kind = rng.randrange(10)
        if kind < 3:
            return [damage.either(rng, self._lists[number], self._lists)]
        if kind < 6:
            claims = damage.either(rng, self._claims[number], self._claims)
            return [signing.sign1(SIGNER, _HEADER, claims)]
        if kind < 9:
            return [signing.sign1(SIGNER, _HEADER, cbor2.dumps(self._stream(rng)))]
        header = damage.either(rng, _HEADER, [_HEADER])
        return [signing.sign1(SIGNER, header, self._claims[number])]

    @staticmethod
    def index(rng: random.Random) -> int:
        """The index to look up."""
        return rng.choice((0, 1, rng.randrange(_INDICES), rng.randrange(10_000), 2**32))

    def _stream(self, rng: random.Random) -> dict[Any, Any]:
        """Claims with a stream that is damaged, cut short, followed by bytes, or of another kind."""
        values = (
            rng.randbytes(rng.choice((0, 1, 60, 600, 5000))) if rng.randrange(9) else bytes(100_000)
        )
        window = rng.choice((9, 10, 12, 15, -10, 26))
        packer = zlib.compressobj(
            0 if len(values) < 1000 and rng.randrange(2) else 9, zlib.DEFLATED, window
        )
        data = packer.compress(values) + packer.flush()
        kind = rng.randrange(5)
        if kind == 0:
            data = damage.bytes_of(rng, data, [data])
        elif kind == 1:
            data += rng.randbytes(rng.randrange(1, 9))
        elif kind == 2:
            data = data[: rng.randrange(len(data))]
        return _claims(rng.choice(_BITS), data)

    def states(self, data: bytes, index: int, said: int) -> bool:
        """Whether the list `data` states the status `said` at `index`."""
        try:
            protected, _, payload, signature = signing.message(data)
            if not signing.verifies(SIGNER.public_key(), protected, payload, signature):
                return False
            claims = cbor_tree.loads(payload)
            if _EXP in claims and claims[_EXP] <= NOW - 300:
                return False
            entry = claims[_LIST]
            bits = entry["bits"]
            byte = _inflated(entry["lst"])[index * bits // 8]
            return (
                bool(claims[_SUB] == LIST)
                and (byte >> index * bits % 8) & ((1 << bits) - 1) == said
            )
        except UNREADABLE:
            return False


def _inflated(data: bytes) -> bytes:
    """The output of a stream up to its end, its cut or its first error."""
    try:
        return zlib.decompressobj().decompress(data)
    except zlib.error:
        inflater, made = zlib.decompressobj(), []
        with suppress(zlib.error):
            for at in range(len(data)):
                made.append(inflater.decompress(data[at : at + 1]))
        return b"".join(made)


def _claims(bits: int, data: bytes) -> dict[Any, Any]:
    return {_SUB: LIST, _IAT: NOW - 100, _EXP: NOW + 86400, _LIST: {"bits": bits, "lst": data}}
