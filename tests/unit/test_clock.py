import os

from support import raises

from borne import BUILT, limits
from borne.token import cbor
from borne.trust.clock import Clock

DAY = 86400
T = 1_800_000_000
NUMBER = int.from_bytes(os.urandom(4), "big")


class Terminal:
    """A clock's surroundings: `uptime` and `rtc` are to be set; the floor's file survives restarts."""

    count = 0

    def __init__(self, floor=T):
        Terminal.count += 1
        self.path = "/tmp/borne-clock-%d-%d" % (NUMBER, Terminal.count)
        self.rtc = None
        self.written = []
        self.broken = False
        self.restart(uptime=0)
        if floor:
            self.clock.verified(floor)

    def restart(self, uptime):
        self.uptime = uptime
        self.clock = Clock(self.path, lambda: self.uptime, self)

    def read(self):
        if self.broken:
            raise OSError(5)
        return self.rtc

    def write(self, seconds):
        if self.broken:
            raise OSError(5)
        self.written.append(seconds)


def test_without_a_source_there_is_no_time():
    terminal = Terminal(floor=0)
    assert terminal.clock.now() is None
    terminal.clock.verified(T)
    assert terminal.clock.floor() == T
    assert terminal.clock.now() is None  # the floor says when it cannot be, not when it is
    assert Clock(terminal.path, lambda: 0).now() is None


def test_an_rtc_is_believed_above_the_floor():
    terminal = Terminal()
    for seconds in (T, T + 1, T + 400 * DAY):
        terminal.rtc = seconds
        assert terminal.clock.now() == seconds
    assert (
        terminal.clock.floor() == T
    )  # no RTC raises the floor: one that errs would do so for ever


def test_an_rtc_that_lags_gives_the_floor_and_one_that_ran_back_nothing():
    terminal = Terminal()
    terminal.rtc = T - limits.CLOCK_SKEW_MAX
    assert terminal.clock.now() == T
    terminal.rtc -= 1
    assert terminal.clock.now() is None
    terminal.rtc = 946_684_800  # 2000-01-01: its battery is empty
    assert terminal.clock.now() is None
    assert terminal.clock.offer(T + 60) is None
    assert terminal.clock.now() == T + 60
    terminal.rtc = T + 90  # set again
    assert terminal.clock.now() == T + 90


def test_the_floor_rises_with_uptime_but_no_faster_than_any_crystal():
    terminal = Terminal()
    terminal.uptime = 1000
    assert terminal.clock.floor() == T + 999
    terminal.uptime = 200 * DAY
    terminal.rtc = T + 200 * DAY - 900  # 52 ppm behind the terminal's own crystal
    assert terminal.clock.now() == terminal.rtc


def test_time_never_runs_back_while_it_runs():
    terminal = Terminal()
    terminal.rtc = T + 10
    before = 0
    for uptime, verified in ((1, 0), (2, T + 100), (3, T + 50), (200, 0)):
        terminal.uptime = uptime
        if verified:
            terminal.clock.verified(verified)
        now = terminal.clock.now()
        assert now >= before and now >= terminal.clock.floor()
        before = now
    # No further than the RTC was when data said T + 100, and the time since.
    assert terminal.clock.floor() == T + 10 + 198


def test_a_couriers_time_runs_on_until_the_power_goes():
    terminal = Terminal()
    terminal.uptime = 50
    assert terminal.clock.offer(T + DAY) is None
    assert terminal.clock.now() == T + DAY
    terminal.uptime = 150
    assert terminal.clock.now() == T + DAY + 100
    terminal.restart(uptime=0)
    assert terminal.clock.now() is None


def test_a_couriers_time_below_the_floor_is_refused():
    terminal = Terminal()
    assert terminal.clock.offer(T - 1) == "BELOW_FLOOR"
    assert terminal.clock.offer(T - 1, confirmed=True) == "BELOW_FLOOR"
    assert terminal.clock.now() is None
    terminal.clock.offer(T + DAY)
    assert terminal.clock.offer(T - DAY) == "BELOW_FLOOR"
    assert terminal.clock.now() == T + DAY
    assert terminal.clock.offer(T) is None  # a wrong courier's time can be put right
    assert terminal.clock.now() == T


def test_a_couriers_time_that_verified_data_overtakes_is_no_time():
    terminal = Terminal()
    terminal.clock.offer(T + 10)
    terminal.clock.verified(T + 10 + limits.CLOCK_SKEW_MAX)
    assert terminal.clock.now() == T + 10 + limits.CLOCK_SKEW_MAX
    terminal.clock.verified(T + 11 + limits.CLOCK_SKEW_MAX)
    assert terminal.clock.now() is None


