"""The app's guards, with parts that break in ways that real ones hardly do."""

import asyncio

from names import Rule, Selected

from borne import app as app_module
from borne.app import App
from borne.errors import ApduError, ChipError, DecodeError, GoneError, SelectError, UnsupportedError
from borne.nfc import apdu
from borne.nfc.phones import Phones
from borne.randomness.prepared import Prepared
from borne.token import cbor
from borne.trust.policy import Policy
from borne.trust.trustset import TrustSet
from borne.ui import idle as idle_module
from borne.ui import showing as showing_module
from borne.ui.question import Question
from borne.verify import unread
from borne.verify.verdict import Verdict

NOW = 1_800_000_000


class Unsurprising:
    """An Entropy that repeats."""

    def random(self, size):
        return bytes(size)

    def happened(self):
        pass


PHONES = Phones("T1", Prepared(Unsurprising()))


class Stop(Exception):
    """Ends a run after the events that a test wants to see."""


class Card:
    iso_dep = True


class Reader:
    """A Pn532 whose polls follow a script: a Card, None, or an exception to raise."""

    bus_us = card_us = forgotten = 0

    def __init__(self, polls, answers=()):
        self._polls = list(polls)
        self._answers = list(answers)
        self.starts = 0

    async def start(self):
        self.starts += 1

    async def poll(self):
        step = self._polls.pop(0) if self._polls else None
        if isinstance(step, Exception):
            raise step
        return step

    async def exchange(self, command):
        step = self._answers.pop(0)
        if isinstance(step, Exception):
            raise step
        return memoryview(step)

    async def release(self):
        pass

    async def power_down(self):
        pass

    def reset_times(self):
        pass

    def forget(self):
        self.forgotten += 1


class Parts:
    """Screens, signals and journal in one: they record what is asked of them. `broken` is what a
    verdict's entry raises, `dead` what everything raises."""

    def __init__(self, broken=None, dead=None):
        self.shown = []
        self.entries = []
        self._broken = broken
        self._dead = dead

    def clock(self, seconds, zone):
        return "%d %s" % (seconds, zone.rule)

    def idle(self, age, problem, clock):
        self.shown.append(("idle", age, problem))
        self.told = clock

    def busy(self):
        self.shown.append("busy")

    def scroll(self, elapsed):
        self.scrolled = elapsed

    def question(self, *what):
        self.shown.append(what)

    def reading(self):
        self.shown.append("reading")

    def fault(self, *what):
        if self._dead:
            raise self._dead
        (self.shown if len(what) == 1 else self.entries).append(what)

    def verdict(self, *what):
        if not isinstance(what[0], Verdict):  # the journal's
            if self._broken:
                raise self._broken
            self.entries.append(what[1].code)
        else:
            shown, place, _ = what
            self.shown.append((shown.code,) + place if place else shown.code)

    def play(self, severity):
        if self._dead:
            raise self._dead

    def rest(self):
        pass

    def pattern(self):
        self.shown.append("pattern")

    def test(self):
        pass


class Keeper:
    """A TrustKeeper that never switches."""

    def __init__(self, trust):
        self.trust = trust


class Clock:
    def __init__(self, now):
        self._now = now
        self.times = []

    def now(self):
        return self._now

    def verified(self, seconds):
        self.times.append(seconds)


class Events(list):
    """What the app has reported; `forgotten` counts how often it had that forgotten."""

    forgotten = 0

    def report(self, event):
        self.append(event)

    def forget(self):
        self.forgotten += 1


def events(reader, parts, count, now=NOW, button=None, asked=None, as_of=NOW - 60, pattern=False):
    """The first `count` events of an app with these parts; with `pattern` it is shown once it is ready."""

    class Said(Events):
        def report(self, event):
            self.append(event)
            if pattern and event["event"] == "ready":
                app.pattern()
            if len(self) == count:
                raise asyncio.CancelledError

    seen = Said()
    keeper = Keeper(TrustSet([], Policy(), as_of))
    question = Question(button)
    if asked:
        question.ask(*asked)
    app = App(reader, parts, parts, keeper, parts, PHONES, Clock(now), seen, question)
    app_module._RESTART_PAUSE = 1
    try:
        asyncio.run(app.run())
    except asyncio.CancelledError:
        pass
    return seen


def test_a_card_that_is_no_iso_dep_card_is_a_verdict():
    card = Card()
    card.iso_dep = False
    parts = Parts()
    seen = events(Reader([card]), parts, 3)
    assert [event["event"] for event in seen] == ["ready", "verdict", "gone"]
    assert seen[1]["code"] == "NO_APPLICATION"
    assert parts.shown == [("idle", 60, None), "reading", "NO_APPLICATION"]
    assert parts.entries == ["NO_APPLICATION"]


