"""Phones that misbehave, for tests on CPython: strategies of functions from a genuine phone to a bad one."""

from dataclasses import dataclass

import cbor2
from hypothesis import strategies as st
from mutations import Damage, damages

from bornetools.emulator.chip.field import Gone
from bornetools.emulator.phones.handset import ATS
from bornetools.emulator.phones.phone import Phone


class _Recording:
    """Applies a change to an answer, and remembers whether it was one."""

    def __init__(self, change):
        self._change = change
        self.changed = False

    def __call__(self, answer):
        other = self._change(answer)
        self.changed = self.changed or other != answer
        return other


@dataclass(frozen=True)
class Answering:
    """The genuine phone, with its answer to INTERNAL AUTHENTICATE changed: bytes to bytes."""

    change: object

    def __call__(self, genuine):
        change = _Recording(self.change)
        phone = Phone(genuine.token, genuine._holder_key, mutate=change)
        phone.may_pass = lambda: not change.changed
        return phone


@dataclass(frozen=True)
class Leaving:
    """The genuine phone, gone after so many APDUs."""

    apdus: int

    def __call__(self, genuine):
        phone = Phone(genuine.token, genuine._holder_key, removed_after=self.apdus)
        phone.may_pass = lambda: False
        return phone


@dataclass(frozen=True)
class Babbling:
    """Something that says `responses` in turn and again, whatever it is asked; it leaves after `stay`
    APDUs, if that is not None. What it says of itself in its ATS may be wrong."""

    responses: tuple
    stay: int | None
    ats: bytes

    def __call__(self, genuine):
        return _Babbler(self)


class _Babbler:
    uid = bytes.fromhex("08010203")

    def __init__(self, says):
        self._says = says
        self.ats = says.ats
        self._count = 0

    def may_pass(self):
        return False

    def reset(self):
        self._count = 0

    def apdu(self, command):
        if self._count == self._says.stay:
            raise Gone
        self._count += 1
        return self._says.responses[(self._count - 1) % len(self._says.responses)]


@dataclass(frozen=True)
class Constant:
    """Always the same answer."""

    data: bytes

    def __call__(self, answer):
        return self.data


def _repacked(change):
    return lambda answer: cbor2.dumps(change(cbor2.loads(answer)))


_REPACKED = {
    "swapped": _repacked(lambda pair: pair[::-1]),
    "two tokens": _repacked(lambda pair: [pair[0], pair[0]]),
    "no proof": _repacked(lambda pair: pair[:1]),
    "three": _repacked(lambda pair: [*pair, pair[1]]),
    "no wrapping": _repacked(lambda pair: [cbor2.loads(part) for part in pair]),
    "text": _repacked(lambda pair: [part.hex() for part in pair]),
    "a map": _repacked(lambda pair: dict(enumerate(pair))),
    "empty": _repacked(lambda pair: [b"", b""]),
    "twice": lambda answer: answer + answer,
}

_SW = st.sampled_from(["9000", "6100", "61FF", "6C00", "6C10", "6985", "6A82"]).map(bytes.fromhex)
_RESPONSES = st.one_of(
    st.tuples(st.binary(max_size=300), _SW | st.binary(min_size=2, max_size=2)).map(b"".join),
    # An answer to SELECT that is right, so that the second command is asked at all.
    st.just(bytes.fromhex("A2000101190100 9000")),
    st.binary(max_size=3),
)
# Frame waiting times stay short: FWI 8, or the default where TB is missing.
_ATS = st.sampled_from([ATS, b"\x01", b"\x02\x00", b"\x05\x78\x77\x81", b"\x20" + ATS[1:], ATS * 3])

leaving = st.integers(0, 2).map(Leaving)  # SELECT, INTERNAL AUTHENTICATE, GET RESPONSE
answering = st.one_of(
    damages,
    st.sampled_from(sorted(_REPACKED)).map(_REPACKED.__getitem__),
    st.binary(max_size=60).map(Constant),
    # More than a whole response may have, in pieces of 256 bytes.
    st.tuples(st.integers(0, 6000), st.integers(0, 255)).map(
        lambda pair: Constant(bytes([pair[1]]) * pair[0])
    ),
).map(Answering)
babbling = st.builds(
    Babbling,
    st.lists(_RESPONSES, min_size=1, max_size=4).map(tuple),
    st.none() | st.integers(0, 5),
    st.just(ATS) | _ATS,
)
bad_phones = st.one_of(answering, babbling, leaving)


class SpoiledResponses:
    """`respond(number, command)` of a genuine phone whose responses to the commands whose numbers are keys of
    `plan` are damaged, or others. `touched` says whether one really was another."""

    def __init__(self, phone, plan):
        self._phone = phone
        self._plan = plan
        self.touched = False

    def __call__(self, number, command):
        answer = self._phone.apdu(command)
        change = self._plan.get(number, answer)
        other = change(answer) if callable(change) else change
        self.touched = self.touched or other != answer
        return other


class Spoiler:
    """For a line: spoils the frames whose numbers are keys of `plan`, with its Damage."""

    def __init__(self, plan: dict[int, Damage]):
        self._plan = plan
        self._count = 0

    def __call__(self, frame):
        damage = self._plan.get(self._count)
        self._count += 1
        return frame if damage is None else damage(frame)
