"""Clocks that are wrong, and how they are put right at the counter."""

import json
import shutil
from datetime import UTC, datetime

import pytest
from program import answer

from bornetools import times
from bornetools.emulator.machine.terminal import TAP_TIMEOUT
from bornetools.emulator.phones.phone import Phone
from bornetools.issuer import cose
from bornetools.link import courier, offered_time
from bornetools.link.client import Client, Refused
from bornetools.link.flash_folder import provision
from bornetools.link.source import Source
from bornetools.simulator import screen_text
from bornetools.times import DAY
from bornetools.world.people import World

PRESS, HOLD = "Régler", "Reculer ?"


@pytest.fixture
def world(tmp_path):
    """A world of the test's own: it publishes."""
    return World.create(tmp_path / "world", times.now() - 60)


@pytest.fixture
def phone(world):
    return next(one.phone for one in world.people if one.case == "valid")


def new_flash(tmp_path, world, at):
    """The flash of a terminal that was provisioned at that time, and has no release yet."""
    provision(tmp_path / "new", world.repository.first_root.read_bytes(), at)
    return tmp_path / "new"


def sync(terminal, world, say=lambda text: None, ahead=0):
    """The Outcome of a courier whose clock is so many seconds ahead."""
    source = Source(str(world.repository.path))
    return courier.sync(terminal.port, source, say=say, now=lambda: times.now() + ahead)


def finger(terminal, title, said):
    """Somebody who waits for that question, and then presses the button and keeps it down."""

    def say(text):
        said.append(text)
        terminal.panel.wait_for(lambda panel: title in screen_text.lines(panel.frame), TAP_TIMEOUT)
        said.append(screen_text.lines(terminal.panel.frame))
        terminal.panel.pressed = True

    return say


def release(world, at):
    answer("publish", "release", world.repository.path, "--at", at)


def clock_is_right(terminal):
    told = answer("terminal", "time", "--port", terminal.port, "--json")["time"]
    return told is not None and abs(told - times.now()) < 60


def test_issuer_and_publisher_ahead_of_a_right_rtc_cost_nothing(
    new_terminal, tmp_path, world, phone, monkeypatch
):
    monkeypatch.setattr(offered_time, "_LONGEST", 0)  # nobody presses anything

    def early(seconds):
        key = cose.new_key()
        cover = world.cast.cover("Lefèvre", "Élodie")
        token = world.issuer.token(cover, key.public_key(), times.now() + seconds).token
        return Phone(token, key)

    with new_terminal(new_flash(tmp_path, world, times.now() - DAY)) as terminal:
        assert sync(terminal, world).status == "updated"
        assert terminal.tap(early(290)).code == "VALID"
        assert terminal.tap(early(480)).code == "NOT_YET_VALID"
        assert terminal.tap(early(290)).code == "VALID"
        assert terminal.tap(phone).code == "VALID"
        assert clock_is_right(terminal)
        release(world, times.now() + 3 * DAY)
        outcome = sync(terminal, world)
        assert (outcome.status, outcome.code, outcome.after) == ("refused", "FUTURE", 1)
        assert outcome.explanation.startswith("the publisher's clock was wrong")
        # Nor by a courier with a clock that agrees with the publisher's: whose clock is wrong is said again.
        outcome = sync(terminal, world, ahead=3 * DAY)
        assert (outcome.status, outcome.code) == ("refused", "FUTURE")
        assert outcome.explanation.startswith("the terminal's clock is wrong")
        terminal.panel.settle()
        assert terminal.tap(phone).code == "VALID"
        assert clock_is_right(terminal)


def test_a_floor_ahead_of_the_right_time_is_lowered_by_a_hold_and_is_in_the_journal(
    new_terminal, tmp_path, world, phone
):
    wrong = times.now() + 20 * DAY
    with new_terminal(new_flash(tmp_path, world, wrong)) as terminal:
        said = []
        outcome = sync(terminal, world, finger(terminal, HOLD, said))
        terminal.panel.pressed = False
        assert (outcome.status, outcome.notes) == ("updated", [])
        text, lines = said
        assert "turn its clock back" in text
        assert "hold its button for 3 seconds" in text
        assert lines[-3:-1] == (f"{_minute(wrong)} UTC", "devient")
        assert lines[-1][2:10] == _minute(times.now())[2:10]  # that month
        assert clock_is_right(terminal)
        assert terminal.tap(phone).code == "VALID"

        # One offer a start: nobody asks again, and a restart keeps the floor.
        with Client(terminal.port) as client, pytest.raises(Refused) as refused:
            client.request("time", time=times.now() - DAY)
        assert refused.value.code == "BELOW_FLOOR"
        assert abs(refused.value.result.pop("floor") - times.now()) < 60
        assert refused.value.result == {}

        out = tmp_path / "journal.jsonl"
        answer(
            *("terminal", "journal", "--port", terminal.port),
            *("--keep", "--format", "jsonl", "--out", out),
        )
        entries = [json.loads(line) for line in out.read_text().splitlines()]
        (lowered,) = [entry for entry in entries if "floor" in entry]
        assert abs(lowered["floor_before"] - wrong) < 120
        assert abs(lowered["floor"] - times.now()) < 120
        assert "last hash" in answer("terminal", "verify-journal", out)


def _minute(seconds):
    """As a French screen says it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%d/%m/%Y %H:%M")


def test_what_a_withdrawn_key_has_said_of_the_time_is_forgotten(
    new_terminal, tmp_path, world, phone
):
    """The timestamp's key is stolen, and a courier takes a release from the future to a terminal without a
    clock; the publisher withdraws the key."""
    at, stolen = times.now(), tmp_path / "stolen"
    shutil.copytree(world.repository.path, stolen)
    answer("publish", "release", stolen, "--at", at + 20 * DAY, "--yes")
    with new_terminal(new_flash(tmp_path, world, at - DAY), ahead=None) as terminal:
        outcome = courier.sync(
            terminal.port, Source(str(stolen)), now=lambda: times.now() + 20 * DAY
        )
        assert outcome.status == "updated"
        terminal.power_off()
        terminal.panel.rtc.ahead = None
        terminal.power_on()
        with Client(terminal.port) as client, pytest.raises(Refused, match="BELOW_FLOOR"):
            client.request("time", time=times.now())
        version = terminal_info(terminal)["version"]

        answer("publish", "keys", "rotate", world.repository.path, "timestamp")
        outcome = sync(terminal, world)  # nobody presses anything
        assert (outcome.status, outcome.notes) == ("updated", [])
        assert clock_is_right(terminal)
        assert terminal.tap(phone).code == "VALID"
        told = terminal_info(terminal)
        assert (told["root"], told["version"]) == (2, version)
        assert abs(told["as_of"] - at) < 60


def terminal_info(terminal):
    return answer("terminal", "info", "--port", terminal.port, "--json")


def test_an_rtc_that_a_courier_has_set_ahead_is_put_right_by_the_next_one_and_the_button(
    new_terminal, tmp_path, world, phone
):
    with new_terminal(new_flash(tmp_path, world, times.now() - 60), ahead=None) as terminal:
        with Client(terminal.port) as client:
            assert client.request("time", time=times.now() + 29 * DAY)
        terminal.power_off()
        terminal.power_on()
        said = []
        outcome = sync(terminal, world, finger(terminal, PRESS, said))
        terminal.panel.pressed = False
        assert (outcome.status, outcome.notes) == ("updated", [])
        assert "whether the time is right: press its button" in said[0]
        assert clock_is_right(terminal)
        assert terminal.tap(phone).code == "VALID"
