"""The drawer: phones with properties that change, and those that cannot be."""

import pytest

from bornetools.simulator.drawer import TOKENS, Card, Drawer
from bornetools.simulator.refusal import Refusal
from bornetools.times import DAY


@pytest.fixture
def drawer(world):
    return Drawer(world)


@pytest.fixture
def own_drawer(own_world):
    return Drawer(own_world)


def test_the_people_of_the_demo(drawer, world):
    cards = [card for card in drawer.cards.values() if isinstance(card, Card)]
    assert [card.phone for card in cards] == [person.phone for person in world.people]
    shown = cards[0].shown()
    assert (shown["given"], shown["family"]) == ("Élodie", "Lefèvre-Müller")
    assert (shown["scheme"], shown["departement"]) == ("01-751-0001", "75")
    assert cards[1].shown()["delegate"]
    assert cards[13].shown()["removed_after"] == 2
    assert cards[18].shown()["children"] == 2
    assert {card.token for card in cards} == {*TOKENS, "key-revoked"}


def test_the_wallets_of_the_demo(drawer, world):
    cards = list(drawer.cards.values())[len(world.people) :]
    assert [card.phone for card in cards] == [person.phone for person in world.wallets]
    assert cards[0].shown() == {
        "id": "w1",
        "wallet": "negotiated-handover",
        "family": "Øvergård",
        "given": "Bjørn",
        "born": f"{world.cast.year - 40}-01-01",
    }
    with pytest.raises(Refusal) as refusal:
        drawer.change("w1", {"slow": 1}, 0)
    assert refusal.value.code == "made"


def test_a_property_of_the_phone_keeps_the_token(own_drawer):
    card = own_drawer.card("p1")
    before = card.phone.token
    own_drawer.change("p1", {"slow": 2, "removed_after": 3, "locked": True}, 0)
    assert card.phone.token == before
    assert (card.phone.slow, card.phone.removed_after, card.phone.locked) == (2.0, 3, True)


def test_a_property_of_the_holder_makes_a_new_token(own_drawer, own_world):
    card = own_drawer.card("p1")
    before, number = card.phone, card.cover.nir
    own_drawer.change(
        "p1", {"born": "2011-12-24", "children": 3, "verified": False}, own_world.cast.now
    )
    assert card.phone is not before
    assert not card.phone.user_verified
    assert len(card.phone.dependants) == 3
    assert card.cover.nir[:5] == number[0] + "1112"
    assert card.shown()["born"] == "2011-12-24"


@pytest.mark.parametrize("token", TOKENS)
def test_each_kind_of_token_can_be_chosen(drawer, world, token):
    card = drawer.change("p3" if token != "expired" else "p1", {"token": token}, world.cast.now)
    assert card.token == token
    assert card.phone.apdu(bytes.fromhex("00A4040007F0424F524E450100"))[-2:] == b"\x90\x00"


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ("slow", "properties"),
        ({"slow": "1"}, "properties"),
        ({"slow": 9}, "properties"),
        ({"slow": float("nan")}, "properties"),
        ({"slow": True}, "properties"),
        ({"removed_after": -1}, "properties"),
        ({"removed_after": 1.5}, "properties"),
        ({"children": 4}, "properties"),
        ({"family": ""}, "properties"),
        ({"family": 7}, "properties"),
        ({"family": "x" * 61}, "properties"),
        ({"given": "\x00"}, "properties"),
        ({"born": "2026-13-01"}, "properties"),
        ({"born": "soon"}, "properties"),
        ({"from": "2026-01-01", "until": "2025-01-01"}, "properties"),
        ({"until": "2026-02-30"}, "properties"),
        ({"scheme": "1"}, "properties"),
        ({"departement": "99"}, "properties"),
        ({"token": "gold"}, "properties"),
        ({"verified": 1}, "properties"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(drawer, properties, code):
    before = drawer.card("p1").shown(), drawer.card("p1").phone
    with pytest.raises(Refusal) as refusal:
        drawer.change("p1", properties, 0)
    assert refusal.value.code == code
    assert (drawer.card("p1").shown(), drawer.card("p1").phone) == before


@pytest.mark.parametrize("phone", ["p99", "", None, 1, ["p1"], {}])
def test_there_is_no_such_phone(drawer, phone):
    with pytest.raises(Refusal) as refusal:
        drawer.change(phone, {}, 0)
    assert refusal.value.code == "phone"


def test_a_token_of_the_demo_alone_is_not_made_again(drawer):
    (card,) = (card for card in drawer.cards.values() if card.token == "key-revoked")
    with pytest.raises(Refusal) as refusal:
        drawer.change(card.id, {"given": "Ana"}, 0)
    assert refusal.value.code == "made"


def test_as_time_passes_those_with_a_right_to_it_have_new_tokens(own_drawer, own_world):
    own_drawer.card("p2").revoked = True
    before = {card.id: card.phone for card in own_drawer.cards.values()}
    assert "w1" in before
    own_drawer.change("p1", {"slow": 1}, 0)
    own_drawer.renew(own_world.cast.now + 7 * DAY)
    new = {card.id for card in own_drawer.cards.values() if card.phone is not before[card.id]}
    assert {"p1", "w1"} <= new
    assert new.isdisjoint({"p2", "p3", "p5"})  # revoked, expired, revoked by the issuer
    assert own_drawer.card("p1").phone.slow == 1
    assert len(own_drawer.card("p19").phone.dependants) == 2
