"""Trust data on its way to the emulated terminal: what a sync does to the phones that it reads."""

import hashlib
import os
import select
import threading

import numpy as np
import pytest
from fakes_display import Display
from program import answer

from borne import limits
from borne.provisioned.settings import Settings
from borne.ui import texts_fr
from borne.ui.screens import Screens
from bornetools import times
from bornetools.emulator.machine.terminal import TAP_TIMEOUT
from bornetools.issuer import status
from bornetools.link import courier
from bornetools.link.client import Client, Refused
from bornetools.link.flash_folder import provision
from bornetools.link.source import Source
from bornetools.times import DAY
from bornetools.world.largest import LargestReleases, add_list
from bornetools.world.people import World

PADDING = 1_500_000  # tokens of a list that takes a while to send
IDLE, STALE = None, "TRUST_STALE"


@pytest.fixture
def world(tmp_path):
    """A world of the test's own: it publishes and revokes."""
    return World.create(tmp_path / "world", times.now() - 60)


@pytest.fixture
def flash(tmp_path, world):
    """The flash of a terminal that has the root, and no release yet."""
    provision(tmp_path / "new", world.repository.first_root.read_bytes(), times.now() - DAY)
    return tmp_path / "new"


def sync(terminal, world):
    outcome = courier.sync(terminal.port, Source(str(world.repository.path)))
    assert outcome.status in ("updated", "current"), outcome
    return outcome


def revoke(world, phone, tmp_path):
    """The issuer revokes a phone's token, and the publisher releases that."""
    at = times.now()
    world.issuer.set_status(world.issuer.index_of_token(phone.token), status.REVOKED, at)
    token = tmp_path / "status.cwt"
    token.write_bytes(world.issuer.status_list(at))
    answer("publish", "status", "import", world.repository.path, token)
    answer("publish", "release", world.repository.path)


def idle_screen(age, problem):
    display = Display()
    Screens(display, texts_fr).idle(age, problem)
    return bytes(display.buffer)


def same_but_the_clock(frame, other):
    """Whether the screens are the same outside the line of the clock, rows 44 to 53."""
    return (frame[:640], frame[896:]) == (other[:640], other[896:])