def test_the_idle_screen_says_what_would_refuse_everybody():
    for now, as_of, shown in (
        (NOW, None, (None, "TRUST_STALE")),
        (None, NOW, (None, "CLOCK_UNSET")),
        (NOW, NOW - 31 * 86400, (31 * 86400, "TRUST_STALE")),
        (NOW, NOW - 29 * 86400, (29 * 86400, None)),
        (NOW, NOW + 60, (0, None)),
    ):
        parts = Parts()
        events(Reader([]), parts, 1, now=now, as_of=as_of)
        assert parts.shown == [("idle",) + shown]


def test_a_question_waits_for_the_button_and_then_the_terminal_is_idle():
    pressed = [True, False, False, True]  # stuck at first: that is no answer
    done = []
    parts = Parts()
    reader = Reader([None] * 5 + [ChipError("silent")])
    events(
        reader,
        parts,
        2,
        button=lambda: pressed.pop(0),
        asked=("SET_CLOCK", "now", 60, lambda: done.append(len(pressed))),
    )
    assert parts.shown[:2] == [("SET_CLOCK", "now"), ("SET_CLOCK", "now")]
    assert parts.shown[2] == ("idle", 60, None)
    assert done == [0]


def test_a_question_that_nobody_answers_goes_away():
    done = []
    question = Question(lambda: False)
    assert question.ask("SET_CLOCK", "first", 0, lambda: done.append(1))
    assert question.ask("SET_CLOCK", "second", 60, lambda: done.append(2))
    assert question.shown == ("SET_CLOCK", "first")
    assert question.poll()
    assert question.shown is None
    assert not question.poll()
    assert done == []
    assert not Question(None).ask("SET_CLOCK", "x", 60, None)


def test_a_pattern_hinders_no_phone():
    parts = Parts()
    seen = events(Reader([None, Card()], [GoneError("timeout")]), parts, 3, pattern=True)
    assert [event["event"] for event in seen] == ["ready", "verdict", "gone"]
    assert parts.shown == [("idle", 60, None), "pattern", "reading", "TORN"]


def test_a_phone_that_is_still_there_is_not_read_twice():
    phone = Reader([Card(), Card(), None, Card(), None, None], [GoneError("timeout")])
    seen = events(phone, Parts(), 3)
    assert [event["event"] for event in seen] == ["ready", "verdict", "gone"]


def test_after_a_torn_tap_the_chip_is_started_again():
    for error, starts in ((GoneError("timeout"), 2), (DecodeError("cbor"), 1)):
        reader = Reader([Card(), None, None, ChipError("silent")], [error])
        seen = events(reader, Parts(), 4)
        assert [event["event"] for event in seen] == ["ready", "verdict", "gone", "fault"]
        assert reader.starts == starts


def test_a_silent_chip_is_started_again_and_shown():
    reader = Reader([ChipError("silent"), None])
    parts = Parts()
    seen = events(reader, parts, 3)
    assert [event["event"] for event in seen] == ["ready", "fault", "ready"]
    assert reader.starts == 2
    assert parts.shown[1] == ("READER_RESET",)
    assert parts.entries == [(NOW, "READER_RESET", "silent")]


def test_a_fault_that_lasts_is_one_entry_in_the_journal():
    parts = Parts()
    events(Reader([ChipError("silent")] * 5), parts, 9)
    assert parts.entries == [(NOW, "READER_RESET", "silent")]


def test_a_phone_that_was_read_is_not_read_again_after_a_reset():
    card = Card()
    card.iso_dep = False
    reader = Reader([card, ChipError("silent"), card, None, None, card])
    seen = [event["event"] for event in events(reader, Parts(), 7)]
    assert seen == ["ready", "verdict", "fault", "gone", "ready", "verdict", "gone"]


def test_broken_screens_lights_and_journal_do_not_end_the_loop():
    for dead in (OSError(19), MemoryError(), ValueError()):
        seen = events(Reader([ChipError("silent"), None]), Parts(dead=dead), 3)
        assert [event["event"] for event in seen] == ["ready", "fault", "ready"]


def test_a_chip_that_never_starts_is_no_reader():
    class Dead(Reader):
        async def start(self):
            raise ChipError("silent")

    seen = events(Dead([]), Parts(), 4)
    assert [event["code"] for event in seen] == ["READER_RESET"] * 2 + ["NO_READER"] * 2


