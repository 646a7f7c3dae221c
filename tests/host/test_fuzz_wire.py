"""The PN532 driver on lines that spoil what chip and host say, on all three buses.

It answers what the phone answered, or raises GoneError or ChipError, and never takes for ever.
"""

from contextlib import suppress

import fakes_chip
import fakes_pn532
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import damages, examples

from borne.errors import ChipError, GoneError
from borne.nfc.pn532 import Pn532
from bornetools.emulator.chip import frames
from bornetools.emulator.chip.field import Field

COMMAND = bytes.fromhex("00A4040007F0424F524E450100")
ANSWER = bytes(range(200)) + bytes.fromhex("9000")
LIMIT = 60.0  # seconds, of the fakes' time


class Phone:
    uid = bytes.fromhex("08010203")
    ats = bytes.fromhex("067877810080")

    def reset(self):
        pass

    def apdu(self, command):
        return ANSWER


class Spoiler:
    """Spoils the frames whose numbers are keys of `plan` with its Damage."""

    def __init__(self, plan):
        self._plan = plan
        self._count = 0
        self.unseen = False  # no checksum tells some spoiled frame from a good one

    def __call__(self, frame):
        damage = self._plan.get(self._count)
        self._count += 1
        if damage is None:
            return frame
        spoiled = damage(frame)
        self.unseen = self.unseen or (valid(spoiled) - valid(frame)) != set()
        return spoiled


def valid(data):
    """The payloads of all frames that somebody could see in these bytes, beginning anywhere."""
    found = set()
    for start in range(len(data)):
        found.update(frames.Parser().feed(data[start:]))
    return found - {frames.ACK, frames.NACK}


plans = st.dictionaries(st.integers(0, 24), damages, max_size=3)


async def read(driver):
    """What the phone answers, None if there is none."""
    await driver.start()
    card = await driver.poll()
    return bytes(await driver.exchange(COMMAND)) if card and card.iso_dep else None


def session(transport, to_host, to_chip):
    """Reads a phone over spoiled lines, then over good ones. Returns both answers and the time."""
    loop = fakes_chip.Loop()
    field = Field()
    field.put(Phone())
    line = fakes_chip.ChipLine(loop, field)
    line.to_host, line.to_chip = to_host, to_chip
    driver = Pn532(transport(line), fakes_pn532.FakePin(line))

    async def both():
        spoiled = None
        with suppress(ChipError, GoneError):
            spoiled = await read(driver)
        took = loop.time()
        line.to_host = line.to_chip = bytes
        return spoiled, await read(driver), took - 1000.0

    return fakes_chip.run(loop, both())


@pytest.mark.parametrize("transport", fakes_pn532.TRANSPORTS)
@examples(80)
@given(plans, plans)
def test_spoiled_frames(transport, host_plan, chip_plan):
    to_host, to_chip = Spoiler(host_plan), Spoiler(chip_plan)
    spoiled, good, took = session(transport, to_host, to_chip)
    assert good == ANSWER
    assert took < LIMIT
    if not (to_host.unseen or to_chip.unseen):
        assert spoiled in (ANSWER, None)


@pytest.mark.parametrize("transport", fakes_pn532.TRANSPORTS)
@examples(60)
@given(st.integers(0, len(frames.data(bytes(3) + ANSWER)) - 1), st.integers(1, 255))
def test_an_answer_with_a_wrong_byte_is_asked_for_again(transport, at, mask):
    spoiled = []

    def once(frame):
        if b"\xd5\x41" not in frame or spoiled:
            return frame
        spoiled.append(frame[:at] + bytes([frame[at] ^ mask]) + frame[at + 1 :])
        return spoiled[0]

    assert session(transport, once, bytes)[:2] == (ANSWER, ANSWER)
    assert spoiled


@pytest.mark.parametrize("transport", fakes_pn532.TRANSPORTS)
@examples(30)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=8), st.integers(0, 20))
def test_a_chip_that_says_anything(transport, said, begin):
    count = 0

    def to_host(frame):
        nonlocal count
        count += 1
        return frame if count <= begin else said[count % len(said)]

    _, good, took = session(transport, to_host, bytes)
    assert good == ANSWER
    assert took < LIMIT