def test_the_step_forward_is_bounded_however_often_it_is_tried():
    terminal = Terminal()
    most = T + limits.CLOCK_STEP_MAX
    assert terminal.clock.offer(most + 1) == "STEP_TOO_LARGE"
    assert terminal.clock.now() is None
    for _ in range(3):
        assert terminal.clock.offer(most) is None
        assert terminal.clock.now() == most
        assert terminal.clock.offer(most + 1) == "STEP_TOO_LARGE"
    terminal.restart(uptime=0)
    assert terminal.clock.offer(most + 1) == "STEP_TOO_LARGE"


def test_the_operator_may_confirm_a_longer_step():
    terminal = Terminal()
    later = T + 3 * limits.CLOCK_STEP_MAX
    assert terminal.clock.offer(later, confirmed=True) is None
    assert terminal.clock.now() == later
    assert terminal.clock.floor() == T  # a person's word is not verified data


def test_a_courier_does_not_move_a_right_rtc():
    terminal = Terminal()
    terminal.rtc = T + 5 * DAY
    for away in (0, limits.CLOCK_SKEW_MAX, -limits.CLOCK_SKEW_MAX):
        assert terminal.clock.offer(terminal.rtc + away) is None
        assert terminal.clock.now() == terminal.rtc
    for away in (limits.CLOCK_SKEW_MAX + 1, -limits.CLOCK_SKEW_MAX - 1, 400 * DAY):
        assert terminal.clock.offer(terminal.rtc + away) == "STEP_TOO_LARGE"
    assert terminal.written == []
    assert terminal.clock.offer(T + DAY, confirmed=True) is None
    assert terminal.written == [T + DAY]


def test_an_rtc_that_has_stopped_is_set_by_what_is_accepted():
    terminal = Terminal()
    assert terminal.clock.offer(T - 1) == "BELOW_FLOOR"
    assert terminal.clock.offer(T + limits.CLOCK_STEP_MAX + 1) == "STEP_TOO_LARGE"
    assert terminal.written == []
    assert terminal.clock.offer(T + 60) is None
    assert terminal.written == [T + 60]


def test_an_rtc_that_does_not_answer_is_none():
    terminal = Terminal()
    terminal.broken = True
    assert terminal.clock.now() is None
    assert terminal.clock.offer(T + 60) is None
    assert terminal.clock.now() == T + 60


def test_after_the_operators_word_a_courier_changes_nothing():
    terminal = Terminal()
    later = T + 90 * DAY
    assert terminal.clock.offer(later, confirmed=True) is None
    terminal.uptime = 10
    for _ in range(5):  # many small steps are none
        assert terminal.clock.offer(later + 10 + limits.CLOCK_SKEW_MAX) is None
        assert terminal.clock.now() == later + 10
    assert terminal.clock.offer(T + DAY) == "STEP_TOO_LARGE"
    assert terminal.clock.offer(later + 11 + limits.CLOCK_SKEW_MAX) == "STEP_TOO_LARGE"
    terminal.clock.verified(later + DAY)  # nor does what is signed
    assert terminal.clock.now() == terminal.clock.floor() == later + 10


class Store:
    """A ReleaseStore with a release of `time`, whose timestamp a root has withdrawn or not."""

    def __init__(self, time, withdrawn=False):
        self.time = time
        self.withdrawn = withdrawn

    def sha256(self, name):
        assert name == "timestamp.json"
        return None if self.withdrawn else "00"


def fast_issuer(terminal, seconds=480):
    """Taps until a token of an issuer whose clock is `seconds` ahead is no news any more. Returns how many of
    them found no time."""
    lost = 0
    for _ in range(20):
        now = terminal.clock.now()
        lost += now is None
        # As the verifier has it: an `iat` within the skew is no token from the future.
        terminal.clock.verified(min(T + seconds, (now or T) + limits.CLOCK_SKEW_MAX))
    return lost


def test_while_an_rtc_tells_the_time_signed_data_ahead_of_it_costs_nothing():
    terminal = Terminal(floor=T - DAY)
    terminal.rtc = T
    assert fast_issuer(terminal) == 0
    assert terminal.clock.now() == terminal.clock.floor() == T
    terminal.clock.released(Store(T + 400 * DAY))
    assert terminal.clock.now() == terminal.clock.floor() == T
    terminal.restart(uptime=0)
    assert terminal.clock.floor() == terminal.clock.now() == T
    assert terminal.clock.offer(T) is None  # the honest courier


def test_while_the_operator_tells_the_time_signed_data_ahead_of_it_costs_nothing():
    terminal = Terminal(floor=T - 90 * DAY)
    terminal.clock.offer(T, confirmed=True)
    assert fast_issuer(terminal) == 0
    terminal.clock.released(Store(T + 400 * DAY))
    assert terminal.clock.now() == terminal.clock.floor() == T


