"""The trust shelf without a terminal: revocations, policies, releases, and their age."""

import queue

import pytest

from bornetools.simulator.drawer import Drawer
from bornetools.simulator.refusal import Refusal
from bornetools.simulator.shelf import Calendar, Courier, Shelf
from bornetools.times import DAY

POLICY = {"minimum_age": 18, "funds": ["01-751"], "departements": ["69", "2A"], "whole_nir": True}


@pytest.fixture
def calendar():
    return Calendar()


@pytest.fixture
def shelf(world, calendar):
    return Shelf(world, calendar)


@pytest.fixture
def own_shelf(own_world, calendar):
    return Shelf(own_world, calendar)


def test_a_new_terminal_has_what_is_published(shelf):
    shown = shelf.shown()
    assert (shown["published"], shown["release"], shown["state"]) == (1, 1, "fresh")


def test_a_revocation_is_published_and_not_yet_in_the_terminal(own_shelf, own_world):
    card = Drawer(own_world).card("p1")
    own_shelf.revoke(card)
    assert card.revoked
    assert own_shelf.publish() == 2
    shown = own_shelf.shown()
    assert (shown["published"], shown["release"]) == (2, 1)


@pytest.mark.parametrize("phone", ["p7", "p8", "p9"])  # another issuer's, or tampered with
def test_no_token_of_others_is_revoked(shelf, world, phone):
    card = Drawer(world).card(phone)
    with pytest.raises(Refusal) as refusal:
        shelf.revoke(card)
    assert refusal.value.code == "issuer"
    assert not card.revoked


def test_it_ages(shelf, calendar):
    for days, state in ((6, "fresh"), (8, "warn"), (31, "refuse")):
        calendar.ahead = days * DAY
        assert shelf.shown()["state"] == state


def test_a_policy(own_shelf):
    own_shelf.set_policy(POLICY)
    assert own_shelf.publish() == 2
    assert own_shelf.shown()["policy"] == POLICY


@pytest.mark.parametrize(
    "change",
    [
        {"minimum_age": "18"},
        {"minimum_age": -1},
        {"minimum_age": True},
        {"funds": ["1"]},
        {"funds": "01"},
        {"funds": [1]},
        {"departements": ["99"]},
        {"departements": ["69"] * 111},
        {"whole_nir": None},
    ],
)
def test_a_policy_that_cannot_be(shelf, change):
    before = shelf.shown()["policy"]
    with pytest.raises(Refusal) as refusal:
        shelf.set_policy({**POLICY, **change})
    assert refusal.value.code == "policy"
    assert shelf.shown()["policy"] == before


@pytest.mark.parametrize("policy", [None, [], "", {}, 1])
def test_what_is_no_policy(shelf, policy):
    with pytest.raises(Refusal):
        shelf.set_policy(policy)


def test_a_courier_without_a_terminal_fails(world, calendar, tmp_path):
    told: queue.Queue = queue.Queue()
    courier = Courier(world.repository.path, calendar, 1e9, told.put)
    courier.start(str(tmp_path / "nothing"))
    assert told.get(timeout=60)["status"] == "running"
    assert told.get(timeout=60)["status"] == "failed"
    courier.unplug()
    assert not courier.busy
