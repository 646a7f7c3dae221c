"""What hands do on the simulator's page, and what they then expect of it."""

import base64
import re

from playwright.sync_api import expect

HANDS = ["mouse", "keyboard"]
VALID, EXPIRED, CHILDREN = "p1", "p3", "p19"  # of the demo's people


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
    """Taps a phone on a free reader, and expects that verdict, not the one before."""
    expect(page.locator("#free")).to_be_visible()
    before = page.locator("#lines tr").count()
    tap(page, phone, hand)
    expect(page.locator("#lines tr")).to_have_count(max(before + 1, 2))
    expect_verdict(page, code)


def synced(page, hand="mouse", release=2):
    use(page, "#sync", hand)
    expect(page.locator("#release")).to_have_text(re.compile(rf" {release}$"))
    expect(page.locator("#outcome")).to_have_attribute("data-status", "updated")


def press(page, hand):
    """The terminal's button."""
    if hand == "mouse":
        page.click("#push")
    else:
        page.keyboard.press("b")


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


def pixels(page):
    """The canvas: for each pixel whether it is lit."""
    data = page.evaluate(
        "const c = document.getElementById('screen').getContext('2d').getImageData(0, 0, 128, 64).data;"
        "btoa(String.fromCharCode(...c.filter((_, at) => at % 4 === 0)))"
    )
    return [red > 100 for red in base64.b64decode(data)]
