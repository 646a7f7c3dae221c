"""The simulator's page in Chromium: each flow by mouse and by keyboard, offline, without an error."""

import base64
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from bornetools.simulator.session import COURIER_RATE, PACE

pytestmark = pytest.mark.root  # Debian's Chromium

HANDS = ["mouse", "keyboard"]
VALID, EXPIRED, CHILDREN = "p1", "p3", "p19"  # of the demo's people
NARROW = {"width": 390, "height": 844}


def use(page, selector, hand):
    """Clicks it, or presses Enter on it."""
    if hand == "mouse":
        page.click(selector)
    else:
        expect(page.locator(selector)).to_be_enabled()
        page.focus(selector)
        page.keyboard.press("Enter")


def tap(page, phone, hand):
    if hand == "drag":
        page.drag_and_drop(f"#tap-{phone}", "#reader")
    else:
        use(page, f"#tap-{phone}", hand)


def expect_verdict(page, code):
    expect(page.locator("#code")).to_have_text(code)
    expect(page.locator("#free")).to_be_visible()


def tapped(page, code, phone=VALID, hand="mouse"):
    """Taps a phone, and expects that verdict, not the one before."""
    before = page.locator("#lines tr").count()
    tap(page, phone, hand)
    expect(page.locator("#lines tr")).to_have_count(max(before + 1, 2))
    expect_verdict(page, code)


def synced(page, hand="mouse", release=2):
    use(page, "#sync", hand)
    expect(page.locator("#release")).to_have_text(re.compile(rf" {release}$"))
    expect(page.locator("#outcome")).to_have_attribute("data-status", "updated")


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


def pixels(page):
    """The canvas: for each pixel whether it is lit."""
    data = page.evaluate(
        "const c = document.getElementById('screen').getContext('2d').getImageData(0, 0, 128, 64).data;"
        "btoa(String.fromCharCode(...c.filter((_, at) => at % 4 === 0)))"
    )
    return [red > 100 for red in base64.b64decode(data)]


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


def press(page, hand):
    """The terminal's button."""
    if hand == "mouse":
        page.click("#push")
    else:
        page.keyboard.press("b")


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
    for name, value, code in (
        ("born", "2015-02-03", "NOT_ELIGIBLE"),
        ("born", "1985-02-03", "VALID"),
        ("until", "2025-06-30", "NO_ENTITLEMENT"),
        ("until", "2099-12-31", "VALID"),
        ("token", "cloned", "CLONED"),
        ("token", "other-algorithm", "UNSUPPORTED"),
        ("token", "valid", "VALID"),
        ("verified", False, "HOLDER_NOT_PRESENT"),
        ("installed", False, "NO_APPLICATION"),
        ("installed", True, "HOLDER_NOT_PRESENT"),
        ("verified", True, "VALID"),
        ("removed_after", "1", "TORN"),
    ):
        change(page, VALID, {name: value})
        tapped(page, code)


def change(page, phone, properties):
    """Fills in the form of a phone's properties."""
    page.click(f"#edit-{phone}")
    for name, value in properties.items():
        field = page.locator(f"#editor [name={name}]")
        if isinstance(value, bool):
            field.set_checked(value)
        elif name == "token":
            field.select_option(value)
        else:
            field.fill(value)
    page.click("#editor .primary")
    expect(page.locator("#editor")).to_be_hidden()


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


def test_the_trace_explains_each_field(running, visit):
    url, _ = running
    page = visit(url)
    page.click("[data-language=en]")
    expect(page.locator("#said")).to_contain_text("Ready")
    tapped(page, "VALID")
    for layer, name in (("bus", "InDataExchange"), ("apdu", "SELECT"), ("token", "token + proof")):
        entry = page.locator(f"#entries li.{layer}", has_text=name).first
        entry.locator("summary").focus()
        page.keyboard.press("Enter")
        rows = entry.locator("tbody tr")
        expect(rows.first).to_be_visible()
        for row in rows.all():
            assert all(cell.strip() for cell in row.locator("th, td").all_inner_texts()), name
    expect(page.locator("#entries")).to_contain_text("signed by the issuer")
    expect(page.locator("#trace")).to_contain_text("Test data only")