def test_what_nobody_foresaw_is_shown_and_survived():
    for error in (MemoryError(), OSError(5), KeyError("x"), RuntimeError()):
        seen = events(Reader([error, None]), Parts(), 3)
        assert [event["event"] for event in seen] == ["ready", "fault", "ready"]
        assert (seen[1]["code"], seen[1]["detail"]) == ("INTERNAL", type(error).__name__)


def test_whatever_breaks_while_reading_is_a_refusal():
    for error in (MemoryError(), KeyError("x"), ZeroDivisionError()):
        seen = events(Reader([Card()], [error]), Parts(), 2)
        assert (seen[1]["code"], seen[1]["severity"]) == ("INTERNAL", "refuse")


def test_a_journal_that_cannot_be_written_is_a_refusal():
    card = Card()
    card.iso_dep = False
    for error, detail in (
        (OSError(5), "the journal cannot be written"),
        (OSError(28), "the journal is full"),
    ):
        seen = events(Reader([card]), Parts(error), 2)
        assert (seen[1]["code"], seen[1]["severity"]) == ("INTERNAL", "refuse")
        assert seen[1]["detail"] == detail


def test_what_goes_wrong_while_reading_has_its_verdict():
    for error, code in (
        (SelectError(0x6A82, "file not found"), "NO_APPLICATION"),
        (SelectError(0x6985, "conditions"), "NO_APPLICATION"),
        (ApduError(0x6985, "conditions"), "HOLDER_NOT_PRESENT"),
        (ApduError(0x6F00, "no diagnosis"), "MALFORMED"),
        (GoneError("timeout"), "TORN"),
        (UnsupportedError("version"), "UNSUPPORTED"),
        (DecodeError("cbor"), "MALFORMED"),
        (MemoryError(), "INTERNAL"),
    ):
        assert unread.verdict_on(error).code == code


class Ticks:
    """`time` for the app: milliseconds that pass as a test says."""

    def __init__(self):
        self.ms = 0

    def ticks_ms(self):
        return self.ms

    def ticks_us(self):
        return self.ms * 1000

    def ticks_diff(self, end, start):
        return end - start


class Counter:
    """An app at the counter, in a time of its own: each item of `script` is what the reader's poll does
    and may change the world before; a Card comes to the reader, None is nobody."""

    def __init__(self, script, answer=None, policy=None):
        self.time = Ticks()
        self.down = False
        self.holder = None
        self.parts = Parts()
        answers = [cbor.encode({Selected.VERSION: 1, Selected.RESPONSE_MAX: 256}) + b"\x90\0"]
        answers += [] if answer is None else [cbor.encode(answer) + b"\x90\0"]
        self.reader = Reader([], answers)
        self.reader.poll = self._poll
        self._script = list(script)
        self.events = Events()
        keeper = Keeper(TrustSet([], Policy(policy), NOW - 60))
        self.question = Question(lambda: self.down)
        self.app = App(
            self.reader,
            self.parts,
            self.parts,
            keeper,
            self.parts,
            PHONES,
            Clock(NOW),
            self.events,
            self.question,
        )

    def run(self):
        """Plays the script. Returns what was shown."""
        real, app_module.time = app_module.time, self.time
        idle_module.time = showing_module.time = self.time
        judged = app_module.verifier
        app_module.verifier = self
        try:
            asyncio.run(self.app.run())
        except asyncio.CancelledError:
            pass
        finally:
            app_module.time = idle_module.time = showing_module.time = real
            app_module.verifier = judged
        return self.parts.shown

    def verify(self, evidence, trust, now):
        """In the verifier's place: the token is the code of its verdict."""
        return Verdict(bytes(evidence.token).decode(), "", self.holder)

    async def _poll(self):
        if not self._script:
            raise asyncio.CancelledError
        step = self._script.pop(0)
        return step(self) if step and not isinstance(step, Card) else step


def after(ms, down=False):
    """A step of the script: so many ms later nobody is there, and the button is down or not."""

    def step(counter):
        counter.time.ms += ms
        counter.down = down
        return

    return step


READY = ("idle", 60, None)
FAMILY = [b"VALID", b"p", b"REVOKED", b"p", b"NO_ENTITLEMENT", b"p"]


def test_the_button_steps_through_the_beneficiaries_of_a_phone():
    press, release = after(100, True), after(100)
    script = [Card()] + [press, press, release] * 4 + [after(6000), None]
    counter = Counter(script, FAMILY)
    assert counter.run() == [
        READY,
        "reading",
        ("VALID", 1, 3),
        "busy",
        ("REVOKED", 2, 3),
        "busy",
        ("NO_ENTITLEMENT", 3, 3),
        ("VALID", 1, 3),
        ("REVOKED", 2, 3),
        READY,
    ]
    codes = ["VALID", "REVOKED", "NO_ENTITLEMENT"]
    assert counter.parts.entries == codes  # each once, when it was first looked at
    assert [one["code"] for one in counter.events if one["event"] == "verdict"] == codes


