"""The app's guards, with parts that break in ways that real ones hardly do."""

import asyncio
import gc

from names import Rule, Selected

from borne import app as app_module
from borne import decisions, limits, visit
from borne.app import App
from borne.errors import (
    ApduError,
    ChipError,
    DecodeError,
    GoneError,
    SelectError,
    UnsupportedError,
)
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


READY = ("idle", 60, None)
GONE = [None] * 9  # looks after which a phone has gone

PHONES = Phones("T1", Prepared(Unsurprising()))


class Stop(Exception):
    """Ends a run after the events that a test wants to see."""


class Card:
    """A phone on the reader: found, or still there."""

    iso_dep = True


class Other(Card):
    """A phone that was not there at the look before: the same one, after a moment away, or another."""


def no_iso_dep():
    card = Card()
    card.iso_dep = False
    return card


class Reader:
    """A Pn532 whose looks for a phone follow a script: a Card, None, or an exception to raise."""

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

    async def present(self):
        there = bool(self._polls) and isinstance(self._polls[0], Card)
        if there and not isinstance(self._polls[0], Other):
            self._polls.pop(0)
            return True
        return False

    async def drop(self):
        pass

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

    answers = True  # the screen does

    def __init__(self, broken=None, dead=None):
        self.shown = []
        self.entries = []
        self.played = []
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

    def settle(self, at_once):
        assert not at_once

    def play(self, severity):
        if self._dead:
            raise self._dead
        self.played.append(severity)

    def light(self, severity):
        pass

    def remove(self):
        self.shown.append("remove")

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
    parts = Parts()
    seen = events(Reader([no_iso_dep()]), parts, 3)
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
    phone = Reader([Card()] * 9, [ApduError(0x6985, "conditions")])
    seen = events(phone, Parts(), 3)
    assert [event["event"] for event in seen] == ["ready", "verdict", "gone"]


def test_after_a_torn_tap_the_chip_is_started_again():
    for error, starts in ((GoneError("timeout"), 2), (DecodeError("cbor"), 1)):
        reader = Reader([Card()] + GONE + [ChipError("silent")], [error])
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


def test_a_repeated_fault_is_said_once():
    """On the screen, in the journal and on the link; also while the chip works for a moment in between."""
    for between in ([], [None], [None] * 5):
        parts = Parts()
        reader = Reader(([ChipError("silent")] + between) * 100)
        seen = events(reader, parts, 3)
        assert [event["event"] for event in seen] == ["ready", "fault", "ready"]
        assert parts.entries == [(NOW, "READER_RESET", "silent")]
        assert [one for one in parts.shown if one != READY] == [("READER_RESET",)]
        assert reader.starts == 101


def test_a_fault_that_comes_after_hours_is_said_again_and_journalled_after_a_verdict_only():
    parts = Parts()
    silent = [ChipError("silent")] + [None] * 100
    seen = events(Reader(silent * 2 + [no_iso_dep()] + GONE + silent), parts, 8)
    told = ["ready", "fault", "ready", "fault", "ready", "verdict", "gone", "fault"]
    assert [event["event"] for event in seen] == told
    assert parts.entries == [(NOW, "READER_RESET", "silent"), "NO_APPLICATION"] + [
        (NOW, "READER_RESET", "silent")
    ]


def test_a_phone_is_read_while_a_fault_stands_and_then_the_terminal_is_ready():
    parts = Parts()
    seen = events(Reader([ChipError("silent"), None, no_iso_dep()] + GONE), parts, 5)
    assert [event["event"] for event in seen] == ["ready", "fault", "verdict", "gone", "ready"]


def test_a_fault_that_stands_is_shown_again_over_what_came_meanwhile():
    parts = Parts()
    reader = Reader([ChipError("silent"), no_iso_dep(), ChipError("silent")])
    seen = events(reader, parts, 5)
    assert [event["event"] for event in seen] == ["ready", "fault", "verdict", "gone", "ready"]
    fault = ("READER_RESET",)
    assert parts.shown[1:5] == [fault, "reading", "NO_APPLICATION", fault]


def test_a_phone_that_was_read_is_not_read_again_after_a_reset():
    card = no_iso_dep()
    parts = Parts()
    reader = Reader([card, ChipError("silent"), card] + GONE + [card])
    seen = [event["event"] for event in events(reader, parts, 8)]
    assert seen == ["ready", "verdict", "fault", "remove", "gone", "ready", "verdict", "gone"]
    assert parts.shown[3:5] == [("READER_RESET",), "remove"]


def test_broken_screens_lights_and_journal_do_not_end_the_loop():
    for dead in (OSError(19), MemoryError(), ValueError()):
        seen = events(Reader([ChipError("silent"), None]), Parts(dead=dead), 3)
        assert [event["event"] for event in seen] == ["ready", "fault", "ready"]