def test_publish_rotate_revoke_sync_unplugged_twice(new_terminal, tmp_path, world, flash):
    """That phone, VALID before, is REVOKED after; all others get the verdict that they had."""
    phones = {one.case: one.phone for one in world.people}
    with new_terminal(flash) as terminal:
        terminal.panel.wait_for(lambda panel: panel.frame == idle_screen(None, STALE), TAP_TIMEOUT)
        assert terminal.tap(phones["valid"]).code == "TRUST_STALE"
        assert "release none -> 1" in answer(
            "sync", "--port", terminal.port, "--from", world.repository.path
        )
        terminal.panel.wait_for(
            lambda panel: same_but_the_clock(panel.frame, idle_screen(60, IDLE)), 30
        )
        before = {case: terminal.tap(phone).code for case, phone in phones.items()}
        assert before == {one.case: one.expected for one in world.people}

        rng = np.random.default_rng(1)
        many = np.unique(rng.choice(PADDING, PADDING // 20))
        add_list(world.repository, times.now() - 60, "padding", 1, many, PADDING)
        answer("publish", "root", "rotate", world.repository.path)
        answer("publish", "keys", "rotate", world.repository.path, "targets", "timestamp")
        revoke(world, phones["valid"], tmp_path)

        for share in (0.3, 0.7):

            def pull(total, done, share=share):
                if total > 30_000 and done > share * total:
                    terminal.power_off()
                    raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt):
                courier.sync(terminal.port, Source(str(world.repository.path)), pull)
            terminal.power_on()
            assert terminal.tap(phones["valid"]).code == "VALID"
        done = answer("sync", "--port", terminal.port, "--from", world.repository.path, "--json")
        assert (done["status"], done["before"], done["after"]) == ("updated", 1, 3)
        assert done["sent"] < 60_000  # it went on where it had stopped

        after = {case: terminal.tap(phone).code for case, phone in phones.items()}
        assert after == {**before, "valid": "REVOKED"}
        terminal.power_off()
        terminal.power_on()
        assert {case: terminal.tap(phone).code for case, phone in phones.items()} == after


def test_taps_during_a_sync_are_judged_by_the_old_release_until_the_new_one_is_whole(
    new_terminal, tmp_path, world, flash
):
    phone = next(one.phone for one in world.people if one.case == "valid")
    with new_terminal(flash) as terminal:
        sync(terminal, world)
        many = np.arange(0, PADDING, 29)
        add_list(world.repository, times.now() - 60, "padding", 1, many, PADDING)
        revoke(world, phone, tmp_path)
        codes = []

        def tapped(total, done):
            """Between two pieces of the sync."""
            if done >= (len(codes) + 1) * total // 5:
                codes.append(terminal.tap(phone).code)

        outcome = courier.sync(terminal.port, Source(str(world.repository.path)), tapped)
        assert outcome.status == "updated", outcome
        assert terminal.tap(phone).code == "REVOKED"
    assert codes == ["VALID"] * len(codes)
    assert len(codes) > 3


def test_the_largest_release_within_the_heap_with_taps_meanwhile(new_terminal, tmp_path, world):
    """As many lists, deltas and keys as a terminal's limits let a publisher release."""
    largest = LargestReleases(tmp_path / "largest", world, times.now() - 60)
    phones = {one.case: one.phone for one in world.people}
    with new_terminal(largest.flash) as terminal:
        for version in range(1, 5):
            largest.release()
            outcome, said = tapped_meanwhile(
                terminal, [phones["valid"]] if version > 1 else [], largest.repository
            )
            assert {code for code, _ in said} == ({"VALID"} if version > 1 else set())
            assert outcome.status == "updated", outcome
        sizes = {
            name: max(
                path.stat().st_size
                for path in largest.repository.path.glob(f"metadata/*{name}.json")
            )
            for name in ("root", "targets")
        }
        assert sizes["root"] > 0.9 * limits.TUF_ROOT_MAX
        assert sizes["targets"] > 0.8 * limits.TUF_TARGETS_MAX
        assert terminal.tap(phones["revoked"]).code == "REVOKED"
        assert terminal.tap(phones["valid, with a delegate"]).code == "VALID"


def test_wallets_during_a_sync(new_terminal, world, flash):
    with new_terminal(flash) as terminal:
        outcome, said = tapped_meanwhile(terminal, three(world), world.repository)
        assert outcome.status == "updated", outcome
        assert said
        # Before the first release, and with it.
        assert {code for code, _ in said} <= {"TRUST_STALE", "VALID"}


def test_wallets_during_a_sync_of_the_largest_release(new_terminal, tmp_path, world):
    """While 14 kB of metadata are checked there may be no room for a wallet: that refuses it, and costs
    neither the sync nor the next tap anything."""
    largest = LargestReleases(tmp_path / "largest", world, times.now() - 60)
    by_identifier = next(one for one in world.wallets if "identifier" in one.case)
    with new_terminal(largest.flash) as terminal:
        largest.release()
        sync(terminal, largest)
        largest.release()
        outcome, said = tapped_meanwhile(terminal, 2 * three(world), largest.repository)
        assert outcome.status == "updated", outcome
        assert {("VALID", "")} <= said <= {("VALID", ""), ("INTERNAL", "MemoryError")}
        assert terminal.tap(world.wallets[0].phone).code == "VALID"
        assert terminal.tap(by_identifier.phone).code == "REVOKED"


def three(world):
    return [person.phone for person in world.wallets[:3]]


def tapped_meanwhile(terminal, phones, repository):
    """How a sync ends during which these phones are tapped one after the other, and what the verdicts say.

    The sync goes on only when the first tap begins.
    """
    outcomes = []
    begun, tapping = threading.Event(), threading.Event()

    def progress(total, done):
        begun.set()
        assert tapping.wait(TAP_TIMEOUT)

    def run():
        try:
            outcomes.append(courier.sync(terminal.port, Source(str(repository.path)), progress))
        finally:
            begun.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(TAP_TIMEOUT)
    said = []
    while phones and (not tapping.is_set() or thread.is_alive()):
        tapping.set()
        tap = terminal.tap(phones[len(said) % len(phones)])
        said.append((tap.code, tap.detail))
    tapping.set()
    thread.join()
    return outcomes[0], set(said)


def test_without_a_clock_the_couriers_time_serves(new_terminal, world, flash):
    phone = next(one.phone for one in world.people if one.case == "valid")
    with new_terminal(flash, ahead=None) as terminal:
        sync(terminal, world)
        assert terminal.tap(phone).code == "VALID"
        assert terminal.panel.rtc.read()  # an RTC that had stopped was set by it


def test_a_long_step_of_the_clock_wants_the_button(new_terminal, tmp_path, world):
    flash = tmp_path / "drawer"
    provision(flash, world.repository.first_root.read_bytes(), times.now() - 45 * DAY)
    phone = next(one.phone for one in world.people if one.case == "valid")
    with new_terminal(flash, ahead=None) as terminal:
        with Client(terminal.port) as client:
            for _ in range(2):
                with pytest.raises(Refused) as refused:
                    client.request("time", time=times.now())
                assert (refused.value.code, refused.value.result) == (
                    "STEP_TOO_LARGE",
                    {"confirm": 60},
                )
            with pytest.raises(Refused, match="CLOCK_UNSET"):
                put_timestamp(client, world)
        said = []
        terminal.panel.wait_for(lambda panel: panel.frame != idle_screen(None, STALE), TAP_TIMEOUT)
        source = Source(str(world.repository.path))
        outcome = courier.sync(terminal.port, source, say=press_now(terminal, said))
        assert outcome.status == "updated", outcome
        assert outcome.notes == []
        assert "press its button" in said[0]
        terminal.panel.pressed = False
        assert terminal.tap(phone).code == "VALID"
        told = answer("terminal", "time", "--port", terminal.port, "--json")["time"]
        assert abs(told - times.now()) < 60


def press_now(terminal, said):
    def say(text):
        said.append(text)
        terminal.panel.pressed = True

    return say


def put_timestamp(client, world):
    data = (world.repository.path / "metadata" / "timestamp.json").read_bytes()
    digest = hashlib.sha256(data).digest()
    client.request("put", name="timestamp.json", sha256=digest, size=len(data), offset=0, data=data)
    client.request("commit")


def test_a_button_held_at_start_is_the_way_to_the_prompt(new_terminal, flash):
    with new_terminal(flash) as terminal:
        port = os.open(terminal.port, os.O_RDWR | os.O_NOCTTY)
        os.write(port, b"\x03\x03\x04\x03\r\nprint(6 * 7)\r\n")
        with Client(terminal.port) as client:  # there is no prompt, and nothing was interrupted
            assert client.request("hello")["protocol"] == 1
        os.close(port)
        terminal.power_off()
        terminal.panel.pressed = True
        terminal.power_on(ready=False)
        port = os.open(terminal.port, os.O_RDWR | os.O_NOCTTY)
        read_until(port, b">>> ")  # what comes before the prompt does is thrown away
        os.write(port, b"print(6 * 7)\r\n")
        read_until(port, b"42")
        os.close(port)


def read_until(port, end):
    said = b""
    while end not in said:
        assert select.select([port], [], [], 20)[0], f"only {said!r} came"
        said += os.read(port, 100)


def test_a_terminal_that_cannot_be_built_is_red_and_says_why(new_terminal, flash):
    with new_terminal(flash) as terminal:
        terminal.power_off()
        (flash / "settings.cbor").write_bytes(b"\xff")
        terminal.panel.leds.clear()
        terminal.panel.frames.clear()
        terminal.power_on(ready=False)
        terminal.panel.wait_for(lambda panel: list(panel.leds) == [(255, 0, 0)], TAP_TIMEOUT)
        terminal.panel.wait_for(
            lambda panel: panel.frames and panel.frame != bytes(1024), TAP_TIMEOUT
        )


def test_settings_say_who_it_is_and_in_which_language(new_terminal, flash, world):
    with new_terminal(flash) as terminal:
        french = terminal.panel.frame
    (flash / "settings.cbor").write_bytes(Settings("COUNTER-2", "en").encode())
    with new_terminal(flash) as terminal:
        assert terminal.panel.frame != french
        assert "COUNTER-2" in answer("terminal", "info", "--port", terminal.port)
        sync(terminal, world)
        assert terminal.tap(world.people[0].phone).code == "VALID"  # a proof for that id