def test_the_trace_is_filtered_paused_cleared_and_bounded(running, visit):
    url, session = running
    page = visit(url)
    lines = page.locator("#entries li")
    tapped(page, "VALID")
    page.uncheck("[data-layer=bus]")
    expect(page.locator("#entries li.bus")).to_have_count(0)
    page.fill("#filter", "SELECT")
    expect(lines).to_have_count(1)
    page.fill("#filter", "F0 42 4F 52")
    expect(lines).to_have_count(1)
    page.fill("#filter", "")
    page.click("#pause")
    before = lines.count()
    tapped(page, "VALID")
    assert lines.count() == before
    page.click("#pause")
    expect(page.locator("#entries li.token")).to_have_count(2)
    page.click("#clear")
    expect(lines).to_have_count(0)
    page.check("[data-layer=bus]")
    page.check("#polls")
    expect(lines.first).to_be_visible()
    expect(lines).to_have_count(300)
    page.uncheck("#polls")


def test_the_buzzer_is_heard_unless_it_is_muted(running, visit):
    url, _ = running
    page = visit(url)
    page.evaluate(
        "() => { const { dataset } = document.body;"
        "const set = AudioParam.prototype.setTargetAtTime;"
        "AudioParam.prototype.setTargetAtTime = function (value, ...rest) {"
        "  dataset[value > 0 ? 'loud' : 'silent'] = 'yes'; return set.call(this, value, ...rest); }; }"
    )
    body = page.locator("body")
    tapped(page, "VALID")
    expect(body).to_have_attribute("data-loud", "yes")
    expect(page.locator("#said")).to_contain_text("Prêt")  # it is silent by now
    page.click("#sound")
    page.evaluate("delete document.body.dataset.loud; delete document.body.dataset.silent")
    tapped(page, "VALID")
    expect(body).to_have_attribute("data-silent", "yes")
    expect(body).not_to_have_attribute("data-loud", "yes")


def test_both_languages(running, visit):
    url, _ = running
    page = visit(url)
    words = {
        name: page.evaluate(f"fetch('/page/{name}.json').then(r => r.json())")
        for name in ("fr", "en")
    }
    tapped(page, "REVOKED", "p5")
    for language, ready in (("en", "Ready"), ("fr", "Prêt")):
        page.click(f"[data-language={language}]")
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator("#said")).to_contain_text(ready)
        expect(page).to_have_title(words[language]["heading"])
        for element in page.locator("[data-text]").all():
            assert element.text_content() == words[language][element.get_attribute("data-text")]
        for element in page.locator("[data-label]").all():
            label = element.get_attribute("data-label")
            assert element.get_attribute("aria-label") == words[language][label]
        expect(page.locator("#tap-p3")).to_contain_text(words[language]["token.expired"])
        other = words["en" if language == "fr" else "fr"]
        shown = page.locator("body").inner_text()
        for key in ("revoke", "week", "phones.hint", "token.expired", "state.fresh", "waiting"):
            assert words[language][key] in shown
            assert other[key] not in shown


def test_two_pages_see_the_same_terminal(running, visit):
    url, _ = running
    here, there = visit(url), visit(url)
    tapped(here, "EXPIRED", EXPIRED)
    expect_verdict(there, "EXPIRED")
    assert here.locator("#screen-text").inner_text() == there.locator("#screen-text").inner_text()
    there.click("#revoke")
    expect(here.locator("#published")).to_have_text("version 2")
    late = visit(url)
    expect_verdict(late, "EXPIRED")
    expect(late.locator("#entries li.token")).to_have_count(1)