def test_a_button_that_was_down_before_steps_nowhere_and_one_beneficiary_has_no_next():
    held = after(100, True)
    counter = Counter([held, Card(), held, held], FAMILY)
    assert counter.run() == [READY, "reading", ("VALID", 1, 3)]
    counter = Counter([Card(), after(100), held], FAMILY[:2])
    assert counter.run() == [READY, "reading", "VALID"]


def test_each_press_begins_the_rest_time_anew():
    script = [Card(), after(5999, True), after(5999), None, after(1), None]
    counter = Counter(script, FAMILY)
    assert counter.run()[2:] == [("VALID", 1, 3), "busy", ("REVOKED", 2, 3), READY]
    assert counter.parts.scrolled == 5999


def test_the_rest_time_is_the_policys():
    for rest in (2, 60):
        counter = Counter([Card(), after(rest * 1000 - 1), None], FAMILY[:2], {Rule.REST: rest})
        assert counter.run()[2:] == ["VALID"]
        counter = Counter([Card(), after(rest * 1000), None], FAMILY[:2], {Rule.REST: rest})
        assert counter.run()[2:] == ["VALID", READY]


def test_after_the_rest_time_what_the_phone_said_is_overwritten_once():
    counter = Counter([Card(), after(3000), after(3000), after(3000), after(20000)], FAMILY)
    assert counter.run()[2:] == [("VALID", 1, 3), READY, READY]
    assert counter.reader.forgotten == 1
    assert bytes(apdu._response) == bytes(len(apdu._response))
    assert counter.app._showing._found == []
    assert counter.events.forgotten == 1


def test_a_fault_overwrites_it_too():
    def breaks(counter):
        counter.reader.start = silent
        counter._script.clear()
        raise ChipError("silent")

    async def silent():
        raise asyncio.CancelledError

    counter = Counter([Card(), after(100), breaks], FAMILY)
    assert counter.run()[2:] == [("VALID", 1, 3), ("READER_RESET",)]
    assert counter.reader.forgotten == counter.events.forgotten == 1
    assert bytes(apdu._response) == bytes(len(apdu._response))


def test_work_that_lasts_is_shown_while_nobody_is_at_the_counter():
    def work(begun):
        def step(counter):
            counter.app.working(begun)
            return

        return step

    script = [work(True), after(999), work(False), None, work(True), after(999), after(1)]
    counter = Counter(script + [None, work(False), None, None])
    assert counter.run() == [READY, "busy", READY]
    # A phone is read all the same, and its verdict stands.
    script = [work(True), after(1000), Card(), after(1000), work(False), after(5000), None]
    counter = Counter(script, FAMILY[:2])
    assert counter.run() == [READY, "busy", "reading", "VALID", READY]


def test_the_idle_screen_has_the_time():
    counter = Counter([None])
    counter.run()
    assert counter.parts.told == "%d UTC0" % NOW


def test_who_steps_on_has_not_answered_a_question_that_waits():
    answered = []

    def ask(counter):
        counter.question.ask("SET_CLOCK", "now", 60, lambda: answered.append(1))
        return

    script = [ask, None, Card(), after(100, True), after(6000, True), after(1, True), after(1)]
    counter = Counter(script + [None], FAMILY)
    assert counter.run()[-1] == ("SET_CLOCK", "now")
    assert not answered


def test_software_is_told_of_a_holder_by_policy_only_and_never_of_one_who_is_refused():
    press, release = after(100, True), after(100)
    script = [Card()] + [press, press, release] * 2
    for policy, told in (
        (None, []),
        ({Rule.IDENTITY_TO_SOFTWARE: False}, []),
        ({Rule.IDENTITY_TO_SOFTWARE: True}, ["VALID", "NO_ENTITLEMENT"]),
    ):
        counter = Counter(script, FAMILY, policy)
        counter.holder = object()
        counter.run()
        assert [one["code"] for one in counter.events if "holder" in one] == told
        assert [one["holder"] for one in counter.events if "holder" in one] == [
            counter.holder
        ] * len(told)


def test_a_tap_that_the_journal_does_not_have_tells_nobody_of_its_holder():
    counter = Counter([Card(), None], FAMILY[:2], {Rule.IDENTITY_TO_SOFTWARE: True})
    counter.holder = object()
    counter.parts._broken = OSError(28)
    counter.run()
    (verdict,) = [one for one in counter.events if one["event"] == "verdict"]
    assert verdict["code"] == "INTERNAL"
    assert "holder" not in verdict
