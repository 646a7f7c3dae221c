"""Each flow of the simulator's page in Chromium, by mouse and by keyboard, offline and without an error."""

import re

import pytest
from hands import (
    CHILDREN,
    HANDS,
    VALID,
    change,
    expect_verdict,
    pixels,
    press,
    synced,
    tap,
    tapped,
    use,
)
from playwright.sync_api import expect

from bornetools.simulator.session import COURIER_RATE

pytestmark = pytest.mark.root  # Debian's Chromium


@pytest.mark.parametrize("hand", [*HANDS, "drag"])
def test_a_tap(running, visit, hand):
    url, session = running
    page = visit(url)
    tap(page, VALID, hand)
    expect_verdict(page, "VALID")
    expect(page.locator("#verdict")).to_have_attribute("data-severity", "accept")
    expect(page.locator("#said")).to_contain_text("Lefèvre-Müller Élodie")
    expect(page.locator("#screen")).to_have_accessible_description(re.compile("Valide"))
    expect(page.locator("#led")).to_have_accessible_name("Voyant : vert")
    expect(page.locator("#lines tr").first).to_contain_text("VALID")
    expect(page.locator("#chain")).to_have_attribute("data-state", "fresh")
    session.terminal.panel.settle()
    assert pixels(page) == lit(session.terminal.panel.frame)


def lit(frame):
    return [bool(frame[(y >> 3) * 128 + x] >> (y & 7) & 1) for y in range(64) for x in range(128)]


@pytest.mark.parametrize("hand", [*HANDS, "drag"])
def test_a_phone_is_taken_away_in_the_middle(running, visit, hand):
    url, session = running
    session.do({"do": "change", "phone": VALID, "properties": {"slow": 1.5}})
    page = visit(url)
    tap(page, VALID, hand)
    expect(page.locator("#screen-text")).to_contain_text("Lecture")
    if hand == "mouse":
        page.click("#remove")
    elif hand == "keyboard":
        page.keyboard.press("Escape")
    else:
        page.hover("#on-reader")
        page.mouse.down()
        page.mouse.move(700, 20, steps=5)
        page.mouse.up()
    expect_verdict(page, "TORN")
    expect(page.locator("#verdict")).to_have_attribute("data-severity", "retry")


@pytest.mark.parametrize("hand", HANDS)
def test_a_revocation_counts_once_it_is_published_and_carried(running, visit, hand):
    url, _ = running
    page = visit(url)
    tapped(page, "VALID", VALID, hand)
    expect(page.locator("#victim")).to_have_value(VALID)  # the phone in hand
    use(page, "#revoke", hand)
    expect(page.locator("#published")).to_have_text("version 2")
    expect(page.locator("#release")).to_have_text("version 1")
    expect(page.locator(f"#tap-{VALID}")).to_contain_text("révoqué depuis")
    tapped(page, "VALID", VALID, hand)
    synced(page, hand)
    tapped(page, "REVOKED", VALID, hand)


@pytest.mark.parametrize("hand", HANDS)
def test_a_courier_who_is_unplugged_changes_nothing(serve, visit, hand):
    url, session = serve(rate=COURIER_RATE)
    page = visit(url)
    use(page, "#revoke", hand)  # the first phone of the list
    expect(page.locator("#published")).to_have_text("version 2")
    use(page, "#sync", hand)
    expect(page.locator("#outcome")).to_have_text(re.compile(r"[1-9]\d{3}|\d\s\d{3}"))
    use(page, "#unplug", hand)
    expect(page.locator("#outcome")).to_have_attribute("data-status", "unplugged")
    expect(page.locator("#release")).to_have_text("version 1")
    tapped(page, "VALID", VALID, hand)
    session.courier.rate = 1e9
    synced(page, hand)
    tapped(page, "REVOKED", VALID, hand)


@pytest.mark.parametrize("hand", HANDS)
def test_a_week_passes(running, visit, hand):
    url, _ = running
    page = visit(url)
    use(page, "#week", hand)
    expect(page.locator("#state")).to_have_attribute("data-state", "warn")
    expect(page.locator("#age")).to_have_text("il y a 7 jours")
    tapped(page, "VALID_STALE", VALID, hand)
    synced(page, hand)
    expect(page.locator("#state")).to_have_attribute("data-state", "fresh")
    tapped(page, "VALID", VALID, hand)


