"""The simulator's page in Chromium: its trace, its languages, and for whom it can be used."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from hands import CHILDREN, EXPIRED, VALID, expect_verdict, tap, tapped
from PIL import Image
from playwright.sync_api import expect

from bornetools.simulator.session import PACE

pytestmark = pytest.mark.root  # Debian's Chromium

NARROW = {"width": 390, "height": 844}


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
    expect(page.locator("#tone")).to_be_empty()
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


@pytest.mark.parametrize(("language", "width"), [("fr", 390), ("en", 1280)])
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
    expect(page.locator("#screen-text")).to_contain_text("Marie-Noëlle")
    said = page.locator("body").get_attribute("data-said").split("|")[:-1]
    assert int(page.locator("body").get_attribute("data-frames")) > 5
    assert len(said) <= 2  # that it reads, if that lasts, and the verdict once
    assert "1/3 Carpentier" in said[-1]
    tapped(page, "VALID", CHILDREN)  # the same verdict again is something new
    expect(page.locator("body")).to_have_attribute(
        "data-said", re.compile(r"1/3 Carpentier.*1/3 Carpentier")
    )


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
