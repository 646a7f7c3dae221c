"""A floor that lies ahead of the right time, and how it is put right: the link's handler `time` with the real
services, clock, question and journal; the button and the minutes are the test's."""

import json
import time

from support import run, scratch

from borne import BUILT, limits
from borne.errors import TrustError
from borne.journal.chained_log import ChainedLog
from borne.link import handlers, messages
from borne.link.messages import LinkError
from borne.link.services import LinkServices
from borne.token.time_zone import TimeZone
from borne.trust.clock import Clock
from borne.ui import texts_fr
from borne.ui.question import Question
from borne.ui.screens import Screens
from borne.uptime import Uptime

DAY = 86400
T = 1_800_000_000  # 2027-01-15 08:00
POISONED = T + 20 * DAY
TIME = [command[0] for command in messages.COMMANDS].index("time") + 1


class Rtc:
    """A chip that stands still; None: it has stopped."""

    told = None

    def read(self):
        return self.told

    def write(self, seconds):
        self.told = seconds


class Store:
    """A ReleaseStore with a release of `time`, and its timestamp unless a root has withdrawn its key."""

    version = 3

    def __init__(self, time):
        self.time = time
        self.withdrawn = False

    def sha256(self, name):
        return None if self.withdrawn else "00"


class Terminal:
    """At the counter: `press` the button, or not, and let some time pass. `rtc` is its chip."""

    def __init__(self, floor=POISONED, button=True, release=0):
        self.flash = scratch("lowering")
        self.button = button
        self.rtc = Rtc()
        self.store = Store(release)
        self.faults = []
        self.pause = self.update = None
        self.restart()
        self.clock.verified(floor)
        self.clock.released(self.store)

    def restart(self):
        self.down = False
        self.clock = Clock(self.flash + "/clock", Uptime(), self.rtc)
        self.question = Question((lambda: self.down) if self.button else None)
        self.log = ChainedLog(self.flash + "/journal", "T-1", None)
        self.services = LinkServices(
            *(self, "T-1", self, self, self, self.clock, [self.log, None]),
            *(None, self.question, None, lambda code, text: self.faults.append(code)),
        )

    def clock_text(self, seconds):
        """As the app says a time."""
        return Screens(None, texts_fr).clock(seconds, TimeZone("<-03>3"))

    def offer(self, seconds):
        """The courier's time: (code, seconds for the operator or None), or the terminal's time."""
        try:
            return run(handlers.handle(self.services, TIME, {"time": seconds}))["time"]
        except LinkError as refusal:
            return refusal.code, refusal.result.get("confirm")

    def wait(self, ms, down=False, step=100):
        """So long the button is up or down, and the terminal looks at it."""
        self.down = down
        for _ in range(0, ms, step):
            time.sleep_ms(step)
            self.question.poll()

    def entries(self):
        """The journal's, but for those that begin a segment."""
        lines = self.log.read(0, 100000)[0].split(b"\n")[:-1]
        return [one for one in [json.loads(line) for line in lines] if "begin" not in one]


ASKED = ("BELOW_FLOOR", limits.CLOCK_CONFIRM_WITHIN)
REFUSED = ("BELOW_FLOOR", None)


def held(terminal, ms=limits.CLOCK_HOLD + 200):
    """The button, let go at first, is held for so long."""
    terminal.wait(300)
    terminal.wait(ms, True)
    terminal.wait(300)


def test_a_hold_of_three_seconds_lowers_the_floor_and_both_stand_in_the_journal():
    terminal = Terminal()
    assert terminal.offer(T) == ASKED
    terminal.wait(300)
    assert terminal.question.shown == (
        "LOWER_CLOCK",
        "15/01/2027 05:00",
        "04/02/2027 05:00",
    )
    terminal.wait(limits.CLOCK_HOLD - 200, True)
    assert terminal.clock.floor() >= POISONED and terminal.offer(T + 3) == ASKED
    terminal.wait(500, True)
    assert terminal.question.shown is None
    assert 0 <= terminal.clock.floor() - T <= 5
    assert terminal.clock.now() == terminal.clock.floor() == terminal.offer(T + 5)
    (entry,) = terminal.entries()
    assert 0 <= entry["floor_before"] - POISONED <= 5 and 0 <= entry["floor"] - T <= 5
    assert entry["time"] is None and "button" in entry["detail"]
    assert terminal.rtc.told == entry["floor"]
    terminal.restart()
    assert 0 <= terminal.clock.floor() - T <= 5


def test_a_button_that_is_let_go_before_says_no():
    for ms in (100, 1000, limits.CLOCK_HOLD - 100):
        terminal = Terminal()
        assert terminal.offer(T) == ASKED
        held(terminal, ms)
        assert terminal.question.shown is None
        held(terminal)  # nothing is asked any more
        assert terminal.offer(T) == REFUSED
        held(terminal)
        assert terminal.clock.floor() >= POISONED and terminal.entries() == []
        terminal.restart()
        assert terminal.clock.floor() >= POISONED


def test_a_button_that_was_down_before_the_question_says_nothing():
    terminal = Terminal()
    terminal.wait(1000, True)
    assert terminal.offer(T) == ASKED
    terminal.wait(10_000, True)
    assert terminal.question.shown and terminal.entries() == []
    held(terminal)
    assert len(terminal.entries()) == 1