@pytest.mark.parametrize("hand", HANDS)
def test_the_clock_breaks(running, visit, hand):
    url, _ = running
    page = visit(url)
    use(page, "#clock", hand)
    expect(page.locator("#clock-state")).to_have_text("horloge arrêtée")
    expect(page.locator("#said")).to_contain_text("Heure")
    tapped(page, "CLOCK_UNSET", VALID, hand)
    use(page, "#clock", hand)
    expect(page.locator("#clock-state")).to_have_text("l’horloge marche")
    tapped(page, "VALID", VALID, hand)


@pytest.mark.parametrize("hand", HANDS)
def test_the_button_confirms_a_courier_s_time(running, visit, hand):
    url, session = running
    page = visit(url)
    use(page, "#clock", hand)
    expect(page.locator("#clock-state")).to_have_text("horloge arrêtée")
    session.do({"do": "wait", "days": 60})  # more than a courier may move it
    use(page, "#sync", hand)
    expect(page.locator("#outcome")).to_have_attribute("data-status", "asks")
    expect(page.locator("#screen-text")).to_contain_text("Régler")
    press(page, hand)
    expect(page.locator("#outcome")).to_have_attribute("data-status", "updated")
    tapped(page, "VALID", VALID, hand)


@pytest.mark.parametrize("hand", HANDS)
def test_the_button_steps_through_several_beneficiaries(running, visit, hand):
    url, _ = running
    page = visit(url)
    tap(page, CHILDREN, hand)
    for place in ("1/3", "2/3", "3/3", "1/3"):
        expect(page.locator("#screen-text")).to_contain_text(place)
        press(page, hand)


@pytest.mark.parametrize("hand", HANDS)
def test_the_plug(running, visit, hand):
    url, _ = running
    page = visit(url)
    use(page, "#power", hand)
    expect(page.locator("#title")).to_have_text("Éteinte")
    expect(page.locator("#sync")).to_be_disabled()
    tap(page, VALID, hand)
    expect(page.locator("#notice")).to_have_text("La borne est débranchée. La brancher d’abord.")
    assert not any(pixels(page))
    use(page, "#power", hand)
    expect(page.locator("#said")).to_contain_text("Prêt")
    tapped(page, "VALID", VALID, hand)


def test_the_properties_of_a_phone_by_keyboard_alone(running, visit):
    url, session = running
    page = visit(url)
    page.focus(f"#tap-{VALID}")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#tap-p2")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#edit-p2")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#editor")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type("Ana")
    page.keyboard.press("Tab")  # which selects what is there
    page.keyboard.type("Borne b")  # in a field, B is a letter
    page.keyboard.press("Enter")
    expect(page.locator("#tap-p2 b")).to_have_text("Ana Borne b")
    expect(page.locator("#edit-p2")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("#editor")).to_be_hidden()
    assert session.drawer.card("p2").cover.given == "Ana"


def test_each_property_counts(running, visit):
    url, _ = running
    page = visit(url)
    for properties, code in (
        ({"born": "2015-02-03"}, "NOT_ELIGIBLE"),
        ({"born": "1985-02-03", "until": "2025-06-30"}, "NO_ENTITLEMENT"),
        ({"until": "2099-12-31", "token": "cloned"}, "CLONED"),
        ({"token": "valid", "verified": False}, "HOLDER_NOT_PRESENT"),
        ({"verified": True, "installed": False}, "NO_APPLICATION"),
        ({"installed": True, "removed_after": "1"}, "TORN"),
        ({"removed_after": "", "delegate": True}, "VALID"),
    ):
        change(page, VALID, properties)
        tapped(page, code)
    expect(page.locator("#screen-text")).to_contain_text("par ")


def test_a_policy_counts_once_it_is_carried(running, visit):
    url, _ = running
    page = visit(url)
    page.click(".policy summary")
    page.fill("#policy [name=departements]", "69, 2a")
    page.click("#policy button")
    expect(page.locator("#published")).to_have_text("version 2")
    tapped(page, "VALID")
    synced(page)
    tapped(page, "NOT_ELIGIBLE")
    change(page, VALID, {"departement": "69"})
    tapped(page, "VALID")
    page.fill("#policy [name=departements]", "99")
    page.click("#policy button")
    expect(page.locator("#notice")).to_contain_text("refuseraient cette politique")


def test_a_wallet_is_tapped_like_any_phone(running, visit):
    page = visit(running[0])
    tapped(page, "VALID", "w1")
    expect(page.locator("#said")).to_contain_text("Øvergård Bjørn")
    tapped(page, "REVOKED", "w7")  # by its identifier
    tapped(page, "CLONED", "w11")
    expect(page.locator("#edit-w1")).to_have_count(0)
