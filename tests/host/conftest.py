"""What the tests on CPython share."""

import os
import tty

import pytest
from demo_world import flash as flash
from demo_world import issuer_key as issuer_key
from demo_world import phones as phones
from demo_world import quick_p256 as quick_p256
from demo_world import trust as trust
from demo_world import world as world

from bornetools.emulator.chip import frames
from bornetools.emulator.chip.field import Field
from bornetools.emulator.chip.pn532 import Pn532
from bornetools.issuer import cose

ACK = frames.ACK.hex().upper()


class Echo:
    """The least of a phone: it answers what `answers` says, else the command itself and 9000.

    `apdus` and `resets` record what reached it. An answer may be an exception to raise, once.
    """

    uid = bytes.fromhex("08 01 02 03")
    ats = bytes.fromhex("05 78 77 81 00")  # FSCI 8: frames of 256 bytes; FWI 8: 77.3 ms

    def __init__(self):
        self.answers = {}
        self.apdus = []
        self.resets = 0

    def reset(self):
        self.resets += 1

    def apdu(self, command):
        self.apdus.append(command)
        answer = self.answers.get(command, command + b"\x90\x00")
        if isinstance(answer, Exception):
            del self.answers[command]
            raise answer
        return answer


class ChipHost:
    """The other end of a Pn532's line, at a virtual time. Traces are hexadecimal text."""

    def __init__(self, chip):
        self.chip = chip
        self.now = 1000.0

    def send(self, text):
        """Raw bytes to the chip; returns what it sends at once."""
        return b"".join(self.chip.receive(bytes.fromhex(text), self.now)).hex().upper()

    def wait(self, seconds=0.0):
        """Lets at most so much time pass, and returns what the chip sends by then."""
        end = self.now + seconds
        while (due := self.chip.due) is not None and due <= end:
            self.now = max(self.now, due)
            sent = self.chip.advance(self.now)
            if sent:
                return b"".join(sent).hex().upper()
        self.now = end
        return ""

    def begin(self, command):
        """A command's payload, in a frame; the chip acknowledges it."""
        assert self.send(frames.data(bytes.fromhex(command)).hex()) == ACK

    def ask(self, command, seconds=10.0):
        """A command's payload; returns the answer's."""
        self.begin(command)
        answer = bytes.fromhex(self.wait(seconds))
        assert answer, f"no answer to {command}"
        assert len(list(frames.Parser().feed(answer))) == 1
        return next(frames.Parser().feed(answer))

    def trace(self, *exchanges):
        for command, answer in exchanges:
            assert (command, self.ask(command).hex()) == (command, bytes.fromhex(answer).hex())


@pytest.fixture(scope="module")
def patient():
    """A prompt that is there answers however busy the machine is: seconds decide nothing."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_AT_ONCE", "_START"):
            patch.setattr(f"bornetools.flash.prompt.{name}", 120)
        yield


@pytest.fixture
def holder():
    """A holder's key."""
    return cose.new_key()


@pytest.fixture
def silent():
    """A serial port with nobody there: (what listens at its other end, its name)."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield ours, os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


@pytest.fixture
def echo():
    return Echo()


@pytest.fixture
def field():
    return Field()


@pytest.fixture
def sleeper(field):
    """The host of a chip that was just powered: it sleeps."""
    return ChipHost(Pn532(field))


@pytest.fixture
def host(sleeper):
    """The host of a chip that is awake and tries three times to find a phone."""
    sleeper.send("55")
    sleeper.trace(("D414 01", "D515"), ("D432 05 FF 01 02", "D533"))
    return sleeper