def test_the_page_says_that_the_simulator_has_stopped(serving, visit):
    with serving() as (url, _):
        page = visit(url)
    expect(page.locator("#notice")).to_contain_text("Le simulateur s’est arrêté")
    page.close()  # before it complains that nobody answers


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", [1280, 390])
def test_accessible(serve, visit, language, width):
    url, _ = serve(language)
    page = visit(url, viewport={"width": width, "height": 844}, reduced_motion="reduce")
    check(page)
    tapped(page, "VALID")
    page.locator("#entries li.apdu summary").first.click()
    page.click(".policy summary")
    check(page)
    page.click("#edit-p1")
    check(page)
    page.keyboard.press("Escape")
    page.click("#power")
    expect(page.locator("#sync")).to_be_disabled()
    check(page)


def check(page):
    """axe-core's rules for WCAG 2.2 AA and good practice."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found] == []


def test_the_keyboard_goes_through_all_of_it_in_order(running, visit):
    url, _ = running
    page = visit(url)
    seen = []
    for _step in range(80):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "(e => e === document.body ? '' : e.id || e.dataset.language || e.dataset.layer ||"
            " e.getAttribute('href') || e.dataset.text || e.className)(document.activeElement)"
        )
        if name == "scroll":
            break
        seen.append(name)
    wanted = ["#drawer", "#shelf", "#trace", "sound", "fr", "en", "power", "push"]
    assert seen[: len(wanted)] == wanted
    rest = ["victim", "revoke", "policy", "sync", "week", "clock", "bus", "apdu", "token", "polls"]
    rest += ["filter", "pause", "clear", "entries"]
    assert [name for name in seen if name in rest] == rest
    assert all(f"tap-p{number}" in seen and f"edit-p{number}" in seen for number in range(1, 20))
    page.focus("[href='#trace']")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("[data-layer=bus]")).to_be_focused()


def test_what_is_read_out_is_little(running, visit):
    url, _ = running
    page = visit(url)
    expect(page.locator("#said")).to_contain_text("Prêt")
    page.evaluate(
        "const { dataset } = document.body;"
        "dataset.frames = 0; dataset.said = '';"
        "const watch = (id, changed) => new MutationObserver(changed)"
        "  .observe(document.getElementById(id), { childList: true });"
        "watch('screen-text', () => dataset.frames++);"
        "watch('said', () => dataset.said += document.getElementById('said').textContent + '|');"
    )
    tapped(page, "VALID", CHILDREN)  # a name that moves
    expect(page.locator("body")).to_have_attribute("data-frames", re.compile("[2-9][0-9]"))
    expect(page.locator("#said")).to_contain_text("Prêt")
    said = page.locator("body").get_attribute("data-said").split("|")
    assert 2 <= len(said) - 1 <= 5, said


def test_a_narrow_page(running, visit):
    url, _ = running
    page = visit(url, viewport=NARROW)
    tapped(page, "VALID")
    page.click("#edit-p1")
    for element in ("html", "#editor"):
        assert page.evaluate(
            f"(e => e.scrollWidth <= e.clientWidth)(document.querySelector('{element}'))"
        )


def test_nothing_moves_for_who_wants_that(serve, visit):
    url, _ = serve(pace=PACE)
    page = visit(url, reduced_motion="reduce")
    tap(page, VALID, "mouse")
    expect(page.locator("#held")).to_be_visible()
    assert page.evaluate("document.getAnimations().length") == 0
    expect_verdict(page, "VALID")


def test_the_picture_of_the_documentation(serve, visit, request, tmp_path):
    path = request.config.getoption("--simulator-picture") or tmp_path / "simulator.png"
    shot = tmp_path / "whole.png"
    url, _ = serve("en", pace=PACE)
    page = visit(url, device_scale_factor=2, viewport={"width": 1280, "height": 980})
    page.click("#revoke")
    tapped(page, "VALID", "p2")
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    page.locator("#entries li.apdu", has_text="SELECT").locator("summary").click()
    page.evaluate("document.activeElement.blur()")
    page.screenshot(path=shot)
    with Image.open(shot) as picture:  # fewer colours: a third of the size
        few = picture.convert("RGB").quantize(256, kmeans=2, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
    assert 30_000 < path.stat().st_size < 300_000
