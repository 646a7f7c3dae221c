import asyncio
import os

from support import raises, run, scratch

from borne.crypto.comb import N
from borne.crypto.ecdh import KeyPair
from borne.crypto.hmac import hmac
from borne.crypto.p256 import BASE
from borne.randomness import entropy
from borne.randomness.entropy import Entropy
from borne.randomness.prepared import Prepared


class Ticks:
    def __init__(self, step=1000):
        self.now, self.step = 0, step

    def __call__(self):
        self.now = (self.now + self.step) & 0x3FFFFFFF
        return self.now


def _same(size):
    """The worst os.urandom."""
    return bytes(size)


def _seed(path):
    with open(path, "rb") as file:
        return file.read()


def test_every_source_alone_makes_the_difference():
    path = scratch("entropy") + "/" + entropy.FILE

    def draw(terminal_id="T-01", random=_same, ticks=None, seed=None):
        if seed is None:
            if "seed" in os.listdir(path.rpartition("/")[0]):
                os.remove(path)
        else:
            with open(path, "wb") as file:
                file.write(seed)
        return Entropy(path, terminal_id, random, ticks or Ticks()).random(32)

    base = draw()
    assert base == draw(), "nothing else goes in"
    others = [
        draw(terminal_id="T-02"),
        draw(random=lambda size: b"\x01" * size),
        draw(ticks=Ticks(1001)),
        draw(seed=b"s" * 32),
        draw(seed=b"t" * 32),
    ]
    assert len(set(others + [base])) == 6


def test_a_start_uses_no_seed_of_another():
    path = scratch("entropy") + "/" + entropy.FILE
    drawn, seeds = [], []
    for _ in range(5):
        one = Entropy(path, "T-01", _same, Ticks())
        assert one.saved
        seeds.append(_seed(path))
        drawn += [one.random(32), one.random(32)]
        assert _seed(path) == seeds[-1]
    assert len(set(drawn + seeds)) == 15 and {len(seed) for seed in seeds} == {entropy.SEED_SIZE}


def test_a_flash_that_cannot_be_written_is_told_and_the_rest_still_serves():
    path = scratch("entropy") + "/" + entropy.FILE
    Entropy(path, "T-01", _same, Ticks())
    before = _seed(path)

    def no_writing(name, mode):
        if "w" in mode:
            raise OSError(28)
        return open(name, mode)

    one = Entropy(path, "T-01", _same, Ticks(), no_writing)
    assert not one.saved and _seed(path) == before
    assert one.random(32) != one.random(32)


def test_the_generator_is_hmac_drbg():
    """Step by step as SP 800-90A section 10.1.2 has it."""
    one = Entropy(scratch("entropy") + "/seed", "id", lambda size: b"r" * size, Ticks(0))

    def update(key, value, data):
        key = hmac(key, value + b"\x00" + data)
        value = hmac(key, value)
        if data:
            key = hmac(key, value + b"\x01" + data)
            value = hmac(key, value)
        return key, value

    def draw(key, value):
        key, value = update(key, value, b"r" * 32 + bytes(32))
        value = hmac(key, value)
        made = value
        return made, update(key, value, b"")

    state = update(bytes(32), b"\x01" * 32, b"r" * 256 + b"id" + bytes(32))
    _, state = draw(*state)  # the seed's
    first, state = draw(*state)
    second, state = draw(*state)
    assert (one.random(32), one.random(32)) == (first, second)


def test_what_happens_goes_into_the_next_draw():
    folder = scratch("entropy")
    drawn = []
    for more in range(3):
        ticks = Ticks()
        one = Entropy(folder + "/%d" % more, "T-01", _same, ticks)
        ticks.now += more
        one.happened()
        ticks.now = 77
        drawn.append(one.random(16))
    assert len(set(drawn)) == 3 and len(drawn[0]) == 16


def test_scalars_are_in_range():
    made = [N - 1, N, (1 << 256) - 1, N - 2, 0]

    class Fixed(Entropy):
        def __init__(self):
            pass

        def random(self, size):
            return made.pop(0).to_bytes(32, "big")

    assert Fixed().scalar() == N - 1
    assert Fixed().scalar() == 1 and not made
    real = Entropy(scratch("entropy") + "/seed", "T-01")
    assert len({real.scalar() for _ in range(20)}) == 20
    raises(ValueError, real.random, 33)


class Numbers:
    """An Entropy whose numbers can be told apart."""

    def __init__(self):
        self.drawn = self.scalars = self.events = 0

    def random(self, size):
        self.drawn += 1
        return bytes([self.drawn]) * size

    def scalar(self):
        self.scalars += 1
        return self.scalars

    def happened(self):
        self.events += 1


async def _pause():
    await asyncio.sleep(0)


def test_key_pairs_are_made_while_idle_and_never_given_twice():
    numbers = Numbers()

    async def main():
        prepared = Prepared(numbers)
        first = prepared.key_pair()  # nothing was ready
        assert numbers.scalars == 1
        task = asyncio.create_task(prepared.run(_pause))
        await _settle()
        assert numbers.scalars == 2, "one is ready, no more"
        second = prepared.key_pair()
        assert numbers.scalars == 2
        third = prepared.key_pair()
        await _settle()
        assert numbers.scalars == 4
        task.cancel()
        return first, second, third

    for number, pair in enumerate(run(main()), 1):
        made = KeyPair(number)
        assert (pair.x, pair.y) == (made.x, made.y)
        assert pair.shared(*BASE) == made.shared(*BASE)


def test_nonces_are_drawn_while_idle_and_never_given_twice():
    numbers = Numbers()

    async def main():
        prepared = Prepared(numbers)
        nonces = [prepared.nonce()]
        task = asyncio.create_task(prepared.run(_pause))
        await _settle()
        assert numbers.drawn == 2
        nonces += [prepared.nonce(), prepared.nonce()]
        await _settle()
        assert numbers.drawn == 4
        task.cancel()
        return nonces

    assert run(main()) == [bytes([number]) * 32 for number in (1, 2, 3)]
    assert numbers.events == 3  # when a phone comes is one of the sources


async def _settle():
    for _ in range(10):
        await asyncio.sleep(0)