def test_only_a_hold_that_was_watched_counts():
    terminal = Terminal()
    assert terminal.offer(T) == ASKED
    terminal.wait(300)
    terminal.wait(2000, True)
    time.sleep_ms(2000)  # a phone is read, and its verdict is on the screen
    terminal.wait(2500, True)
    assert terminal.question.shown and terminal.entries() == []
    held(terminal)
    assert len(terminal.entries()) == 1


def test_a_question_that_nobody_answers_times_out():
    terminal = Terminal()
    assert terminal.offer(T) == ASKED
    terminal.wait(limits.CLOCK_CONFIRM_WITHIN * 1000 + 100)
    assert terminal.question.shown is None
    held(terminal)
    assert terminal.entries() == [] and terminal.clock.floor() >= POISONED


def test_there_is_one_offer_a_start():
    terminal = Terminal()
    assert terminal.offer(T - DAY) == ASKED
    # Another courier's: the question on the screen is what counts.
    assert terminal.offer(T) == ASKED
    assert terminal.question.shown[1] == "14/01/2027 05:00"
    terminal.wait(limits.CLOCK_CONFIRM_WITHIN * 1000 + 100)
    for seconds in (T, T - DAY, POISONED - 1):
        assert terminal.offer(seconds) == REFUSED
        held(terminal)
    assert terminal.entries() == []
    terminal.restart()
    assert terminal.offer(T) == ASKED
    held(terminal)
    assert len(terminal.entries()) == 1
    # Nor is there another after it has fallen.
    assert terminal.offer(T - DAY) == REFUSED


def test_nothing_before_the_build_date_is_asked():
    terminal = Terminal()
    for seconds in (0, BUILT - 1):
        assert terminal.offer(seconds) == REFUSED
        assert terminal.question.shown is None
    assert terminal.offer(BUILT) == ASKED  # that was no offer
    held(terminal)
    assert terminal.clock.floor() >= BUILT and len(terminal.entries()) == 1
    assert terminal.offer(BUILT - 1) == REFUSED


def test_without_a_button_the_floor_stays():
    terminal = Terminal(button=False)
    assert terminal.offer(T) == REFUSED
    terminal.wait(5000)
    assert terminal.clock.floor() >= POISONED


def test_another_question_that_stands_is_not_exchanged_under_the_finger():
    terminal = Terminal()
    assert terminal.offer(POISONED + 90 * DAY)[0] == "STEP_TOO_LARGE"
    assert terminal.question.shown[0] == "SET_CLOCK"
    assert terminal.offer(T) == REFUSED
    assert terminal.question.shown[0] == "SET_CLOCK"
    terminal.wait(limits.CLOCK_CONFIRM_WITHIN * 1000 + 100)
    assert terminal.offer(T) == ASKED  # the one offer was still there
    assert terminal.offer(POISONED + 90 * DAY) == ("STEP_TOO_LARGE", None)
    held(terminal, 1000)  # a press that would do for the other
    assert terminal.entries() == [] and terminal.clock.now() is None


def test_without_an_entry_in_the_journal_the_floor_stays():
    terminal = Terminal()

    def full(now, fields):
        raise OSError(28)

    terminal.log.append = full
    assert terminal.offer(T) == ASKED
    held(terminal)
    assert terminal.faults == ["CLOCK"] and terminal.clock.floor() >= POISONED
    assert terminal.clock.now() is None


def test_after_a_root_has_withdrawn_their_key_releases_have_said_nothing():
    terminal = Terminal(floor=T - DAY, release=POISONED)
    assert terminal.offer(T) == ASKED
    terminal.wait(limits.CLOCK_CONFIRM_WITHIN * 1000 + 100)
    assert terminal.offer(T) == REFUSED
    terminal.store.withdrawn = True
    assert terminal.offer(T) == T  # nobody has to press anything
    (entry,) = terminal.entries()
    assert 0 <= entry["floor_before"] - POISONED <= 65 and 0 <= entry["floor"] - T + DAY <= 65
    assert "a root has withdrawn" in entry["detail"]
    terminal.restart()
    terminal.clock.released(terminal.store)
    assert 0 <= terminal.clock.floor() - T + DAY <= 65
    # What is below the rest of the floor is still asked, and what others have said stays.
    assert terminal.offer(T - 2 * DAY) == ASKED
    assert len(terminal.entries()) == 1


def test_what_a_withdrawn_key_has_said_falls_no_lower_than_the_build_date():
    terminal = Terminal(floor=1, release=POISONED)
    terminal.store.withdrawn = True
    assert terminal.offer(BUILT - 1) == REFUSED
    assert 0 <= terminal.clock.floor() - BUILT <= 5
    assert terminal.offer(BUILT + DAY) == BUILT + DAY


def test_a_floor_that_cannot_fall_in_the_journal_stays_though_its_key_was_withdrawn():
    terminal = Terminal(floor=T - DAY, release=POISONED)
    terminal.store.withdrawn = True

    def full(now, fields):
        raise OSError(28)

    terminal.log.append = full
    try:
        terminal.offer(T)
        raise AssertionError
    except (OSError, TrustError):
        pass
    assert terminal.clock.floor() >= POISONED
