"""One hold is one tap: phones that lose contact, are swapped, stay too long, or are unlocked there."""

import json

import pytest
from counter import REST
from demo_world import flash_with
from hand import Counter

from bornetools import times
from bornetools.emulator.chip.field import Busy, Gone, Silent
from bornetools.emulator.phones import handset
from bornetools.emulator.phones.mdoc_wallet import ENVELOPE
from bornetools.emulator.phones.phone import Phone
from bornetools.issuer import cose
from bornetools.world import gallery

CLICK = 1047
ACCEPTED = [1319, 1760]  # tones of an accept
DIM, REMOVE = (40, 40, 40), (0, 255, 255)


@pytest.fixture(scope="module")
def pictures():
    return gallery.frames("en")


@pytest.fixture(scope="module")
def counter(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("counter")
    flash = flash_with(world, folder, times.now() - 60, roots=True)
    with Counter(flash) as terminal:
        yield terminal


@pytest.fixture(autouse=True)
def gone(request):
    """Each test begins with nobody on the reader."""
    if "counter" in request.fixturenames:
        terminal = request.getfixturevalue("counter")
        terminal.subscribe()
        terminal.hold([(0, None)], 1)
        terminal.clear()


@pytest.fixture
def token(person):
    """A phone of that case, as somebody's own: its knobs are free to be turned."""

    def made(case="valid", **knobs):
        other = person(case).phone
        return Phone(other.token, other._holder_key, **knobs)

    return made


def lines(flash):
    """The verdicts and faults in the journal."""
    text = b"".join(path.read_bytes() for path in sorted((flash / "journal").iterdir()))
    entries = [json.loads(line) for line in text.splitlines()]
    return [entry.get("verdict", entry.get("fault")) for entry in entries if "begin" not in entry]


def asked(phone):
    """The list of INS that the phone is asked from now on."""
    seen, real = [], phone.apdu
    phone.apdu = lambda command: seen.append(command[1]) or real(command)
    return seen


@pytest.mark.parametrize(
    ("away", "phase"), [(0.05, 0.0), (0.05, 0.037), (0.1, 0.62), (0.2, 0.013), (0.3, 0.31)]
)
def test_a_hold_with_gaps_is_one_tap(counter, token, away, phase):
    before = len(lines(counter._flash))
    counter.hold(counter.wobbles(token(), 1.0, away, 20, phase), 20)
    assert counter.kinds() == ["verdict"]
    assert counter.codes() == ["VALID"]
    assert counter.tones == [CLICK, *ACCEPTED]
    counter.hold([(0, None)], 2)
    assert counter.kinds() == ["verdict", "gone"]
    assert lines(counter._flash)[before:] == ["VALID"]


def test_the_next_tap_after_it_is_another(counter, token):
    phone = token()
    counter.hold([(0, phone), (1, None), (2, phone), (3, None)], 4)
    assert counter.kinds() == ["verdict", "gone", "verdict", "gone"]


def test_a_refused_or_unread_phone_with_gaps_is_one_tap_too(counter, person):
    for case in (
        "revoked",
        "cloned token",
        "holder not verified",
        "no application",
        "no entitlement",
    ):
        counter.clear()
        counter.hold(counter.wobbles(person(case).phone, 0.7, 0.2, 2), 2)
        assert (case, counter.codes()) == (case, [person(case).expected])
        counter.hold([(0, None)], 1)


@pytest.mark.parametrize("away", [0.0, 0.05, 0.3])
def test_no_phone_lies_under_the_verdict_on_another(counter, token, pictures, away):
    one, other = token(), token("valid, with a delegate")
    counter.hold([(0, one), (2, None), (2 + away, other)], 4)
    assert counter.codes() == ["VALID", "VALID"]
    assert counter.tones == [CLICK, *ACCEPTED] + ACCEPTED
    mine, reading, theirs = (picture for _, _, picture in counter.screens[1:4])
    assert reading == pictures["READING"]
    assert mine != theirs
    # The first one's verdict has left the screen a moment after the other phone lies there.
    (at,) = [at for at, _, picture in counter.screens if picture == reading and at > 1]
    assert 2 + away <= at < 2 + away + 0.25


def test_a_copy_of_the_token_in_its_place_is_found_out(counter, token):
    genuine = token()
    copy = Phone(genuine.token, cose.new_key())
    counter.hold([(0, genuine), (2, None), (2.1, copy)], 4)
    assert counter.codes() == ["VALID", "CLONED"]


def test_the_same_token_in_another_encoding_is_the_same_tap(counter, token):
    phone = token()
    # The CWT tag around it is allowed: what the issuer has signed is the same.
    tagged = Phone(b"\xd8\x3d" + phone.token, phone._holder_key)
    counter.hold([(0, phone), (2, None), (2.1, tagged)], 4)
    assert counter.codes() == ["VALID"]


def test_of_a_family_the_phone_that_carries_another_child_is_another_phone(counter, person):
    family = person("valid, with two children").phone
    smaller = Phone(family.token, family._holder_key, dependants=family.dependants[:1])
    counter.hold([(0, family), (2, None), (2.1, family), (3, None), (3.1, smaller)], 5)
    assert counter.codes() == ["VALID", "VALID"]


def test_after_a_gap_the_button_steps_to_what_the_phone_said_last(counter, person):
    family = person("valid, with two children").phone
    press = [
        (at, lambda down=down: setattr(counter.panel, "pressed", down))
        for at, down in ((3, True), (3.3, False))
    ]
    moves = [(0, lambda: counter.lay(family)), (2, counter.field.remove)]
    counter.act([*moves, (2.2, lambda: counter.lay(family)), *press], 5)
    assert counter.codes() == ["VALID", "VALID"]


def test_a_family_that_leaves_while_it_is_read_again_is_not_judged_by_half_an_answer(
    counter, person
):
    family = person("valid, with two children").phone
    whole, spoiled = family.apdu, []

    def torn(command):
        """The answer is another, and ends in the middle."""
        if command[1] == handset.GET_RESPONSE:
            counter.field.remove()
            raise Gone
        answer = whole(command)
        if command[1] == handset.SELECT:
            return answer
        spoiled.append(1)
        return bytes(len(answer) - 2) + answer[-2:]

    press = [
        (at, lambda down=down: setattr(counter.panel, "pressed", down))
        for at, down in ((4, True), (4.3, False))
    ]
    moves = [(0, lambda: counter.lay(family)), (2, counter.field.remove)]
    moves += [(2, lambda: setattr(family, "apdu", torn)), (2.1, lambda: counter.lay(family))]
    try:
        counter.act([*moves, *press], 5)
    finally:
        family.apdu = whole
    assert spoiled
    assert counter.kinds() == ["verdict", "gone"]


def test_when_a_phone_that_came_back_leaves_before_it_is_read_its_verdict_is_on_the_screen_again(
    counter, token, pictures
):
    phone = token()
    phone.pause = lambda command: phone.slow
    moves = [(0, lambda: counter.lay(phone)), (1.5, lambda: setattr(phone, "slow", 0.3))]
    moves += [(2, counter.field.remove), (2.1, lambda: counter.lay(phone))]
    counter.act([*moves, (2.25, counter.field.remove)], 4)
    assert counter.kinds() == ["verdict", "gone"]
    verdict = counter.screens[1][2]
    shown = [picture for _, _, picture in counter.screens]
    assert shown == [pictures["READING"], verdict, pictures["READING"], verdict]


@pytest.mark.parametrize("away", [0.05, 0.2])
def test_a_wallet_that_was_away_has_to_be_removed_and_is_not_asked_again(
    counter, world, pictures, away
):
    wallet = world.cast.mdocs.wallet("Lindgren", "Ada")
    seen = asked(wallet)
    counter.hold(counter.wobbles(wallet, 1.0, away, 8), 8)
    assert counter.kinds() == ["verdict", "remove"]
    assert counter.screens[-1][2] == pictures["REMOVE"]
    assert counter.screens[-1][0] < 1.5
    assert counter.panel.led == REMOVE
    assert seen.count(ENVELOPE) == asked_by_one_tap(counter, world)


def asked_by_one_tap(counter, world):
    wallet = world.cast.mdocs.wallet("Lindgren", "Ada")
    seen = asked(wallet)
    counter.hold([(0, None), (2, wallet), (3, None)], 5)
    return seen.count(ENVELOPE)


def test_a_wallet_and_a_token_in_each_others_place(counter, world, token):
    wallet, phone = world.cast.mdocs.wallet("Lindgren", "Ada"), token()
    counter.hold([(0, wallet), (2, None), (2.1, phone), (4, None), (4.1, wallet)], 6)
    assert counter.kinds() == ["verdict", "remove", "verdict", "verdict"]
    assert counter.codes() == ["VALID"] * 3


@pytest.mark.parametrize("case", ["cloned token", "random bytes", "application locked", "revoked"])
def test_a_phone_in_a_wallets_place_has_a_verdict_of_its_own(counter, world, person, case):
    wallet, other = world.cast.mdocs.wallet("Lindgren", "Ada"), person(case)
    counter.hold([(0, wallet), (1, None), (1.1, other.phone)], 3)
    assert counter.codes() == ["VALID", other.expected]


def test_what_lies_there_after_the_rest_time_has_to_be_removed(world, tmp_path, token, pictures):
    flash = flash_with(world, tmp_path, times.now() - 60, roots=True, rest=REST)
    phones = (
        token(),
        world.cast.mdocs.wallet("Lindgren", "Ada"),
        token("revoked"),
        token(locked=True),
    )
    with Counter(flash) as terminal:
        for phone in phones:
            terminal.clear()
            terminal.hold([(0, phone)], 6)
            assert terminal.kinds() == ["verdict", "remove"]
            shown = [(round(at), picture) for at, _, picture in terminal.screens]
            assert shown[-1] == (REST, pictures["REMOVE"])
            assert terminal.panel.led == REMOVE
            # A program that subscribes now is told so, too.
            terminal._cable.request("subscribe", 60, seconds=0)
            terminal.subscribe()
            terminal.hold([], 1)
            assert terminal.kinds() == ["verdict", "remove", "remove"]
            terminal.hold([(0, None)], 2)
            assert terminal.kinds()[3:] == ["gone", "ready"]
            assert terminal.panel.led == DIM


def test_after_the_rest_time_nothing_is_left_to_know_a_token_by(world, tmp_path, token):
    flash = flash_with(world, tmp_path, times.now() - 60, rest=REST)
    phone = token()
    with Counter(flash) as terminal:
        terminal.clear()
        terminal.hold([(0, phone), (4, None), (4.2, phone)], 6)
        assert terminal.kinds() == ["verdict", "remove", "verdict"]


REFUSALS = {
    "6A82": handset.NOT_FOUND,
    "6985": handset.CONDITIONS_NOT_SATISFIED,
    "6999": bytes.fromhex("6999"),
    "nothing": None,
}


@pytest.mark.parametrize("kind", ["token", "wallet"])
@pytest.mark.parametrize(
    ("name", "at"), [("6A82", 0.4), ("6A82", 9.0), ("6985", 3.0), ("6999", 3.137), ("nothing", 3.2)]
)
def test_a_phone_that_is_unlocked_on_the_reader_is_read_within_a_second(
    counter, token, world, pictures, kind, name, at
):
    phone = token() if kind == "token" else world.cast.mdocs.wallet("Lindgren", "Ada")
    open_ = phone.apdu

    def locked(command):
        if REFUSALS[name] is None:
            raise Silent
        return REFUSALS[name]

    phone.apdu = locked
    counter.act(
        [(0, lambda: counter.lay(phone)), (at, lambda: setattr(phone, "apdu", open_))], at + 1
    )
    assert counter.codes() == ["NO_APPLICATION", "VALID"]
    assert counter.screens[1][2] == pictures["NO_APPLICATION"]  # which speaks of unlocking
    assert counter.screens[1][0] < 0.5
    assert [picture for _, _, picture in counter.screens].count(pictures["READING"]) == 1
    assert counter.tones.count(CLICK) == 1 + 3  # and three for "retry"


def test_an_application_that_is_unlocked_on_the_reader_is_read_within_a_second(counter, token):
    phone = token(locked=True)
    acts = [(0, lambda: counter.lay(phone)), (3, lambda: setattr(phone, "locked", False))]
    counter.act(acts, 4)
    assert counter.codes() == ["HOLDER_NOT_PRESENT", "VALID"]
    assert len([one for one in counter.events if one["event"] == "verdict"]) == 2


def test_a_locked_phone_with_gaps_is_one_tap(counter, token):
    counter.hold(counter.wobbles(token(locked=True), 1.0, 0.2, 10), 10)
    assert counter.codes() == ["HOLDER_NOT_PRESENT"]


def test_a_wallets_holder_who_declines_is_not_asked_again(counter, world):
    wallet = world.cast.mdocs.wallet("Lindgren", "Ada", locked=True)
    seen = asked(wallet)
    counter.hold([(0, wallet)], 5)
    assert counter.codes() == ["HOLDER_NOT_PRESENT"]
    assert len(seen) < 20


def test_a_phone_that_is_torn_away_while_it_is_read_and_comes_back_has_one_verdict(counter, token):
    phone = token(slow=0.2)
    counter.hold([(0, phone), (0.3, None), (0.5, phone)], 3)
    assert counter.codes() == ["VALID"]
    counter.hold([(0, None), (8, phone), (8.3, None)], 10)
    assert counter.codes() == ["VALID", "TORN"]
    assert counter.kinds()[-2:] == ["verdict", "gone"]


def test_a_phone_that_falls_silent_in_the_middle_each_time_is_torn(counter, token):
    phone = token()
    answers = phone.apdu

    def half(command):
        if command[1] == handset.SELECT:
            return answers(command)
        raise Silent

    phone.apdu = half
    counter.hold([(0, phone)], 5)
    assert counter.codes() == ["TORN"]


# What an accomplice's phone could do to a bound on the round trip


def relayed(phone, seconds, how):
    """The phone behind a relay that takes so long there and back, and hides it so."""
    answers, state = phone.apdu, {"waits": False, "answer": b""}

    def bytewise(command):
        """61 01 at once, and a byte of the answer each time once that is here."""
        if command[1] == handset.GET_RESPONSE:
            if state["waits"]:
                state["waits"] = False
                raise Busy(seconds)
            answer, state["answer"] = state["answer"][:200], state["answer"][200:]
            left = len(state["answer"])
            return answer + (bytes((0x61, min(left, 200))) if left else handset.OK)
        response = answers(command)
        if command[1] == handset.SELECT:
            return response
        while response[-2] == 0x61:
            state["answer"] += response[:-2]
            response = answers(bytes((0, handset.GET_RESPONSE, 0, 0, response[-1])))
        state["answer"] += response[:-2]
        state["waits"] = True
        return b"\x61\x01"

    def again(command):
        """6C00 at once: the terminal has to ask once more."""
        if command[1] == handset.SELECT or state["waits"]:
            if state["waits"] == 1:
                state["waits"] = 2
                raise Busy(seconds)
            return answers(command)
        state["waits"] = 1
        return b"\x6c\x00"

    def waiting(command):
        """S(WTX) for the whole time."""
        if command[1] != handset.SELECT and not state["waits"]:
            state["waits"] = True
            raise Busy(seconds)
        return answers(command)

    phone.apdu = {"61": bytewise, "6C": again, "WTX": waiting}[how]
    return phone


@pytest.mark.parametrize("how", ["61", "6C", "WTX"])
def test_a_relay_within_the_answer_is_within_the_bound(world, tmp_path, token, how):
    flash = flash_with(world, tmp_path, times.now() - 60, relay_bound=400)
    with Counter(flash) as terminal:
        terminal.clear()
        terminal.hold([(0, relayed(token(), 0.6, how)), (1.5, None)], 3)
        assert terminal.codes() == ["RELAY_SUSPECTED"]
        terminal.hold([(0, relayed(token(), 0.2, how)), (1, None), (2, token()), (3, None)], 4)
        assert terminal.codes() == ["RELAY_SUSPECTED", "VALID", "VALID"]


# A chip that goes to sleep for good


@pytest.mark.parametrize("times_", [1, 1000])
def test_a_chip_that_does_not_wake_from_power_down_is_one_fault(
    world, tmp_path, token, pictures, times_
):
    flash = flash_with(world, tmp_path, times.now() - 60)
    with Counter(flash) as terminal:
        left, sent = sleeps(terminal.chip.chip, times_), []
        terminal.chip.watch = lambda to_host, data: to_host or sent.append(bytes(data))
        terminal.clear()
        terminal.hold([], 20)
        assert len(left) < times_ or times_ == 1
        assert terminal.kinds() == ["fault", "ready"]
        shown = [picture for _, _, picture in terminal.screens]
        assert shown.count(pictures["READER_RESET"]) == 1
        downs = [data for data in sent if b"\xd4\x16" in data]
        assert len(downs) <= 1
        terminal.hold([(0, token())], 1)
        assert terminal.codes() == ["VALID"]
    assert lines(flash) == ["READER_RESET", "VALID"]


def test_one_without_a_reset_line_is_no_reader_and_that_is_said_once(world, tmp_path, pictures):
    flash = flash_with(world, tmp_path, times.now() - 60)
    with Counter(flash) as terminal:
        sleeps(terminal.chip.chip, 1000, reset=False)
        terminal.clear()
        terminal.hold([], 60)
        assert terminal.kinds() == ["fault", "fault"]
        shown = [picture for _, _, picture in terminal.screens]
        assert shown == [pictures["READER_RESET"], pictures["NO_READER"]]
        assert terminal.panel.led == (255, 0, 0)
    assert lines(flash) == ["READER_RESET", "NO_READER"]


def sleeps(chip, times_, reset=True):
    """The chip does not wake up from its next PowerDowns, but by a reset, if it has the line. Returns a list
    that gets shorter each time."""
    left, stuck = [None] * times_, []
    sleep, wake, real_reset = chip._sleep, chip._wake, chip.reset

    def goes_down():
        sleep()
        if left:
            stuck.append(left.pop())

    def resets(level):
        if reset:
            stuck.clear()
            real_reset(level)

    chip._sleep, chip.reset = goes_down, resets
    chip._wake = lambda data: b"" if stuck else wake(data)
    return left