def test_a_chip_that_never_starts_is_no_reader():
    class Dead(Reader):
        async def start(self):
            raise ChipError("silent")

    class Stubborn(Dead):
        async def start(self):
            self.starts += 1
            if self.starts == 100:
                raise Stop
            await super().start()

    parts = Parts()
    seen = events(Stubborn([]), parts, 3)
    assert [event["code"] for event in seen] == ["READER_RESET", "NO_READER", "INTERNAL"]
    assert len(parts.entries) == len(parts.shown) == 3


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
    for error, detail in (
        (OSError(5), "the journal cannot be written"),
        (OSError(28), "the journal is full"),
    ):
        seen = events(Reader([no_iso_dep()]), Parts(error), 2)
        assert (seen[1]["code"], seen[1]["severity"]) == ("INTERNAL", "refuse")
        assert seen[1]["detail"] == detail


def test_what_goes_wrong_while_reading_has_its_verdict():
    for error, code in (
        (SelectError(0x6A82, "file not found"), "NO_APPLICATION"),
        (SelectError(0x6985, "conditions"), "NO_APPLICATION"),
        (ApduError(0x6985, "conditions"), "HOLDER_NOT_PRESENT"),
        (ApduError(0x6982, "security status"), "HOLDER_NOT_PRESENT"),
        (ApduError(0x6999, "not selected"), "HOLDER_NOT_PRESENT"),
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
        self.reader = Reader([])
        self.reader.exchange = self._exchange
        self._answers = answers
        self.reader.poll = self._poll
        self._script = self.reader._polls = list(script)
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
        real = app_module.time
        timed = (app_module, decisions, visit, idle_module, showing_module)
        for module in timed:
            module.time = self.time
        judged = decisions.verifier
        decisions.verifier = self
        try:
            asyncio.run(self.app.run())
        except asyncio.CancelledError:
            pass
        finally:
            for module in timed:
                module.time = real
            decisions.verifier = judged
        return self.parts.shown

    def verify(self, evidence, trust, now):
        """In the verifier's place: the token is the code of its verdict."""
        return Verdict(bytes(evidence.token).decode(), "", self.holder)

    async def _exchange(self, command):
        """As often as it is asked: SELECT, or else."""
        return memoryview(self._answers[command[1] != 0xA4])

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
    script = [Card()] + GONE + [after(5999, True), after(5999), None, after(1), None]
    counter = Counter(script, FAMILY)
    assert counter.run()[2:] == [("VALID", 1, 3), "busy", ("REVOKED", 2, 3), READY]
    assert counter.parts.scrolled == 5999


def test_the_rest_time_is_the_policys():
    for rest in (2, 60):
        counter = Counter(
            [Card()] + GONE + [after(rest * 1000 - 1), None], FAMILY[:2], {Rule.REST: rest}
        )
        assert counter.run()[2:] == ["VALID"]
        counter = Counter(
            [Card()] + GONE + [after(rest * 1000), None], FAMILY[:2], {Rule.REST: rest}
        )
        assert counter.run()[2:] == ["VALID", READY]


def test_after_the_rest_time_what_the_phone_said_is_overwritten_once():
    script = [Card()] + GONE + [after(3000), after(3000), after(3000), after(20000)]
    counter = Counter(script, FAMILY)
    assert counter.run()[2:] == [("VALID", 1, 3), READY, READY]
    assert counter.reader.forgotten == 1
    assert bytes(apdu._response) == bytes(len(apdu._response))
    assert counter.app._visit is None
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
    script = (
        [work(True), after(1000), Card()] + GONE + [after(1000), work(False), after(5000), None]
    )
    counter = Counter(script, FAMILY[:2])
    assert counter.run() == [READY, "busy", "reading", "VALID", READY]


def test_the_idle_screen_has_the_time():
    counter = Counter([None])
    counter.run()
    assert counter.parts.told == "%d UTC0" % NOW


def silent_display(counter):
    counter.parts.answers = False
    return


def test_what_nobody_can_read_is_no_green_light():
    for code, light in (
        (b"VALID", "warn"),
        (b"NO_ENTITLEMENT", "warn"),
        (b"REVOKED", "refuse"),
        (b"CLONED", "refuse"),
    ):
        counter = Counter([silent_display, Card()] + GONE, [code, b"p"])
        counter.run()
        verdict = [one for one in counter.events if one["event"] == "verdict"][0]
        assert verdict["code"] == code.decode()
        assert counter.parts.entries == [code.decode()]
        assert counter.parts.played == ["reading", light]


def test_a_display_that_is_back_is_told_and_its_screen_is_drawn():
    def back(counter):
        counter.app.back()
        return

    counter = Counter([None, back, None])
    assert counter.run() == [READY, READY]
    assert [one["event"] for one in counter.events] == ["ready", "ready"]
    # A verdict stays where it is, and a fault of the reader is not over.
    counter = Counter([Card()] + GONE + [back], [b"VALID", b"p"])
    assert counter.run() == [READY, "reading", "VALID"]
    assert counter.events[-1] == {"event": "ready"}

    def fails(counter):
        raise ChipError("silent")

    counter = Counter([fails, back])
    counter.run()
    assert [one["event"] for one in counter.events] == ["ready", "fault"]


def test_who_steps_on_has_not_answered_a_question_that_waits():
    answered = []

    def ask(counter):
        counter.question.ask("SET_CLOCK", "now", 60, lambda: answered.append(1))
        return

    script = [ask, None, Card()] + GONE + [after(100, True), after(6000, True), after(1, True)]
    counter = Counter(script + [after(1), None], FAMILY)
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


def scarce(owner, name, times):
    """Memory is short the first times that this is called."""
    real = getattr(owner, name)
    left = [times]

    def method(*arguments):
        if left[0]:
            left[0] -= 1
            raise MemoryError
        return real(*arguments)

    setattr(owner, name, method)


CALLS = (  # where and what is called until a verdict stands, and how often
    ("parts", "reading", 1),
    ("parts", "play", 2),
    ("parts", "verdict", 2),
    ("same", "repeats", 1),
    ("showing", "begin", 1),
    ("showing", "verdict", 1),
    ("question", "pressed", 1),
    ("events", "report", 1),
    ("phones", "done", 1),
)


class Collector:
    """`gc` for a visit, which notes the last threshold."""

    def collect(self):
        pass

    def threshold(self, count):
        self.last = count


def short_of_memory(where, what, times):
    """A Counter at which a phone is held while that fails so many times, and the Collector."""
    counter = Counter([], FAMILY[:2])
    app = counter.app
    phones = app._phones = Phones("T1", Prepared(Unsurprising()))
    owner = {
        "parts": counter.parts,
        "same": visit.SameTap,
        "showing": showing_module.Showing,
        "question": counter.question,
        "events": counter.events,
        "phones": phones,
    }[where]

    def begins(_):
        scarce(owner, what, times)

    counter._script += [begins] + [Card()] * 12 + GONE + [after(1000)] * 10
    collector = Collector()
    visit.gc = collector
    usual = getattr(owner, what)
    try:
        counter.run()
    finally:
        visit.gc = gc
        setattr(owner, what, usual)
    return counter, collector


def test_wherever_memory_is_short_for_a_moment_the_phone_gets_its_verdict():
    """Nothing of it is lost: neither the screen, nor the line in the journal, nor the event; and a fault in
    between is said in all three places."""
    for where, what, _ in CALLS:
        counter, collector = short_of_memory(where, what, 1)
        told = [one["event"] for one in counter.events]
        assert told.count("verdict") == 1 and "gone" in told, (what, told)
        shown, entries = counter.parts.shown, counter.parts.entries
        assert shown.count("VALID") == entries.count("VALID") == 1, (what, shown, entries)
        faults = told.count("fault")
        assert shown.count(("INTERNAL",)) == faults == len(entries) - 1, (what, shown, entries)
        assert shown[-1] == READY
        assert collector.last == limits.GARBAGE_MAX


def test_where_memory_stays_short_for_longer_the_phone_is_read_again():
    for where, what, calls in CALLS:
        counter, collector = short_of_memory(where, what, 2 * calls)
        codes = [one["code"] for one in counter.events if one["event"] == "verdict"]
        assert codes and codes[-1] in ("VALID", "INTERNAL"), (what, codes)
        assert counter.parts.shown[-1] == READY, (what, counter.parts.shown)
        assert collector.last == limits.GARBAGE_MAX


def test_a_fault_is_said_though_memory_is_short_at_first():
    for what in ("fault", "play"):
        parts = Parts()
        scarce(parts, what, 1)
        seen = events(Reader([ChipError("silent")]), parts, 3)
        assert [event["event"] for event in seen] == ["ready", "fault", "ready"]
        assert parts.shown[1] == ("READER_RESET",)
        assert parts.entries == [(NOW, "READER_RESET", "silent")]


def test_a_task_that_ends_is_a_fault_which_is_said_once_and_then_the_terminal_is_ready():
    def ends(counter):
        counter.app.broken("randomness", MemoryError())

    counter = Counter([None, ends, ends, ends] + [after(500)] * 6 + [None])
    assert counter.run() == [READY, ("INTERNAL",), READY]
    fault = {"event": "fault", "code": "INTERNAL", "detail": "randomness: MemoryError"}
    assert counter.events == [{"event": "ready"}, fault, {"event": "ready"}]
    assert counter.parts.entries == [(NOW, "INTERNAL", "randomness: MemoryError")]


def test_a_tap_that_the_journal_does_not_have_tells_nobody_of_its_holder():
    counter = Counter([Card(), None], FAMILY[:2], {Rule.IDENTITY_TO_SOFTWARE: True})
    counter.holder = object()
    counter.parts._broken = OSError(28)
    counter.run()
    (verdict,) = [one for one in counter.events if one["event"] == "verdict"]
    assert verdict["code"] == "INTERNAL"
    assert "holder" not in verdict