def test_a_couriers_time_is_overtaken_by_what_is_signed_and_without_any_it_is_the_floor():
    for told in (True, False):
        terminal = Terminal(floor=T - DAY)
        if told:
            terminal.clock.offer(T)
        terminal.clock.verified(T + 301)
        assert terminal.clock.now() is None and terminal.clock.floor() == T + 301
        terminal.clock.released(Store(T + DAY))
        assert terminal.clock.floor() == T + DAY
        terminal.restart(uptime=0)
        assert terminal.clock.floor() == T + DAY


def test_a_poisoned_rtc_is_put_right_by_the_operator():
    terminal = Terminal()  # its battery was flat
    assert terminal.clock.offer(T + 29 * DAY) is None
    terminal.restart(uptime=0)
    terminal.rtc = T + 29 * DAY
    terminal.clock.verified(T + 60)
    assert terminal.clock.offer(T + 60) == "STEP_TOO_LARGE"
    assert terminal.clock.offer(T + 60, confirmed=True) is None
    assert terminal.written == [T + 29 * DAY, T + 60]
    terminal.rtc = T + 60
    assert terminal.clock.now() == T + 60


def test_the_floor_falls_for_good_but_not_below_the_build_date():
    for seconds, floor in ((T - DAY, T - DAY), (BUILT, BUILT), (BUILT - 1, BUILT), (0, BUILT)):
        terminal = Terminal()
        terminal.uptime = 5000
        terminal.clock.released(Store(T + DAY))
        terminal.clock.lower(seconds)
        assert terminal.clock.floor() == floor
        assert terminal.clock.offer(floor - 1, confirmed=True) == "BELOW_FLOOR"
        terminal.uptime += 1000
        assert terminal.clock.floor() == floor + 999
        terminal.restart(uptime=0)
        assert terminal.clock.floor() == floor
        terminal.clock.verified(T)
        assert terminal.clock.floor() == T


def test_a_floor_that_cannot_be_kept_lower_does_not_fall():
    clock = Clock("/nowhere/at/all", lambda: 0)
    raises(OSError, clock.verified, T)
    raises(OSError, clock.lower, T - DAY)
    assert clock.floor() == T


def test_what_releases_have_said_is_told_from_the_rest():
    terminal = Terminal()
    terminal.uptime = 1000
    terminal.clock.released(Store(T + 50 * DAY))
    terminal.uptime = 2000
    for _ in range(2):
        assert abs(terminal.clock.floor() - T - 50 * DAY - 1000) <= 2
        assert abs(terminal.clock.floor_without_releases() - T - 2000) <= 1001
        terminal.restart(uptime=0)
        terminal.uptime = 1000
    terminal.clock.lower(terminal.clock.floor_without_releases())
    floor = terminal.clock.floor()
    terminal.clock.released(Store(T + 50 * DAY, withdrawn=True))
    assert terminal.clock.floor() == floor
    assert Terminal(floor=BUILT - DAY).clock.floor_without_releases() == BUILT


def test_the_floor_survives_a_restart_and_is_written_rarely():
    terminal = Terminal()
    terminal.uptime = 100
    terminal.clock.verified(T + limits.CLOCK_SAVE_EVERY - 1)
    terminal.restart(uptime=100)  # an uptime that does not begin at 0 counts nothing twice
    assert terminal.clock.floor() == T
    terminal.clock.verified(T + limits.CLOCK_SAVE_EVERY)
    terminal.restart(uptime=7)
    assert terminal.clock.floor() == T + limits.CLOCK_SAVE_EVERY
    written = []

    def counting(path, mode):
        if mode == "wb":
            written.append(path)
        return open(path, mode)

    clock = Clock(terminal.path, lambda: terminal.uptime, None, os, counting)
    for uptime in range(0, 10 * DAY, 600):  # a token every ten minutes, ten days on end
        terminal.uptime = 7 + uptime
        clock.verified(T)
    assert 35 <= len(written) <= 40
    before = clock.floor()
    terminal.restart(uptime=0)
    assert 0 <= before - terminal.clock.floor() < limits.CLOCK_SAVE_EVERY


def test_a_floor_that_cannot_be_read_is_none():
    broken = (b"", b"\xff", b"\x61x", b"\xf5", b"\x20", bytes(100))
    for data in broken + (
        b"\x80",
        b"\x81\x05",
        b"\x82\xf5\x20",
        b"\x42xx",
        b"\xa2\x05\x05\x06\x06",
    ):
        terminal = Terminal(floor=0)
        with open(terminal.path, "wb") as file:
            file.write(data)
        terminal.restart(uptime=0)
        assert terminal.clock.floor() == 0


def test_a_floor_that_cannot_be_kept_counts_all_the_same():
    clock = Clock("/nowhere/at/all", lambda: 0)
    raises(OSError, clock.verified, T)
    assert clock.floor() == T


def test_one_number_alone_is_a_floor_too():
    terminal = Terminal(floor=0)
    with open(terminal.path, "wb") as file:
        file.write(cbor.encode(T))
    terminal.restart(uptime=0)
    assert terminal.clock.floor() == terminal.clock.floor_without_releases() == T
